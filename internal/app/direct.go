package app

import (
	"context"
	"sync"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
)

// direct sends direct messages in Slack; nil where there is no app at Slack.
func (a *App) direct() notification.Direct {
	if !a.Workspaces.Configured() {
		return nil
	}
	return &slackDirect{app: a, rooms: map[string]chat.ConversationRef{}}
}

// slackDirect reaches people by Muster's direct messages; where each stands is remembered, as Slack never changes it.
type slackDirect struct {
	app *App

	mu    sync.Mutex
	rooms map[string]chat.ConversationRef
}

// Reachable finds people in the connected workspaces, in that which was connected first before others.
func (d *slackDirect) Reachable(ctx context.Context, users ...id.ID) (map[id.ID]string, error) {
	all, err := d.app.Workspaces.All(ctx)
	if err != nil {
		return nil, err
	}
	at := map[id.ID]string{}
	for _, one := range all {
		if one.State != workspace.Active {
			continue
		}
		found, err := d.app.Workspaces.SlackUsers(ctx, one.Team, users...)
		if err != nil {
			return nil, err
		}
		for user, theirs := range found {
			if at[user] == "" {
				at[user] = slack.Ref(one.Team, theirs).ID
			}
		}
	}
	return at, nil
}

// mostRooms is how many direct conversations are remembered before all are looked up anew.
const mostRooms = 10_000

// Tell says a message to a person, once for its key.
func (d *slackDirect) Tell(ctx context.Context, to string, message chat.Message, urgent bool) error {
	if urgent {
		ctx = slack.WithPriority(ctx, slack.Urgent)
	}
	d.mu.Lock()
	room, known := d.rooms[to]
	d.mu.Unlock()
	if !known {
		team, user, err := slack.Split(chat.ConversationRef{Platform: slack.Name, ID: to})
		if err != nil {
			return err
		}
		if room, err = d.app.SlackClient.Direct(ctx, team, user); err != nil {
			return err
		}
		d.mu.Lock()
		if len(d.rooms) >= mostRooms {
			clear(d.rooms)
		}
		d.rooms[to] = room
		d.mu.Unlock()
	}
	_, err := d.app.Slack.Post(ctx, room, message)
	return err
}
