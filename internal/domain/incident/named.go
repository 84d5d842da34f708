package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Named is what an incident is called.
type Named struct {
	ID        id.ID
	Reference string
	Name      string
}

// Named tells what the incidents are called; those that the actor may not see, and those that are not there, are left out.
func (s *Service) Named(ctx context.Context, incidents []id.ID) (map[id.ID]Named, error) {
	named := map[id.ID]Named{}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.IncidentNames(ctx, id.Strings(incidents))
		for _, row := range rows {
			named[row.ID] = Named{ID: row.ID, Reference: Reference(row.Number), Name: row.Name}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what incidents are called: %w", err)
	}
	return named, nil
}
