package jobs

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

// PauseQueue lets nothing of a queue start any more, in all processes; what runs goes on.
func (c *Control) PauseQueue(ctx context.Context, by Operator, queue event.Queue) error {
	if !slices.Contains(event.Queues(), queue) {
		return problem.Missing("queue")
	}
	_, err := c.act(ctx, by, "pause", Selection{Queue: queue}.String(), func(tx pgx.Tx) (int64, error) {
		// The row is there once any worker has served the queue; an operator may be earlier.
		if _, err := tx.Exec(ctx, `INSERT INTO river.river_queue (name) VALUES ($1) ON CONFLICT DO NOTHING`, string(queue)); err != nil {
			return 0, err
		}
		return 0, c.client.QueuePauseTx(ctx, tx, string(queue), nil)
	})
	return err
}

// ResumeQueue undoes PauseQueue.
func (c *Control) ResumeQueue(ctx context.Context, by Operator, queue event.Queue) error {
	if !slices.Contains(event.Queues(), queue) {
		return problem.Missing("queue")
	}
	_, err := c.act(ctx, by, "resume", Selection{Queue: queue}.String(), func(tx pgx.Tx) (int64, error) {
		if _, err := tx.Exec(ctx, `INSERT INTO river.river_queue (name) VALUES ($1) ON CONFLICT DO NOTHING`, string(queue)); err != nil {
			return 0, err
		}
		return 0, c.client.QueueResumeTx(ctx, tx, string(queue), nil)
	})
	return err
}

// PauseKind lets nothing of a kind start any more; workers know within a second or two. Its jobs sleep meanwhile, and
// keep their attempts.
func (c *Control) PauseKind(ctx context.Context, by Operator, kind Kind) error {
	if kind.Event == "" || kind.Subscriber == "" {
		return problem.Missing("kind")
	}
	_, err := c.act(ctx, by, "pause", kind.String(), func(tx pgx.Tx) (int64, error) {
		_, err := tx.Exec(ctx, `INSERT INTO control.paused_kind (kind, subscriber, paused_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			kind.Event, kind.Subscriber, by.Name)
		return 0, err
	})
	return err
}

// ResumeKind undoes PauseKind and wakes the jobs that sleep because of it. They sleep again for a moment where a
// worker has not heard yet.
func (c *Control) ResumeKind(ctx context.Context, by Operator, kind Kind) error {
	_, err := c.act(ctx, by, "resume", kind.String(), func(tx pgx.Tx) (int64, error) {
		if _, err := tx.Exec(ctx, `DELETE FROM control.paused_kind WHERE kind = $1 AND subscriber = $2`, kind.Event, kind.Subscriber); err != nil {
			return 0, err
		}
		// The pause over, only sleepers are scheduled: retries are retryable, and deliveries are never put off.
		tag, err := tx.Exec(ctx, `UPDATE river.river_job j SET state = 'available', scheduled_at = coalesce($5::timestamptz, now()) + interval '1500 ms'
			WHERE `+selected+` AND j.state = 'scheduled'`, append(Selection{Kind: kind}.arguments(), nowOrNil(c.queue.clock))...)
		return tag.RowsAffected(), err
	})
	return err
}
