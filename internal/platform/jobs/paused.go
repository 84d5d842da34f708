package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/postgres"
)

// Kind is a sort of work to operators: one subscriber of one kind of event.
type Kind struct {
	Event      string
	Subscriber string
}

// String is how people read it.
func (k Kind) String() string { return k.Subscriber + " after " + k.Event }

func (w *Worker) readPaused(ctx context.Context) error {
	rows, err := w.pool.Query(ctx, `SELECT kind, subscriber FROM control.paused_kind`)
	if err != nil {
		return fmt.Errorf("read what is paused: %w", err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Kind])
	if err != nil {
		return fmt.Errorf("read what is paused: %w", err)
	}
	paused := make(map[Kind]bool, len(kinds))
	for _, kind := range kinds {
		paused[kind] = true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = paused
	return nil
}

// repeatPauses tells River's producers again which queues are paused and which are not. They hear it once, when an
// operator acts, and would never know if they were not listening at that moment.
func (w *Worker) repeatPauses(ctx context.Context) error {
	_, err := w.pool.Exec(ctx, `SELECT pg_notify($1, json_build_object('action', CASE WHEN paused_at IS NULL THEN 'resume' ELSE 'pause' END, 'queue', name)::text)
		FROM river.river_queue`, postgres.QueueSchema+".river_control")
	if err != nil {
		return fmt.Errorf("repeat which queues are paused: %w", err)
	}
	return nil
}

func (w *Worker) isPaused(kind Kind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused[kind]
}
