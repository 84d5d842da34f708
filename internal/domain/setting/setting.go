// Package setting is what an organisation's lists have in common: severities, statuses, roles and the like are added,
// edited, put in an order and archived in one way, whichever domain they belong to.
package setting

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Book is where changes of settings are written.
type Book struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
}

// New returns a book of what is changed.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Book {
	return &Book{db: db, bus: bus, clock: clock}
}

// Turn is what a verb works with.
type Turn struct {
	Tx pgx.Tx
	At time.Time
}

// Change is what a verb did; an empty one did nothing.
type Change struct {
	// What is created, edited, ordered, archived or made_default.
	What          string
	ID            id.ID
	Before, After any
}

// Set authorises a verb, runs it, writes down and publishes what it did, and reports whether that was anything.
func (b *Book) Set(ctx context.Context, permission authz.Permission, noun string, fn func(ctx context.Context, t Turn) (Change, error)) (bool, error) {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return false, err
	}
	changed := false
	err := b.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t := Turn{Tx: tx, At: b.clock.Now()}
		did, err := fn(ctx, t)
		if changed = err == nil && did.What != ""; !changed {
			return err
		}
		err = audit.Write(ctx, tx, t.At, audit.Entry{
			Action: noun + "." + did.What, TargetType: noun, TargetID: did.ID, Before: did.Before, After: did.After,
		})
		if err != nil {
			return err
		}
		return b.bus.Publish(ctx, tx, Changed{Noun: noun, Change: did.What, ID: did.ID})
	})
	return changed && err == nil, err
}

// Changed says that one of the organisation's settings is another than before.
type Changed struct {
	// Noun is severity, incident_status, incident_role or the like; Change is created, edited, ordered or archived.
	Noun   string `json:"noun"`
	Change string `json:"change"`
	ID     id.ID  `json:"id,omitempty"`
}

// Kind names the event.
func (Changed) Kind() string { return "incident_settings.changed" }

// Version is 1 so far.
func (Changed) Version() int { return 1 }

// Subject is what was changed, or nothing when an order was.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.ID} }
