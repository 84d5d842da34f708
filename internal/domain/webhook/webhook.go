// Package webhook tells other systems what happens: signed requests to the addresses that an organisation gives, each
// kept, tried again for a day, and open to inspection.
package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Occasion is what an endpoint is to be told of.
type Occasion struct {
	Type Type
	// Event is the one of the house that it comes from, Subject what that is about: the incident, an action, a follow-up.
	Event, Incident, Subject id.ID
}

// Renderer writes what is told of public incidents, in the shapes of the public API.
type Renderer interface {
	// Render returns the occasion as things are now, or that its incident is private by now, of which nothing is told but
	// ids. What is gone is a problem of kind NotFound.
	Render(ctx context.Context, of Occasion) (body json.RawMessage, private bool, err error)
}

// Needs is what the service works with.
type Needs struct {
	Keys *secrets.Keys
	Mail mail.Sender
	// Client reaches the addresses, which people give.
	Client *http.Client
	// Plain takes http:// too, and names of this machine: where private addresses are allowed.
	Plain    bool
	Renderer Renderer
	// Address makes a full address of a path in the organisation of ctx.
	Address func(ctx context.Context, path string) (string, error)
}

// Service runs the verbs and reads of webhooks, and sends them.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
	needs Needs
	// chance is a number from 0 to 1 by which pauses differ, so that what failed together does not come back together.
	chance func() float64
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, needs Needs) *Service {
	return &Service{db: db, bus: bus, clock: clock, needs: needs, chance: rand.Float64}
}

// read runs a read of those who may set webhooks.
func (s *Service) read(ctx context.Context, fn func(ctx context.Context, q *db.Queries) error) error {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, db.New(tx)) })
}

// sighted runs fn in a transaction, the open one if there is one, that sees private incidents too: what waits is sent or
// given up whoever may look at it.
func (s *Service) sighted(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	scope.SeesPrivate = true
	return s.db.Write(tenant.With(ctx, scope), fn)
}

// Why says why an endpoint is switched off.
type Why string

// The reasons.
const (
	ByPerson Why = "person"
	// Failing ones answered nothing well for five days, Gone ones said that they are.
	Failing Why = "failing"
	Gone    Why = "gone"
)

// Endpoint is an address that is told of what happens.
type Endpoint struct {
	ID               id.ID
	URL, Description string
	// Types are the keys of what it is told of; none means everything.
	Types []string
	// PrivateIncidents says that it is told of those too, with ids only.
	PrivateIncidents bool
	// PreviousUntil is until when the secret before this one signs as well; nil when it does not.
	PreviousUntil *time.Time
	DisabledAt    *time.Time
	DisabledWhy   Why
	// FailingSince is since when nothing gets through; nil when the last attempt did.
	FailingSince *time.Time
	Maker        tenant.Actor
	Version      int32
	CreatedAt    time.Time
}

// Health is an endpoint and how it does.
type Health struct {
	Endpoint
	// Waiting are on their way, Failed were given up within the last seven days; both count what the reader may see.
	Waiting, Failed int
	LastDeliveredAt *time.Time
}

// recent is how far back failures are counted.
const recent = 7 * 24 * time.Hour

// Endpoints lists the organisation's endpoints, the oldest first.
func (s *Service) Endpoints(ctx context.Context) ([]Health, error) {
	var all []Health
	err := s.read(ctx, func(ctx context.Context, q *db.Queries) error {
		rows, err := q.Endpoints(ctx, s.clock.Now().Add(-recent))
		if err != nil {
			return fmt.Errorf("list webhook endpoints: %w", err)
		}
		for _, row := range rows {
			all = append(all, Health{
				Endpoint: s.endpointOf(row.MusterWebhookEndpoint), Waiting: int(row.Waiting), Failed: int(row.Failed), LastDeliveredAt: row.LastDeliveredAt,
			})
		}
		return nil
	})
	return all, err
}

// Endpoint returns one endpoint.
func (s *Service) Endpoint(ctx context.Context, endpoint id.ID) (Endpoint, error) {
	var found Endpoint
	err := s.read(ctx, func(ctx context.Context, q *db.Queries) error {
		row, err := usable(ctx, q.Endpoint, endpoint)
		found = s.endpointOf(row)
		return err
	})
	return found, err
}

func (s *Service) endpointOf(row db.MusterWebhookEndpoint) Endpoint {
	e := Endpoint{
		ID: row.ID, URL: row.URL, Description: row.Description, Types: row.EventTypes, PrivateIncidents: row.PrivateIncidents,
		DisabledAt: row.DisabledAt, DisabledWhy: Why(row.DisabledWhy), FailingSince: row.FailingSince,
		Maker: tenant.Actor{Type: tenant.ActorType(row.CreatorType), ID: row.CreatorID, Name: row.CreatorName}, Version: row.RowVersion, CreatedAt: row.CreatedAt,
	}
	if until := row.PreviousUntil; until != nil && s.clock.Now().Before(*until) {
		e.PreviousUntil = until
	}
	return e
}
