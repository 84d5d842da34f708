package action

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Complete says that an action is done.
type Complete struct{ Action id.ID }

// Reopen says that an action is to be done after all.
type Reopen struct{ Action id.ID }

// Drop says that an action is not going to be done.
type Drop struct{ Action id.ID }

// Delete takes away an action that should not have been there.
type Delete struct{ Action id.ID }

// Complete marks the action as done.
func (s *Service) Complete(ctx context.Context, cmd Complete) (Action, error) {
	return s.move(ctx, cmd.Action, Completed, func(w What) event.Event { return ActionCompleted{w} })
}

// Reopen marks the action as outstanding.
func (s *Service) Reopen(ctx context.Context, cmd Reopen) (Action, error) {
	return s.move(ctx, cmd.Action, Outstanding, func(w What) event.Event { return ActionReopened{w} })
}

// Drop marks the action as one that nobody is going to do.
func (s *Service) Drop(ctx context.Context, cmd Drop) (Action, error) {
	return s.move(ctx, cmd.Action, NotDoing, func(w What) event.Event { return ActionNotDoing{What: w} })
}

// Delete takes the action away.
func (s *Service) Delete(ctx context.Context, cmd Delete) (Action, error) {
	return s.move(ctx, cmd.Action, Deleted, func(w What) event.Event { return ActionDeleted{w} })
}

func (s *Service) move(ctx context.Context, action id.ID, to Status, happened func(What) event.Event) (Action, error) {
	permission := authz.UpdateActions
	if to == Deleted {
		permission = authz.DestroyActions
	}
	return s.on(ctx, permission, action, func(ctx context.Context, t turn) (change, error) {
		if Status(t.row.Status) == to {
			return change{}, nil
		}
		params := db.SetStatusParams{Status: string(to), At: t.at, ID: t.row.ID}
		if to == Completed {
			params.CompletedAt = &t.at
		}
		if err := t.q.SetStatus(ctx, params); err != nil {
			return change{}, fmt.Errorf("write the action's status: %w", err)
		}
		return change{
			before: map[string]any{"status": t.row.Status}, after: map[string]any{"status": to}, event: happened(t.what()),
		}, nil
	})
}
