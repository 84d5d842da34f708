package room

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
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
	line[action.ActionCreated](s, bus, nil)
	line[action.ActionAssigned](s, bus, nil)
	line[action.ActionCompleted](s, bus, nil)
	line[action.ActionReopened](s, bus, nil)
	line[action.ActionNotDoing](s, bus, nil)
	line[action.ActionDueSet](s, bus, nil)
	line(s, bus, func(e followup.Created) bool { return e.Action.Empty() }) // else the action's line tells it
	line[followup.Completed](s, bus, nil)
	s.subscribeStreams(bus)
}

// line writes an event line for each event of a type that is worth one; nil says that all are.
func line[E event.Event](s *Service, bus *event.Bus, worth func(E) bool) {
	event.Within(bus, "room.line", func(ctx context.Context, tx pgx.Tx, r event.Record, e E) error {
		if worth != nil && !worth(e) {
			return nil
		}
		return s.postLine(ctx, tx, r)
	})
}

// postLine puts the line at the event's own number, so that room and event agree on the order. The words are the
// activity's, which is why there is no event and no audit entry of the line itself.
func (s *Service) postLine(ctx context.Context, tx pgx.Tx, r event.Record) error {
	_, err := db.New(tx).InsertMessage(ctx, db.InsertMessageParams{
		OrganisationID: r.Organisation, ID: id.New(r.RecordedAt), IncidentID: r.Subject.Stream, Private: r.Subject.Private, Seq: r.Seq,
		ClientKey: string(r.ID), Kind: string(FromEvent), AuthorID: r.Actor.ID, AuthorName: r.Actor.Name, Format: 1, EventID: r.ID,
		PostedAt: r.OccurredAt, RecordedAt: r.RecordedAt, InRoom: true,
	})
	if err != nil {
		return fmt.Errorf("write a line into the room: %w", err)
	}
	return nil
}
