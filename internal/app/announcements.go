package app

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/announcement"
)

// announcements are what posts in channels are made with.
func (a *App) announcements() announcement.Needs {
	return announcement.Needs{
		Platform: a.Slack, Posted: a.Posted, Incidents: a.Incidents, Address: a.address,
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
