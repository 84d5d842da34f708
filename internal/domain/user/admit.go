package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Admit is somebody who came by a chat platform of the organisation, which has confirmed the address.
type Admit struct {
	Name, Email, Zone string
	// Role is what newcomers become; with none only those who were invited come in.
	Role authz.Role
}

// Admit returns the user of the address, whom it lets in if they may come. Whoever is active in another organisation is
// invited instead, because the platform of this one must not speak for them there. Only Muster itself may admit; the
// state of who is returned says whether they can act.
func (s *Service) Admit(ctx context.Context, cmd Admit) (User, error) {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return User{}, err
	}
	if scope.Actor.Type != tenant.System {
		return User{}, problem.New(problem.Forbidden, "invite_instead", "People join by an invitation.")
	}
	email, err := account.ParseEmail(cmd.Email)
	if err != nil {
		return User{}, err
	}
	name, err := ParseName(cmd.Name)
	if err != nil {
		name = nameFromEmail(email)
	}
	zone, err := ParseZone(cmd.Zone)
	if err != nil {
		zone = "UTC"
	}
	var admitted User
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockUserByEmail(ctx, email)
		switch {
		case postgres.None(err) && cmd.Role == "":
			return problem.Missing("user")
		case postgres.None(err):
			row = db.MusterUser{ID: id.New(s.clock.Now()), Email: email, Role: string(cmd.Role)}
			if err := s.insert(ctx, q, scope, row, name, zone); err != nil {
				return err
			}
			err = s.letIn(ctx, tx, scope, row, name, zone, true)
		case err != nil:
			return fmt.Errorf("look for the user: %w", err)
		case State(row.State) == StateInvited:
			err = s.letIn(ctx, tx, scope, row, name, zone, cmd.Role != "")
		}
		if err != nil {
			return err
		}
		row, err = q.User(ctx, row.ID)
		admitted = read(row)
		return missing(err)
	})
	return admitted, err
}

func (s *Service) insert(ctx context.Context, q *db.Queries, scope tenant.Scope, row db.MusterUser, name, zone string) error {
	err := q.InsertUser(ctx, db.InsertUserParams{
		OrganisationID: scope.Organisation, ID: row.ID, Name: name, Email: row.Email, Role: row.Role, TimeZone: zone, State: string(StateInvited), CreatedAt: s.clock.Now(),
	})
	if postgres.Unique(err, "user_organisation_id_email_key") {
		return problem.New(problem.Conflict, "came_meanwhile", "%s came in at the same moment. Try again.", row.Email)
	}
	if err != nil {
		return fmt.Errorf("store the user: %w", err)
	}
	return nil
}

// letIn makes an invited user active who holds an open invitation, or whom anybody may follow. Where the address is
// active elsewhere they are mailed an invitation, unless they hold one.
func (s *Service) letIn(ctx context.Context, tx pgx.Tx, scope tenant.Scope, row db.MusterUser, name, zone string, anybody bool) error {
	now := s.clock.Now()
	var elsewhere bool
	if err := tx.QueryRow(ctx, "SELECT control.belongs_elsewhere($1)", row.Email).Scan(&elsewhere); err != nil {
		return fmt.Errorf("look whether the account is active elsewhere: %w", err)
	}
	var open id.ID
	err := tx.QueryRow(ctx, "SELECT invitation_id FROM control.open_invitations() WHERE user_id = $1 AND expires_at > $2", row.ID, now).Scan(&open)
	if err != nil && !postgres.None(err) {
		return fmt.Errorf("look for an invitation: %w", err)
	}
	switch {
	case elsewhere && open.Empty() && anybody:
		return s.invite(ctx, tx, scope, row.ID, row.Email, authz.Role(row.Role))
	case elsewhere || open.Empty() && !anybody:
		return nil
	case !open.Empty():
		if _, err := tx.Exec(ctx, "SELECT control.accept_invitation($1, $2)", open, now); err != nil {
			return fmt.Errorf("accept the invitation: %w", err)
		}
	}
	owner, err := s.accounts.Ensure(ctx, tx, name, row.Email)
	if err != nil {
		return err
	}
	if err := db.New(tx).JoinUser(ctx, db.JoinUserParams{ID: row.ID, AccountID: owner, Name: name, TimeZone: zone, UpdatedAt: now}); err != nil {
		return fmt.Errorf("store that the user joined: %w", err)
	}
	return s.join(ctx, tx, row.ID, owner)
}
