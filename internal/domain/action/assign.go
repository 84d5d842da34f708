package action

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Assign gives an action to somebody; no assignee takes it away from whoever has it.
type Assign struct {
	Action, Assignee id.ID
	// Invite lets the assignee into a private incident that they do not see yet.
	Invite bool
}

// Assign sets who does the action, and lets them take part in the incident.
func (s *Service) Assign(ctx context.Context, cmd Assign) (Action, error) {
	return s.on(ctx, authz.UpdateActions, cmd.Action, func(ctx context.Context, t turn) (change, error) {
		if !cmd.Assignee.Empty() {
			if err := incident.ActiveUser(ctx, t.tx, "assignee", cmd.Assignee); err != nil {
				return change{}, err
			}
		}
		if t.row.AssigneeID == cmd.Assignee {
			return change{}, nil
		}
		if !cmd.Assignee.Empty() {
			if err := s.enlist(ctx, t.tx, t.inc, cmd.Assignee, cmd.Invite, t.at); err != nil {
				return change{}, err
			}
		}
		if err := t.q.SetAssignee(ctx, db.SetAssigneeParams{AssigneeID: cmd.Assignee, At: t.at, ID: t.row.ID}); err != nil {
			return change{}, fmt.Errorf("write who does the action: %w", err)
		}
		return change{
			before: map[string]any{"assignee": t.row.AssigneeID}, after: map[string]any{"assignee": cmd.Assignee},
			event: ActionAssigned{What: t.what(), From: t.row.AssigneeID, To: cmd.Assignee},
		}, nil
	})
}

// enlist checks who is to do an action and lets them take part in the incident, and see it where that is wanted.
func (s *Service) enlist(ctx context.Context, tx pgx.Tx, inc incident.Held, user id.ID, invite bool, at time.Time) error {
	if err := incident.ActiveUser(ctx, tx, "assignee", user); err != nil {
		return err
	}
	if invite {
		if err := incident.Admit(ctx, s.bus, tx, inc, user, at); err != nil {
			return err
		}
	}
	_, err := incident.TakePart(ctx, tx, inc, user, incident.Collaborator, at)
	return err
}
