// Package room is Muster's own conversation of an incident: what people and Muster say, in one order that everyone sees.
package room

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service says and reads what is in rooms.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
	blobs blob.Store
	// acts are what reactions do besides pinning.
	acts map[Purpose]func(context.Context, Reacted) error
}

// New returns the service; pictures are kept in blobs.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, blobs blob.Store) *Service {
	return &Service{db: db, bus: bus, clock: clock, blobs: blobs}
}

// person returns the scope of ctx if a person acts who may write in rooms.
func person(ctx context.Context) (tenant.Scope, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return tenant.Scope{}, err
	}
	if scope.Actor.Type != tenant.User {
		return tenant.Scope{}, problem.New(problem.Forbidden, "people_only", "Only people can do this in a room.")
	}
	return scope, nil
}

// lock holds a message that can still be changed until the transaction ends.
func lock(ctx context.Context, tx pgx.Tx, message id.ID) (db.MusterRoomMessage, error) {
	row, err := db.New(tx).Lock(ctx, message)
	if postgres.None(err) {
		return row, problem.Missing("message")
	}
	if err != nil {
		return row, fmt.Errorf("lock a message: %w", err)
	}
	if row.DeletedAt != nil {
		return row, problem.New(problem.Conflict, "message_deleted", "This message has been deleted.")
	}
	return row, nil
}

// takePart makes a person one of the incident's people, at least in the given way. It takes no lock on the incident:
// two who speak up at once must not wait for each other.
func takePart(ctx context.Context, tx pgx.Tx, in, user id.ID, as incident.Participation, at time.Time) error {
	found, err := incident.Find(ctx, tx, in)
	if err != nil {
		return err
	}
	_, err = incident.TakePart(ctx, tx, found, user, as, at)
	return err
}
