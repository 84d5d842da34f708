package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Enrol makes somebody an active user without asking them.
type Enrol struct {
	Name, Email string
	Role        authz.Role
	// Zone is an IANA name; empty means UTC.
	Zone string
}

// Enrol adds a user at once. Only Muster itself may: for the first owner, from the command line, and for demo data;
// people invite.
func (s *Service) Enrol(ctx context.Context, cmd Enrol) (id.ID, error) {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return "", err
	}
	if scope.Actor.Type != tenant.System {
		return "", problem.New(problem.Forbidden, "invite_instead", "People join by an invitation.")
	}
	var wrong problem.List
	name, err := ParseName(cmd.Name)
	wrong = append(wrong, problem.All(err)...)
	email, err := account.ParseEmail(cmd.Email)
	wrong = append(wrong, problem.All(err)...)
	if cmd.Zone == "" {
		cmd.Zone = "UTC"
	}
	_, err = ParseZone(cmd.Zone)
	wrong = append(wrong, problem.All(err)...)
	if !cmd.Role.Valid() {
		wrong = append(wrong, invalidRole)
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	now := s.clock.Now()
	made := id.New(now)
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		owner, err := s.accounts.Ensure(ctx, tx, name, email)
		if err != nil {
			return err
		}
		err = db.New(tx).InsertUser(ctx, db.InsertUserParams{
			OrganisationID: scope.Organisation, ID: made, AccountID: owner, Name: name, Email: email, Role: string(cmd.Role),
			TimeZone: cmd.Zone, State: string(StateActive), CreatedAt: now,
		})
		if postgres.Unique(err, "user_organisation_id_email_key") {
			return alreadyHere(email)
		}
		if err != nil {
			return fmt.Errorf("store the user: %w", err)
		}
		return s.join(ctx, tx, made, owner)
	})
	if err != nil {
		return "", err
	}
	return made, nil
}

// EnrolOwner makes the first owner of a new organisation; the first of all looks after the installation.
func (s *Service) EnrolOwner(ctx context.Context, tx pgx.Tx, name, email string) (id.ID, error) {
	made, err := s.Enrol(ctx, Enrol{Name: name, Email: email, Role: authz.Owner})
	if err != nil {
		return "", err
	}
	row, err := db.New(tx).User(ctx, made)
	if err != nil {
		return "", missing(err)
	}
	return made, s.accounts.MakeFirstOperator(ctx, tx, row.AccountID)
}

// join stores that an account is in the organisation, and tells it.
func (s *Service) join(ctx context.Context, tx pgx.Tx, user, account id.ID) error {
	now := s.clock.Now()
	if _, err := tx.Exec(ctx, "SELECT control.add_membership($1, $2, $3)", account, user, now); err != nil {
		return fmt.Errorf("store the membership: %w", err)
	}
	if err := audit.Write(ctx, tx, now, audit.Entry{Action: "user.joined", TargetType: "user", TargetID: user}); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, Joined{User: user})
}

func alreadyHere(email string) error {
	return problem.Field("email", "already_here", "%s is here already.", email)
}
