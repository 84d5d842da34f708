// Package user owns the people of an organisation: who they are there, what they may do, and how they come and go.
package user

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// State is whether a user can act.
type State string

// The states of a user.
const (
	StateInvited     State = "invited"
	StateActive      State = "active"
	StateDeactivated State = "deactivated"
)

const longestName = 80 // characters

// User is a person in an organisation; the id is the one that the public API shows.
type User struct {
	ID id.ID
	// Account is empty until an invitation is accepted.
	Account id.ID
	Name    string
	Email   string
	Role    authz.Role
	// Zone is an IANA name.
	Zone string
	// AvatarKey is the blob key of the picture, empty for initials.
	AvatarKey  string
	State      State
	RowVersion int32
	CreatedAt  time.Time
}

// Mailer sends one mail.
type Mailer interface {
	Send(ctx context.Context, message mail.Message) error
}

// Options is what the service needs to mail invitations.
type Options struct {
	// Keys make the tokens of invitations, so that they need not be stored to be mailed.
	Keys *secrets.Keys
	Mail Mailer
	// URL is the address of the installation, without a slash at its end.
	URL string
}

// Service keeps users and invitations.
type Service struct {
	db       *postgres.DB
	bus      *event.Bus
	clock    clock.Clock
	accounts *account.Service
	options  Options
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, accounts *account.Service, options Options) *Service {
	return &Service{db: db, bus: bus, clock: clock, accounts: accounts, options: options}
}

func read(row db.MusterUser) User {
	u := User{
		ID: row.ID, Account: row.AccountID, Name: row.Name, Email: row.Email, Role: authz.Role(row.Role), Zone: row.TimeZone,
		State: State(row.State), RowVersion: row.RowVersion, CreatedAt: row.CreatedAt,
	}
	if row.AvatarKey != nil {
		u.AvatarKey = *row.AvatarKey
	}
	return u
}

// Get returns the user.
func (s *Service) Get(ctx context.Context, user id.ID) (User, error) {
	if _, err := tenant.Require(ctx, authz.ViewUsers); err != nil {
		return User{}, err
	}
	var found User
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).User(ctx, user)
		found = read(row)
		return missing(err)
	})
	return found, err
}

// Me returns the user who acts.
func (s *Service) Me(ctx context.Context) (User, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return User{}, err
	}
	var found User
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).User(ctx, scope.Actor.ID)
		found = read(row)
		return missing(err)
	})
	return found, err
}

// ByID returns the users among ids that exist, by their id; it needs no permission, because names stand everywhere.
func (s *Service) ByID(ctx context.Context, ids ...id.ID) (map[id.ID]User, error) {
	found := make(map[id.ID]User, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Users(ctx, id.Strings(ids))
		for _, row := range rows {
			found[row.ID] = read(row)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return found, nil
}

// ByEmail returns the users among addresses, which are in small letters, by their address.
func (s *Service) ByEmail(ctx context.Context, emails ...string) (map[string]User, error) {
	if _, err := tenant.Require(ctx, authz.ViewUsers); err != nil {
		return nil, err
	}
	found := make(map[string]User, len(emails))
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).UsersByEmail(ctx, emails)
		for _, row := range rows {
			found[row.Email] = read(row)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return found, nil
}

// missing turns a query without a row into the answer for a stranger.
func missing(err error) error {
	if postgres.None(err) {
		return problem.Missing("user")
	}
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	return nil
}

// ParseName returns a person's name in any script, with single spaces and without control characters.
func ParseName(typed string) (string, error) {
	name := strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if name == "" || utf8.RuneCountInString(name) > longestName || !utf8.ValidString(name) {
		return "", problem.Field("name", "invalid_name", "Write a name of 1 to %d characters.", longestName)
	}
	return name, nil
}

// ParseZone returns an IANA time zone name.
func ParseZone(typed string) (string, error) {
	if _, err := time.LoadLocation(typed); err != nil || typed == "" || typed == "Local" {
		return "", problem.Field("zone", "invalid_zone", "%q is no time zone. Choose one such as Europe/Madrid.", typed)
	}
	return typed, nil
}
