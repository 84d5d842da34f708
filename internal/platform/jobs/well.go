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
	var living bool
	var oldest *time.Time
	err := q.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM control.worker WHERE NOT lone AND beat_at >= clock_timestamp() - $1::interval),
			(SELECT min(j.scheduled_at) FROM river.river_job j WHERE j.kind = '`+deliverKind+`' AND j.state IN ('available', 'retryable')
				AND NOT EXISTS (SELECT FROM river.river_queue r WHERE r.name = j.queue AND r.paused_at IS NOT NULL)
				AND NOT EXISTS (SELECT FROM control.paused_kind p WHERE p.kind = j.args->>'kind' AND p.subscriber = j.args->>'subscriber'))`, leaseLasts).
		Scan(&living, &oldest)
	switch {
	case err != nil:
		return fmt.Errorf("look whether the queues move: %w", err)
	case !living:
		return errors.New("no worker lives")
	case oldest != nil && q.clock.Now().Sub(*oldest) > stuckAfter:
		return fmt.Errorf("work has been due since %s and is not run", oldest.UTC().Format(time.DateTime))
	}
	return nil
}
