// Package subscription keeps who wants to hear of incidents without taking part: of one, of a type, of a severity and
// worse, or of all, by mail or push.
package subscription

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
)

// Scope is what a subscription is to.
type Scope string

// The scopes.
const (
	ToIncident   Scope = "incident"
	ToType       Scope = "type"
	ToSeverity   Scope = "severity" // and every worse one
	ToEverything Scope = "everything"
)

// Subscription is what somebody wants to hear of, and how.
type Subscription struct {
	ID    id.ID
	Scope Scope
	// Incident, Type and Severity are set for their scopes, with Name for what it is called.
	Incident, Type, Severity id.ID
	Reference, Name          string
	// Over tells that the incident is closed.
	Over       bool
	Mail, Push bool
	At         time.Time
}

// Silent tells that nothing is told: such a subscription keeps one incident quiet for somebody who hears of many.
func (s Subscription) Silent() bool { return !s.Mail && !s.Push }

// Service runs the verbs and reads of subscriptions.
type Service struct {
	db     *postgres.DB
	bus    *event.Bus
	clock  clock.Clock
	timers *timer.Timers
}

// New returns the service and takes the timers of digests in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, timers *timer.Timers) *Service {
	s := &Service{db: db, bus: bus, clock: clock, timers: timers}
	timers.Handle(digestTimer, holdReader, s.gather)
	return s
}

// Subscribe asks to hear of something; asked again for the same, it changes how.
type Subscribe struct {
	Scope                    Scope
	Incident, Type, Severity id.ID
	Mail, Push               bool
}

// Subscribe subscribes the actor.
func (s *Service) Subscribe(ctx context.Context, cmd Subscribe) error {
	scope, err := self(ctx)
	if err != nil {
		return err
	}
	if !cmd.Mail && !cmd.Push {
		return problem.Field("mail", "is_required", "Choose at least one way: by mail, or on your devices.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		row := db.PutParams{ID: id.New(at), UserID: scope.Actor.ID, Scope: string(cmd.Scope), Mail: cmd.Mail, Push: cmd.Push, At: at}
		about, err := target(ctx, tx, q, cmd, &row)
		if err != nil {
			return err
		}
		return s.put(ctx, tx, row, about)
	})
}

// target checks what the subscription is to and fills it in.
func target(ctx context.Context, tx pgx.Tx, q *db.Queries, cmd Subscribe, row *db.PutParams) (incident.About, error) {
	var there bool
	var err error
	switch cmd.Scope {
	case ToEverything:
		return incident.About{}, nil
	case ToIncident:
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err == nil && inc.Mode == incident.Tutorial {
			return incident.About{}, problem.New(problem.Conflict, "tutorial", "Nothing is sent about a tutorial.")
		}
		row.IncidentID, row.Private = inc.ID, inc.Private
		return inc.About(), err
	case ToType:
		row.TypeID = cmd.Type
		there, err = q.TypeThere(ctx, cmd.Type)
	case ToSeverity:
		row.SeverityID = cmd.Severity
		there, err = q.SeverityThere(ctx, cmd.Severity)
	default:
		return incident.About{}, problem.Field("scope", "unknown", "Subscribe to an incident, a type, a severity and worse, or everything.")
	}
	if err != nil {
		return incident.About{}, fmt.Errorf("look for the %s: %w", cmd.Scope, err)
	}
	if !there {
		return incident.About{}, problem.Missing(string(cmd.Scope))
	}
	return incident.About{}, nil
}

func (s *Service) put(ctx context.Context, tx pgx.Tx, row db.PutParams, about incident.About) error {
	if err := db.New(tx).Put(ctx, row); err != nil {
		return fmt.Errorf("write the subscription: %w", err)
	}
	return s.note(ctx, tx, "subscription.changed", about, map[string]any{
		"scope": row.Scope, "type": row.TypeID, "severity": row.SeverityID, "mail": row.Mail, "push": row.Push,
	})
}

// note writes the audit entry and tells the pages that show who hears of what.
func (s *Service) note(ctx context.Context, tx pgx.Tx, action string, about incident.About, after any) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	entry := audit.Entry{Action: action, TargetType: "user", TargetID: scope.Actor.ID, Incident: about.Incident, Private: about.Private, After: after}
	if err := audit.Write(ctx, tx, s.clock.Now(), entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, Changed{Who: scope.Actor.ID, Incident: about.Incident, Private: about.Private})
}

