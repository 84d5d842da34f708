package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/platform/event"
)

func subscribeActions(bus *event.Bus) {
	log(bus, actionCreated, nil)
	log(bus, actionAssigned, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionDueSet) (*Details, error) {
		return &Details{Text: e.Description, Moment: e.Due}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionDue) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionCompleted) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionReopened) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionNotDoing) (*Details, error) {
		return &Details{Text: e.Description, FollowUp: !e.FollowUp.Empty()}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionEdited) (*Details, error) { return said(e.What) }, nil)
	log(bus, func(_ context.Context, _ names, e action.ActionDeleted) (*Details, error) { return said(e.What) }, nil)
}

func said(w action.What) (*Details, error) { return &Details{Text: w.Description}, nil }

func actionCreated(ctx context.Context, n names, e action.ActionCreated) (*Details, error) {
	to, err := n.user(ctx, e.Assignee)
	return &Details{Text: e.Description, To: to, Moment: e.Due}, err
}

func actionAssigned(ctx context.Context, n names, e action.ActionAssigned) (*Details, error) {
	from, err := n.user(ctx, e.From)
	if err != nil {
		return nil, err
	}
	to, err := n.user(ctx, e.To)
	return &Details{Text: e.Description, From: from, To: to}, err
}

// action words what happened to an action.
func (w *writer) action(kind string, d Details) {
	switch kind {
	case "action.created":
		switch {
		case d.To == nil:
			w.did("added an action: ")
		case w.self(d.To):
			w.did("took on an action: ")
		default:
			w.did("gave ").person(d.To).words(" an action: ")
		}
	case "action.assigned":
		switch {
		case d.To == nil:
			w.did("took an action from ").person(d.From).words(": ")
		case w.self(d.To):
			w.did("took on an action: ")
		default:
			w.did("gave ").person(d.To).words(" an action: ")
		}
	case "action.due_set":
		if d.Moment == nil {
			w.did("took the due time off an action: ")
		} else {
			w.did("made an action due ").when(*d.Moment).words(": ")
		}
	case "action.due":
		w.words("An action is due: ")
	case "action.completed":
		w.did("completed an action: ")
	case "action.reopened":
		w.did("reopened an action: ")
	case "action.not_doing":
		if d.FollowUp {
			w.did("turned an action into a follow-up: ")
		} else {
			w.did("dropped an action: ")
		}
	case "action.edited":
		w.did("reworded an action: ")
	case "action.deleted":
		w.did("deleted an action: ")
	default: // of a newer release
		w.did("did something that this version has no words for")
		return
	}
	w.quote(d.Text)
	if kind == "action.created" && d.Moment != nil {
		w.words(", due ").when(*d.Moment)
	}
}
