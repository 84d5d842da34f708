package workspace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Act returns a context in which a person of a Slack workspace acts in Muster, as a session on the web would give it,
// and who they are. Those who are new become members as the workspace's setting says. A refusal is Forbidden, and its
// message tells the person what to do.
func (s *Service) Act(ctx context.Context, team, slackUser string) (context.Context, user.User, error) {
	organisation, err := s.organisation(ctx, team)
	if err != nil {
		return nil, user.User{}, err
	}
	system := tenant.AsSystem(ctx, organisation)
	w, err := s.Get(system, team)
	if err != nil {
		return nil, user.User{}, err
	}
	m, err := s.person(system, w, slackUser)
	if err != nil {
		return nil, user.User{}, err
	}
	who, err := s.admit(system, w, m)
	if err != nil {
		return nil, user.User{}, err
	}
	return tenant.With(ctx, tenant.Scope{
		Organisation: organisation, Actor: tenant.Actor{Type: tenant.User, ID: who.ID, Name: who.Name}, Permissions: who.Role.Permissions(),
	}), who, nil
}

// admit returns the active user that a person of Slack is, whom it lets in where they may come.
func (s *Service) admit(ctx context.Context, w Workspace, m Member) (user.User, error) {
	if m.Bot {
		return user.User{}, problem.New(problem.Forbidden, "bot", "Bots do nothing in Muster.")
	}
	if !m.User.Empty() {
		who, err := s.needs.Users.Get(ctx, m.User)
		if err != nil {
			return user.User{}, err
		}
		if who.State != user.StateInvited {
			return s.active(ctx, w, who)
		}
		m.Email = who.Email
	}
	if m.Email == "" {
		return user.User{}, s.turnAway(ctx, w, "not_here", "Slack does not tell Muster your email address, so it does not know who you are.")
	}
	role := w.Joining
	if m.Guest {
		role = ""
	}
	who, err := s.needs.Users.Admit(ctx, user.Admit{Name: m.Name, Email: m.Email, Zone: m.Zone, Role: role})
	switch {
	case problem.Is(err, problem.NotFound) && m.Guest:
		return user.User{}, s.turnAway(ctx, w, "guest", "Guests of this Slack workspace come to Muster by invitation.")
	case problem.Is(err, problem.NotFound):
		return user.User{}, s.turnAway(ctx, w, "not_here", "You are not in Muster yet.")
	case err != nil:
		return user.User{}, err
	}
	if who, err = s.active(ctx, w, who); err != nil {
		return user.User{}, err
	}
	return who, s.welcome(ctx, w, m, who)
}

func (s *Service) active(ctx context.Context, w Workspace, who user.User) (user.User, error) {
	switch who.State {
	case user.StateActive:
		return who, nil
	case user.StateInvited:
		return user.User{}, problem.New(problem.Forbidden, "check_mail", "Muster has mailed an invitation to %s. Accept it, and then try again.", who.Email)
	default:
		return user.User{}, s.turnAway(ctx, w, "deactivated", "Your access to Muster has ended.")
	}
}

// turnAway says why somebody cannot act, and whom to ask.
func (s *Service) turnAway(ctx context.Context, w Workspace, code, why string) error {
	ask := "an administrator of Muster"
	if found, err := s.needs.Users.ByID(ctx, w.InstalledBy); err == nil {
		if installer := found[w.InstalledBy]; installer.State == user.StateActive && installer.Role.Permissions().Has(authz.ManageUsers) {
			ask = installer.Name + ", who connected Slack to Muster,"
		}
	}
	return problem.New(problem.Forbidden, code, "%s Ask %s to invite you.", why, ask)
}

// welcome links somebody who has just come in, and fetches their picture.
func (s *Service) welcome(ctx context.Context, w Workspace, m Member, who user.User) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := db.New(tx).LinkMember(ctx, db.LinkMemberParams{Team: w.Team, ID: m.SlackUser, UserID: who.ID}); err != nil {
			return fmt.Errorf("link a person of Slack: %w", err)
		}
		return s.bus.Publish(ctx, tx, PictureChanged{About: about(w), Member: m.SlackUser})
	})
}
