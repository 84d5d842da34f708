package feature

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/feature/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// fresh is how long another process may go on with a value that was changed here.
const fresh = 5 * time.Second

// Service reads and sets the flags of organisations; what it reads it remembers for a few seconds.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock

	mu     sync.Mutex
	cached map[id.ID]held
}

type held struct {
	values map[string]setting
	until  time.Time
}

type setting struct {
	value json.RawMessage
	at    time.Time
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Service {
	return &Service{db: db, bus: bus, clock: clock, cached: map[id.ID]held{}}
}

// Get returns the flag's value in the organisation of ctx.
func Get[T any](ctx context.Context, s *Service, flag *Flag[T]) (T, error) {
	values, err := s.values(ctx)
	if err != nil {
		return flag.initial, err
	}
	stored, set := values[flag.name]
	if !set {
		return flag.initial, nil
	}
	var value T
	if err := json.Unmarshal(stored.value, &value); err != nil {
		return flag.initial, fmt.Errorf("read the feature flag %s: %w", flag.name, err)
	}
	return value, nil
}

// Enabled reports whether the switch is on in the organisation of ctx. Where the flags cannot be read it is as it is
// where nobody set it, so that a page does not fail for a switch.
func (s *Service) Enabled(ctx context.Context, flag *Flag[bool]) bool {
	on, err := Get(ctx, s, flag)
	if err != nil {
		slog.WarnContext(ctx, "a feature flag could not be read", "flag", flag.name, "error", err)
	}
	return on
}

// Set gives the flag a value in the organisation of ctx.
func Set[T any](ctx context.Context, s *Service, flag *Flag[T], value T) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the feature flag %s: %w", flag.name, err)
	}
	return s.SetValue(ctx, SetValue{Name: flag.name, Value: text})
}

// SetValue is a value in JSON for a flag by its name; no value goes back to what it is where nobody set it.
type SetValue struct {
	Name  string
	Value json.RawMessage
}

// SetValue changes a flag of the organisation of ctx.
func (s *Service) SetValue(ctx context.Context, cmd SetValue) error {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return err
	}
	d, known := definitionOf(cmd.Name)
	if !known {
		return problem.Missing("feature flag")
	}
	if len(cmd.Value) > 0 && d.check(cmd.Value) != nil {
		return problem.Field("value", "invalid_value", "%s takes a value of type %s, such as %s.", d.name, d.kind, d.initial)
	}
	if len(cmd.Value) == 0 {
		cmd.Value = nil // which the audit log has as null
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.clock.Now()
		q := db.New(tx)
		rows, err := q.Flags(ctx)
		if err != nil {
			return fmt.Errorf("read the feature flags: %w", err)
		}
		before := d.initial
		for _, row := range rows {
			if row.Name == d.name {
				before = row.Value
			}
		}
		if cmd.Value != nil {
			err = q.SetFlag(ctx, db.SetFlagParams{OrganisationID: scope.Organisation, Name: d.name, Value: cmd.Value, UpdatedAt: now})
		} else {
			err = q.ResetFlag(ctx, d.name)
		}
		if err != nil {
			return fmt.Errorf("store the feature flag %s: %w", d.name, err)
		}
		err = audit.Write(ctx, tx, now, audit.Entry{
			Action: "feature.changed", TargetType: "organisation", TargetID: scope.Organisation,
			Before: map[string]any{"flag": d.name, "value": before}, After: map[string]any{"flag": d.name, "value": cmd.Value},
		})
		if err != nil {
			return err
		}
		postgres.AfterCommit(ctx, func() { s.forget(scope.Organisation) })
		return s.bus.Publish(ctx, tx, Changed{Organisation: scope.Organisation, Flag: d.name})
	})
}

// State is a flag as pages show it.
type State struct {
	Name string
	// Title is its name for people, empty for what only operators see.
	Title   string
	Meaning string
	// Kind is the Go type of its values.
	Kind    string
	Layer   Layer
	Initial json.RawMessage
	Value   json.RawMessage
	// SetAt is when the organisation set it, zero if it did not.
	SetAt time.Time
}

// List returns every flag with its value in the organisation of ctx, by layer and name.
func (s *Service) List(ctx context.Context) ([]State, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return nil, err
	}
	values, err := s.values(ctx)
	if err != nil {
		return nil, err
	}
	var states []State
	for _, d := range definitions() {
		state := State{Name: d.name, Title: d.title, Meaning: d.meaning, Kind: d.kind, Layer: d.layer, Initial: d.initial, Value: d.initial}
		if stored, set := values[d.name]; set {
			state.Value, state.SetAt = stored.value, stored.at
		}
		states = append(states, state)
	}
	return states, nil
}

func (s *Service) values(ctx context.Context) (map[string]setting, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	s.mu.Lock()
	found, ok := s.cached[scope.Organisation]
	s.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.values, nil
	}
	values := map[string]setting{}
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Flags(ctx)
		for _, row := range rows {
			values[row.Name] = setting{value: row.Value, at: row.UpdatedAt}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the feature flags: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cached[scope.Organisation] = held{values: values, until: now.Add(fresh)}
	return values, nil
}

func (s *Service) forget(organisation id.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cached, organisation)
}

// Changed says that a flag has another value.
type Changed struct {
	Organisation id.ID  `json:"organisation"`
	Flag         string `json:"flag"`
}

// Kind is "feature.changed".
func (Changed) Kind() string { return "feature.changed" }

// Version is 1.
func (Changed) Version() int { return 1 }

// Subject is the organisation.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.Organisation} }
