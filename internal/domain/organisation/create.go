package organisation

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/organisation/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// CreateWithOwner says what an organisation is called and who owns it.
type CreateWithOwner struct {
	Name                  string
	OwnerName, OwnerEmail string
	// Zone is an IANA name; empty means UTC.
	Zone string
	// Demo marks an organisation whose people and incidents are made up.
	Demo bool
}

// Begun is an organisation that was just created.
type Begun struct {
	ID    id.ID
	Slug  string
	Owner id.ID
}

// CreateWithOwner creates an organisation with its defaults and its first owner, who gets an account if the address
// has none. It acts for the installation: ctx needs no tenant, and its door is the command line or the set-up.
func (s *Service) CreateWithOwner(ctx context.Context, cmd CreateWithOwner) (Begun, error) {
	return s.create(ctx, cmd, func(context.Context, pgx.Tx) error { return nil })
}

// create begins an organisation once guard, in the same transaction, lets it.
func (s *Service) create(ctx context.Context, cmd CreateWithOwner, guard func(ctx context.Context, tx pgx.Tx) error) (Begun, error) {
	name, err := nameOf(cmd.Name)
	if err != nil {
		return Begun{}, err
	}
	zone, err := zoneOf(cmd.Zone)
	if err != nil {
		return Begun{}, err
	}
	now := s.clock.Now()
	begun := Begun{ID: id.New(now)}
	err = s.db.Write(tenant.AsSystem(ctx, begun.ID), func(ctx context.Context, tx pgx.Tx) error {
		if err := guard(ctx, tx); err != nil {
			return err
		}
		if begun.Slug, err = s.takeSlug(ctx, tx, begun.ID, name); err != nil {
			return err
		}
		err := db.New(tx).InsertOrganisation(ctx, db.InsertOrganisationParams{OrganisationID: begun.ID, Name: name, TimeZone: zone, Demo: cmd.Demo, CreatedAt: now})
		if err != nil {
			return fmt.Errorf("store the organisation: %w", err)
		}
		if begun.Owner, err = s.owners.EnrolOwner(ctx, tx, cmd.OwnerName, cmd.OwnerEmail); err != nil {
			return err
		}
		for _, founder := range s.founders {
			if err := founder.Found(ctx, tx); err != nil {
				return fmt.Errorf("give the organisation its defaults: %w", err)
			}
		}
		err = audit.Write(ctx, tx, now, audit.Entry{Action: "organisation.created", TargetType: "organisation", TargetID: begun.ID, After: map[string]string{"name": name, "slug": begun.Slug}})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, Created{Organisation: begun.ID, Owner: begun.Owner})
	})
	if err != nil {
		return Begun{}, err
	}
	return begun, nil
}

// takeSlug stores the organisation under the first address that nobody has: "night-shift", "night-shift-2", ...
func (s *Service) takeSlug(ctx context.Context, tx pgx.Tx, organisation id.ID, name string) (string, error) {
	base := Slug(name)
	for n := 1; ; n++ {
		slug := base
		if n > 1 {
			slug += "-" + strconv.Itoa(n)
		}
		tag, err := tx.Exec(ctx, "INSERT INTO control.organisation (id, slug, created_at) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING", organisation, slug, s.clock.Now())
		if err != nil {
			return "", fmt.Errorf("take the address %q: %w", slug, err)
		}
		if tag.RowsAffected() == 1 {
			return slug, nil
		}
	}
}
