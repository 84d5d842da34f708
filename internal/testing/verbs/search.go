package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/search"
)

var searches = map[string]Verb{
	"Find": lists(func(ctx context.Context, a *app.App, _ *World) (search.Results, error) {
		return a.Search.Find(ctx, search.Find{Text: Marker})
	}),
}
