package escalation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// To is one to be reached: a person or a pager.
type To struct{ User, Pager id.ID }

// Escalate calls for somebody in an incident.
type Escalate struct {
	Incident id.ID
	// Targets are tried in this order until one answers.
	Targets []To
	// Message is what they read; what the incident is, when empty.
	Message string
	// Minutes is how long each has to answer; DefaultMinutes when 0.
	Minutes int
	// Key makes a repeated call answer with the escalation of the first.
	Key string
}

const (
	// DefaultMinutes is how long a target has to answer.
	DefaultMinutes = 5
	// MostMinutes and MostTargets bound an escalation.
	MostMinutes = 60
	MostTargets = 10
	// mostMessage is in characters.
	mostMessage = 500
)

// Escalate calls for the first target at once, and for the next ones when nobody answers in time.
func (s *Service) Escalate(ctx context.Context, cmd Escalate) (Escalation, error) {
	scope, err := tenant.Require(ctx, authz.CreateEscalations)
	if err != nil {
		return Escalation{}, err
	}
	cmd, err = checked(cmd)
	if err != nil {
		return Escalation{}, err
	}
	var made Escalation
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		// The lock on the incident makes a second call with the same key wait for the first.
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		if cmd.Key != "" {
			known, err := q.EscalationByKey(ctx, db.EscalationByKeyParams{IncidentID: inc.ID, Key: cmd.Key})
			if err == nil {
				made, err = locked(ctx, q, known)
				return err
			}
			if !postgres.None(err) {
				return fmt.Errorf("look for the idempotency key: %w", err)
			}
		}
		if err := needed(inc); err != nil {
			return err
		}
		names, err := targetNames(ctx, tx, q, cmd.Targets)
		if err != nil {
			return err
		}
		if cmd.Message == "" {
			cmd.Message = strings.TrimSpace(incident.Reference(inc.Number) + " " + inc.Name)
		}
		at := s.clock.Now()
		if made, err = insert(ctx, q, inc, scope.Actor, cmd, names, at); err != nil {
			return err
		}
		t := turn{scope: scope, tx: tx, q: q, inc: inc, esc: made, at: at}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "escalation.created", TargetType: "escalation", TargetID: made.ID, Incident: inc.ID, Private: inc.Private,
			After: map[string]any{"for": made.Names(), "message": cmd.Message, "minutes": cmd.Minutes},
		})
		if err != nil {
			return err
		}
		if err := s.bus.Publish(ctx, tx, Created{t.call()}); err != nil {
			return err
		}
		if err := s.page(ctx, t, 0, 1); err != nil {
			return err
		}
		made, err = locked(ctx, q, made.ID)
		return err
	})
	return made, err
}

// needed refuses to wake somebody for what is practice, or over.
func needed(inc incident.Held) error {
	switch {
	case inc.Mode == incident.Tutorial:
		return problem.New(problem.Conflict, "tutorial", "Nobody is called from a tutorial. In an incident of yours this reaches people and pagers.")
	case !inc.Category.Ongoing() && (inc.Category != incident.CategoryLearning || inc.Mode == incident.Retrospective):
		return problem.New(problem.Conflict, "incident_over", "The incident is %s, so nobody is needed. Reopen it first.", strings.ToLower(inc.Category.Label()))
	}
	return nil
}

func checked(cmd Escalate) (Escalate, error) {
	cmd.Message = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(cmd.Message, "\x00", ""), "\uFFFD"))
	if cmd.Minutes == 0 {
		cmd.Minutes = DefaultMinutes
	}
	seen := map[To]bool{}
	for _, to := range cmd.Targets {
		switch {
		case to.User.Empty() == to.Pager.Empty():
			return cmd, problem.Field("targets", "invalid", "Each one to be reached is a person or a pager.")
		case seen[to]:
			return cmd, problem.Field("targets", "twice", "Somebody is named twice. Name each person and pager once.")
		}
		seen[to] = true
	}
	switch {
	case len(cmd.Targets) == 0:
		return cmd, problem.Field("targets", "is_required", "Say who is needed.")
	case len(cmd.Targets) > MostTargets:
		return cmd, problem.Field("targets", "too_many", "%d people and pagers can be called at most, one after the other.", MostTargets)
	case cmd.Minutes < 1 || cmd.Minutes > MostMinutes:
		return cmd, problem.Field("minutes", "out_of_range", "Wait between 1 and %d minutes for an answer.", MostMinutes)
	case utf8.RuneCountInString(cmd.Message) > mostMessage:
		return cmd, problem.Field("message", "too_long", "A message has %d characters at most: it is read on a phone, by somebody who slept.", mostMessage)
	case utf8.RuneCountInString(cmd.Key) > 200 || strings.ContainsRune(cmd.Key, 0):
		return cmd, problem.Field("idempotency_key", "invalid", "An idempotency key is text of 200 characters at most.")
	}
	return cmd, nil
}

// targetNames checks that everybody to be called can be, and returns what they are called.
func targetNames(ctx context.Context, tx pgx.Tx, q *db.Queries, targets []To) ([]string, error) {
	names := make([]string, len(targets))
	for n, to := range targets {
		if !to.User.Empty() {
			if err := incident.ActiveUser(ctx, tx, "targets", to.User); err != nil {
				return nil, err
			}
			name, err := q.UserNamed(ctx, to.User)
			if err != nil {
				return nil, fmt.Errorf("read who is called: %w", err)
			}
			names[n] = name
			continue
		}
		pager, err := usable(ctx, q, to.Pager)
		if err != nil {
			return nil, err
		}
		names[n] = pager.Name
	}
	return names, nil
}

func insert(ctx context.Context, q *db.Queries, inc incident.Held, by tenant.Actor, cmd Escalate, names []string, at time.Time) (Escalation, error) {
	made := id.New(at)
	row := db.InsertEscalationParams{
		ID: made, IncidentID: inc.ID, Private: inc.Private, Message: cmd.Message, WaitMinutes: int32(cmd.Minutes), //nolint:gosec // bounded
		CreatorType: string(by.Type), CreatorID: by.ID, CreatorName: by.Name, At: at,
	}
	if cmd.Key != "" {
		row.IdempotencyKey = &cmd.Key
	}
	if err := q.InsertEscalation(ctx, row); err != nil {
		return Escalation{}, fmt.Errorf("write the escalation: %w", err)
	}
	for n, to := range cmd.Targets {
		err := q.InsertTarget(ctx, db.InsertTargetParams{
			EscalationID: made, Position: int32(n), IncidentID: inc.ID, Private: inc.Private, UserID: to.User, PagerID: to.Pager, Name: names[n], //nolint:gosec // bounded
		})
		if err != nil {
			return Escalation{}, fmt.Errorf("write whom the escalation calls for: %w", err)
		}
	}
	return locked(ctx, q, made)
}
