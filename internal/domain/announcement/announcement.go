// Package announcement tells whole channels of a chat platform of incidents, by rules: a post for each incident, which is
// kept as the incident is.
package announcement

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Needs is what announcements stand on.
type Needs struct {
	Platform  chat.Platform
	Posted    *chat.Posted
	Incidents *incident.Service
	// Address is the full address of a path of Muster.
	Address func(ctx context.Context, path string) (string, error)
	// Reason is why the platform refused something, in this package's words where it has one; nil where nobody knows.
	Reason func(err error) Reason
	// Gently marks calls to the platform that others go before; nil where there is no difference.
	Gently func(ctx context.Context) context.Context
}

// Service keeps the rules and the posts.
type Service struct {
	Needs
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
}

// New returns the service.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, needs Needs) *Service {
	if needs.Gently == nil {
		needs.Gently = func(ctx context.Context) context.Context { return ctx }
	}
	if needs.Reason == nil {
		needs.Reason = func(error) Reason { return "" }
	}
	return &Service{Needs: needs, db: db, bus: bus, clock: clock}
}
