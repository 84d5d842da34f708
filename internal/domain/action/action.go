// Package action keeps what is to be done during an incident.
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
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
)

// Status is how far an action is.
type Status string

// The statuses; a deleted action is kept for the log and shown nowhere.
const (
	Outstanding Status = "outstanding"
	Completed   Status = "completed"
	NotDoing    Status = "not_doing"
	Deleted     Status = "deleted"
)

// Action is one thing to do during an incident.
type Action struct {
	ID       id.ID
	Incident id.ID
	// IncidentReference and IncidentName are filled by AssignedTo only.
	IncidentReference string
	IncidentName      string
	Description       string
	Status            Status
	Assignee          *incident.Person
	Creator           tenant.Actor
	// Due is by when it is to be done; nil for no particular time.
	Due *time.Time
	// Message is the room's message that it was made from, or empty.
	Message     id.ID
	CompletedAt *time.Time
	Version     int32
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Assigned is the id of who does it, empty for nobody.
func (a Action) Assigned() id.ID {
	if a.Assignee == nil {
		return ""
	}
	return a.Assignee.ID
}

// Service runs the verbs and reads of actions.
type Service struct {
	db     *postgres.DB
	bus    *event.Bus
	clock  clock.Clock
	timers *timer.Timers
}

// New returns the service and takes the timers of due actions in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, timers *timer.Timers) *Service {
	s := &Service{db: db, bus: bus, clock: clock, timers: timers}
	timers.Handle(dueTimer, hold, s.remind)
	return s
}

// turn is what a verb on one action works with: the transaction, and the action locked in it.
type turn struct {
	tx  pgx.Tx
	q   *db.Queries
	row db.MusterAction
	inc incident.Held
	at  time.Time
}

// what is that which every event of the action carries.
func (t turn) what() What {
	return What{About: t.inc.About(), Action: t.row.ID, Description: t.row.Description}
}

// change is what a verb on one action comes to: what the audit log is told, and the event. No event means no change.
type change struct {
	before, after any
	event         event.Event
}

// on authorises a verb, locks the action, runs fn, writes what it answers to the log, publishes it and returns the
// action as it is then.
func (s *Service) on(ctx context.Context, permission authz.Permission, action id.ID, fn func(ctx context.Context, t turn) (change, error)) (Action, error) {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return Action{}, err
	}
	if !action.Valid() {
		return Action{}, problem.Missing("action")
	}
	var after Action
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t := turn{tx: tx, q: db.New(tx), at: s.clock.Now()}
		var err error
		t.row, err = t.q.LockAction(ctx, action)
		if postgres.None(err) {
			return problem.Missing("action")
		}
		if err != nil {
			return fmt.Errorf("lock the action: %w", err)
		}
		if t.inc, err = incident.Find(ctx, tx, t.row.IncidentID); err != nil {
			return err
		}
		made, err := fn(ctx, t)
		if err != nil {
			return err
		}
		if made.event != nil {
			err := audit.Write(ctx, tx, t.at, audit.Entry{
				Action: made.event.Kind(), TargetType: "action", TargetID: action, Incident: t.inc.ID, Private: t.inc.Private,
				Before: made.before, After: made.after,
			})
			if err != nil {
				return err
			}
			if err := s.bus.Publish(ctx, tx, made.event); err != nil {
				return err
			}
		}
		after, err = read(ctx, t.q, action)
		return err
	})
	return after, err
}

// read returns the action; one that was just deleted is empty.
func read(ctx context.Context, q *db.Queries, action id.ID) (Action, error) {
	row, err := q.ActionByID(ctx, action)
	if postgres.None(err) {
		return Action{}, nil
	}
	if err != nil {
		return Action{}, fmt.Errorf("read the action: %w", err)
	}
	return view(row.MusterAction, row.AssigneeName, row.AvatarKey, row.State), nil
}

func view(row db.MusterAction, assignee, avatar, state *string) Action {
	a := Action{
		ID: row.ID, Incident: row.IncidentID, Description: row.Description, Status: Status(row.Status), CompletedAt: row.CompletedAt,
		Creator: tenant.Actor{Type: tenant.ActorType(row.CreatorType), ID: row.CreatorID, Name: row.CreatorName},
		Due:     row.DueAt, Message: row.MessageID, Version: row.RowVersion, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
	if assignee != nil {
		a.Assignee = &incident.Person{ID: row.AssigneeID, Name: *assignee, Deactivated: state != nil && *state == "deactivated"}
		if avatar != nil {
			a.Assignee.AvatarKey = *avatar
		}
	}
	return a
}

// maxDescription is how many characters a description has at most.
const maxDescription = 2000

func checkDescription(text string) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD"))
	switch length := utf8.RuneCountInString(text); {
	case length == 0:
		return "", problem.Field("description", "is_required", "Write what is to be done.")
	case length > maxDescription:
		return "", problem.Field("description", "too_long", "An action has %d characters at most; this has %d.", maxDescription, length)
	}
	return text, nil
}
