// Package timer fires at due times that are kept in Postgres: each once, over any number of processes and restarts.
package timer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// Handler does what is due, in the transaction that takes the timer away: both happen or neither.
type Handler func(ctx context.Context, tx pgx.Tx, subject id.ID, due time.Time) error

// Lock holds what the verbs hold that set and clear timers of a kind. It runs before the timer itself is touched: those
// verbs take their locks in that order too, and in the other they would wait for each other.
type Lock func(ctx context.Context, tx pgx.Tx, subject id.ID) error

type kind struct {
	lock Lock
	run  Handler
}

// Timers sets timers and fires them.
type Timers struct {
	db    *postgres.DB
	clock clock.Clock
	kinds map[string]kind
}

// New returns timers kept in db and read by clock.
func New(db *postgres.DB, clock clock.Clock) *Timers {
	return &Timers{db: db, clock: clock, kinds: map[string]kind{}}
}

// Handle says who deals with timers of a kind; it is called while the application is put together.
func (t *Timers) Handle(name string, lock Lock, run Handler) { t.kinds[name] = kind{lock, run} }

// Set lets the timer of a kind and subject fire at due; one that was set before is moved.
func (t *Timers) Set(ctx context.Context, tx pgx.Tx, kind string, subject id.ID, due time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO control.timer (organisation_id, kind, subject_id, due_at)
		VALUES (muster.current_organisation(), $1, $2, $3)
		ON CONFLICT (organisation_id, kind, subject_id) DO UPDATE SET due_at = EXCLUDED.due_at, attempts = 0`, kind, string(subject), due)
	if err != nil {
		return fmt.Errorf("set the timer %s: %w", kind, err)
	}
	return nil
}

// Clear takes the timer away if it is set.
func (t *Timers) Clear(ctx context.Context, tx pgx.Tx, kind string, subject id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM control.timer WHERE organisation_id = muster.current_organisation() AND kind = $1 AND subject_id = $2`, kind, string(subject))
	if err != nil {
		return fmt.Errorf("clear the timer %s: %w", kind, err)
	}
	return nil
}

type dueTimer struct {
	organisation id.ID
	kind         string
	subject      id.ID
	due          time.Time
}

const batch = 200

// Fire runs everything that is due now and returns how many fired. One that fails is put off with a growing pause.
func (t *Timers) Fire(ctx context.Context) (int, error) {
	var due []dueTimer
	err := t.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT organisation_id, kind, subject_id, due_at FROM control.timer WHERE due_at <= $1 ORDER BY due_at LIMIT $2`, t.clock.Now(), batch)
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d dueTimer, err error) {
			err = row.Scan(&d.organisation, &d.kind, &d.subject, &d.due)
			return d, err
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read due timers: %w", err)
	}
	fired := 0
	for _, d := range due {
		done, err := t.fire(ctx, d)
		if err != nil {
			slog.ErrorContext(ctx, "a timer failed and is put off", "kind", d.kind, "subject", d.subject, "error", err)
			if err := t.putOff(ctx, d); err != nil {
				return fired, err
			}
			continue
		}
		if done {
			fired++
		}
	}
	return fired, nil
}

func (t *Timers) fire(ctx context.Context, d dueTimer) (done bool, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Panicked(ctx, "timer "+d.kind, value)
		}
	}()
	handler, known := t.kinds[d.kind]
	if !known {
		return false, fmt.Errorf("no handler for timers of kind %q in this release", d.kind)
	}
	err = t.db.Write(tenant.AsSystem(ctx, d.organisation), func(ctx context.Context, tx pgx.Tx) error {
		done = false // this may be another try
		if err := handler.lock(ctx, tx, d.subject); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM control.timer WHERE (organisation_id, kind, subject_id, due_at) = ($1, $2, $3, $4)`,
			string(d.organisation), d.kind, string(d.subject), d.due)
		if err != nil {
			return fmt.Errorf("take the timer: %w", err)
		}
		if tag.RowsAffected() == 0 { // another process had it, or it was moved
			return nil
		}
		done = true
		return handler.run(ctx, tx, d.subject, d.due)
	})
	return done && err == nil, err
}

// putOff moves a timer that failed: 5 s, 10 s, 20 s and so on, to 5 minutes at most.
func (t *Timers) putOff(ctx context.Context, d dueTimer) error {
	return t.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE control.timer SET attempts = attempts + 1,
				due_at = $5::timestamptz + least(interval '5 seconds' * power(2, least(attempts, 10)), interval '5 minutes')
			WHERE (organisation_id, kind, subject_id, due_at) = ($1, $2, $3, $4)`,
			string(d.organisation), d.kind, string(d.subject), d.due, t.clock.Now())
		if err != nil {
			return fmt.Errorf("put the timer %s off: %w", d.kind, err)
		}
		return nil
	})
}

// look is how often due timers are looked for: a reminder is at most this late.
const look = 500 * time.Millisecond

// Run fires timers until ctx ends.
func (t *Timers) Run(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := t.Fire(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "timers could not be read; they are looked for again shortly", "error", err)
			}
		}
	}
}
