package timeline

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Item is one entry of the timeline.
type Item struct {
	ID       id.ID
	Incident id.ID
	// Source is activity, update, message or hand; SourceID is its id.
	Source   string
	SourceID id.ID
	// Activity is what happened, for an item that tells of an activity or an update; its Sentence is the title.
	Activity Activity
	// Author is who wrote the update, the message or the item, or did what happened.
	Author tenant.Actor
	// Body is the text of an update or a message; Gone says that the message was deleted.
	Body richtext.Document
	Gone bool
	// Named is the title that somebody gave it; empty for the sentence that words itself.
	Named string
	// Note is what somebody wrote under it.
	Note richtext.Document
	// At is its place on the timeline, OccurredAt when it happened: they differ when somebody moved it.
	At, OccurredAt time.Time
	Hidden         bool
	// Version is what an editor must have seen.
	Version int32
}

// The sources of items.
const (
	FromActivity = "activity"
	FromUpdate   = "update"
	FromMessage  = "message"
	ByHand       = "hand"
)

// Moved reports whether somebody gave the item another time than it has.
func (i Item) Moved() bool { return !i.At.Equal(i.OccurredAt) }

// Title words the item for a viewer, who is "You".
func (i Item) Title(viewer id.ID) Sentence {
	if i.Named != "" {
		return Sentence{{Kind: Words, Text: i.Named}}
	}
	return i.Worded(viewer)
}

// Worded is the title that the item has by itself.
func (i Item) Worded(viewer id.ID) Sentence {
	if i.Source == FromMessage {
		w := &writer{viewer: viewer, actor: i.Author}
		return w.did("wrote").parts
	}
	if i.Source == ByHand {
		return nil
	}
	return i.Activity.Sentence(viewer)
}

// Activity lists up to count activities of an incident, the newest first, before the given place if it is not 0.
func (s *Service) Activity(ctx context.Context, inc id.ID, before int64, count int) ([]Activity, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	var list []Activity
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := q.Activity(ctx, db.ActivityParams{IncidentID: inc, Before: before, Count: int32(min(max(count, 1), 1000))})
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		list, err = activities(rows)
		return err
	})
	return list, err
}

// Activities returns those of the activities that the actor may see, by id; the room shows them between messages.
func (s *Service) Activities(ctx context.Context, ids []id.ID) (map[id.ID]Activity, error) {
	found := map[id.ID]Activity{}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.ActivityByID(ctx, id.Strings(ids))
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		list, err := activities(rows)
		for _, a := range list {
			found[a.ID] = a
		}
		return err
	})
	return found, err
}

// Timeline lists what the timeline of an incident tells, in the order of its times.
func (s *Service) Timeline(ctx context.Context, inc id.ID) ([]Item, error) {
	return s.items(ctx, db.ItemsParams{IncidentID: inc})
}

// Whole is Timeline with what was taken off it and can be put back.
func (s *Service) Whole(ctx context.Context, inc id.ID) ([]Item, error) {
	return s.items(ctx, db.ItemsParams{IncidentID: inc, Hidden: true})
}

// Item returns one item of the incident's timeline, on it or taken off.
func (s *Service) Item(ctx context.Context, inc, item id.ID) (Item, error) {
	if !item.Valid() {
		return Item{}, problem.Missing("timeline item")
	}
	items, err := s.items(ctx, db.ItemsParams{IncidentID: inc, Item: string(item), Hidden: true})
	if err != nil {
		return Item{}, err
	}
	if len(items) == 0 {
		return Item{}, problem.Missing("timeline item")
	}
	return items[0], nil
}

// Count is how many items the timeline has.
func (s *Service) Count(ctx context.Context, inc id.ID) (int, error) {
	var count int64
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		var err error
		if count, err = q.CountItems(ctx, inc); err != nil {
			return fmt.Errorf("count the timeline: %w", err)
		}
		return nil
	})
	return int(count), err
}

