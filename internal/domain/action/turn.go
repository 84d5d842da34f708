package action

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// TurnInto takes an action of the incident off the list of what is to be done in it, because it goes on as a follow-up.
// One that is done with stays as it is. It runs in the transaction that makes the follow-up, which authorises.
func TurnInto(ctx context.Context, bus *event.Bus, tx pgx.Tx, inc incident.Held, action, followUp id.ID, at time.Time) error {
	q := db.New(tx)
	row, err := q.LockAction(ctx, action)
	if postgres.None(err) || (err == nil && row.IncidentID != inc.ID) {
		return problem.Missing("action")
	}
	if err != nil {
		return fmt.Errorf("lock the action: %w", err)
	}
	if Status(row.Status) != Outstanding {
		return nil
	}
	if err := q.SetStatus(ctx, db.SetStatusParams{Status: string(NotDoing), At: at, ID: action}); err != nil {
		return fmt.Errorf("write the action's status: %w", err)
	}
	gone := ActionNotDoing{What: What{About: inc.About(), Action: action, Description: row.Description}, FollowUp: followUp}
	err = audit.Write(ctx, tx, at, audit.Entry{
		Action: gone.Kind(), TargetType: "action", TargetID: action, Incident: inc.ID, Private: inc.Private,
		Before: map[string]any{"status": row.Status}, After: map[string]any{"status": NotDoing, "follow_up": followUp},
	})
	if err != nil {
		return err
	}
	return bus.Publish(ctx, tx, gone)
}
