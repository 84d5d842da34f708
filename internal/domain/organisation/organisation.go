// Package organisation owns the organisations of an installation: how one begins, its name and its address.
package organisation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/organisation/internal/db"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Founder gives a new organisation what it begins with, in the transaction that creates it: the severities of the
// incident domain, for example. ctx acts as Muster for the new organisation.
type Founder interface {
	Found(ctx context.Context, tx pgx.Tx) error
}

// Enroller makes the first owner of a new organisation, with an account if the address has none.
type Enroller interface {
	EnrolOwner(ctx context.Context, tx pgx.Tx, name, email string) (user id.ID, err error)
}

// Service creates, reads and renames organisations.
type Service struct {
	db       *postgres.DB
	bus      *event.Bus
	clock    clock.Clock
	owners   Enroller
	founders []Founder
}

// New returns the service; owners makes the first owner, founders run in their order for each new organisation.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, owners Enroller, founders ...Founder) *Service {
	return &Service{db: db, bus: bus, clock: clock, owners: owners, founders: founders}
}

// Organisation is a company or a team that works its incidents together.
type Organisation struct {
	ID   id.ID
	Name string
	// Slug is its part in addresses, unique in the installation and never changed.
	Slug string
	// Zone is the IANA time zone of the organisation.
	Zone string
	// Demo marks an organisation whose people and incidents are made up.
	Demo       bool
	RowVersion int32
	CreatedAt  time.Time
}

// Get returns the organisation of ctx.
func (s *Service) Get(ctx context.Context) (Organisation, error) {
	var found Organisation
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Organisation(ctx)
		if postgres.None(err) {
			return problem.Missing("organisation")
		}
		if err != nil {
			return fmt.Errorf("read the organisation: %w", err)
		}
		found = Organisation{ID: row.OrganisationID, Name: row.Name, Slug: row.Slug, Zone: row.TimeZone, Demo: row.Demo, RowVersion: row.RowVersion, CreatedAt: row.CreatedAt}
		return nil
	})
	return found, err
}

// All returns the id of every organisation, oldest first: for jobs of the installation, which then act as each.
func (s *Service) All(ctx context.Context) ([]id.ID, error) {
	var all []id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM control.organisation ORDER BY id")
		if err != nil {
			return fmt.Errorf("list the organisations: %w", err)
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	return all, err
}

// BySlug returns the id of the organisation with the slug; it says nothing about who may see it.
func (s *Service) BySlug(ctx context.Context, slug string) (id.ID, error) {
	var found id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, "SELECT id FROM control.organisation WHERE slug = $1", slug).Scan(&found)
		if postgres.None(err) {
			return problem.Missing("organisation")
		}
		return err
	})
	return found, err
}
