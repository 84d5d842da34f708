package chatops

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// announcementRoutes are the buttons of posts in channels that are no incident's; the value of each names the incident.
func (b *Bot) announcementRoutes() {
	b.on(announcement.SubscribeAction, b.subscribeToAnnounced)
	b.on(announcement.JoinAction, b.joinAnnounced)
}

// subscribeToAnnounced lets whoever read an announcement hear of each update.
func (b *Bot) subscribeToAnnounced(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	brief, err := b.Incidents.Brief(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	matching, err := b.Subscriptions.Of(ctx, brief.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	if subscription.Hears(matching) {
		return say(fmt.Sprintf("You hear of each update of %s already. Your settings in Muster say how.", brief.Reference)), nil
	}
	cmd := subscription.Subscribe{Scope: subscription.ToIncident, Incident: brief.ID, Mail: true, Push: true}
	if err := b.Subscriptions.Subscribe(ctx, cmd); err != nil {
		return chat.Reply{}, err
	}
	return say(fmt.Sprintf("You will hear of each update of %s: by mail, and on your devices or else in a direct message here. Your settings in Muster say how, and end it.", brief.Reference)), nil
}

// joinAnnounced lets whoever read an announcement take part; its channel lets them in with that.
func (b *Bot) joinAnnounced(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	brief, err := b.Incidents.Brief(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	joined, err := b.Incidents.Join(ctx, incident.Join{Incident: brief.ID})
	if err != nil {
		return chat.Reply{}, err
	}
	words := fmt.Sprintf("You take part in %s.", brief.Reference)
	if !joined.Changed {
		words = fmt.Sprintf("You take part in %s already.", brief.Reference)
	}
	room, err := b.Channels.Of(ctx, brief.ID)
	switch {
	case problem.Is(err, problem.NotFound):
		return say(words + " Its room is in Muster."), nil
	case err != nil:
		return chat.Reply{}, err
	case room.State == channel.Opened:
		return say(words + fmt.Sprintf(" Its channel is `#%s`.", room.Name)), nil
	default:
		return say(words + " Its channel is on the way."), nil
	}
}
