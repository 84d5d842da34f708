package action

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Edit changes what an action says.
type Edit struct {
	Action      id.ID
	Description string
	// Version is the one that the editor saw; when there is a newer one with another text the answer is an
	// *incident.Stale. 0 is not checked.
	Version int32
}

// Edit rewrites the description.
func (s *Service) Edit(ctx context.Context, cmd Edit) (Action, error) {
	description, err := checkDescription(cmd.Description)
	if err != nil {
		return Action{}, err
	}
	return s.on(ctx, authz.UpdateActions, cmd.Action, func(ctx context.Context, t turn) (change, error) {
		if t.row.Description == description {
			return change{}, nil
		}
		if cmd.Version != 0 && cmd.Version != t.row.RowVersion {
			return change{}, &incident.Stale{What: "action", Now: t.row.Description, Version: t.row.RowVersion}
		}
		if err := t.q.SetDescription(ctx, db.SetDescriptionParams{Description: description, At: t.at, ID: t.row.ID}); err != nil {
			return change{}, fmt.Errorf("write the action's description: %w", err)
		}
		edited := t.what()
		edited.Description = description
		return change{
			before: map[string]any{"description": t.row.Description}, after: map[string]any{"description": description},
			event: ActionEdited{edited},
		}, nil
	})
}
