package redaction

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// copies lists the messages of other incidents that say again what messages of this one say, or that these say again,
// among what the transaction sees: what was declared from a message, and what was merged, took words along.
func copies(ctx context.Context, tx pgx.Tx, inc id.ID) ([]string, error) {
	rows, err := tx.Query(ctx, `WITH RECURSIVE same AS (
			SELECT m.id, m.copied_from_id, m.incident_id FROM muster.room_message m
			WHERE m.organisation_id = muster.current_organisation() AND m.copied_from_id IS NOT NULL AND m.incident_id = $1
			UNION
			SELECT c.id, c.copied_from_id, c.incident_id FROM muster.room_message c
				JOIN muster.room_message m ON m.organisation_id = c.organisation_id AND m.id = c.copied_from_id
			WHERE c.organisation_id = muster.current_organisation() AND c.copied_from_id IS NOT NULL AND m.incident_id = $1
			UNION
			SELECT o.id, o.copied_from_id, o.incident_id FROM same s JOIN muster.room_message o
				ON o.organisation_id = muster.current_organisation() AND (o.copied_from_id = s.id OR o.id = s.copied_from_id))
		SELECT id FROM same WHERE incident_id <> $1 ORDER BY id`, string(inc))
	if err != nil {
		return nil, fmt.Errorf("find the copies of messages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// ofCopies is which rows of a table belong to messages that are copies, $1.
var ofCopies = map[string]string{
	"room_message":         "id = ANY ($1::text[])",
	"room_message_version": "message_id = ANY ($1::text[])",
	"timeline_item":        "source = 'message' AND source_id = ANY ($1::text[])",
	"blob": `id IN (SELECT f.blob_id FROM muster.room_file f
		WHERE f.organisation_id = muster.current_organisation() AND f.message_id = ANY ($1::text[]))`,
}

// follow takes the secret out of the copies as well. Those that the actor sees count in the report; of the others only
// the people there are told, since a report of them would tell that there are such incidents.
func (s *Service) follow(ctx context.Context, w *work, write bool) error {
	if w.incident.Empty() {
		return nil // they are looked through with all else
	}
	seen, err := copies(ctx, w.tx, w.incident)
	if err != nil {
		return err
	}
	w.only, w.ids = ofCopies, seen
	if err := w.through(ctx, write); err != nil || !write {
		return err
	}
	return s.sighted(ctx, func(ctx context.Context, tx pgx.Tx) error {
		all, err := copies(ctx, tx, w.incident)
		if err != nil || len(all) == len(seen) {
			return err
		}
		unseen := newWork(tx, w.incident, w.at)
		unseen.secrets, unseen.only, unseen.ids = w.secrets, ofCopies, all
		if err := unseen.through(ctx, true); err != nil {
			return err
		}
		for _, inc := range slices.Sorted(maps.Keys(unseen.touched)) {
			if err := s.tellUnseen(ctx, tx, inc, unseen.touched[inc], w.at); err != nil {
				return err
			}
		}
		return nil
	})
}

// sighted runs fn within the open transaction with the sight of every incident.
func (s *Service) sighted(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	scope.SeesPrivate = true
	return s.db.Write(tenant.With(ctx, scope), fn)
}

func (s *Service) tellUnseen(ctx context.Context, tx pgx.Tx, inc id.ID, t *touch, at time.Time) error {
	held, err := incident.Find(ctx, tx, inc)
	if err != nil {
		return err
	}
	if err := s.tellOf(ctx, tx, held, t); err != nil {
		return err
	}
	return audit.Write(ctx, tx, at, audit.Entry{
		Action: "redaction.done", TargetType: "incident", TargetID: inc, Incident: inc, Private: held.Private, After: map[string]any{"places": t.places},
	})
}
