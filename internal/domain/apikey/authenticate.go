package apikey

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Caller is who a secret lets in.
type Caller struct {
	Key   id.ID
	Scope tenant.Scope
	// PerMinute is how many requests the key has a minute.
	PerMinute int
}

var unknown = problem.New(problem.Unauthenticated, "invalid_api_key", "The key is not known: it was revoked or replaced, or not copied whole. A key is inc_ and 64 characters.")

// Authenticate returns who has a secret, in one round trip to the database, and what they may do at this moment: what
// the key's roles hold, of that what its sponsor may do. A secret that is unknown, was revoked or replaced is
// Unauthenticated; an address that the organisation does not allow is Forbidden.
func (s *Service) Authenticate(ctx context.Context, token string, from netip.Addr) (Caller, error) {
	rest, ours := strings.CutPrefix(token, prefix)
	if bits, err := hex.DecodeString(rest); !ours || err != nil || len(bits) != 32 {
		return Caller{}, unknown
	}
	var address *netip.Addr
	if from.IsValid() {
		plain := from.Unmap().WithZone("")
		address = &plain
	}
	var (
		c                  Caller
		roles              []string
		role               *string
		sponsored, allowed bool
	)
	ask := func(q interface {
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	},
	) error {
		return q.QueryRow(ctx, `SELECT organisation_id, api_key_id, name, roles, per_minute, sponsored, sponsor_role, allowed
			FROM control.authenticate_api_key($1, $2, $3)`, secrets.HashToken(token), address, s.clock.Now()).
			Scan(&c.Scope.Organisation, &c.Key, &c.Scope.Actor.Name, &roles, &c.PerMinute, &sponsored, &role, &allowed)
	}
	// A transaction of its own would take three round trips; the function needs no tenant and shows one key only.
	err := ask(s.db.Pool())
	if err != nil && !postgres.None(err) {
		// The connection may just have gone: a transaction says whether the database has.
		err = s.db.Control(ctx, func(_ context.Context, tx pgx.Tx) error { return ask(tx) })
	}
	if postgres.None(err) {
		return Caller{}, unknown
	}
	if err != nil {
		return Caller{}, fmt.Errorf("find the API key: %w", err)
	}
	if !allowed {
		return Caller{}, problem.New(problem.Forbidden, "ip_not_allowed", "The API may not be used from the address %s. Settings, Security says from where it may.", from)
	}
	c.Scope.Actor.Type, c.Scope.Actor.ID = tenant.APIKey, c.Key
	c.Scope.Permissions = authz.OfKeyRoles(rolesOf(roles)...)
	if sponsored {
		sponsor := authz.Role("")
		if role != nil {
			sponsor = authz.Role(*role)
		}
		c.Scope.Permissions = c.Scope.Permissions.Within(sponsor.Permissions())
	}
	c.Scope.SeesPrivate = c.Scope.Permissions.Has(authz.ViewPrivate)
	return c, nil
}
