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
	"github.com/musterhq/muster/internal/platform/event"
)

// Deactivate stops a user from acting at once, by ending their sessions in the organisation. What they did stays
// readable under their name.
func (s *Service) Deactivate(ctx context.Context, user id.ID) error {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		owners, target, err := s.lock(ctx, db.New(tx), user)
		if err != nil {
			return err
		}
		switch target.State {
		case StateDeactivated:
			return nil
		case StateInvited:
			return problem.New(problem.Conflict, "not_joined", "%s has not joined yet: revoke the invitation instead.", target.Name)
		}
		if err := mayHold(scope.Permissions, target.Role, target.Role); err != nil {
			return err
		}
		if err := mayLose(owners, target); err != nil {
			return err
		}
		return s.move(ctx, tx, target, StateDeactivated, "user.deactivated", Deactivated{User: target.ID})
	})
}

// Reactivate lets a deactivated user act again; they sign in anew.
func (s *Service) Reactivate(ctx context.Context, user id.ID) error {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, target, err := s.lock(ctx, db.New(tx), user)
		if err != nil {
			return err
		}
		if target.State == StateActive {
			return nil
		}
		if target.Account.Empty() {
			return problem.New(problem.Conflict, "not_joined", "%s never joined: invite them again instead.", target.Name)
		}
		if err := mayHold(scope.Permissions, target.Role, target.Role); err != nil {
			return err
		}
		return s.move(ctx, tx, target, StateActive, "user.reactivated", Reactivated{User: target.ID})
	})
}

func (s *Service) move(ctx context.Context, tx pgx.Tx, target User, to State, action string, happened event.Event) error {
	now := s.clock.Now()
	if err := db.New(tx).UpdateUserState(ctx, db.UpdateUserStateParams{ID: target.ID, State: string(to), UpdatedAt: now}); err != nil {
		return fmt.Errorf("change the user's state: %w", err)
	}
	if _, err := tx.Exec(ctx, "SELECT control.set_membership_active($1, $2, $3)", target.ID, to == StateActive, now); err != nil {
		return fmt.Errorf("change the membership: %w", err)
	}
	err := audit.Write(ctx, tx, now, audit.Entry{
		Action: action, TargetType: "user", TargetID: target.ID,
		Before: map[string]State{"state": target.State}, After: map[string]State{"state": to},
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, happened)
}
