package app

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// announcements are what posts in channels are made with.
func (a *App) announcements() announcement.Needs {
	return announcement.Needs{
		Platform: a.Slack, Posted: a.Posted, Incidents: a.Incidents, Directory: slackPlaces{a}, Address: a.address,
		Reason: refusal,
		Gently: func(ctx context.Context) context.Context { return slack.WithPriority(ctx, slack.Nice) },
	}
}

// refusal sorts out why Slack took no post.
func refusal(err error) announcement.Reason {
	switch code := slack.Code(err); code {
	case "not_in_channel":
		return announcement.Outside
	case "channel_not_found":
		return announcement.Hidden
	case "is_archived":
		return announcement.Archived
	default:
		if strings.HasPrefix(code, "restricted_action") {
			return announcement.Restricted
		}
		return announcement.Reason(code)
	}
}

// announce keeps posts as their incidents are until ctx ends.
func (a *App) announce(ctx context.Context) { a.Announcements.Run(ctx, a.Workspaces.Organisations) }

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
func (p slackPlaces) Places(ctx context.Context, team, cursor string) ([]announcement.Place, string, error) {
	page, next, err := p.app.SlackClient.Channels(ctx, team, cursor)
	if err != nil {
		return nil, "", err
	}
	var places []announcement.Place
	for _, one := range page {
		if !one.Private {
			places = append(places, placeOf(slack.Ref(team, one.ID), one))
		}
	}
	return places, next, nil
}

// Place returns the channel with an id; one that Slack does not show is NotFound.
func (p slackPlaces) Place(ctx context.Context, at string) (announcement.Place, error) {
	ref := chat.ConversationRef{Platform: slack.Name, ID: at}
	found, err := p.app.SlackClient.Info(ctx, ref)
	if slack.Code(err) == "channel_not_found" {
		return announcement.Place{}, problem.Missing("channel")
	}
	return placeOf(ref, found), err
}

func placeOf(ref chat.ConversationRef, c slack.Channel) announcement.Place {
	return announcement.Place{ID: ref.ID, Name: c.Name}
}
