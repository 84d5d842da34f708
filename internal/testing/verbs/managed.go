package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/kernel/id"
)

var managedVerbs = map[string]Verb{
	"Claim": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (managed.Resource, error) {
		return a.Managed.Claim(ctx, managed.Claim{Type: "workflow", ID: "W1", Annotations: map[string]string{"by": "hand"}})
	})},
	"Of": reveals(func(ctx context.Context, a *app.App, _ *World) (map[id.ID]managed.Resource, error) {
		return a.Managed.Of(ctx, "schedule", Marker)
	}),
}
