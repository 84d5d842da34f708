package timeline

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/event"
)

// Log writes an activity for an event of a domain that comes after this one, which calls it within its transaction;
// story puts it on the timeline as well.
func Log(ctx context.Context, tx pgx.Tx, r event.Record, details Details, story bool) error {
	if err := writeActivity(ctx, tx, r, details); err != nil || !story {
		return err
	}
	return addItem(ctx, tx, r, "activity", r.ID, r.OccurredAt)
}

// escalation words what happened when somebody was called for, and reports whether it knows the kind.
func (w *writer) escalation(kind string, d Details) bool {
	names := &Named{Name: d.Text}
	switch kind {
	case "escalation.created":
		w.did("called for ").value(names)
	case "escalation.acknowledged":
		w.did("answered the call for ").value(names)
		if d.Note != "" {
			w.words(" in " + d.Note)
		}
	case "escalation.expired":
		w.words("Nobody answered the call for ").value(names)
	case "escalation.canceled":
		w.did("called off the call for ").value(names)
	default:
		return false
	}
	return true
}
