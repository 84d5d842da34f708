package app

import (
	"context"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// slackPlaces are the channels of the organisation's Slack workspaces.
type slackPlaces struct{ app *App }

// Teams lists the workspaces that are connected.
func (p slackPlaces) Teams(ctx context.Context) ([]string, error) {
	all, err := p.app.Workspaces.All(ctx)
	if err != nil {
		return nil, err
	}
	var teams []string
	for _, one := range all {
		if one.State == workspace.Active {
			teams = append(teams, one.Team)
		}
	}
	return teams, nil
}

// Places lists channels that everybody in the workspace can read.
func (p slackPlaces) Places(ctx context.Context, team, cursor string) ([]channel.Place, string, error) {
	page, next, err := p.app.SlackClient.Channels(ctx, team, cursor)
	if err != nil {
		return nil, "", err
	}
	var places []channel.Place
	for _, one := range page {
		if !one.Private {
			places = append(places, placeOf(slack.Ref(team, one.ID), one))
		}
	}
	return places, next, nil
}

// Place returns the channel with an id; one that Slack does not show is NotFound.
func (p slackPlaces) Place(ctx context.Context, at string) (channel.Place, error) {
	ref := chat.ConversationRef{Platform: slack.Name, ID: at}
	found, err := p.app.SlackClient.Info(ctx, ref)
	if slack.Code(err) == "channel_not_found" {
		return channel.Place{}, problem.Missing("channel")
	}
	return placeOf(ref, found), err
}

func placeOf(ref chat.ConversationRef, c slack.Channel) channel.Place {
	return channel.Place{ID: ref.ID, Name: c.Name, Private: c.Private}
}

// Inside reports whether somebody is in a channel; whom the workspace does not know is not.
func (p slackPlaces) Inside(ctx context.Context, at string, user id.ID) (bool, error) {
	team, _, _ := strings.Cut(at, "/")
	who, err := p.app.Workspaces.SlackUser(ctx, team, user)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	members, err := p.app.SlackClient.Members(ctx, chat.ConversationRef{Platform: slack.Name, ID: at})
	return slices.Contains(members, who), err
}
