package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// SignIn is an address and a password. Organisation prefers one of several; UserAgent is shown in the list of sessions.
type SignIn struct {
	Email, Password string
	Organisation    id.ID
	UserAgent       string
}

// Opened is a new session: the token goes into a cookie and is stored nowhere else.
type Opened struct {
	Token        string
	Session      id.ID
	Organisation id.ID
}

// SignIn opens a session for who knows the password.
func (s *Service) SignIn(ctx context.Context, cmd SignIn) (Opened, error) {
	email, err := account.ParseEmail(cmd.Email)
	if err != nil {
		return Opened{}, err
	}
	keys := keysOf(ctx, "password", email)
	if err := s.attempt(ctx, keys); err != nil {
		return Opened{}, err
	}
	found, err := s.accounts.Verify(ctx, email, cmd.Password)
	if err != nil {
		return Opened{}, err
	}
	if err := s.refund(ctx, keys); err != nil {
		return Opened{}, err
	}
	return s.open(ctx, found, cmd.Organisation, "password", cmd.UserAgent)
}

// Accept joins the organisation of an invitation and opens a session in it. Tries are not limited: nobody guesses a
// token, and a whole office may join behind one address.
func (s *Service) Accept(ctx context.Context, cmd user.Accept, userAgent string) (Opened, error) {
	joining, err := s.users.Accept(ctx, cmd)
	if err != nil {
		return Opened{}, err
	}
	return s.open(ctx, joining.Account, joining.Organisation, "invitation", userAgent)
}

// SignInBySlack opens a session for a user of the organisation in ctx whom Slack has vouched for. It opens this organisation
// alone: whoever runs its Slack must not come in elsewhere under the same account. Only Muster itself may.
func (s *Service) SignInBySlack(ctx context.Context, who id.ID, userAgent string) (Opened, error) {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return Opened{}, err
	}
	if scope.Actor.Type != tenant.System {
		return Opened{}, problem.New(problem.Forbidden, "not_yours", "People sign in themselves.")
	}
	found, err := s.users.Get(ctx, who)
	if err != nil {
		return Opened{}, err
	}
	return s.open(ctx, found.Account, scope.Organisation, "slack", userAgent)
}

const longestUserAgent = 300 // bytes

// browserOf keeps the beginning of what a browser calls itself, which may be cut within a character or be no text at all.
func browserOf(userAgent string) string {
	return strings.ToValidUTF8(userAgent[:min(len(userAgent), longestUserAgent)], "")
}

// open starts a session for an account that has proved itself.
func (s *Service) open(ctx context.Context, account, organisation id.ID, way, userAgent string) (Opened, error) {
	now := s.clock.Now()
	opened := Opened{Token: secrets.NewToken("mus_"), Session: id.New(now)}
	address := ""
	if client := httpx.RequestOf(ctx).Client; client.IsValid() {
		address = client.String()
	}
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT control.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)", opened.Session, secrets.HashToken(opened.Token),
			account, organisation, now, now.Add(sessionLasts), way, browserOf(userAgent), address).Scan(&opened.Organisation)
	})
	if err != nil {
		return Opened{}, fmt.Errorf("open a session: %w", err)
	}
	if opened.Organisation.Empty() {
		return Opened{}, problem.New(problem.Forbidden, "no_organisation", "Your account is in no organisation any more. Ask an administrator to reactivate you.")
	}
	return opened, s.note(ctx, opened.Token, way)
}

// note writes the new session into the audit log of its organisation, in the name of who signed in.
func (s *Service) note(ctx context.Context, token, way string) error {
	who, err := s.Authenticate(ctx, token)
	if err != nil {
		return err
	}
	return s.db.Write(tenant.With(ctx, who.Scope()), func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "session.opened", TargetType: "session", TargetID: who.Session, After: map[string]string{"way": way}})
	})
}
