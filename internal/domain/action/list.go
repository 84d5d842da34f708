package action

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// List returns the actions of an incident in the order in which they were added.
func (s *Service) List(ctx context.Context, inc id.ID) ([]Action, error) {
	var actions []Action
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := q.ActionsOf(ctx, inc)
		if err != nil {
			return fmt.Errorf("list actions: %w", err)
		}
		for _, row := range rows {
			actions = append(actions, view(row.MusterAction, row.AssigneeName, row.AvatarKey, row.State))
		}
		return nil
	})
	return actions, err
}

// Filter says which actions a list over all incidents holds.
type Filter struct {
	// Incident is one incident, empty for all.
	Incident id.ID
	// Modes are those of the incidents that count.
	Modes []incident.Mode
}

// MostListed is how many actions Across returns at most.
const MostListed = 10_000

// Across returns the actions of all incidents that the actor may see, in the order in which they were added.
func (s *Service) Across(ctx context.Context, f Filter) ([]Action, error) {
	var actions []Action
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if !f.Incident.Empty() {
			if _, err := incident.Find(ctx, tx, f.Incident); err != nil {
				return err
			}
		}
		modes := make([]string, len(f.Modes))
		for n, mode := range f.Modes {
			modes[n] = string(mode)
		}
		rows, err := q.ActionsAcross(ctx, db.ActionsAcrossParams{Incident: string(f.Incident), Modes: modes, Most: MostListed})
		if err != nil {
			return fmt.Errorf("list actions: %w", err)
		}
		for _, row := range rows {
			actions = append(actions, view(row.MusterAction, row.AssigneeName, row.AvatarKey, row.State))
		}
		return nil
	})
	return actions, err
}

// Get returns one action.
func (s *Service) Get(ctx context.Context, action id.ID) (Action, error) {
	var found Action
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		if !action.Valid() {
			return problem.Missing("action")
		}
		var err error
		found, err = read(ctx, q, action)
		if err == nil && found.ID.Empty() {
			return problem.Missing("action")
		}
		return err
	})
	return found, err
}

// Ever returns one action, a deleted one as it was last, for those who are told of the deletion.
func (s *Service) Ever(ctx context.Context, action id.ID) (Action, error) {
	var found Action
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		row, err := q.ActionEver(ctx, action)
		if postgres.None(err) {
			return problem.Missing("action")
		}
		if err != nil {
			return fmt.Errorf("read the action: %w", err)
		}
		found = view(row.MusterAction, row.AssigneeName, row.AvatarKey, row.State)
		return nil
	})
	return found, err
}

// AssignedTo lists what a user has to do in incidents that are not over: what is due first, then the newest.
func (s *Service) AssignedTo(ctx context.Context, user id.ID) ([]Action, error) {
	var actions []Action
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.ActionsAssigned(ctx, user)
		if err != nil {
			return fmt.Errorf("list actions: %w", err)
		}
		for _, row := range rows {
			a := view(row.MusterAction, row.AssigneeName, row.AvatarKey, row.State)
			a.IncidentName = row.IncidentName
			if row.Number != nil {
				a.IncidentReference = incident.Reference(*row.Number)
			}
			actions = append(actions, a)
		}
		return nil
	})
	return actions, err
}

// Count returns how many actions of an incident are outstanding, and how many there are.
func (s *Service) Count(ctx context.Context, inc id.ID) (outstanding, all int, err error) {
	err = s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		row, err := q.CountActions(ctx, inc)
		if err != nil {
			return fmt.Errorf("count actions: %w", err)
		}
		outstanding, all = int(row.Outstanding), int(row.Total)
		return nil
	})
	return outstanding, all, err
}

func (s *Service) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.ViewActions); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, db.New(tx)) })
}
