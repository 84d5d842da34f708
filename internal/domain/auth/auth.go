// Package auth decides who is asking: sessions, passwords and one-time links that open them, and how often one may try.
package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Service signs people in and out.
type Service struct {
	db       *postgres.DB
	bus      *event.Bus
	clock    clock.Clock
	accounts *account.Service
	users    *user.Service
	options  Options
}

// Options is what the service needs to mail sign-in links.
type Options struct {
	// Keys make the tokens of links, so that they need not be stored to be mailed.
	Keys *secrets.Keys
	Mail user.Mailer
	// URL is the address of the installation, without a slash at its end.
	URL string
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, accounts *account.Service, users *user.Service, options Options) *Service {
	return &Service{db: db, bus: bus, clock: clock, accounts: accounts, users: users, options: options}
}

// sessionLasts is how long a session goes on after it was used last.
const sessionLasts = 30 * 24 * time.Hour

// Identity is who holds a session, and all that a page has to know of them.
type Identity struct {
	Session          id.ID
	Account          id.ID
	Email            string
	Theme            string
	Operator         bool
	Organisation     id.ID
	OrganisationSlug string
	OrganisationName string
	OrganisationZone string
	User             id.ID
	Name             string
	Role             authz.Role
	Zone             string
	AvatarKey        string
	// Organisations is how many the account belongs to.
	Organisations int
}

// Scope is what the person may do, for tenant.With.
func (i Identity) Scope() tenant.Scope {
	return tenant.Scope{Organisation: i.Organisation, Actor: tenant.Actor{Type: tenant.User, ID: i.User, Name: i.Name}, Permissions: i.Role.Permissions()}
}

var nobody = problem.New(problem.Unauthenticated, "not_signed_in", "You are not signed in, or your session has ended.")

// Authenticate returns who holds the session token, in one round trip to the database. It also lets the session slide,
// at most once a minute. A revoked session, a deactivated user and an unknown token are all Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, token string) (Identity, error) {
	if token == "" {
		return Identity{}, nobody
	}
	now := s.clock.Now()
	var i Identity
	var avatar *string
	ask := func(q interface {
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	},
	) error {
		return q.QueryRow(ctx, `SELECT session_id, account_id, email, theme, operator, organisations, organisation_id, slug, organisation_name,
				organisation_zone, user_id, user_name, role, time_zone, avatar_key
			FROM control.authenticate($1, $2, $3)`, secrets.HashToken(token), now, now.Add(sessionLasts)).
			Scan(&i.Session, &i.Account, &i.Email, &i.Theme, &i.Operator, &i.Organisations, &i.Organisation, &i.OrganisationSlug, &i.OrganisationName,
				&i.OrganisationZone, &i.User, &i.Name, &i.Role, &i.Zone, &avatar)
	}
	// A transaction of its own would take three round trips; the function needs no tenant and shows one session only.
	err := ask(s.db.Pool())
	if err != nil && !postgres.None(err) {
		// The connection may just have gone: a transaction says whether the database has.
		err = s.db.Control(ctx, func(_ context.Context, tx pgx.Tx) error { return ask(tx) })
	}
	if postgres.None(err) {
		return Identity{}, nobody
	}
	if err != nil {
		return Identity{}, fmt.Errorf("find the session: %w", err)
	}
	if avatar != nil {
		i.AvatarKey = *avatar
	}
	return i, nil
}

// Sweep forgets sessions, links and attempts that ended long ago.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT control.sweep($1)", s.clock.Now().Add(-sessionLasts)); err != nil {
			return fmt.Errorf("forget ended sessions: %w", err)
		}
		return nil
	})
}
