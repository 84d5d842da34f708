package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/event"
)

// Counts are the jobs of a queue or kind by what they are doing.
type Counts struct {
	Waiting int64
	Running int64
	// Retrying failed and will be tried again.
	Retrying int64
	// Sleeping belongs to a kind that is paused.
	Sleeping int64
	// GivenUp failed for good.
	GivenUp int64
	// Suspect was running when its process died, and waits to be run alone or runs so.
	Suspect int64
	// Oldest is when the longest waiting became due, or the zero time.
	Oldest time.Time
}

func (c *Counts) add(o Counts) {
	c.Waiting += o.Waiting
	c.Running += o.Running
	c.Retrying += o.Retrying
	c.Sleeping += o.Sleeping
	c.GivenUp += o.GivenUp
	c.Suspect += o.Suspect
	if !o.Oldest.IsZero() && (c.Oldest.IsZero() || o.Oldest.Before(c.Oldest)) {
		c.Oldest = o.Oldest
	}
}

// QueueState is a queue and what is in it.
type QueueState struct {
	Queue  event.Queue
	Paused bool
	Counts
	Kinds []KindState
}

// KindState is a kind within a queue and what is in it.
type KindState struct {
	Kind
	Paused bool
	// Unsafe marks work whose loss would be noticed outside.
	Unsafe bool
	Counts
}

// Queues lists every queue, from the most urgent, with the kinds that have work in it.
func (c *Control) Queues(ctx context.Context) ([]QueueState, error) {
	states := make([]QueueState, len(event.Queues()))
	place := map[string]int{}
	for n, queue := range event.Queues() {
		states[n].Queue, place[string(queue)] = queue, n
	}
	rows, err := c.pool.Query(ctx, `SELECT name FROM river.river_queue WHERE paused_at IS NOT NULL`)
	if err != nil {
		return nil, fmt.Errorf("read which queues are paused: %w", err)
	}
	paused, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read which queues are paused: %w", err)
	}
	for _, name := range paused {
		if n, known := place[name]; known {
			states[n].Paused = true
		}
	}
	kinds, err := c.kinds(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		n, known := place[kind.Queue]
		if !known {
			continue
		}
		state := KindState{Kind: kind.Kind, Paused: kind.Paused, Unsafe: c.safety.UnsafeToClear(kind.Event, kind.Subscriber), Counts: kind.Counts}
		if kind.Due != nil {
			state.Oldest = *kind.Due
		}
		states[n].add(state.Counts)
		states[n].Kinds = append(states[n].Kinds, state)
	}
	return states, nil
}

// PausedKind is a kind that an operator has stopped for a while.
type PausedKind struct {
	Kind
	By string
	At time.Time
}

// PausedKinds lists the kinds that are paused, whether they have work or not.
func (c *Control) PausedKinds(ctx context.Context) ([]PausedKind, error) {
	return list[PausedKind](ctx, c.pool, "paused kinds", `SELECT kind, subscriber, paused_by, paused_at FROM control.paused_kind ORDER BY subscriber, kind`)
}

type kindRow struct {
	Kind
	Counts
	Queue  string
	Paused bool
	Due    *time.Time
}

func (c *Control) kinds(ctx context.Context) ([]kindRow, error) {
	rows, err := c.pool.Query(ctx, `SELECT coalesce(j.metadata->'suspect'->>'queue', j.queue) AS queue, j.args->>'kind', j.args->>'subscriber',
			bool_or(p.kind IS NOT NULL),
			count(*) FILTER (WHERE state = 'available' AND queue <> '`+loneQueue+`'),
			count(*) FILTER (WHERE state = 'running' AND queue <> '`+loneQueue+`'),
			count(*) FILTER (WHERE state = 'retryable'), count(*) FILTER (WHERE state = 'scheduled'), count(*) FILTER (WHERE `+givenUp+`),
			count(*) FILTER (WHERE queue = '`+loneQueue+`'),
			min(scheduled_at) FILTER (WHERE state = 'available')
		FROM river.river_job j LEFT JOIN control.paused_kind p ON p.kind = j.args->>'kind' AND p.subscriber = j.args->>'subscriber'
		WHERE j.kind = '`+deliverKind+`' AND (j.state IN ('available', 'running', 'retryable', 'scheduled') OR `+givenUp+`)
		GROUP BY 1, 2, 3 ORDER BY 1, 3, 2`)
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	kinds, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k kindRow, err error) {
		return k, row.Scan(&k.Queue, &k.Event, &k.Subscriber, &k.Paused, &k.Waiting, &k.Running, &k.Retrying, &k.Sleeping, &k.GivenUp, &k.Suspect, &k.Due)
	})
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	return kinds, nil
}

