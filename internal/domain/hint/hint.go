// Package hint shows people in passing how to do by themselves, and faster, what they are doing: each hint twice at most,
// seldom, and never in an incident of the worst severity.
package hint

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/hint/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service knows which hints somebody has seen.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, clock clock.Clock) *Service { return &Service{db: db, clock: clock} }

// Most is how often one person sees one hint.
const Most = 2

// calm is how long nothing more is hinted at after a hint.
const calm = 5 * time.Minute

// Moment is what somebody did that a hint may follow.
type Moment string

// The moments.
const (
	Said     Moment = "said"
	Pinned   Moment = "pinned"
	Severity Moment = "severity"
	Status   Moment = "status"
	Lead     Moment = "lead"
	Summary  Moment = "summary"
	Name     Moment = "name"
	Updated  Moment = "updated"
	Action   Moment = "action"
)

// words are the hints, by what they follow; each names the way that is shorter than the one just taken.
var words = map[Moment]string{
	Said:     "Type / to see what can be done from here: /update, /lead, /severity, /action.",
	Pinned:   "A 📌 reaction puts a message on the timeline too.",
	Severity: "In the room, /severity major does this in one line.",
	Status:   "In the room, /status fixing does this in one line.",
	Lead:     "In the room, /lead @name does this in one line.",
	Summary:  "In the room, /summary and your words do this in one line.",
	Name:     "In the room, /rename and the new name do this in one line.",
	Updated:  "In the room, /update and your words do this; end with “next update in 30m”.",
	Action:   "In the room, /action and what has to be done do this in one line.",
}

// Offer is that somebody did something in an incident.
type Offer struct {
	Incident id.ID
	After    Moment
}

// Offer returns the words of the hint that is shown now, empty for none, and counts it as shown.
func (s *Service) Offer(ctx context.Context, cmd Offer) (string, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return "", err
	}
	text := words[cmd.After]
	if scope.Actor.Type != tenant.User || text == "" {
		return "", nil
	}
	now := s.clock.Now()
	var stands db.StandsRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		stands, err = db.New(tx).Stands(ctx, db.StandsParams{UserID: scope.Actor.ID, Hint: string(cmd.After), IncidentID: cmd.Incident})
		return err
	})
	if postgres.None(err) {
		return "", problem.Missing("incident")
	}
	if err != nil {
		return "", fmt.Errorf("look which hints were shown: %w", err)
	}
	if !decide(stands, now) {
		return "", nil
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		counted, err := db.New(tx).Count(ctx, db.CountParams{UserID: scope.Actor.ID, Hint: string(cmd.After), At: now, Most: Most})
		if counted == 0 {
			text = ""
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("count a hint: %w", err)
	}
	return text, nil
}

// decide says whether a hint is shown now.
func decide(stands db.StandsRow, now time.Time) bool {
	return stands.Wanted && !stands.Worst && stands.Times < Most && now.Sub(stands.LastAt) >= calm
}

// Wanted reports whether the actor wants hints at all.
func (s *Service) Wanted(ctx context.Context) (bool, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return false, err
	}
	var wanted bool
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		wanted, err = db.New(tx).Wants(ctx, scope.Actor.ID)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look whether hints are wanted: %w", err)
	}
	return wanted, nil
}

// Want says whether the actor wants hints.
type Want struct{ Wanted bool }

// Want switches hints on or off for the actor alone.
func (s *Service) Want(ctx context.Context, cmd Want) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	if scope.Actor.Type != tenant.User {
		return problem.New(problem.Forbidden, "people_only", "Only people see hints.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		was, err := q.Wants(ctx, scope.Actor.ID)
		if err != nil || was == cmd.Wanted {
			return err
		}
		if err := q.SetWants(ctx, db.SetWantsParams{UserID: scope.Actor.ID, Wants: cmd.Wanted}); err != nil {
			return fmt.Errorf("switch hints: %w", err)
		}
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{
			Action: "user.hints_switched", TargetType: "user", TargetID: scope.Actor.ID,
			Before: map[string]bool{"wanted": was}, After: map[string]bool{"wanted": cmd.Wanted},
		})
	})
}
