package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// lost is an attempt that the database takes for running here, while nothing runs here: the connection broke when the
// job was fetched, or the database was away for so long that River gave up on writing its outcome. The lease is alive,
// so nobody else would give it back.
type lost struct {
	Job     int64
	Attempt int
}

// hold remembers that a job runs here until the returned function is called.
func (w *Worker) hold(job int64) (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active[job] = true
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.active, job)
	}
}

// findLost gives back what is lost for the second look in a row; once may be a job on its way. These are no suspects:
// this process lives. Where its outcome was not written, the delivery is marked as handled, and comes to nothing.
func (w *Worker) findLost(ctx context.Context, before map[lost]bool) (map[lost]bool, error) {
	w.mu.Lock()
	active := slices.Collect(maps.Keys(w.active))
	w.mu.Unlock()
	missed, err := list[lost](ctx, w.pool, "what runs here", `SELECT id, attempt FROM river.river_job
		WHERE state = 'running' AND attempted_by[cardinality(attempted_by)] = $1 AND NOT id = ANY ($2::bigint[])`, w.options.Instance, active)
	if err != nil {
		return before, err
	}
	after := map[lost]bool{}
	for _, m := range missed {
		if !before[m] {
			after[m] = true
			continue
		}
		_, err := w.pool.Exec(ctx, `UPDATE river.river_job SET state = 'available', attempt = greatest(attempt - 1, 0),
				scheduled_at = coalesce($4::timestamptz, now())
			WHERE id = $1 AND attempt = $2 AND state = 'running' AND attempted_by[cardinality(attempted_by)] = $3`,
			m.Job, m.Attempt, w.options.Instance, nowOrNil(w.options.Clock))
		if err != nil {
			return before, fmt.Errorf("give back the lost job %d: %w", m.Job, err)
		}
		slog.WarnContext(ctx, "gave back a job that was lost on its way", "job", m.Job, "attempt", m.Attempt)
	}
	return after, nil
}
