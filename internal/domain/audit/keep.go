package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit/internal/db"
)

// batch is how many entries are deleted in one transaction, so that nobody waits for it.
const batch = 5000

// Sweep deletes the entries of the organisation in ctx that are older than the log is kept, and says how many those were.
func (s *Service) Sweep(ctx context.Context, kept time.Duration) (int64, error) {
	before := s.clock.Now().Add(-kept)
	var total int64
	for {
		var gone int64
		err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			gone, err = db.New(tx).DeleteEntries(ctx, db.DeleteEntriesParams{Before: before, Count: batch})
			return err
		})
		if err != nil {
			return total, fmt.Errorf("delete old entries of the audit log: %w", err)
		}
		if total += gone; gone < batch {
			return total, nil
		}
	}
}
