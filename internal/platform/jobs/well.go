package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stuckAfter is how long work may be due before something must be wrong.
const stuckAfter = 5 * time.Minute

// Well returns what is wrong with the work that follows commits, nil when all is well: a worker lives, and what is due
// gets run. What operators have paused does not count.
func (q *Queue) Well(ctx context.Context) error {
	late, living, err := q.late(ctx)
	switch {
	case err != nil:
		return err
	case !living:
		return errors.New("no worker lives")
	case late > stuckAfter:
		return fmt.Errorf("work has been due for %s and is not run", late.Round(time.Second))
	}
	return nil
}

// Late returns for how long the oldest work that is due has been waiting: how hard pressed the workers are.
func (q *Queue) Late(ctx context.Context) (time.Duration, error) {
	late, _, err := q.late(ctx)
	return late, err
}

func (q *Queue) late(ctx context.Context) (late time.Duration, living bool, err error) {
	var oldest *time.Time
	err = q.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM control.worker WHERE NOT lone AND beat_at >= clock_timestamp() - $1::interval),
			(SELECT min(j.scheduled_at) FROM river.river_job j WHERE j.kind = '`+deliverKind+`' AND j.state IN ('available', 'retryable')
				AND NOT EXISTS (SELECT FROM river.river_queue r WHERE r.name = j.queue AND r.paused_at IS NOT NULL)
				AND NOT EXISTS (SELECT FROM control.paused_kind p WHERE p.kind = j.args->>'kind' AND p.subscriber = j.args->>'subscriber'))`, leaseLasts).
		Scan(&living, &oldest)
	if err != nil {
		return 0, false, fmt.Errorf("look whether the queues move: %w", err)
	}
	if oldest != nil {
		late = max(0, q.clock.Now().Sub(*oldest))
	}
	return late, living, nil
}
