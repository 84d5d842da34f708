package slack

import (
	"context"
	"log/slog"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// young is how old an incident is whose first people need not be told where it stands.
const young = 2 * time.Minute

// joined lets whoever came into a channel take part, and tells them alone where the incident stands.
func (d *Doors) joined(ctx context.Context, e platform.Event, in channel.Channel) error {
	if ours, err := d.ours(ctx, e.Team, e.User, nil); err != nil || ours || e.IsBot {
		return err
	}
	acting, who, err := d.Workspaces.Act(ctx, e.Team, e.User)
	if problem.Is(err, problem.Forbidden) { // they may listen
		return nil
	}
	if err != nil {
		return err
	}
	inc, err := d.Incidents.Get(ctx, in.Incident)
	if err != nil {
		return err
	}
	if _, err := d.Incidents.Join(d.inside(acting), incident.Join{Incident: in.Incident}); err != nil && !settled(err) {
		return err
	}
	if d.Clock.Now().Sub(inc.DeclaredAt) < young {
		return nil
	}
	reply, err := d.Bot.Interact(acting, chat.Interaction{
		Kind: chat.Command, Platform: platform.Name, Team: e.Team, User: string(who.ID), Conversation: chat.ConversationRef{Platform: platform.Name, ID: string(in.Incident)},
		Action: "/catchup", Key: "slack/" + e.Key,
	})
	if err != nil || reply.Ephemeral == nil {
		return err
	}
	if err := d.Platform.Ephemeral(platform.WithPriority(ctx, platform.Nice), in.Ref(platform.Name), e.User, *reply.Ephemeral); err != nil {
		slog.WarnContext(ctx, "somebody who joined was not told where the incident stands", "incident", in.Incident, "error", err)
	}
	return nil
}

// inside lets somebody into the incident whose channel Slack let them into.
func (d *Doors) inside(ctx context.Context) context.Context {
	scope, err := tenant.From(ctx)
	if err != nil {
		return ctx
	}
	scope.SeesPrivate = true
	return tenant.With(ctx, scope)
}

// left makes whoever went a mere observer; who holds a role stays until somebody takes it over.
func (d *Doors) left(ctx context.Context, e platform.Event, in channel.Channel) error {
	if ours, err := d.ours(ctx, e.Team, e.User, nil); err != nil || e.IsBot {
		return err
	} else if ours {
		return d.Channels.Moved(ctx, in, "", gone(in))
	}
	ctx, who, err := d.as(ctx, e.Team, e.User, mostAttempts)
	if err != nil || who.User.Empty() {
		return err
	}
	if err := d.Channels.Left(ctx, in, who.User); err != nil {
		return err
	}
	_, err = d.Incidents.Leave(ctx, incident.Leave{Incident: in.Incident})
	return err
}

// gone is the state of a channel that Muster is not in any more.
func gone(in channel.Channel) channel.State {
	if in.State == channel.Opened {
		return channel.Gone
	}
	return in.State
}
