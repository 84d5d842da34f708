package action

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Create adds an action to an incident.
type Create struct {
	Incident    id.ID
	Description string
	// Assignee is who does it; empty for nobody yet.
	Assignee id.ID
	// Invite lets the assignee into a private incident that they do not see yet.
	Invite bool
	// Due is by when it is to be done; zero for no particular time.
	Due time.Time
	// Message is the room's message that it is made from; empty for none.
	Message id.ID
	// Key makes a repeated creation answer with the action of the first.
	Key string
}

// Create adds an action, or returns the one that the same key added.
func (s *Service) Create(ctx context.Context, cmd Create) (Action, error) {
	scope, err := tenant.Require(ctx, authz.CreateActions)
	if err != nil {
		return Action{}, err
	}
	description, err := checkDescription(cmd.Description)
	if err != nil {
		return Action{}, err
	}
	if utf8.RuneCountInString(cmd.Key) > 200 || strings.ContainsRune(cmd.Key, 0) {
		return Action{}, problem.Field("idempotency_key", "invalid", "An idempotency key is text of 200 characters at most.")
	}
	var made Action
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		// The lock on the incident makes a second creation with the same key wait for the first.
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		if cmd.Key != "" {
			known, err := q.ActionByKey(ctx, db.ActionByKeyParams{IncidentID: inc.ID, Key: cmd.Key})
			if err == nil {
				made, err = read(ctx, q, known)
				return err
			}
			if !postgres.None(err) {
				return fmt.Errorf("look for the idempotency key: %w", err)
			}
		}
		at := s.clock.Now()
		due, err := checkDue(cmd.Due, at)
		if err != nil {
			return err
		}
		if !cmd.Assignee.Empty() {
			if err := s.enlist(ctx, tx, inc, cmd.Assignee, cmd.Invite, at); err != nil {
				return err
			}
		}
		action := id.New(at)
		row := db.InsertActionParams{
			ID: action, IncidentID: inc.ID, Private: inc.Private, Description: description, AssigneeID: cmd.Assignee, DueAt: due, MessageID: cmd.Message,
			CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name, At: at,
		}
		if cmd.Key != "" {
			row.IdempotencyKey = &cmd.Key
		}
		if err := q.InsertAction(ctx, row); err != nil {
			return fmt.Errorf("write the action: %w", err)
		}
		if due != nil {
			if err := s.setTimer(ctx, tx, action, due); err != nil {
				return err
			}
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "action.created", TargetType: "action", TargetID: action, Incident: inc.ID, Private: inc.Private,
			After: map[string]any{"description": description, "assignee": cmd.Assignee, "due_at": due},
		})
		if err != nil {
			return err
		}
		err = s.bus.Publish(ctx, tx, ActionCreated{What: What{About: inc.About(), Action: action, Description: description}, Assignee: cmd.Assignee, Due: due})
		if err != nil {
			return err
		}
		made, err = read(ctx, q, action)
		return err
	})
	return made, err
}
