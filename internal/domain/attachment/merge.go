package attachment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/attachment/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/event"
)

// merged attaches what belongs to a merged incident to the one that it lives on in; what is known there, or was removed
// there, stays as it is.
func (s *Service) merged(ctx context.Context, tx pgx.Tx, r event.Record, e incident.Merged) error {
	into, err := incident.Find(ctx, tx, e.Into)
	if err != nil {
		return err
	}
	rows, err := db.New(tx).Attachments(ctx, e.Incident)
	if err != nil {
		return fmt.Errorf("read the attachments: %w", err)
	}
	for _, row := range rows {
		found := Resource{Kind: Kind(row.Kind), ExternalID: row.Reference, URL: row.URL}
		if _, err := s.add(ctx, tx, incident.About{Incident: into.ID, Private: into.Private}, r.Actor, found, row.Title, row.FoundIn); err != nil {
			return err
		}
	}
	return nil
}
