package timeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Add puts something of the activity log on the timeline.
type Add struct{ Incident, Activity id.ID }

// Hide takes an item off the timeline; a message is unpinned by that.
type Hide struct{ Incident, Item id.ID }

// Show puts an item back that was taken off.
type Show struct{ Incident, Item id.ID }

// Addable reports whether an activity can be put on the timeline from the log: those about messages and about the
// timeline itself cannot.
func (a Activity) Addable() bool {
	return !strings.HasPrefix(a.Kind, "room.") && !strings.HasPrefix(a.Kind, "timeline.")
}

// Add puts an activity on the timeline, at the time at which it happened; one that is there stays as it is.
func (s *Service) Add(ctx context.Context, cmd Add) error {
	return s.on(ctx, cmd.Incident, func(ctx context.Context, t turn) error {
		rows, err := t.q.ActivityByID(ctx, []string{string(cmd.Activity)})
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		if len(rows) == 0 || rows[0].IncidentID != t.inc.ID {
			return problem.Missing("activity")
		}
		all, err := activities(rows)
		if err != nil {
			return err
		}
		told := all[0]
		if !told.Addable() {
			return problem.New(problem.Conflict, "not_for_the_timeline", "This line cannot go on the timeline. Pin the message itself in the room.")
		}
		row, err := t.q.LockItem(ctx, db.LockItemParams{IncidentID: t.inc.ID, ID: told.ID})
		if err == nil {
			return s.show(ctx, t, row)
		}
		if !postgres.None(err) {
			return fmt.Errorf("lock a timeline item: %w", err)
		}
		source, of := FromActivity, told.ID
		if told.Kind == (incident.UpdateSent{}).Kind() {
			source, of = FromUpdate, told.Subject
		}
		err = t.q.UpsertItem(ctx, db.UpsertItemParams{
			ID: told.ID, IncidentID: t.inc.ID, Private: t.inc.Private, Source: source, SourceID: of, OccurredAt: told.At,
			AddedByType: string(t.scope.Actor.Type), AddedByID: t.scope.Actor.ID, AddedByName: t.scope.Actor.Name, RecordedAt: s.clock.Now(),
		})
		if err != nil {
			return fmt.Errorf("write the timeline: %w", err)
		}
		return s.changed(ctx, t, "timeline.item_added", told.ID, nil, map[string]any{"activity": told.ID},
			ItemAdded{What: What{About: t.inc.About(), Item: told.ID, Text: told.Sentence("").String()}})
	})
}

// Hide takes an item off the timeline; one that is off stays so.
func (s *Service) Hide(ctx context.Context, cmd Hide) error {
	return s.item(ctx, cmd.Incident, cmd.Item, func(ctx context.Context, t turn, row db.MusterTimelineItem) error {
		if row.RemovedAt != nil {
			return nil
		}
		if row.Source == FromMessage {
			gone, err := t.q.MessageGone(ctx, row.SourceID)
			if err != nil {
				return fmt.Errorf("look at the message: %w", err)
			}
			if !gone { // the room shows what is on the timeline, so the pin goes with it
				_, err := s.pins.Unpin(ctx, room.Unpin{Message: row.SourceID})
				return err
			}
		}
		now := s.clock.Now()
		if err := t.q.SetRemoved(ctx, db.SetRemovedParams{RemovedAt: &now, ID: row.ID}); err != nil {
			return fmt.Errorf("take an item off the timeline: %w", err)
		}
		return s.changed(ctx, t, "timeline.item_hidden", row.ID, nil, nil, ItemHidden{t.what(row)})
	})
}

// Show puts an item back on the timeline; one that is there stays as it is.
func (s *Service) Show(ctx context.Context, cmd Show) error {
	return s.item(ctx, cmd.Incident, cmd.Item, s.show)
}

func (s *Service) show(ctx context.Context, t turn, row db.MusterTimelineItem) error {
	if row.RemovedAt == nil {
		return nil
	}
	if row.Source == FromMessage {
		_, err := s.pins.Pin(ctx, room.Pin{Message: row.SourceID})
		return err
	}
	if err := t.q.SetRemoved(ctx, db.SetRemovedParams{ID: row.ID}); err != nil {
		return fmt.Errorf("put an item back on the timeline: %w", err)
	}
	return s.changed(ctx, t, "timeline.item_shown", row.ID, nil, nil, ItemShown{t.what(row)})
}

// turn is what a verb on one timeline works with: the transaction, and the incident locked in it.
type turn struct {
	scope tenant.Scope
	tx    pgx.Tx
	q     *db.Queries
	inc   incident.Held
}

func (t turn) what(row db.MusterTimelineItem) What {
	return What{About: t.inc.About(), Item: row.ID, Text: row.Title}
}

func (s *Service) on(ctx context.Context, inc id.ID, fn func(ctx context.Context, t turn) error) error {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, inc)
		if err != nil {
			return err
		}
		return fn(ctx, turn{scope: scope, tx: tx, q: db.New(tx), inc: held})
	})
}

func (s *Service) item(ctx context.Context, inc, item id.ID, fn func(ctx context.Context, t turn, row db.MusterTimelineItem) error) error {
	return s.on(ctx, inc, func(ctx context.Context, t turn) error {
		row, err := t.q.LockItem(ctx, db.LockItemParams{IncidentID: t.inc.ID, ID: item})
		if postgres.None(err) {
			return problem.Missing("timeline item")
		}
		if err != nil {
			return fmt.Errorf("lock a timeline item: %w", err)
		}
		return fn(ctx, t, row)
	})
}

// changed ends a verb: the audit entry and the event.
func (s *Service) changed(ctx context.Context, t turn, action string, item id.ID, before, after any, fact event.Event) error {
	err := audit.Write(ctx, t.tx, s.clock.Now(), audit.Entry{
		Action: action, TargetType: "timeline_item", TargetID: item, Incident: t.inc.ID, Private: t.inc.Private, Before: before, After: after,
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, fact)
}
