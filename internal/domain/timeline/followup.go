package timeline

import (
	"context"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/platform/event"
)

func subscribeFollowUps(bus *event.Bus) {
	log(bus, func(ctx context.Context, n names, e followup.Created) (*Details, error) {
		to, err := n.user(ctx, e.Assignee)
		return &Details{Text: e.Title, To: to}, err
	}, nil)
	log(bus, func(ctx context.Context, n names, e followup.Assigned) (*Details, error) {
		from, err := n.user(ctx, e.From)
		if err != nil {
			return nil, err
		}
		to, err := n.user(ctx, e.To)
		return &Details{Text: e.Title, From: from, To: to}, err
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.Due) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.Edited) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.Completed) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.Reopened) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.NotDoing) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
	log(bus, func(_ context.Context, _ names, e followup.Deleted) (*Details, error) {
		return &Details{Text: e.Title}, nil
	}, nil)
}

// followUp words what happened to a follow-up, and reports whether it knows the kind.
func (w *writer) followUp(kind string, d Details) bool {
	switch kind {
	case "follow_up.created":
		switch {
		case d.To == nil:
			w.did("added a follow-up: ")
		case w.self(d.To):
			w.did("took on a follow-up: ")
		default:
			w.did("gave ").person(d.To).words(" a follow-up: ")
		}
	case "follow_up.assigned":
		switch {
		case d.To == nil:
			w.did("took a follow-up from ").person(d.From).words(": ")
		case w.self(d.To):
			w.did("took on a follow-up: ")
		default:
			w.did("gave ").person(d.To).words(" a follow-up: ")
		}
	case "follow_up.due":
		w.words("A follow-up is due today: ")
	case "follow_up.edited":
		w.did("changed a follow-up: ")
	case "follow_up.completed":
		w.did("completed a follow-up: ")
	case "follow_up.reopened":
		w.did("reopened a follow-up: ")
	case "follow_up.not_doing":
		w.did("dropped a follow-up: ")
	case "follow_up.deleted":
		w.did("deleted a follow-up: ")
	default:
		return false
	}
	w.quote(d.Text)
	return true
}
