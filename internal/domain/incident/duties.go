package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Duty is a role that somebody holds in an incident that goes on.
type Duty struct {
	Incident        id.ID
	Reference, Name string
	Role            string
}

// Duties lists what somebody answers for in the incidents that go on and that the actor sees, the last declared first.
func (s *Service) Duties(ctx context.Context, who id.ID) ([]Duty, error) {
	var duties []Duty
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.Duties(ctx, who)
		if err != nil {
			return fmt.Errorf("read what somebody answers for: %w", err)
		}
		for _, row := range rows {
			duty := Duty{Incident: row.IncidentID, Name: row.IncidentName, Role: row.RoleName}
			if row.Number != nil {
				duty.Reference = Reference(*row.Number)
			}
			duties = append(duties, duty)
		}
		return nil
	})
	return duties, err
}
