package organisation

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/organisation/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Change is a new name and time zone. RowVersion is the one that the person saw; 0 overwrites whatever is there.
type Change struct {
	Name       string
	Zone       string
	RowVersion int32
}

// Change renames the organisation or moves it to another time zone; its slug stays. An empty field keeps what is there.
func (s *Service) Change(ctx context.Context, cmd Change) error {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		current, err := q.LockOrganisation(ctx)
		if postgres.None(err) {
			return problem.Missing("organisation")
		}
		if err != nil {
			return fmt.Errorf("lock the organisation: %w", err)
		}
		if cmd.RowVersion != 0 && cmd.RowVersion != current.RowVersion {
			return problem.New(problem.Conflict, "stale", "Somebody else changed this in the meantime: the name is now %q. Look at it and save again.", current.Name)
		}
		name, zone := current.Name, current.TimeZone
		if cmd.Name != "" {
			if name, err = nameOf(cmd.Name); err != nil {
				return err
			}
		}
		if cmd.Zone != "" {
			if zone, err = zoneOf(cmd.Zone); err != nil {
				return err
			}
		}
		if name == current.Name && zone == current.TimeZone {
			return nil
		}
		now := s.clock.Now()
		if err := q.UpdateOrganisation(ctx, db.UpdateOrganisationParams{Name: name, TimeZone: zone, UpdatedAt: now}); err != nil {
			return fmt.Errorf("change the organisation: %w", err)
		}
		err = audit.Write(ctx, tx, now, audit.Entry{
			Action: "organisation.changed", TargetType: "organisation", TargetID: scope.Organisation,
			Before: map[string]string{"name": current.Name, "time_zone": current.TimeZone}, After: map[string]string{"name": name, "time_zone": zone},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, Changed{Organisation: scope.Organisation})
	})
}
