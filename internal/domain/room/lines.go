package room

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe lets each thing done in an incident be seen as one line in its room, written with it.
func (s *Service) Subscribe(bus *event.Bus) {
	s.subscribeCopies(bus)
	line[incident.Declared](s, bus, nil)
	line[incident.RoleAssigned](s, bus, nil)
	line(s, bus, func(e incident.SeverityChanged) bool { return e.Update.Empty() }) // else the update's line tells it
	line(s, bus, func(e incident.StatusChanged) bool { return e.Update.Empty() && !e.Decided })
	line(s, bus, func(e incident.Accepted) bool { return e.Update.Empty() })
	line[incident.Declined](s, bus, nil)
	line[incident.Canceled](s, bus, nil)
	line[incident.Merged](s, bus, nil)
	line[incident.MergedIn](s, bus, nil)
	line(s, bus, func(e incident.Paused) bool { return e.Update.Empty() })
	line(s, bus, func(e incident.Resumed) bool { return e.Update.Empty() })
	line[incident.QuietChanged](s, bus, nil)
	line[incident.DeclaredElsewhere](s, bus, nil)
	line[incident.Closed](s, bus, nil)
	line[incident.Reopened](s, bus, nil)
	line[incident.Renamed](s, bus, nil)
	line[incident.SummaryChanged](s, bus, nil)
	line[incident.CallSet](s, bus, nil)
	line[incident.UpdateSent](s, bus, nil)
	line[incident.ReminderSnoozed](s, bus, nil)
	line[incident.ReminderSkipped](s, bus, nil)
	line[incident.TimestampSet](s, bus, nil)
	line[incident.FieldChanged](s, bus, nil)
	line[incident.TypeChanged](s, bus, nil)
	line[incident.Joined](s, bus, nil)
	line[customers.TextChanged](s, bus, nil)
	line[incident.MadePrivate](s, bus, nil)
	line[incident.MadePublic](s, bus, nil)
	line[incident.AccessGranted](s, bus, nil)
	line[incident.AccessRevoked](s, bus, nil)
	run[action.ActionCreated](s, bus, "action")
	run[action.ActionAssigned](s, bus, "action")
	run[action.ActionCompleted](s, bus, "action")
	run[action.ActionReopened](s, bus, "action")
	run[action.ActionNotDoing](s, bus, "action")
	run[action.ActionDueSet](s, bus, "action")
	line(s, bus, func(e followup.Created) bool { return e.Action.Empty() }) // else the action's line tells it
	line[followup.Completed](s, bus, nil)
	s.subscribeStreams(bus)
}

// line writes an event line for each event of a type that is worth one; nil says that all are.
func line[E event.Event](s *Service, bus *event.Bus, worth func(E) bool) {
	event.Within(bus, "room.line", func(ctx context.Context, tx pgx.Tx, r event.Record, e E) error {
		if hushed, can := any(e).(interface{ Hushed() bool }); can && hushed.Hushed() || worth != nil && !worth(e) {
			return nil
		}
		return s.postLine(ctx, tx, r, "")
	})
}

// run writes one line for all that a person does of the same in a row.
func run[E event.Event](s *Service, bus *event.Bus, of string) {
	event.Within(bus, "room.line", func(ctx context.Context, tx pgx.Tx, r event.Record, _ E) error {
		return s.postLine(ctx, tx, r, of)
	})
}

const (
	// inARow is how long after a line begins it still tells what follows.
	inARow = 5 * time.Minute
	// mostInARow is how much a line tells besides what it began with.
	mostInARow = 19
)

// postLine puts the line at the event's own number, so that room and event agree on the order. The words are the
// activity's, which is why there is no event and no audit entry of the line itself. What goes on with a run changes the
// line that tells of it: the event's number is that change's.
func (s *Service) postLine(ctx context.Context, tx pgx.Tx, r event.Record, run string) error {
	q := db.New(tx)
	if run != "" && r.Actor.Type == tenant.User {
		longer, err := q.Lengthen(ctx, db.LengthenParams{
			EventID: string(r.ID), Seq: r.Seq, IncidentID: r.Subject.Stream, Run: run, AuthorID: string(r.Actor.ID), Since: r.OccurredAt.Add(-inARow), Most: mostInARow,
		})
		if err != nil {
			return fmt.Errorf("write more into a line of the room: %w", err)
		}
		if longer > 0 {
			return nil
		}
	}
	_, err := q.InsertMessage(ctx, db.InsertMessageParams{
		OrganisationID: r.Organisation, ID: id.New(r.RecordedAt), IncidentID: r.Subject.Stream, Private: r.Subject.Private, Seq: r.Seq,
		ClientKey: string(r.ID), Kind: string(FromEvent), AuthorID: r.Actor.ID, AuthorName: r.Actor.Name, Format: 1, EventID: r.ID,
		PostedAt: r.OccurredAt, RecordedAt: r.RecordedAt, InRoom: true, Run: run,
	})
	if err != nil {
		return fmt.Errorf("write a line into the room: %w", err)
	}
	return nil
}
