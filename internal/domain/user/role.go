package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

var invalidRole = problem.Field("role", "invalid_role", "Choose owner, administrator, responder or viewer.")

// ChangeRole gives a user another base role.
type ChangeRole struct {
	User id.ID
	Role authz.Role
}

// ChangeRole changes what a user may do; it holds from their next request.
func (s *Service) ChangeRole(ctx context.Context, cmd ChangeRole) error {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return err
	}
	if !cmd.Role.Valid() {
		return invalidRole
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		owners, target, err := s.lock(ctx, q, cmd.User)
		if err != nil {
			return err
		}
		if target.Role == cmd.Role {
			return nil
		}
		if err := mayHold(scope.Permissions, target.Role, cmd.Role); err != nil {
			return err
		}
		if err := mayLose(owners, target); err != nil {
			return err
		}
		now := s.clock.Now()
		if err := q.UpdateUserRole(ctx, db.UpdateUserRoleParams{ID: target.ID, Role: string(cmd.Role), UpdatedAt: now}); err != nil {
			return fmt.Errorf("change the role: %w", err)
		}
		err = audit.Write(ctx, tx, now, audit.Entry{
			Action: "user.role_changed", TargetType: "user", TargetID: target.ID,
			Before: map[string]authz.Role{"role": target.Role}, After: map[string]authz.Role{"role": cmd.Role},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, RoleChanged{User: target.ID, From: string(target.Role), To: string(cmd.Role)})
	})
}

// lock holds the owners and then the user, so that two owners who demote each other do not both succeed.
func (s *Service) lock(ctx context.Context, q *db.Queries, user id.ID) (owners []id.ID, target User, err error) {
	if owners, err = q.LockOwners(ctx); err != nil {
		return nil, User{}, fmt.Errorf("lock the owners: %w", err)
	}
	row, err := q.LockUser(ctx, user)
	return owners, read(row), missing(err)
}

// mayHold decides whether somebody with the permissions may turn one role into the other.
func mayHold(permissions authz.Set, from, to authz.Role) error {
	if (from == authz.Owner || to == authz.Owner) && !permissions.Has(authz.ManageOwners) {
		return problem.New(problem.Forbidden, "owners_only", "Only an owner can make somebody an owner, or change one.")
	}
	return nil
}

// mayLose decides whether the organisation can do without the target as an owner.
func mayLose(owners []id.ID, target User) error {
	if target.Role == authz.Owner && target.State == StateActive && len(owners) <= 1 {
		return problem.New(problem.Conflict, "last_owner", "%s is the only owner. Make somebody else an owner first.", target.Name)
	}
	return nil
}
