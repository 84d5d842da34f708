package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/supervise"
)

const (
	// beatEvery is how often a process says that it lives.
	beatEvery = 3 * time.Second
	// leaseLasts is how long it is believed, by the database's time.
	leaseLasts = 10 * time.Second
	// lookEvery is how often a worker looks for the work of the dead and for suspects.
	lookEvery = time.Second
	// repeatEvery is how often the producers are told again which queues are paused.
	repeatEvery = 10 * time.Second
	// settle is how long a worker must have reached the database without a break before it declares others dead:
	// after an outage of the database every lease looks expired.
	settle = 5 * time.Second
	// loneQueue is where suspects wait; no River producer reads it.
	loneQueue = "lone"
	// reapLock serialises those who give back the work of the dead.
	reapLock = 0x6d75737465726a
)

// beat tells the database that this process lives.
func (w *Worker) beat(ctx context.Context, lone bool) error {
	_, err := w.pool.Exec(ctx, `INSERT INTO control.worker (instance, host, pid, lone) VALUES ($1, $2, $3, $4)
		ON CONFLICT (instance) DO UPDATE SET beat_at = clock_timestamp()`,
		w.options.Instance, hostname(), os.Getpid(), lone)
	if err != nil {
		return fmt.Errorf("beat the lease of %s: %w", w.options.Instance, err)
	}
	return nil
}

// leave gives the lease up after an orderly end.
func (w *Worker) leave(ctx context.Context) error {
	if _, err := w.pool.Exec(ctx, `DELETE FROM control.worker WHERE instance = $1`, w.options.Instance); err != nil {
		return fmt.Errorf("give up the lease of %s: %w", w.options.Instance, err)
	}
	return nil
}

// keepLease beats, looks for others that stopped beating, and keeps the set of paused kinds fresh.
func (w *Worker) keepLease(ctx context.Context) {
	look, beat, repeat := time.NewTicker(lookEvery), time.NewTicker(beatEvery), time.NewTicker(repeatEvery)
	defer repeat.Stop()
	defer look.Stop()
	defer beat.Stop()
	steady, last := time.Now(), time.Now()
	missed := map[lost]bool{}
	for {
		tend := func(ctx context.Context) (err error) {
			if err = w.beat(ctx, false); err == nil {
				missed, err = w.findLost(ctx, missed)
			}
			return err
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case <-repeat.C:
			tend = w.repeatPauses
		case <-look.C:
			tend = func(ctx context.Context) error { return w.look(ctx, time.Since(steady) >= settle) }
		}
		limited, cancel := context.WithTimeout(ctx, beatEvery)
		err := tend(limited)
		cancel()
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the worker's lease could not be tended", "error", err)
		}
		if err != nil || time.Since(last) > settle {
			steady = time.Now()
		}
		last = time.Now()
	}
}

// look refreshes what this worker knows, and gives back the work of the dead if it may judge who is.
func (w *Worker) look(ctx context.Context, judge bool) error {
	if w.heard.Swap(false) {
		if err := w.copyDeaths(ctx); err != nil {
			slog.WarnContext(ctx, "the records of deaths were not copied", "error", err)
		}
	}
	if err := w.readPaused(ctx); err != nil || !judge {
		return err
	}
	_, err := w.reap(ctx, "")
	return err
}

// hearDeaths gives back at once what a process was running when the supervisor says that it died. The supervisor
// repeats itself to new processes, which does no harm.
func (w *Worker) hearDeaths(ctx context.Context) {
	for e := range supervise.Events(ctx) {
		if e.Event != "died" {
			continue
		}
		if _, err := w.reap(ctx, e.Instance); err != nil {
			slog.WarnContext(ctx, "the work of a dead process waits for its lease to expire", "instance", e.Instance, "error", err)
		}
		// Its record is written after the word goes out; the next look takes it.
		w.heard.Store(true)
	}
}

// giveBack returns the work of the dead behind River's back, which would notice only after an hour. Jobs whose last
// runner holds no lease go from running to available, do not count the attempt that death cut short, and wait as
// suspects in a queue that only lone processes read. It can be repeated at will: what was given back is not running
// any more. A test knows the columns and states of River's table that this and our other statements rely on.
const giveBack = `UPDATE river.river_job SET
		state = 'available',
		attempt = greatest(attempt - 1, 0),
		scheduled_at = coalesce($1::timestamptz, now()),
		queue = '` + loneQueue + `',
		metadata = metadata || jsonb_build_object('suspect',
			coalesce(metadata->'suspect', jsonb_build_object('queue', queue, 'deaths', 0)) - 'fresh')
	WHERE kind = '` + deliverKind + `' AND state = 'running' AND cardinality(attempted_by) > 0
		AND NOT EXISTS (SELECT FROM control.worker w WHERE w.instance = attempted_by[cardinality(attempted_by)])
	RETURNING id`

// reap ends the leases that expired, and that of the process named dead if any, and gives back what they ran.
func (w *Worker) reap(ctx context.Context, dead string) (returned int, err error) {
	err = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		// Another that reaps at this moment does all there is to do, except to end the lease of the one named.
		lock := "SELECT pg_try_advisory_xact_lock($1)"
		if dead != "" {
			lock = "SELECT true FROM pg_advisory_xact_lock($1)"
		}
		var mine bool
		if err := tx.QueryRow(ctx, lock, reapLock).Scan(&mine); err != nil || !mine {
			return err
		}
		rows, err := tx.Query(ctx, `DELETE FROM control.worker
			WHERE instance = $1 OR ($1 = '' AND beat_at < clock_timestamp() - $2::interval) RETURNING instance`, dead, leaseLasts)
		if err != nil {
			return err
		}
		expired, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, giveBack, nowOrNil(w.options.Clock))
		if err != nil {
			return err
		}
		jobs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		if returned = len(jobs); len(expired) > 0 || returned > 0 {
			slog.WarnContext(ctx, "gave back the work of the dead", "instances", expired, "named", dead, "jobs", jobs)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("give back the work of the dead: %w", err)
	}
	return returned, nil
}
