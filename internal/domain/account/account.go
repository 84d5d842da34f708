// Package account owns who can sign in at all: an address, a password if they want one, and how pages look to them.
// An account is of the whole installation; what it is in an organisation is a user.
package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Options changes how the service works.
type Options struct {
	// Passwords is how they are hashed; the zero value is the product's own choice.
	Passwords Passwords
}

// Service keeps accounts.
type Service struct {
	db        *postgres.DB
	clock     clock.Clock
	passwords Passwords
}

// New returns the service over db.
func New(db *postgres.DB, clock clock.Clock, options Options) *Service {
	s := &Service{db: db, clock: clock, passwords: options.Passwords}
	if s.passwords == (Passwords{}) {
		s.passwords = ownChoice
	}
	return s
}

// Account is who somebody is when they sign in.
type Account struct {
	ID    id.ID
	Email string
	// HasPassword is false for who signs in by mailed links only.
	HasPassword bool
	// Operator marks who looks after the installation.
	Operator bool
	// Theme is "light", "dark" or empty for what the system says.
	Theme string
}

// Me returns the account of the user who acts.
func (s *Service) Me(ctx context.Context) (Account, error) {
	mine, _, err := s.me(ctx)
	return mine, err
}

func (s *Service) me(ctx context.Context) (Account, *string, error) {
	if _, err := tenant.From(ctx); err != nil {
		return Account{}, nil, err
	}
	var mine Account
	var hash *string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, "SELECT account_id, email, password_hash, operator, theme FROM control.my_account()").Scan(&mine.ID, &mine.Email, &hash, &mine.Operator, &mine.Theme)
		if postgres.None(err) {
			return problem.Missing("account")
		}
		if err != nil {
			return fmt.Errorf("read the account: %w", err)
		}
		return nil
	})
	mine.HasPassword = hash != nil
	return mine, hash, err
}

// SetTheme lets pages look light, dark, or (empty) as the system of the person who acts says.
func (s *Service) SetTheme(ctx context.Context, theme string) error {
	if theme != "" && theme != "light" && theme != "dark" {
		return problem.Field("theme", "invalid_theme", "Choose light, dark or the system's.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT control.set_my_theme($1, $2)", theme, s.clock.Now()); err != nil {
			return fmt.Errorf("set the theme: %w", err)
		}
		return nil
	})
}

// Ensure returns the account of the address, which is made in the transaction if there is none. email comes from
// ParseEmail. The caller has to know that the person holds the address, or that nothing is given away by it.
func (s *Service) Ensure(ctx context.Context, tx pgx.Tx, name, email string) (id.ID, error) {
	now := s.clock.Now()
	var account id.ID
	if err := tx.QueryRow(ctx, "SELECT control.ensure_account($1, $2, $3, $4)", id.New(now), email, name, now).Scan(&account); err != nil {
		return "", fmt.Errorf("make the account: %w", err)
	}
	return account, nil
}

// MakeFirstOperator lets the account look after the installation if nobody does yet.
func (s *Service) MakeFirstOperator(ctx context.Context, tx pgx.Tx, account id.ID) error {
	if _, err := tx.Exec(ctx, "SELECT control.make_first_operator($1, $2)", account, s.clock.Now()); err != nil {
		return fmt.Errorf("make the first operator: %w", err)
	}
	return nil
}
