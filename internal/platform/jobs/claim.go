package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"
)

// claimed are the columns that both ways of claiming a job return.
const claimed = `RETURNING j.id, j.args, j.attempt, j.metadata, j.queue, j.scheduled_at`

// claimDue takes the most urgent job that is due, or none. It serves tests that move the clock; workers fetch
// through River.
const claimDue = `UPDATE river.river_job j SET state = 'running', attempt = j.attempt + 1,
		attempted_at = coalesce($2::timestamptz, now()), attempted_by = array_append(j.attempted_by, $1::text)
	WHERE j.id = (SELECT id FROM river.river_job
		WHERE kind = '` + deliverKind + `' AND state IN ('available', 'retryable', 'scheduled') AND scheduled_at <= coalesce($2::timestamptz, now())
			AND queue = ANY ($3::text[])
		ORDER BY array_position($3::text[], queue), scheduled_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	` + claimed

// claimSuspect takes the next suspect, those that have to be the first of their process before others, except where an
// operator has paused its queue or kind.
const claimSuspect = `UPDATE river.river_job j SET state = 'running', attempt = j.attempt + 1,
		attempted_at = coalesce($2::timestamptz, now()), attempted_by = array_append(j.attempted_by, $1::text),
		metadata = jsonb_set(j.metadata, '{suspect,fresh}', to_jsonb($3::boolean))
	WHERE j.id = (SELECT id FROM river.river_job s
		WHERE kind = '` + deliverKind + `' AND state = 'available' AND queue = '` + loneQueue + `' AND scheduled_at <= coalesce($2::timestamptz, now()) AND ` + mayRun + `
		ORDER BY (metadata->'suspect' ? 'first') DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	` + claimed

// mayRun holds for a suspect s of which neither the queue nor the kind is paused.
const mayRun = `NOT EXISTS (SELECT FROM river.river_queue q WHERE q.name = s.metadata->'suspect'->>'queue' AND q.paused_at IS NOT NULL)
	AND NOT EXISTS (SELECT FROM control.paused_kind p WHERE p.kind = s.args->>'kind' AND p.subscriber = s.args->>'subscriber')`

// claim runs one of the claiming statements and returns nil where nothing is to be had.
func (w *Worker) claim(ctx context.Context, statement string, arguments ...any) (*work, error) {
	var job work
	var args, about []byte
	var queue string
	var due time.Time
	err := w.pool.QueryRow(ctx, statement, append([]any{w.options.Instance, nowOrNil(w.options.Clock)}, arguments...)...).
		Scan(&job.id, &args, &job.attempt, &about, &queue, &due)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim a job: %w", err)
	}
	return &job, job.read(args, about, queue, w.options.Clock.Now().Sub(due))
}

func (job *work) read(args, about []byte, queue string, waited time.Duration) error {
	m, err := readMetadata(about)
	if m.Suspect != nil {
		queue = m.Suspect.Queue
	}
	var a arguments
	err = errors.Join(err, json.Unmarshal(args, &a))
	job.delivery, job.trace, job.suspect, job.waited = a.delivery(queue), m.Trace, m.Suspect, waited
	if err != nil {
		return fmt.Errorf("read job %d: %w", job.id, err)
	}
	return nil
}

// finish writes the outcome of a claimed job as River would. Having come to an end, it is no suspect any more and
// goes back to its queue. What was given to another meanwhile is left alone.
func (w *Worker) finish(ctx context.Context, job *work, failure error) error {
	now := w.options.Clock.Now()
	state, failed := rivertype.JobStateCompleted, []byte(nil)
	var final, next *time.Time
	if failure != nil {
		var err error
		if failed, err = json.Marshal(rivertype.AttemptError{At: now, Attempt: job.attempt, Error: failure.Error()}); err != nil {
			return fmt.Errorf("write down a failure: %w", err)
		}
		page := w.pages(job.delivery)
		again := now.Add(pauseOf(job.id, job.attempt, page))
		switch {
		case hopeless(failure) && !page:
			state = rivertype.JobStateCancelled
		case job.attempt >= attemptsOf(page):
			state = rivertype.JobStateDiscarded
		default:
			state, next = rivertype.JobStateRetryable, &again
		}
	}
	if next == nil {
		final = &now
	}
	_, err := w.pool.Exec(ctx, `UPDATE river.river_job SET state = $2::text::river.river_job_state, finalized_at = $3,
			scheduled_at = coalesce($4, scheduled_at), queue = $5, metadata = metadata - 'suspect',
			errors = CASE WHEN $6::jsonb IS NULL THEN errors ELSE array_append(errors, $6::jsonb) END
		WHERE id = $1 AND state = 'running' AND attempted_by[cardinality(attempted_by)] = $7`,
		job.id, string(state), final, next, string(job.delivery.Queue), failed, w.options.Instance)
	if err != nil {
		return fmt.Errorf("write the outcome of job %d: %w", job.id, err)
	}
	return nil
}
