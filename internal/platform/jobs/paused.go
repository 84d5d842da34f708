package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
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

func (w *Worker) isPaused(kind Kind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused[kind]
}