// Failure is a job that failed: tried again later, or given up.
type Failure struct {
	Job          int64
	Organisation string
	Event        string
	Kind         string
	Subscriber   string
	Queue        string
	Attempt      int
	GivenUp      bool
	Error        string
	FailedAt     time.Time
	// NextAt is when it is tried again, meaningless once given up.
	NextAt time.Time
}

// Failures lists the jobs that failed last, newest first.
func (c *Control) Failures(ctx context.Context, most int) ([]Failure, error) {
	return list[Failure](ctx, c.pool, "failures", `SELECT j.id, j.args->>'organisation', j.args->>'event', j.args->>'kind', j.args->>'subscriber', j.queue,
			j.attempt, `+givenUp+`, coalesce(j.errors[cardinality(j.errors)]->>'error', ''),
			coalesce((j.errors[cardinality(j.errors)]->>'at')::timestamptz, j.attempted_at, j.created_at), j.scheduled_at
		FROM river.river_job j WHERE j.kind = '`+deliverKind+`' AND (j.state = 'retryable' OR `+givenUp+` OR j.state = 'available' AND cardinality(j.errors) > 0)
		ORDER BY j.attempted_at DESC NULLS LAST, j.id DESC LIMIT $1`, most)
}

// Quarantined is a delivery that is kept from running, because it killed its process when it ran alone.
type Quarantined struct {
	Job          int64
	Organisation string
	Event        string
	Kind         string
	Subscriber   string
	Queue        string
	Deaths       int
	// Status and Output are the last death's, empty when its record is gone.
	Status string
	Output string
	At     time.Time
}

// Quarantined lists what is quarantined, newest first.
func (c *Control) Quarantined(ctx context.Context) ([]Quarantined, error) {
	return list[Quarantined](ctx, c.pool, "the quarantine", `SELECT q.job_id, q.organisation_id, q.event_id, q.kind, q.subscriber, q.queue, q.deaths,
			coalesce(c.status, ''), coalesce(c.output, ''), q.quarantined_at
		FROM control.quarantine q LEFT JOIN control.crash c ON c.instance = q.crash_instance ORDER BY q.quarantined_at DESC, q.job_id DESC`)
}

// Crash is the death of a process.
type Crash struct {
	Instance string
	Role     string
	// Kind is "crash" for its own doing, "signal" for one from outside, "exit" for an end that nobody asked for.
	Kind   string
	Status string
	Output string
	At     time.Time
}

// Crashes lists the deaths of processes, newest first.
func (c *Control) Crashes(ctx context.Context, most int) ([]Crash, error) {
	return list[Crash](ctx, c.pool, "crashes", `SELECT instance, role, kind, status, output, at FROM control.crash ORDER BY at DESC, instance LIMIT $1`, most)
}

// WorkerState is a process that runs jobs.
type WorkerState struct {
	Instance string
	Host     string
	PID      int
	// Lone marks one that runs suspects, each alone.
	Lone      bool
	StartedAt time.Time
	// Silent is how long it has not beaten its lease; it is given up at 10 s.
	Silent time.Duration
}

// Workers lists the processes that hold a lease, oldest first.
func (c *Control) Workers(ctx context.Context) ([]WorkerState, error) {
	return list[WorkerState](ctx, c.pool, "the workers",
		`SELECT instance, host, pid, lone, started_at, clock_timestamp() - beat_at FROM control.worker ORDER BY started_at, instance`)
}
