package organisation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// setupLasts is how long a printed set-up token is good for; each start of Muster prints another.
const setupLasts = 7 * 24 * time.Hour

// PrepareSetup returns a token that guards the first-run set-up, to be printed in the log, or an empty one when an
// organisation is there already.
func (s *Service) PrepareSetup(ctx context.Context) (string, error) {
	token, now, made := secrets.NewToken("setup_"), s.clock.Now(), false
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.make_setup_token($1, $2, $3)", secrets.HashToken(token), now, now.Add(setupLasts)).Scan(&made)
	})
	if err != nil {
		return "", fmt.Errorf("make the set-up token: %w", err)
	}
	if !made {
		return "", nil
	}
	return token, nil
}

// SetupOpen reports whether the token still opens the set-up.
func (s *Service) SetupOpen(ctx context.Context, token string) (bool, error) {
	var open bool
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.setup_open($1, $2)", secrets.HashToken(token), s.clock.Now()).Scan(&open)
	})
	return open, err
}

// SetUp is what the first person gives: the token from the log, their name and their email address, nothing more.
type SetUp struct {
	Token       string
	Name, Email string
	// Zone is the IANA time zone of their browser, or empty.
	Zone string
}

// SetUp creates the first organisation with the person as its owner. The token is spent with it, and only then.
func (s *Service) SetUp(ctx context.Context, cmd SetUp) (Begun, error) {
	if zone, err := zoneOf(cmd.Zone); err != nil {
		cmd.Zone = "" // a browser's zone that is unknown here is no reason to stop anybody
	} else {
		cmd.Zone = zone
	}
	create := CreateWithOwner{Name: NameFor(cmd.Name, cmd.Email), OwnerName: cmd.Name, OwnerEmail: cmd.Email, Zone: cmd.Zone}
	return s.create(ctx, create, func(ctx context.Context, tx pgx.Tx) error {
		var spent bool
		if err := tx.QueryRow(ctx, "SELECT control.spend_setup_token($1, $2)", secrets.HashToken(cmd.Token), s.clock.Now()).Scan(&spent); err != nil {
			return fmt.Errorf("spend the set-up token: %w", err)
		}
		if !spent {
			return problem.New(problem.NotFound, "setup_closed", "This set-up link does not work any more: Muster is set up, or was started again since. Sign in, or use the newest link in the log.")
		}
		return nil
	})
}
