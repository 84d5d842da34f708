package action

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Replace changes everything that can be said of an action at once, except when it is due.
type Replace struct {
	Action      id.ID
	Description string
	Status      Status
	// Assignee is who does it; empty for nobody.
	Assignee id.ID
}

// Replace edits, gives and moves an action in one step. One that is deleted by it is answered as it was last.
func (s *Service) Replace(ctx context.Context, cmd Replace) (Action, error) {
	move := map[Status]func(context.Context) (Action, error){
		Outstanding: func(ctx context.Context) (Action, error) { return s.Reopen(ctx, Reopen{cmd.Action}) },
		Completed:   func(ctx context.Context) (Action, error) { return s.Complete(ctx, Complete{cmd.Action}) },
		NotDoing:    func(ctx context.Context) (Action, error) { return s.Drop(ctx, Drop{cmd.Action}) },
		Deleted:     func(ctx context.Context) (Action, error) { return s.Delete(ctx, Delete{cmd.Action}) },
	}[cmd.Status]
	if move == nil {
		return Action{}, problem.Field("status", "unknown", "An action is outstanding, completed, not_doing or deleted.")
	}
	var after Action
	err := s.db.Write(ctx, func(ctx context.Context, _ pgx.Tx) error {
		if _, err := s.Edit(ctx, Edit{Action: cmd.Action, Description: cmd.Description}); err != nil {
			return err
		}
		given, err := s.Assign(ctx, Assign{Action: cmd.Action, Assignee: cmd.Assignee})
		if err != nil {
			return err
		}
		after, err = move(ctx)
		if err == nil && after.ID.Empty() {
			after, after.Status = given, Deleted
		}
		return err
	})
	return after, err
}
