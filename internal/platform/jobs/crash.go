package jobs

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// mostCrashes is how many records of deaths are kept.
const mostCrashes = 500

// insertCrash keeps the record of a death; the same death twice is one record.
func insertCrash(ctx context.Context, tx pgx.Tx, death supervise.Death) error {
	// Postgres takes no zero bytes in text.
	output := strings.ReplaceAll(death.Output, "\x00", "?")
	_, err := tx.Exec(ctx, `INSERT INTO control.crash (instance, role, pid, kind, status, uptime_ms, output, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		death.Instance, death.Role, death.PID, string(death.Kind), death.Status, death.Uptime.Milliseconds(), output, death.At)
	if err != nil {
		return fmt.Errorf("keep the record of a death: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM control.crash WHERE instance IN (SELECT instance FROM control.crash ORDER BY at DESC, instance OFFSET $1)`, mostCrashes)
	if err != nil {
		return fmt.Errorf("forget the oldest deaths: %w", err)
	}
	return nil
}

// copyDeaths copies the supervisor's records to the database, where those who look from another machine see them.
func (w *Worker) copyDeaths(ctx context.Context) error {
	if w.options.CrashFile == "" {
		return nil
	}
	deaths, err := supervise.Deaths(w.options.CrashFile, 20)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		for _, death := range deaths {
			if err := insertCrash(ctx, tx, death); err != nil {
				return err
			}
		}
		return nil
	})
}
