package workspace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Member is a person of a Slack workspace.
type Member struct {
	// SlackUser is Slack's id, User the same person in Muster, empty while they are nobody here.
	SlackUser string
	User      id.ID
	Name      string
	// Email is confirmed, or empty.
	Email string
	// Zone is an IANA name, Avatar the address of a picture at Slack.
	Zone, Avatar string
	Bot, Deleted bool
	// Guest is who has limited access to the workspace, or belongs to another company's.
	Guest bool
}

func readMember(row db.MusterSlackMember) Member {
	return Member{
		SlackUser: string(row.SlackUserID), User: row.UserID, Name: row.Name, Email: row.Email, Zone: row.TimeZone, Avatar: row.AvatarURL,
		Bot: row.IsBot, Deleted: row.Deleted, Guest: row.Guest,
	}
}

// Person returns a person of a workspace. One who is not known yet is looked up at Slack, so it is no part of a transaction.
func (s *Service) Person(ctx context.Context, team, slackUser string) (Member, error) {
	ctx, err := asMuster(ctx)
	if err != nil {
		return Member{}, err
	}
	w, err := s.Get(ctx, team)
	if err != nil {
		return Member{}, err
	}
	return s.person(ctx, w, slackUser)
}

func (s *Service) person(ctx context.Context, w Workspace, slackUser string) (Member, error) {
	known, err := s.members(ctx, w.Team, slackUser)
	if err != nil {
		return Member{}, err
	}
	if m, ok := known[slackUser]; ok && !m.Deleted {
		return m, nil
	}
	profile, err := s.directory.Person(ctx, w.Team, slackUser)
	if err != nil {
		return Member{}, fmt.Errorf("look a person of Slack up: %w", err)
	}
	if err := s.keep(ctx, w, profile); err != nil {
		return Member{}, err
	}
	known, err = s.members(ctx, w.Team, slackUser)
	return known[slackUser], err
}

// Members returns those of a workspace's people who are known, by their Slack ids; it asks nobody, and needs no
// permission, because names stand everywhere.
func (s *Service) Members(ctx context.Context, team string, slackUsers ...string) (map[string]Member, error) {
	w, err := s.Get(ctx, team)
	if err != nil || len(slackUsers) == 0 {
		return nil, err
	}
	return s.members(ctx, w.Team, slackUsers...)
}

func (s *Service) members(ctx context.Context, team string, slackUsers ...string) (map[string]Member, error) {
	found := make(map[string]Member, len(slackUsers))
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Members(ctx, db.MembersParams{Team: team, Ids: slackUsers})
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		for _, row := range rows {
			found[string(row.SlackUserID)] = readMember(row)
		}
		return nil
	})
	return found, err
}

// SlackUsers returns the Slack ids of users in a workspace, by user; who is nobody there is missing.
func (s *Service) SlackUsers(ctx context.Context, team string, users ...id.ID) (map[id.ID]string, error) {
	w, err := s.Get(ctx, team)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	found := make(map[id.ID]string, len(users))
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).MembersOfUsers(ctx, db.MembersOfUsersParams{Team: w.Team, Users: id.Strings(users)})
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		for _, row := range rows {
			found[row.UserID] = string(row.SlackUserID)
		}
		return nil
	})
	return found, err
}

// SlackIDs returns the Slack ids of users, by user, wherever they are known: in the workspace that was connected first
// when in several. It needs no permission, because ids of Slack tell nothing.
func (s *Service) SlackIDs(ctx context.Context, users ...id.ID) (map[id.ID]string, error) {
	found := make(map[id.ID]string, len(users))
	if len(users) == 0 {
		return found, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).SlackIDsOfUsers(ctx, id.Strings(users))
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		for _, row := range rows {
			found[row.UserID] = string(row.SlackUserID)
		}
		return nil
	})
	return found, err
}

// SlackUser returns the Slack id of a user in a workspace.
func (s *Service) SlackUser(ctx context.Context, team string, who id.ID) (string, error) {
	found, err := s.SlackUsers(ctx, team, who)
	if err != nil {
		return "", err
	}
	if found[who] == "" {
		return "", problem.Missing("person in Slack")
	}
	return found[who], nil
}

// Picture returns the address of a user's picture at Slack, empty where there is none; it asks nobody.
func (s *Service) Picture(ctx context.Context, team string, who id.ID) (address string, err error) {
	w, err := s.Get(ctx, team)
	if err != nil {
		return "", err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).MembersOfUsers(ctx, db.MembersOfUsersParams{Team: w.Team, Users: []string{string(who)}})
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		for _, row := range rows {
			address = row.AvatarURL
		}
		return nil
	})
	return address, err
}

// Crowd is how many people a workspace has, without bots and guests, how many of them are in Muster, and the first of
// those who are not.
type Crowd struct {
	Total, Matched int
	Unmatched      []Member
}

// mostUnmatched is how many people who are not in Muster are named.
const mostUnmatched = 50

// Crowds counts the people of each workspace, by team, for those who manage them.
func (s *Service) Crowds(ctx context.Context) (map[string]Crowd, error) {
	if _, err := manage(ctx); err != nil {
		return nil, err
	}
	crowds := map[string]Crowd{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		counts, err := q.CountMembers(ctx)
		if err != nil {
			return fmt.Errorf("count people of Slack: %w", err)
		}
		for _, count := range counts {
			crowd := Crowd{Total: int(count.Total), Matched: int(count.Matched)}
			rows, err := q.Unmatched(ctx, db.UnmatchedParams{Team: string(count.TeamID), Count: mostUnmatched})
			if err != nil {
				return fmt.Errorf("list people of Slack: %w", err)
			}
			for _, row := range rows {
				crowd.Unmatched = append(crowd.Unmatched, readMember(row))
			}
			crowds[string(count.TeamID)] = crowd
		}
		return nil
	})
	return crowds, err
}

// organisation returns the one of ctx, or else the one that a workspace is connected to.
func (s *Service) organisation(ctx context.Context, team string) (id.ID, error) {
	if scope, err := tenant.From(ctx); err == nil {
		return scope.Organisation, nil
	}
	return s.ByTeam(ctx, team)
}
