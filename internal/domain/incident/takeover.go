package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// TakeOver lets an owner into the private incidents that nobody sees any more, because everybody in them was deactivated.
type TakeOver struct {
	// Reason stands in the audit log and in the incidents.
	Reason string
}

// Abandoned counts the private incidents that nobody sees any more. It tells nothing else of them.
func (s *Service) Abandoned(ctx context.Context) (int, error) {
	if _, err := tenant.Require(ctx, authz.ManageOwners); err != nil {
		return 0, err
	}
	var count int
	err := s.db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		return s.sighted(ctx, func(ctx context.Context, q *db.Queries) error {
			found, err := q.Abandoned(ctx)
			count = len(found)
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("count the incidents that nobody sees: %w", err)
	}
	return count, nil
}

// LastMembers counts, for each user who is the only one left in some private incidents, how many these are: nobody
// would see them if the user were deactivated. It tells nothing else of them.
func (s *Service) LastMembers(ctx context.Context) (map[id.ID]int, error) {
	if _, err := tenant.Require(ctx, authz.ManageUsers); err != nil {
		return nil, err
	}
	counts := map[id.ID]int{}
	err := s.db.Read(ctx, func(ctx context.Context, _ pgx.Tx) error {
		return s.sighted(ctx, func(ctx context.Context, q *db.Queries) error {
			rows, err := q.LastMembers(ctx)
			for _, row := range rows {
				counts[id.ID(row.UserID)] = int(row.Total)
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count the incidents that one person alone sees: %w", err)
	}
	return counts, nil
}

// TakeOver makes the actor see and take part in every private incident that nobody sees any more, and returns these.
// Who reads the audit log learns of it, whether they see the incidents or not.
func (s *Service) TakeOver(ctx context.Context, cmd TakeOver) ([]Brief, error) {
	scope, err := tenant.Require(ctx, authz.ManageOwners)
	if err != nil {
		return nil, err
	}
	if scope.Actor.Type != tenant.User {
		return nil, notPerson()
	}
	reason, err := checkReason(cmd.Reason, true, "Say why. It stands in the audit log and in the incidents.")
	if err != nil {
		return nil, err
	}
	var taken []Brief
	scope.SeesPrivate = true
	err = s.db.Write(tenant.With(ctx, scope), func(ctx context.Context, tx pgx.Tx) error {
		taken = nil
		t := turn{scope: scope, tx: tx, q: db.New(tx), at: s.clock.Now()}
		found, err := t.q.Abandoned(ctx)
		if err != nil {
			return fmt.Errorf("find the incidents that nobody sees: %w", err)
		}
		for _, one := range found {
			if t.inc, err = Lock(ctx, tx, one); err != nil {
				return err
			}
			if done, err := s.takeOver(ctx, t, reason); err != nil {
				return err
			} else if done {
				taken = append(taken, briefOf(one, &t.inc.Number))
			}
		}
		if len(taken) == 0 {
			return problem.New(problem.Conflict, "none_abandoned", "Somebody sees every private incident: there is none to take over.")
		}
		return audit.Write(ctx, tx, t.at, audit.Entry{
			Action: "incident.taken_over", TargetType: "organisation", TargetID: scope.Organisation,
			After: map[string]any{"incidents": len(taken), "reason": reason},
		})
	})
	return taken, err
}

// takeOver lets the actor into a locked incident, unless somebody came back or came first.
func (s *Service) takeOver(ctx context.Context, t turn, reason string) (bool, error) {
	user := t.scope.Actor.ID
	others, err := t.q.OthersWithAccess(ctx, db.OthersWithAccessParams{IncidentID: t.inc.ID, UserID: user})
	if err != nil {
		return false, fmt.Errorf("look who sees the incident: %w", err)
	}
	if others > 0 || !t.inc.Private {
		return false, nil
	}
	if first, err := admit(ctx, s.bus, t.tx, t.inc, user, t.at, reason); err != nil || !first {
		return false, err
	}
	_, err = takePart(ctx, t.q, t.inc, user, Collaborator, t.at)
	return err == nil, err
}
