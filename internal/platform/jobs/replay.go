package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Replay makes what failed in the selection due now; what was given up begins with its first attempt again. It returns
// how many jobs that were.
func (c *Control) Replay(ctx context.Context, by Operator, s Selection) (int64, error) {
	if err := s.check(); err != nil {
		return 0, err
	}
	replayed, err := c.act(ctx, by, "replay", s.String(), func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, `UPDATE river.river_job j SET state = 'available', scheduled_at = coalesce($5::timestamptz, now()), finalized_at = NULL,
				attempt = CASE WHEN j.finalized_at IS NULL THEN j.attempt ELSE 0 END
			WHERE `+selected+` AND (j.state = 'retryable' OR j.state = 'available' AND cardinality(j.errors) > 0 OR `+givenUp+`)`, append(s.arguments(), nowOrNil(c.queue.clock))...)
		return tag.RowsAffected(), err
	})
	if err == nil {
		c.wake(ctx)
	}
	return replayed, err
}

// Clear throws away what waits, sleeps or failed in the selection; what runs goes on, and the quarantine is untouched.
// Where that is unsafe for a kind in it and the operator has not said that they know, it is a Conflict.
func (c *Control) Clear(ctx context.Context, by Operator, s Selection, knowing bool) (int64, error) {
	if err := s.check(); err != nil {
		return 0, err
	}
	const clearable = selected + ` AND (j.state IN ('available', 'retryable', 'scheduled') OR ` + givenUp + `)`
	return c.act(ctx, by, "clear", s.String(), func(tx pgx.Tx) (int64, error) {
		rows, err := tx.Query(ctx, `SELECT DISTINCT j.args->>'kind', j.args->>'subscriber' FROM river.river_job j WHERE `+clearable, s.arguments()...)
		if err != nil {
			return 0, err
		}
		kinds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Kind])
		if err != nil {
			return 0, err
		}
		for _, kind := range kinds {
			if !knowing && c.safety.UnsafeToClear(kind.Event, kind.Subscriber) {
				return 0, problem.New(problem.Conflict, "unsafe_to_clear",
					"Clearing %s would be noticed outside: what it was to do will not happen. Confirm that you mean it.", kind)
			}
		}
		tag, err := tx.Exec(ctx, `UPDATE river.river_job j SET state = 'cancelled', finalized_at = coalesce(j.finalized_at, $5::timestamptz, now()),
				queue = coalesce(j.metadata->'suspect'->>'queue', j.queue), metadata = (j.metadata - 'suspect') || '{"cleared": true}'
			WHERE `+clearable, append(s.arguments(), nowOrNil(c.queue.clock))...)
		return tag.RowsAffected(), err
	})
}

// ReplayQuarantined lets a quarantined delivery run again, alone: it is quarantined anew if it still kills.
func (c *Control) ReplayQuarantined(ctx context.Context, by Operator, job int64) error {
	_, err := c.act(ctx, by, "replay from quarantine", fmt.Sprintf("job %d", job), func(tx pgx.Tx) (int64, error) {
		var a arguments
		var organisation, eventID, queue string
		if err := c.unquarantine(ctx, tx, job, &organisation, &eventID, &a.EventKind, &a.Subscriber, &queue); err != nil {
			return 0, err
		}
		a.Organisation, a.Event = id.ID(organisation), id.ID(eventID)
		about, err := json.Marshal(metadata{Suspect: &suspect{Queue: queue, First: true}})
		if err != nil {
			return 0, fmt.Errorf("write a job's metadata: %w", err)
		}
		_, err = c.queue.client.InsertTx(ctx, tx, a, &river.InsertOpts{Queue: loneQueue, Metadata: about})
		return 1, err
	})
	return err
}

// DropQuarantined throws a quarantined delivery away.
func (c *Control) DropQuarantined(ctx context.Context, by Operator, job int64) error {
	_, err := c.act(ctx, by, "drop from quarantine", fmt.Sprintf("job %d", job), func(tx pgx.Tx) (int64, error) {
		var organisation, eventID, kind, subscriber, queue string
		return 1, c.unquarantine(ctx, tx, job, &organisation, &eventID, &kind, &subscriber, &queue)
	})
	return err
}

func (c *Control) unquarantine(ctx context.Context, tx pgx.Tx, job int64, into ...any) error {
	err := tx.QueryRow(ctx, `DELETE FROM control.quarantine WHERE job_id = $1 RETURNING organisation_id, event_id, kind, subscriber, queue`, job).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return problem.Missing("quarantined delivery")
	}
	return err
}
