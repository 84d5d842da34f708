package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/platform/event"
)

func subscribeActions(bus *event.Bus) {
	log(bus, actionCreated, nil)
	log(bus, actionAssigned, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionCompleted) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionReopened) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionNotDoing) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionEdited) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionDeleted) (*Details, error) { return said(e.What) }, nil)
}

func said(w action.What) (*Details, error) { return &Details{Text: w.Description}, nil }

func actionCreated(ctx context.Context, n names, e action.ActionCreated) (*Details, error) {
	to, err := n.user(ctx, e.Assignee)
	return &Details{Text: e.Description, To: to}, err
}

func actionAssigned(ctx context.Context, n names, e action.ActionAssigned) (*Details, error) {
	from, err := n.user(ctx, e.From)
	if err != nil {
		return nil, err
	}
	to, err := n.user(ctx, e.To)
	return &Details{Text: e.Description, From: from, To: to}, err
}
