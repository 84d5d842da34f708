package nudge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Showing returns what the incident's card is about, empty for no card, and how many nudges there have been.
func (s *Service) Showing(ctx context.Context, in id.ID) (kind Kind, cards int, err error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return "", 0, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, in); err != nil {
			return err
		}
		row, err := db.New(tx).Showing(ctx, in)
		if err != nil {
			return fmt.Errorf("read what is nudged: %w", err)
		}
		kind, cards = Kind(row.Kind), int(row.Cards)
		return nil
	})
	return kind, cards, err
}
