package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// AwayAfter is how long a lead who owes an update is not seen before others are offered to take over.
const AwayAfter = 10 * time.Minute

// ReadRole says that the actor has read what they were told of a role that they hold.
type ReadRole struct{ Incident, Role id.ID }

// ReadRole puts away the note and the instructions that the holder of a role is shown.
func (s *Service) ReadRole(ctx context.Context, cmd ReadRole) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.ViewIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if !cmd.Role.Valid() {
			return problem.Missing("role")
		}
		if _, err := t.q.RoleByID(ctx, cmd.Role); postgres.None(err) {
			return problem.Missing("role")
		} else if err != nil {
			return fmt.Errorf("read the role: %w", err)
		}
		read, err := t.q.ReadRole(ctx, db.ReadRoleParams{At: t.at, IncidentID: t.inc.ID, RoleID: cmd.Role, UserID: t.scope.Actor.ID})
		if err != nil {
			return fmt.Errorf("put a role's note away: %w", err)
		}
		if out.Changed = read > 0; !out.Changed {
			return nil
		}
		return audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.role_read", TargetType: "incident_role", TargetID: cmd.Role, Incident: t.inc.ID, Private: t.inc.Private,
		})
	})
	return out, err
}