// Told returns the activities that are on the timeline, for the log to mark.
func (s *Service) Told(ctx context.Context, inc id.ID) (map[id.ID]bool, error) {
	told := map[id.ID]bool{}
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		ids, err := q.ShownItems(ctx, inc)
		if err != nil {
			return fmt.Errorf("read what is on the timeline: %w", err)
		}
		for _, one := range ids {
			told[one] = true
		}
		return nil
	})
	return told, err
}

func (s *Service) items(ctx context.Context, which db.ItemsParams) ([]Item, error) {
	var items []Item
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, which.IncidentID); err != nil {
			return err
		}
		rows, err := q.Items(ctx, which)
		if err != nil {
			return fmt.Errorf("read the timeline: %w", err)
		}
		for _, row := range rows {
			item, err := itemOf(which.IncidentID, row)
			if err != nil {
				return fmt.Errorf("read the timeline item %s: %w", row.ID, err)
			}
			if item.Hidden && item.Gone { // a deleted message cannot be put back
				continue
			}
			items = append(items, item)
		}
		return nil
	})
	return items, err
}

func itemOf(inc id.ID, row db.ItemsRow) (Item, error) {
	item := Item{
		ID: row.ID, Incident: inc, Source: row.Source, SourceID: row.SourceID, At: row.OccurredAt, OccurredAt: row.OccurredAt,
		Author: tenant.Actor{Type: tenant.ActorType(row.AddedByType), ID: row.AddedByID, Name: row.AddedByName},
		Named:  row.Title, Hidden: row.RemovedAt != nil, Gone: row.MessageDeletedAt != nil, Version: row.RowVersion,
	}
	if row.ToldAt != nil {
		item.At = *row.ToldAt
	}
	if row.Kind != nil && row.ActorType != nil && row.ActorName != nil {
		actor := tenant.Actor{Type: tenant.ActorType(*row.ActorType), ID: row.ActorID, Name: *row.ActorName}
		item.Activity = Activity{ID: row.ID, Incident: inc, Kind: *row.Kind, Subject: row.SubjectID, Actor: actor, At: row.OccurredAt}
		if row.Source == FromActivity || row.Source == FromUpdate {
			item.Author = actor
		}
		if row.Seq != nil {
			item.Activity.Seq = *row.Seq
		}
		if err := json.Unmarshal(row.Details, &item.Activity.Details); err != nil {
			return item, err
		}
	}
	var err error
	switch row.Source {
	case FromUpdate:
		item.Body, err = body(row.UpdateMessage, row.UpdateSource)
	case FromMessage:
		if row.AuthorName != nil {
			item.Author = tenant.Actor{Type: tenant.User, ID: row.AuthorID, Name: *row.AuthorName}
			if row.AuthorID.Empty() {
				item.Author.Type = tenant.System
			}
		}
		item.Body, err = body(row.MessageDocument, row.MessageSource)
	}
	if err != nil {
		return item, err
	}
	item.Note, err = body(row.Note, &row.NoteSource)
	return item, err
}

func body(stored json.RawMessage, source *string) (richtext.Document, error) {
	var d richtext.Document
	if len(stored) > 0 {
		var err error
		if d, _, err = richtext.FromJSON(stored); err != nil {
			return d, err
		}
	}
	if source != nil {
		d.Source = *source
	}
	return d, nil
}

func activities(rows []db.MusterActivity) ([]Activity, error) {
	list := make([]Activity, len(rows))
	for n, row := range rows {
		list[n] = Activity{
			ID: row.ID, Incident: row.IncidentID, Seq: row.Seq, Kind: row.Kind, Subject: row.SubjectID, At: row.OccurredAt,
			Actor: tenant.Actor{Type: tenant.ActorType(row.ActorType), ID: row.ActorID, Name: row.ActorName},
		}
		if err := json.Unmarshal(row.Details, &list[n].Details); err != nil {
			return nil, fmt.Errorf("read the details of activity %s: %w", row.ID, err)
		}
	}
	return list, nil
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}