// Adjust changes how a subscription of the actor's reaches them; neither way ends it.
type Adjust struct {
	Subscription id.ID
	Mail, Push   bool
}

// Adjust changes or ends one of the actor's subscriptions.
func (s *Service) Adjust(ctx context.Context, cmd Adjust) error {
	scope, err := self(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.One(ctx, db.OneParams{UserID: scope.Actor.ID, ID: cmd.Subscription})
		if postgres.None(err) {
			return problem.Missing("subscription")
		}
		if err != nil {
			return fmt.Errorf("read the subscription: %w", err)
		}
		about := incident.About{Incident: row.IncidentID, Private: row.Private}
		if !cmd.Mail && !cmd.Push {
			if _, err := q.DropOne(ctx, db.DropOneParams{UserID: scope.Actor.ID, ID: row.ID}); err != nil {
				return fmt.Errorf("end the subscription: %w", err)
			}
			return s.note(ctx, tx, "subscription.ended", about, nil)
		}
		return s.put(ctx, tx, db.PutParams{
			ID: row.ID, UserID: row.UserID, Scope: row.Scope, IncidentID: row.IncidentID, Private: row.Private, TypeID: row.TypeID, SeverityID: row.SeverityID,
			Mail: cmd.Mail, Push: cmd.Push, At: row.CreatedAt,
		}, about)
	})
}

// Unsubscribe stops the actor hearing of one incident, also where they subscribed to more of which it is part.
type Unsubscribe struct{ Incident id.ID }

// Unsubscribe ends what the actor hears of the incident.
func (s *Service) Unsubscribe(ctx context.Context, cmd Unsubscribe) (incident.Outcome, error) {
	var out incident.Outcome
	scope, err := self(ctx)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		matching, err := s.matching(ctx, q, scope.Actor.ID, inc)
		if err != nil || len(matching) == 0 || (matching[0].Scope == ToIncident && matching[0].Silent()) {
			return err
		}
		out.Changed = true
		if len(matching) == 1 && matching[0].Scope == ToIncident {
			if _, err := q.DropOf(ctx, db.DropOfParams{UserID: scope.Actor.ID, IncidentID: inc.ID}); err != nil {
				return fmt.Errorf("end the subscription: %w", err)
			}
			return s.note(ctx, tx, "subscription.ended", inc.About(), nil)
		}
		at := s.clock.Now()
		return s.put(ctx, tx, db.PutParams{ID: id.New(at), UserID: scope.Actor.ID, Scope: string(ToIncident), IncidentID: inc.ID, Private: inc.Private, At: at}, inc.About())
	})
	return out, err
}

// matching lists what somebody is subscribed to of which the incident is part, the one that names it first.
func (s *Service) matching(ctx context.Context, q *db.Queries, user id.ID, inc incident.Held) ([]Subscription, error) {
	rank, err := rankOf(ctx, q, inc)
	if err != nil {
		return nil, err
	}
	rows, err := q.Matching(ctx, db.MatchingParams{UserID: user, IncidentID: inc.ID, TypeID: inc.Type, Rank: rank})
	if err != nil {
		return nil, fmt.Errorf("read the subscriptions: %w", err)
	}
	var list []Subscription
	for _, row := range rows {
		one := Subscription{ID: row.ID, Scope: Scope(row.Scope), Mail: row.Mail, Push: row.Push}
		if one.Scope == ToIncident || broad(inc) {
			list = append(list, one)
		}
	}
	return list, nil
}

// rankOf is how bad the incident is, below every severity when that is not set.
func rankOf(ctx context.Context, q *db.Queries, inc incident.Held) (int32, error) {
	if inc.Severity.Empty() {
		return -1, nil
	}
	rank, err := q.SeverityRank(ctx, inc.Severity)
	if err != nil {
		return 0, fmt.Errorf("read how bad it is: %w", err)
	}
	return rank, nil
}

// broad reports whether those hear of an incident who did not ask for this very one: tests, tutorials, quiet ones and
// what was over when it was written down are told to nobody else.
func broad(inc incident.Held) bool { return inc.Mode == incident.Standard && !inc.Quiet }

// self returns the scope if a person acts, on what is their own.
func self(ctx context.Context) (tenant.Scope, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return scope, err
	}
	if scope.Actor.Type != tenant.User {
		return scope, problem.New(problem.Forbidden, "people_only", "Only people subscribe.")
	}
	return scope, nil
}
