package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// deathsToQuarantine is how many processes a job must have killed as the only one that they ran.
const deathsToQuarantine = 2

// verdict is what becomes of the job that a lone process was running when it died.
type verdict struct {
	deaths     int
	first      bool
	quarantine bool
}

// judge decides. A signal from outside says nothing about the job. A process that ran other jobs before may have died
// of what one of them left behind, so the job goes first in the next process. Only a death of the process's own doing,
// in a process that never ran anything else, counts.
func judge(s suspect, kind supervise.Kind) verdict {
	v := verdict{deaths: s.Deaths, first: s.First}
	if kind == supervise.Signal {
		return v
	}
	v.first = true
	if s.Fresh {
		v.deaths++
	}
	v.quarantine = v.deaths >= deathsToQuarantine
	return v
}

// loneDied settles the death of a lone process before the next one starts.
func (w *Worker) loneDied(ctx context.Context, death supervise.Death) {
	ctx, cancel := context.WithTimeout(ctx, leaseLasts)
	defer cancel()
	var quarantined *event.Delivery
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) (err error) {
		quarantined, err = w.settle(ctx, tx, death)
		return err
	})
	if err != nil {
		// The lease expires, and the job is run again without any blame.
		slog.ErrorContext(ctx, "the death of a lone process was not settled", "instance", death.Instance, "error", err)
		return
	}
	if quarantined != nil && w.options.Observer != nil {
		w.options.Observer.Quarantined(*quarantined)
	}
}

func (w *Worker) settle(ctx context.Context, tx pgx.Tx, death supervise.Death) (*event.Delivery, error) {
	if err := insertCrash(ctx, tx, death); err != nil {
		return nil, err
	}
	job, err := w.lastOf(ctx, tx, death.Instance)
	if err != nil || job == nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM control.worker WHERE instance = $1`, death.Instance); err != nil {
		return nil, fmt.Errorf("end the lease of %s: %w", death.Instance, err)
	}
	v := judge(*job.suspect, death.Kind)
	attrs := []any{
		"job", job.id, "event", job.delivery.Event, "kind", job.delivery.Kind, "subscriber", job.delivery.Subscriber,
		"organisation", job.delivery.Organisation, "deaths", v.deaths, "status", death.Status,
	}
	page := w.pages(job.delivery)
	if !v.quarantine || page {
		slog.WarnContext(ctx, "a process died while it ran a suspect alone", append(attrs, "counts", v.deaths > job.suspect.Deaths)...)
		rest := time.Duration(0)
		if page && v.quarantine { // somebody has to be called: it goes on trying, alone and with pauses
			rest = pauseOf(job.id, v.deaths, true)
			slog.ErrorContext(ctx, "a page kills its process and is tried again", append(attrs, "after", rest)...)
		}
		_, err := tx.Exec(ctx, `UPDATE river.river_job SET state = 'available', attempt = greatest(attempt - 1, 0), scheduled_at = coalesce($2::timestamptz, now()) + $4::interval,
				metadata = jsonb_set(metadata, '{suspect}', $3::jsonb) WHERE id = $1`, job.id, nowOrNil(w.options.Clock),
			suspect{Queue: job.suspect.Queue, Deaths: v.deaths, First: v.first}, rest)
		if err != nil {
			return nil, fmt.Errorf("give back the suspect %d: %w", job.id, err)
		}
		return nil, nil
	}
	d := job.delivery
	slog.ErrorContext(ctx, "a delivery kills its process and is quarantined", append(attrs, "where", d.Subscriber+", after "+d.Kind, "error", death.Status)...)
	_, err = tx.Exec(ctx, `INSERT INTO control.quarantine (job_id, organisation_id, event_id, kind, subscriber, queue, deaths, crash_instance)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		job.id, string(d.Organisation), string(d.Event), d.Kind, d.Subscriber, string(d.Queue), v.deaths, death.Instance)
	if err != nil {
		return nil, fmt.Errorf("quarantine job %d: %w", job.id, err)
	}
	_, err = tx.Exec(ctx, `UPDATE river.river_job SET state = 'cancelled', finalized_at = coalesce($2::timestamptz, now()), queue = $3,
			metadata = metadata - 'suspect' || '{"quarantined": true}' WHERE id = $1`, job.id, nowOrNil(w.options.Clock), string(d.Queue))
	if err != nil {
		return nil, fmt.Errorf("take job %d off the queue: %w", job.id, err)
	}
	return &d, nil
}

// lastOf returns the suspect that a dead process was running, or nil.
func (w *Worker) lastOf(ctx context.Context, tx pgx.Tx, instance string) (*work, error) {
	var job work
	var args, about []byte
	var queue string
	err := tx.QueryRow(ctx, `SELECT id, args, attempt, metadata, queue FROM river.river_job
		WHERE state = 'running' AND queue = '`+loneQueue+`' AND attempted_by[cardinality(attempted_by)] = $1 AND metadata ? 'suspect' FOR UPDATE`, instance).
		Scan(&job.id, &args, &job.attempt, &about, &queue)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the job of %s: %w", instance, err)
	}
	return &job, job.read(args, about, queue, time.Duration(0))
}
