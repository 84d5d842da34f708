package user

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Invitation is what its holder is shown before they accept.
type Invitation struct {
	ID               id.ID
	Organisation     id.ID
	OrganisationName string
	User             id.ID
	Email            string
	Role             authz.Role
	InvitedBy        string
	ExpiresAt        time.Time
	// Account is who has the address already, and must be signed in to accept; empty for somebody new.
	Account id.ID
}

// Invitation returns the invitation behind a mailed token while it can be accepted. It needs no tenant.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	var found Invitation
	var accepted, revoked *time.Time
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT invitation_id, organisation_id, organisation_name, user_id, email, role, invited_by_name, expires_at,
				accepted_at, revoked_at, account_id FROM control.invitation_by_token($1)`, secrets.HashToken(token)).
			Scan(&found.ID, &found.Organisation, &found.OrganisationName, &found.User, &found.Email, &found.Role, &found.InvitedBy, &found.ExpiresAt,
				&accepted, &revoked, &found.Account)
	})
	switch {
	case postgres.None(err):
		return Invitation{}, problem.New(problem.NotFound, "no_invitation", "This invitation link is not whole. Open it again from the mail, or copy all of it.")
	case err != nil:
		return Invitation{}, fmt.Errorf("read the invitation: %w", err)
	case accepted != nil:
		return Invitation{}, problem.New(problem.Conflict, "accepted", "This invitation was accepted before. Sign in instead.")
	case revoked != nil:
		return Invitation{}, problem.New(problem.Conflict, "revoked", "This invitation is no longer valid. A newer mail may be in your inbox; otherwise ask %s for another.", found.InvitedBy)
	case !found.ExpiresAt.After(s.clock.Now()):
		return Invitation{}, expired(found)
	}
	return found, nil
}

func expired(i Invitation) error {
	return problem.New(problem.Conflict, "expired", "This invitation ran out. Ask %s for another.", i.InvitedBy)
}

// Accept is how an invited person joins. Name, Zone and Password are for somebody new; who has an account already is
// signed in as SignedIn, because a mail that was passed on must not open it.
type Accept struct {
	Token      string
	Name, Zone string
	// Password may be empty for who wants mailed links only.
	Password string
	SignedIn id.ID
}

// Joining is who joined what.
type Joining struct{ Organisation, User, Account id.ID }

// Accept makes the invited person an active user, with an account if the address has none. It needs no tenant.
func (s *Service) Accept(ctx context.Context, cmd Accept) (Joining, error) {
	invitation, err := s.Invitation(ctx, cmd.Token)
	if err != nil {
		return Joining{}, err
	}
	known := !invitation.Account.Empty()
	if known && invitation.Account != cmd.SignedIn {
		return Joining{}, problem.New(problem.Forbidden, "sign_in_first", "%s has an account already: sign in with it to accept.", invitation.Email)
	}
	hash, err := s.newcomer(&cmd, known)
	if err != nil {
		return Joining{}, err
	}
	called := cmd.Name
	if known {
		called = invitation.Email
	}
	joining := Joining{Organisation: invitation.Organisation, User: invitation.User}
	as := tenant.With(ctx, tenant.Scope{
		Organisation: invitation.Organisation, Actor: tenant.Actor{Type: tenant.User, ID: invitation.User, Name: called}, Permissions: invitation.Role.Permissions(),
	})
	err = s.db.Write(as, func(ctx context.Context, tx pgx.Tx) error {
		now := s.clock.Now()
		var accepted bool
		if err := tx.QueryRow(ctx, "SELECT control.accept_invitation($1, $2)", invitation.ID, now).Scan(&accepted); err != nil {
			return fmt.Errorf("accept the invitation: %w", err)
		}
		if !accepted {
			return problem.New(problem.Conflict, "accepted", "This invitation was accepted or taken back a moment ago.")
		}
		row, err := db.New(tx).LockUser(ctx, invitation.User)
		if err != nil {
			return missing(err)
		}
		if cmd.Name == "" {
			cmd.Name = row.Name
		}
		if joining.Account, err = s.accounts.Ensure(ctx, tx, cmd.Name, invitation.Email); err != nil {
			return err
		}
		if joining.Account != invitation.Account && known {
			return problem.New(problem.Conflict, "account_changed", "The account of this address changed a moment ago. Open the invitation again.")
		}
		err = db.New(tx).JoinUser(ctx, db.JoinUserParams{ID: row.ID, AccountID: joining.Account, Name: cmd.Name, TimeZone: cmd.Zone, UpdatedAt: now})
		if err != nil {
			return fmt.Errorf("store that the user joined: %w", err)
		}
		if err := s.join(ctx, tx, row.ID, joining.Account); err != nil {
			return err
		}
		if hash != "" {
			return s.accounts.SetFirstPassword(ctx, tx, hash)
		}
		return nil
	})
	if err != nil {
		return Joining{}, err
	}
	return joining, nil
}

// newcomer checks what the person gave and returns the hash of their password if they chose one.
func (s *Service) newcomer(cmd *Accept, known bool) (hash string, err error) {
	if _, err := ParseZone(cmd.Zone); err != nil {
		cmd.Zone = "UTC" // what a browser says; they can change it
	}
	if known {
		cmd.Name = ""
		return "", nil
	}
	var wrong problem.List
	cmd.Name, err = ParseName(cmd.Name)
	wrong = append(wrong, problem.All(err)...)
	if cmd.Password != "" {
		hash, err = s.accounts.HashPassword("password", cmd.Password)
		wrong = append(wrong, problem.All(err)...)
	}
	return hash, wrong.Err()
}
