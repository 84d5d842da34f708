package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// readEvery is how often all people of a workspace are read; in between Slack tells of single ones.
const readEvery = 24 * time.Hour

// Subscribe reads people and pictures after the commits that ask for it, and links people who come to Muster later.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "workspace.people", s.readPeople, event.On(event.Bulk))
	event.After(bus, "workspace.icon", s.fetchIcon, event.On(event.Bulk))
	event.After(bus, "workspace.picture", s.fetchPicture, event.On(event.Bulk))
	event.Within(bus, "workspace.joined", func(ctx context.Context, tx pgx.Tx, _ event.Record, e user.Joined) error {
		return linkByEmail(ctx, tx, e.User)
	})
	event.Within(bus, "workspace.invited", func(ctx context.Context, tx pgx.Tx, _ event.Record, e user.Invited) error {
		return linkByEmail(ctx, tx, e.User)
	})
}

func linkByEmail(ctx context.Context, tx pgx.Tx, who id.ID) error {
	if err := db.New(tx).LinkByEmail(ctx, who); err != nil {
		return fmt.Errorf("link a user to their Slack: %w", err)
	}
	return nil
}

// Organisations lists those with a connected workspace.
func (s *Service) Organisations(ctx context.Context) ([]id.ID, error) {
	var all []id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT DISTINCT organisation_id FROM control.slack_team")
		if err != nil {
			return fmt.Errorf("list the organisations with Slack: %w", err)
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	return all, err
}

// Sweep asks for the people of the workspaces that were not read for a day, in every organisation.
func (s *Service) Sweep(ctx context.Context) error {
	all, err := s.Organisations(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, one := range all {
		failed = append(failed, s.sweep(tenant.AsSystem(ctx, one)))
	}
	return errors.Join(failed...)
}

func (s *Service) sweep(ctx context.Context) error {
	at := s.clock.Now()
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).WorkspacesToRead(ctx, at.Add(-readEvery))
		if err != nil {
			return fmt.Errorf("list the Slack workspaces to read: %w", err)
		}
		for _, row := range rows {
			// Whatever comes of it, the next try is a day away.
			if err := db.New(tx).SetPeopleRead(ctx, db.SetPeopleReadParams{ID: row.ID, PeopleReadAt: &at}); err != nil {
				return fmt.Errorf("store that people are read: %w", err)
			}
			if err := s.bus.Publish(ctx, tx, PeopleDue{About: about(read(row)), Begun: at}); err != nil {
				return err
			}
		}
		return nil
	})
}

// readPeople reads one page of a workspace's people and asks for the next one.
func (s *Service) readPeople(ctx context.Context, _ event.Record, e PeopleDue) error {
	w, err := s.Get(ctx, e.Team)
	if err != nil || w.State != Active {
		return err
	}
	people, next, err := s.directory.People(slack.WithPriority(ctx, slack.Nice), w.Team, e.Cursor)
	if err != nil {
		return fmt.Errorf("read the people of a Slack workspace: %w", err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.keep(ctx, w, people...); err != nil {
			return err
		}
		if next != "" {
			return s.bus.Publish(ctx, tx, PeopleDue{About: e.About, Cursor: next, Begun: e.Begun})
		}
		at, q := s.clock.Now(), db.New(tx)
		if err := q.MarkGone(ctx, db.MarkGoneParams{Team: w.Team, Before: e.Begun}); err != nil {
			return fmt.Errorf("mark who is gone: %w", err)
		}
		if err := q.SetPeopleRead(ctx, db.SetPeopleReadParams{ID: w.ID, PeopleReadAt: &at}); err != nil {
			return fmt.Errorf("store that people were read: %w", err)
		}
		return s.bus.Publish(ctx, tx, Changed{e.About})
	})
}

// MemberChanged keeps what Slack tells of a person who came to a workspace or changed there. Slack tells it at every
// change of a status, and says then nothing of whether an address is confirmed: who is new, or has another address, is
// looked up.
func (s *Service) MemberChanged(ctx context.Context, team string, profile slack.Profile) error {
	ctx, err := asMuster(ctx)
	if err != nil {
		return err
	}
	w, err := s.Get(ctx, team)
	if err != nil {
		return err
	}
	if profile.ID == "" {
		return problem.Field("id", "is_required", "A person of Slack has an id.")
	}
	known, err := s.members(ctx, w.Team, profile.ID)
	if err != nil {
		return err
	}
	was, ok := known[profile.ID]
	if !ok || profile.Email != "" && profile.Email != was.Email {
		if profile, err = s.directory.Person(ctx, w.Team, profile.ID); err != nil {
			return fmt.Errorf("look a person of Slack up: %w", err)
		}
	}
	is := Member{
		SlackUser: profile.ID, User: was.User, Name: profile.Name, Email: was.Email, Zone: profile.Zone, Avatar: profile.Avatar,
		Bot: profile.Bot, Deleted: profile.Deleted, Guest: profile.Guest,
	}
	if ok && is == was && (profile.Email == "" || profile.Email == was.Email) {
		return nil
	}
	return s.keep(ctx, w, profile)
}

// keep stores people of a workspace, links them to users by their confirmed addresses, and keeps those users in step.
func (s *Service) keep(ctx context.Context, w Workspace, people ...slack.Profile) error {
	var ids, emails []string
	for _, p := range people {
		ids = append(ids, p.ID)
		if p.Email != "" && !p.Bot {
			emails = append(emails, p.Email)
		}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.Members(ctx, db.MembersParams{Team: w.Team, Ids: ids})
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		known := make(map[string]db.MusterSlackMember, len(rows))
		for _, row := range rows {
			known[string(row.SlackUserID)] = row
		}
		users, err := s.needs.Users.ByEmail(ctx, emails...)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.keepOne(ctx, tx, w, p, known[p.ID], users); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) keepOne(ctx context.Context, tx pgx.Tx, w Workspace, p slack.Profile, was db.MusterSlackMember, users map[string]user.User) error {
	if p.Email == "" {
		p.Email = was.Email // Slack does not tell it every time
	}
	who := linked(p, was.UserID, users)
	err := db.New(tx).PutMember(ctx, db.PutMemberParams{
		Team: w.Team, ID: p.ID, UserID: who, Name: p.Name, Email: p.Email, TimeZone: p.Zone, AvatarURL: p.Avatar, IsBot: p.Bot, Deleted: p.Deleted, Guest: p.Guest, CheckedAt: s.clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("store a person of Slack: %w", err)
	}
	if who.Empty() || p.Deleted {
		return nil
	}
	if who != was.UserID || p.Name != was.Name || p.Zone != was.TimeZone {
		portrait := user.Portrait{Name: p.Name, Zone: p.Zone, AvatarKey: was.AvatarKey}
		before := user.Portrait{Name: was.Name, Zone: was.TimeZone, AvatarKey: was.AvatarKey}
		if who != was.UserID {
			before = user.Portrait{} // nothing of theirs came from Slack so far
		}
		if _, err := s.needs.Users.Follow(ctx, user.Follow{User: who, Was: before, Is: portrait}); err != nil {
			return err
		}
	}
	if p.Avatar != was.AvatarFrom || who != was.UserID {
		return s.bus.Publish(ctx, tx, PictureChanged{About: about(w), Member: p.ID})
	}
	return nil
}

// linked decides who a person of Slack is in Muster: whoever has their confirmed address, or else who they were.
func linked(p slack.Profile, was id.ID, users map[string]user.User) id.ID {
	if p.Bot {
		return ""
	}
	if found, ok := users[p.Email]; ok && p.Email != "" {
		return found.ID
	}
	return was
}
