package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/platform/event"
)

func subscribeAttachments(bus *event.Bus) {
	log(bus, func(_ context.Context, _ names, e attachment.Added) (*Details, error) {
		return &Details{Text: e.Text}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e attachment.Retitled) (*Details, error) {
		return &Details{Text: e.Text}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e attachment.Removed) (*Details, error) {
		return &Details{Text: e.Text}, nil
	}, nil)
}
