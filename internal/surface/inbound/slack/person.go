package slack

import (
	"context"
	"log/slog"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// here finds the incident's channel that something happened in; false for every other channel.
func (d *Doors) here(ctx context.Context, team, where string) (channel.Channel, bool, error) {
	if where == "" {
		return channel.Channel{}, false, nil
	}
	names, err := d.namesOf(ctx, team, where)
	if err != nil {
		return channel.Channel{}, false, err
	}
	for _, name := range names {
		found, err := d.Channels.ByExternal(ctx, name)
		if !problem.Is(err, problem.NotFound) {
			return found, err == nil, err
		}
	}
	return channel.Channel{}, false, nil
}

// namesOf are the names under which a channel may be known here: in its workspace, and in the Grid that let Muster in.
func (d *Doors) namesOf(ctx context.Context, team, where string) ([]string, error) {
	names := []string{platform.Ref(team, where).ID}
	w, err := d.Workspaces.Get(ctx, team)
	if err == nil && w.Wide {
		names = append(names, platform.Ref(w.Team, where).ID)
	}
	if problem.Is(err, problem.NotFound) {
		err = nil
	}
	return names, err
}

// as returns a context in which somebody speaks whom Slack let into a channel: what they write there is said, whatever
// they may do in Muster. Whom Muster does not know speaks by name.
func (d *Doors) as(ctx context.Context, team, slackUser string, attempts int) (context.Context, workspace.Member, error) {
	who, err := d.Workspaces.Person(ctx, team, slackUser)
	switch {
	case err == nil:
	case attempts < patientAttempts && !settled(err):
		return ctx, workspace.Member{}, err
	default:
		slog.WarnContext(ctx, "Slack does not tell who somebody is", "team", team, "user", slackUser, "error", err)
	}
	if who.Name == "" {
		who.Name = "Somebody in Slack"
	}
	if who.User.Empty() {
		return ctx, who, nil
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return ctx, who, err
	}
	scope.Actor = tenant.Actor{Type: tenant.User, ID: who.User, Name: who.Name}
	scope.Permissions = authz.Viewer.Permissions().With(authz.EditIncidents, authz.CreateActions)
	return tenant.With(ctx, scope), who, nil
}

// patientAttempts is how often it is tried to learn who somebody is before they speak without a name.
const patientAttempts = 3

// names finds who and what is meant in a text.
func (d *Doors) names(ctx context.Context, team string) platform.Names {
	people := map[string]workspace.Member{}
	channels := map[string]string{}
	return platform.Names{
		User: func(slackUser string) (id.ID, string, bool) {
			who, known := people[slackUser]
			if !known {
				found, err := d.Workspaces.Members(ctx, team, slackUser)
				if err != nil {
					slog.WarnContext(ctx, "somebody is named by their Slack id", "error", err)
				}
				who = found[slackUser]
				people[slackUser] = who
			}
			return who.User, who.Name, who.Name != ""
		},
		Channel: func(where string) string {
			name, known := channels[where]
			if !known {
				if found, ours, err := d.here(ctx, team, where); err == nil && ours {
					name = found.Name
				}
				channels[where] = name
			}
			return name
		},
	}
}

// ours reports whether Muster itself wrote a message, or did something.
func (d *Doors) ours(ctx context.Context, team, user string, message *platform.Message) (bool, error) {
	us, err := d.Workspaces.Token(ctx, team)
	if err != nil {
		return false, err
	}
	if message != nil && (message.BotID != "" && message.BotID == us.BotID || message.AppID != "" && message.AppID == us.AppID) {
		return true, nil
	}
	return user != "" && user == us.BotUser, nil
}
