package user

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// invitationLasts is how long an invitation can be accepted.
const invitationLasts = 7 * 24 * time.Hour

// Invite asks somebody to join by mail.
type Invite struct {
	Email string
	// Name is how they stand in lists until they say how they are called; empty is made from the address.
	Name string
	Role authz.Role
}

// Invite adds somebody who can be named at once and can act once they accept. Inviting again mails a new link, and
// the old one stops working. The link goes by mail only: whoever opens it has shown that they hold the address.
func (s *Service) Invite(ctx context.Context, cmd Invite) (id.ID, error) {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return "", err
	}
	email, name, err := parseInvite(scope, cmd)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	invited := id.New(now)
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockUserByEmail(ctx, email)
		switch {
		case postgres.None(err):
			err = q.InsertUser(ctx, db.InsertUserParams{
				OrganisationID: scope.Organisation, ID: invited, Name: name, Email: email, Role: string(cmd.Role),
				TimeZone: "UTC", State: string(StateInvited), CreatedAt: now,
			})
			if postgres.Unique(err, "user_organisation_id_email_key") {
				return problem.New(problem.Conflict, "invited_meanwhile", "Somebody else invited %s at the same moment.", email)
			}
		case err != nil:
		case State(row.State) == StateActive:
			return alreadyHere(email)
		case !row.AccountID.Empty():
			return problem.Field("email", "deactivated", "%s was here before as %s: reactivate them instead.", email, row.Name)
		default:
			if err := mayHold(scope.Permissions, authz.Role(row.Role), cmd.Role); err != nil {
				return err
			}
			invited = row.ID
			err = q.UpdateInvitedUser(ctx, db.UpdateInvitedUserParams{ID: row.ID, Name: name, Role: string(cmd.Role), UpdatedAt: now})
		}
		if err != nil {
			return fmt.Errorf("store the invited user: %w", err)
		}
		return s.invite(ctx, tx, scope, invited, email, cmd.Role)
	})
	if err != nil {
		return "", err
	}
	return invited, nil
}

func parseInvite(scope tenant.Scope, cmd Invite) (email, name string, err error) {
	var wrong problem.List
	email, err = account.ParseEmail(cmd.Email)
	wrong = append(wrong, problem.All(err)...)
	if name = cmd.Name; strings.TrimSpace(name) == "" {
		name = nameFromEmail(email)
	} else if name, err = ParseName(cmd.Name); err != nil {
		wrong = append(wrong, problem.All(err)...)
	}
	if !cmd.Role.Valid() {
		wrong = append(wrong, invalidRole)
	}
	if err := wrong.Err(); err != nil {
		return "", "", err
	}
	return email, name, mayHold(scope.Permissions, cmd.Role, cmd.Role)
}

// Resend mails an invited user a new link; the old one stops working.
func (s *Service) Resend(ctx context.Context, user id.ID) error {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockUser(ctx, user)
		if err != nil {
			return missing(err)
		}
		if State(row.State) != StateInvited {
			return problem.New(problem.Conflict, "not_invited", "%s has no open invitation.", row.Name)
		}
		return s.invite(ctx, tx, scope, row.ID, row.Email, authz.Role(row.Role))
	})
}

// invite stores a new invitation in place of an open one. Its token is not stored: it follows from its id.
func (s *Service) invite(ctx context.Context, tx pgx.Tx, scope tenant.Scope, user id.ID, email string, role authz.Role) error {
	now := s.clock.Now()
	made := id.New(now)
	_, err := tx.Exec(ctx, "SELECT control.make_invitation($1, $2, $3, $4, $5, $6, $7)",
		made, user, email, secrets.HashToken(s.invitationToken(made)), scope.Actor.Name, now, now.Add(invitationLasts))
	if err != nil {
		return fmt.Errorf("store the invitation: %w", err)
	}
	err = audit.Write(ctx, tx, now, audit.Entry{Action: "user.invited", TargetType: "user", TargetID: user, After: map[string]string{"email": email, "role": string(role)}})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, Invited{User: user, Invitation: made})
}

func (s *Service) invitationToken(invitation id.ID) string {
	mac := hmac.New(sha256.New, s.options.Keys.Derive("invitation"))
	mac.Write([]byte(invitation))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// RevokeInvitation takes an open invitation back; the person stays in the list as deactivated.
func (s *Service) RevokeInvitation(ctx context.Context, user id.ID) error {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockUser(ctx, user)
		if err != nil {
			return missing(err)
		}
		if err := mayHold(scope.Permissions, authz.Role(row.Role), authz.Role(row.Role)); err != nil {
			return err
		}
		if State(row.State) != StateInvited {
			return problem.New(problem.Conflict, "not_invited", "%s has no open invitation.", row.Name)
		}
		now := s.clock.Now()
		if _, err := tx.Exec(ctx, "SELECT control.revoke_invitation($1, $2)", row.ID, now); err != nil {
			return fmt.Errorf("revoke the invitation: %w", err)
		}
		if err := q.UpdateUserState(ctx, db.UpdateUserStateParams{ID: row.ID, State: string(StateDeactivated), UpdatedAt: now}); err != nil {
			return fmt.Errorf("store that the invitation is revoked: %w", err)
		}
		if err := audit.Write(ctx, tx, now, audit.Entry{Action: "user.invitation_revoked", TargetType: "user", TargetID: row.ID}); err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, InvitationRevoked{User: row.ID})
	})
}

// OpenInvitation is an invitation that nobody has accepted yet; it may have run out.
type OpenInvitation struct {
	User                 id.ID
	InvitedBy            string
	CreatedAt, ExpiresAt time.Time
}

// OpenInvitations returns the invitations that wait, by the invited user's id.
func (s *Service) OpenInvitations(ctx context.Context) (map[id.ID]OpenInvitation, error) {
	if _, err := tenant.Require(ctx, authz.ManageUsers); err != nil {
		return nil, err
	}
	open := map[id.ID]OpenInvitation{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT user_id, invited_by_name, created_at, expires_at FROM control.open_invitations()")
		if err != nil {
			return fmt.Errorf("list invitations: %w", err)
		}
		var one OpenInvitation
		_, err = pgx.ForEachRow(rows, []any{&one.User, &one.InvitedBy, &one.CreatedAt, &one.ExpiresAt}, func() error {
			open[one.User] = one
			return nil
		})
		return err
	})
	return open, err
}

// nameFromEmail makes "Ada Lovelace" of ada.lovelace@example.com.
func nameFromEmail(email string) string {
	local, _, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	words := strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for n, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[n] = string(unicode.ToUpper(first)) + word[size:]
	}
	if len(words) == 0 {
		return email
	}
	return strings.Join(words, " ")
}
