// Package tutorial is a guided first incident that teaches by doing: each of its steps is done by the real act. It
// belongs to one person, has no number, and nobody else sees it.
package tutorial

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/tutorial/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service begins tutorials and follows them.
type Service struct {
	db        *postgres.DB
	bus       *event.Bus
	clock     clock.Clock
	incidents *incident.Service
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, incidents *incident.Service) *Service {
	return &Service{db: db, bus: bus, clock: clock, incidents: incidents}
}

// Progress is how far somebody is in a tutorial.
type Progress struct {
	Incident id.ID
	Steps    []Step
	// Ended tells that nothing ticks any more: all is done, or it was left.
	Ended bool
}

// Done counts the steps that are done.
func (p Progress) Done() int {
	n := 0
	for _, s := range p.Steps {
		if s.Done {
			n++
		}
	}
	return n
}

// Next returns the first step that is not done, or nil.
func (p Progress) Next() *Step {
	for n := range p.Steps {
		if !p.Steps[n].Done {
			return &p.Steps[n]
		}
	}
	return nil
}

// errGoing leaves the transaction of a tutorial that a second click began.
var errGoing = errors.New("a tutorial goes on")

// Start begins a tutorial, or returns the one that the person has not ended.
func (s *Service) Start(ctx context.Context) (incident.Brief, error) {
	scope, err := tenant.Require(ctx, authz.CreateIncidents)
	if err != nil {
		return incident.Brief{}, err
	}
	if scope.Actor.Type != tenant.User {
		return incident.Brief{}, problem.New(problem.Forbidden, "people_only", "Only people learn by a tutorial.")
	}
	var brief incident.Brief
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		going, err := q.Going(ctx, scope.Actor.ID)
		if err == nil {
			brief = incident.Brief{ID: going, Existing: true}
			return nil
		}
		if !postgres.None(err) {
			return fmt.Errorf("look for a tutorial: %w", err)
		}
		brief, err = s.incidents.Declare(ctx, incident.Declare{
			Name: "Practice: the coffee machine is down", Mode: incident.Tutorial, Private: true,
			Summary: "Nobody on the second floor gets coffee. This one is not real: only you see it, and it counts for nothing.",
		})
		if err != nil {
			return err
		}
		began, err := q.Begin(ctx, db.BeginParams{IncidentID: brief.ID, UserID: scope.Actor.ID, At: s.clock.Now()})
		if err != nil {
			return fmt.Errorf("begin a tutorial: %w", err)
		}
		if began == 0 {
			return errGoing
		}
		return nil
	})
	if errors.Is(err, errGoing) {
		return s.Start(ctx)
	}
	return brief, err
}

// Skip names a tutorial to leave.
type Skip struct{ Incident id.ID }

// Skip ends a tutorial before all is done; another can be started at any time.
func (s *Service) Skip(ctx context.Context, cmd Skip) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.One(ctx, cmd.Incident); postgres.None(err) {
			return problem.Missing("tutorial")
		} else if err != nil {
			return fmt.Errorf("read the tutorial: %w", err)
		}
		ended, err := q.End(ctx, db.EndParams{IncidentID: cmd.Incident, At: s.clock.Now()})
		if err != nil {
			return fmt.Errorf("end the tutorial: %w", err)
		}
		if ended == 0 {
			return nil
		}
		_, err = s.incidents.Cancel(ctx, incident.Cancel{Incident: cmd.Incident, Reason: "The tutorial was left"})
		if problem.Is(err, problem.Conflict) { // closed already
			return nil
		}
		return err
	})
}

// Progress returns how far the tutorial of an incident is; an incident that is none is not found.
func (s *Service) Progress(ctx context.Context, inc id.ID) (Progress, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return Progress{}, err
	}
	progress := Progress{Incident: inc, Steps: steps()}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		one, err := q.One(ctx, inc)
		if postgres.None(err) {
			return problem.Missing("tutorial")
		}
		if err != nil {
			return fmt.Errorf("read the tutorial: %w", err)
		}
		progress.Ended = one.EndedAt != nil
		done, err := q.Steps(ctx, inc)
		if err != nil {
			return fmt.Errorf("read the steps of the tutorial: %w", err)
		}
		progress.tick(done)
		return nil
	})
	return progress, err
}

func (p *Progress) tick(done []string) {
	for n := range p.Steps {
		for _, key := range done {
			p.Steps[n].Done = p.Steps[n].Done || string(p.Steps[n].Key) == key
		}
	}
}
