package account

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const (
	// ShortestPassword is in characters.
	ShortestPassword = 10
	longestPassword  = 256 // bytes
)

// CheckPassword reports what is wrong with a new password, as a problem of the field.
func CheckPassword(field, password string) error {
	if utf8.RuneCountInString(password) < ShortestPassword || len(password) > longestPassword {
		return problem.Field(field, "invalid_password", "Use at least %d characters; a few words in a row do well.", ShortestPassword)
	}
	return nil
}

var wrongPassword = problem.Field("password", "wrong_password", "The email address or the password is not right. Try again, or let Muster mail you a link.")

// Verify returns the account of the address if the password is its own. Whether the address is unknown, has no
// password or another one cannot be told from the answer, nor from how long it takes. The caller limits attempts.
func (s *Service) Verify(ctx context.Context, typedEmail, password string) (id.ID, error) {
	email, err := ParseEmail(typedEmail)
	if err != nil {
		return "", err
	}
	var account id.ID
	var hash *string
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT account_id, password_hash FROM control.account_by_email($1)", email).Scan(&account, &hash)
	})
	if err != nil && !postgres.None(err) {
		return "", fmt.Errorf("look up the account: %w", err)
	}
	if len(password) > longestPassword || hash == nil {
		s.passwords.pretend(password[:min(len(password), longestPassword)])
		return "", wrongPassword
	}
	right, stale := s.passwords.verify(password, *hash)
	if !right {
		return "", wrongPassword
	}
	if stale {
		fresh := s.passwords.hash(password)
		err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT control.rehash_password($1, $2, $3)", account, *hash, fresh)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("renew the password's hash: %w", err)
		}
	}
	return account, nil
}

// Find returns the account of the address and the organisation that it used last, both empty when there is none.
func (s *Service) Find(ctx context.Context, email string) (account, organisation id.ID, err error) {
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT account_id, organisation_id FROM control.account_by_email($1)", email).Scan(&account, &organisation)
	})
	if err != nil && !postgres.None(err) {
		return "", "", fmt.Errorf("look up the account: %w", err)
	}
	return account, organisation, nil
}

// ChangePassword is a new password for the person who acts. Current is needed by who has one, unless Session was just
// opened by a mailed link. Every other session than Session ends, because a password is often changed when somebody
// else knew it.
type ChangePassword struct {
	Current, New string
	Session      id.ID
}

// ChangePassword sets the password of the account that acts.
func (s *Service) ChangePassword(ctx context.Context, cmd ChangePassword) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if err := CheckPassword("new_password", cmd.New); err != nil {
		return err
	}
	_, old, err := s.me(ctx)
	if err != nil {
		return err
	}
	needed, err := s.needsCurrent(ctx, old, cmd.Session)
	if err != nil {
		return err
	}
	if needed {
		if right, _ := s.passwords.verify(cmd.Current[:min(len(cmd.Current), longestPassword)], *old); !right {
			return problem.Field("current_password", "wrong_password", "This is not your current password. If you forgot it, sign out and let Muster mail you a link; then you can set a new one.")
		}
	}
	if old == nil {
		if err := s.mayBegin(ctx, cmd.Session); err != nil {
			return err
		}
	}
	fresh := s.passwords.hash(cmd.New)
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.clock.Now()
		var changed bool
		if err := tx.QueryRow(ctx, "SELECT control.set_my_password($1, $2, $3)", old, fresh, now).Scan(&changed); err != nil {
			return fmt.Errorf("set the password: %w", err)
		}
		if !changed {
			return problem.New(problem.Conflict, "stale", "The password was changed in another window in the meantime.")
		}
		if _, err := tx.Exec(ctx, "SELECT control.revoke_my_sessions($1, $2)", string(cmd.Session), now); err != nil {
			return fmt.Errorf("end the other sessions: %w", err)
		}
		return audit.Write(ctx, tx, now, audit.Entry{Action: "account.password_changed", TargetType: "user", TargetID: scope.Actor.ID})
	})
}

// resetLasts is how long after signing in by a mailed link a forgotten password can be replaced.
const resetLasts = 15 * time.Minute

// NeedsCurrentPassword reports whether ChangePassword will ask for the current password in the session.
func (s *Service) NeedsCurrentPassword(ctx context.Context, session id.ID) (bool, error) {
	_, old, err := s.me(ctx)
	if err != nil {
		return false, err
	}
	return s.needsCurrent(ctx, old, session)
}

func (s *Service) needsCurrent(ctx context.Context, old *string, session id.ID) (bool, error) {
	if old == nil {
		return false, nil
	}
	var proved bool
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.came_by_link($1, $2)", string(session), s.clock.Now().Add(-resetLasts)).Scan(&proved)
	})
	if err != nil {
		return false, fmt.Errorf("look how the session was opened: %w", err)
	}
	return !proved, nil
}

// mayBegin refuses a first password to a session that Slack opened: that proves who somebody is to one organisation, and
// a password opens all of theirs.
func (s *Service) mayBegin(ctx context.Context, session id.ID) error {
	var way *string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.session_way($1)", string(session)).Scan(&way)
	})
	if err != nil {
		return fmt.Errorf("look how the session was opened: %w", err)
	}
	if way != nil && *way == "slack" {
		return problem.New(problem.Forbidden, "link_first", "You came in with Slack. To set a password, sign out and let Muster mail you a link to sign in: that shows that the address is yours.")
	}
	return nil
}

// HashPassword checks a new password and returns what is stored of it, for SetFirstPassword. It takes long and so
// comes before any transaction.
func (s *Service) HashPassword(field, password string) (string, error) {
	if err := CheckPassword(field, password); err != nil {
		return "", err
	}
	return s.passwords.hash(password), nil
}

// SetFirstPassword stores the hash for the account that acts in the transaction, if it has no password yet.
func (s *Service) SetFirstPassword(ctx context.Context, tx pgx.Tx, hash string) error {
	if _, err := tx.Exec(ctx, "SELECT control.set_my_password(NULL, $1, $2)", hash, s.clock.Now()); err != nil {
		return fmt.Errorf("set the password: %w", err)
	}
	return nil
}
