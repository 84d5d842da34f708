package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Comms is the short form of the role whose holder speaks for the incident. A new organisation gets it when somebody
// takes it for the first time; one that has other roles and not this leaves it to the lead.
const Comms = "comms"

// firstComms is the role as it comes about.
var firstComms = Role{
	Name: "Communications", Shortform: Comms, Kind: RoleCustom,
	Description:  "Speaks for the incident, so that those who fix it can fix it.",
	Instructions: "Send the updates, keep what customers are told true, and answer questions from outside. Ask the lead what is certain, and say what is not.",
}

// Comms returns the role of whoever speaks for incidents, without an id where it would come about by being taken, and
// reports whether there is or would be one.
func (s *Service) Comms(ctx context.Context) (Role, bool, error) {
	if _, err := tenant.Require(ctx, authz.ViewRoles); err != nil {
		return Role{}, false, err
	}
	var role Role
	found := false
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		role, found, err = commsNow(ctx, db.New(tx))
		return err
	})
	return role, found, err
}

func commsNow(ctx context.Context, q *db.Queries) (Role, bool, error) {
	rows, err := q.Roles(ctx, true)
	if err != nil {
		return Role{}, false, fmt.Errorf("read the roles: %w", err)
	}
	own := false
	for _, row := range rows {
		if row.Shortform == Comms && row.ArchivedAt == nil {
			return roleOf(row), true, nil
		}
		own = own || row.RoleType == RoleCustom
	}
	return firstComms, !own, nil
}

// TakeComms returns the role of whoever speaks for incidents, and makes it where the organisation has no role of its own
// yet; it is for whoever is about to give it to somebody.
func (s *Service) TakeComms(ctx context.Context) (Role, error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return Role{}, err
	}
	var role Role
	_, err := s.set(tenant.Also(ctx, roles.Permits), roles.Permits, roles.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, err := roles.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		found := false
		if role, found, err = commsNow(ctx, t.q); err != nil || !role.ID.Empty() {
			return setting.Change{}, err
		}
		if !found {
			return setting.Change{}, problem.Missing("role")
		}
		role.ID, role.Rank, role.Version, role.CreatedAt, role.UpdatedAt = id.New(t.At), roles.Next(all), 1, t.At, t.At
		return insertRole(ctx, t, role)
	})
	return role, err
}

// CommsHolder returns who speaks for the incident, for a verb of another domain: whoever holds comms, else the lead;
// empty when neither is held by somebody active.
func CommsHolder(ctx context.Context, tx pgx.Tx, incident id.ID) (id.ID, error) {
	holder, err := db.New(tx).CommsHolder(ctx, db.CommsHolderParams{IncidentID: incident, Shortform: Comms})
	if postgres.None(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look who speaks for the incident: %w", err)
	}
	return holder, nil
}
