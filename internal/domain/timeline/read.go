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
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Item is one entry of the timeline.
type Item struct {
	ID id.ID
	// Source is activity, update or message; SourceID is its id.
	Source   string
	SourceID id.ID
	// Activity is what happened, for an item that tells of an activity or an update; its Sentence is the title.
	Activity Activity
	// Author is who wrote the update or the message, or did what happened.
	Author tenant.Actor
	// Body is the text of an update or a message.
	Body richtext.Document
	At   time.Time
}

// Title words the item for a viewer, who is "You".
func (i Item) Title(viewer id.ID) Sentence {
	if i.Source == "message" {
		w := &writer{viewer: viewer, actor: i.Author}
		return w.did("wrote").parts
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

// Timeline lists what the timeline of an incident tells, by the time at which it happened.
func (s *Service) Timeline(ctx context.Context, inc id.ID) ([]Item, error) {
	var items []Item
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := q.Items(ctx, inc)
		if err != nil {
			return fmt.Errorf("read the timeline: %w", err)
		}
		for _, row := range rows {
			item, err := itemOf(inc, row)
			if err != nil {
				return fmt.Errorf("read the timeline item %s: %w", row.ID, err)
			}
			items = append(items, item)
		}
		return nil
	})
	return items, err
}

func itemOf(inc id.ID, row db.ItemsRow) (Item, error) {
	item := Item{
		ID: row.ID, Source: row.Source, SourceID: row.SourceID, At: row.OccurredAt,
		Author: tenant.Actor{Type: tenant.ActorType(row.AddedByType), ID: row.AddedByID, Name: row.AddedByName},
	}
	if row.Kind != nil {
		item.Activity = Activity{ID: row.ID, Incident: inc, Kind: *row.Kind, Subject: row.SubjectID, Actor: item.Author, At: row.OccurredAt}
		if row.Seq != nil {
			item.Activity.Seq = *row.Seq
		}
		if err := json.Unmarshal(row.Details, &item.Activity.Details); err != nil {
			return item, err
		}
	}
	var err error
	switch row.Source {
	case "update":
		item.Body, err = body(row.UpdateMessage, row.UpdateSource)
	case "message":
		if row.AuthorName != nil {
			item.Author = tenant.Actor{Type: tenant.User, ID: row.AuthorID, Name: *row.AuthorName}
			if row.AuthorID.Empty() {
				item.Author.Type = tenant.System
			}
		}
		item.Body, err = body(row.MessageDocument, row.MessageSource)
	}
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
