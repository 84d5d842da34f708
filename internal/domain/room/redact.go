package room

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Redacted makes browsers fetch messages again whose words were taken out of them, and the lines that tell of activities
// whose words were. It runs in the transaction that took them out.
func (s *Service) Redacted(ctx context.Context, tx pgx.Tx, incident id.ID, messages, activities []id.ID) error {
	q := db.New(tx)
	lines, err := q.LinesOf(ctx, db.LinesOfParams{IncidentID: incident, Events: id.Strings(activities)})
	if err != nil {
		return fmt.Errorf("find the lines of activities: %w", err)
	}
	all := append(slices.Clone(messages), lines...)
	slices.Sort(all)
	for _, message := range slices.Compact(all) {
		seq, err := event.Next(ctx, tx, incident)
		if err != nil {
			return err
		}
		if err := q.Touch(ctx, db.TouchParams{ChangedSeq: seq, ID: message}); err != nil {
			return fmt.Errorf("mark a message as changed: %w", err)
		}
	}
	return nil
}
