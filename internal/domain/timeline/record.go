package timeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// describe looks up the details of an event; no details mean that another event of the same moment tells it.
type describe[E event.Event] func(ctx context.Context, n names, e E) (*Details, error)

// log subscribes to one kind of event: an activity for each, and a timeline item for those that belong to the story.
func log[E event.Event](bus *event.Bus, about describe[E], story func(e E, d Details) bool) {
	event.Within(bus, "timeline", func(ctx context.Context, tx pgx.Tx, r event.Record, e E) error {
		details, err := about(ctx, names{db.New(tx)}, e)
		if err != nil || details == nil {
			return err
		}
		if err := writeActivity(ctx, tx, r, *details); err != nil {
			return err
		}
		if story == nil || !story(e, *details) {
			return nil
		}
		return addItem(ctx, tx, r, "activity", r.ID, r.OccurredAt)
	})
}

func always[E event.Event](E, Details) bool { return true }

func writeActivity(ctx context.Context, tx pgx.Tx, r event.Record, details Details) error {
	encoded, err := json.Marshal(details)
	if err != nil {
		return fmt.Errorf("write the details of %s: %w", r.Kind, err)
	}
	err = db.New(tx).InsertActivity(ctx, db.InsertActivityParams{
		ID: r.ID, IncidentID: r.Subject.Stream, Private: r.Subject.Private, Seq: r.Seq, Kind: r.Kind, SubjectID: r.Subject.ID,
		ActorType: string(r.Actor.Type), ActorID: r.Actor.ID, ActorName: r.Actor.Name, Details: encoded,
		OccurredAt: r.OccurredAt, RecordedAt: r.RecordedAt,
	})
	if err != nil {
		return fmt.Errorf("write the activity log: %w", err)
	}
	return nil
}

// names looks up what things are called at this moment.
type names struct{ q *db.Queries }

func (n names) user(ctx context.Context, user id.ID) (*Named, error) {
	if user.Empty() {
		return nil, nil
	}
	name, err := n.q.UserNamed(ctx, user)
	return named(user, name, 0, err)
}

func (n names) status(ctx context.Context, status id.ID) (*Named, error) {
	if status.Empty() {
		return nil, nil
	}
	name, err := n.q.StatusNamed(ctx, status)
	return named(status, name, 0, err)
}

func (n names) severity(ctx context.Context, severity id.ID) (*Named, error) {
	if severity.Empty() {
		return nil, nil
	}
	row, err := n.q.SeverityNamed(ctx, severity)
	return named(severity, row.Name, row.Rank, err)
}

func (n names) severities(ctx context.Context, from, to id.ID) (*Shift, error) {
	return shiftOf(ctx, from, to, n.severity)
}

func (n names) statuses(ctx context.Context, from, to id.ID) (*Shift, error) {
	return shiftOf(ctx, from, to, n.status)
}

func shiftOf(ctx context.Context, from, to id.ID, look func(context.Context, id.ID) (*Named, error)) (*Shift, error) {
	if to.Empty() {
		return nil, nil
	}
	before, err := look(ctx, from)
	if err != nil {
		return nil, err
	}
	after, err := look(ctx, to)
	return &Shift{From: before, To: after}, err
}

func named(of id.ID, name string, rank int32, err error) (*Named, error) {
	if postgres.None(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up a name for the activity log: %w", err)
	}
	return &Named{ID: of, Name: name, Rank: rank}, nil
}
