package app

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
	inboundslack "github.com/musterhq/muster/internal/surface/inbound/slack"
	"github.com/musterhq/muster/internal/surface/web/login"
)

// slackPatience is how long a request to Slack may take; what must be quicker says so itself.
const slackPatience = 20 * time.Second

// slack is what connected Slack workspaces are worked with.
func (a *App) slack(options Options) workspace.Needs {
	client, pictures := options.Slack, options.Slack
	if client == nil {
		client = httpx.TrustedClient(slackPatience)
		pictures = httpx.NewClient(httpx.Outbound{AllowPrivate: a.Config.AllowPrivateAddresses, Timeout: slackPatience, MaxBody: 10 << 20})
	}
	return workspace.Needs{
		Users: a.Users, Auth: a.Auth, Keys: a.Keys, Blobs: a.Blobs, URL: a.Config.URL, Pictures: pictures,
		App: slack.App{
			ClientID: a.Config.SlackClientID, ClientSecret: a.Config.SlackClientSecret, HTTP: client,
			Site: strings.TrimSuffix(strings.TrimSuffix(cmp.Or(options.SlackURL, a.Config.SlackURL), "/"), "/api"),
		},
	}
}

// signInWithSlack is how people sign in with Slack, nil where there is no app at Slack.
func (a *App) signInWithSlack() login.Slack {
	if !a.Workspaces.Configured() {
		return nil
	}
	return a.Workspaces
}

// chat builds what is said on chat platforms with. The client paces itself, so that Slack need not.
func (a *App) chat(options Options, needs workspace.Needs) {
	a.Posted = chat.NewPosted(a.DB, a.Clock)
	a.SlackClient = slack.NewClient(slack.Options{
		HTTP: options.Slack, URL: needs.App.Site + "/api/", Clock: a.Clock, Workspaces: a.Workspaces, Meter: a.Metrics, Unlimited: options.SlackUnlimited,
	})
	a.Workspaces.Look(a.SlackClient)
	a.Slack = slack.NewPlatform(slack.Needs{Client: a.SlackClient, Posted: a.Posted, Clock: a.Clock, People: a.Workspaces, URL: a.Config.URL, Files: fileContent{a}})
	a.ChatOutbox = chat.NewOutbox(a.DB, a.Clock, a.Slack)
}

// socket is how Slack is reached from here.
func (a *App) socket(options Options, needs workspace.Needs) inboundslack.Socket {
	client := options.Slack
	if client == nil {
		client = httpx.TrustedClient(slackPatience)
	}
	return inboundslack.Socket{Token: a.Config.SlackAppToken, URL: needs.App.Site + "/api/", HTTP: client}
}

// slackHooks is where Slack calls.
const slackHooks = "/hooks/slack/"

// inbox is what takes what Slack sends.
func (a *App) inbox() *inboundslack.Doors {
	return inboundslack.New(inboundslack.Needs{
		DB: a.DB, Clock: a.Clock, Secret: a.Config.SlackSigningSecret, Client: a.SlackClient, Platform: a.Slack, Workspaces: a.Workspaces, Channels: a.Channels, Posted: a.Posted,
		Incidents: a.Incidents, Actions: a.Actions, FollowUps: a.FollowUps, Rooms: a.Rooms, Bot: a.Bot, Reachable: a.Announcements.Reachable, Address: a.address,
	})
}

// hear keeps a connection to Slack, over which it sends what it cannot send to an address.
func (a *App) hear(ctx context.Context) { a.SlackDoors.Listen(ctx, a.Socket) }

// catchUp reads once what happened in Slack while no Muster ran, and asks from then on whether Slack is back where it was
// away. Somebody who was just started again asks too; that costs a few calls and finds nothing.
func (a *App) catchUp(ctx context.Context) {
	for begun := false; !begun; {
		if err := a.SlackDoors.CatchUp(ctx); err != nil {
			slog.WarnContext(ctx, "what happened in Slack meanwhile is not read yet", "error", err)
		} else {
			begun = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(probeEvery):
		}
	}
	every(ctx, probeEvery, a.probe)
}

// probeEvery is how often Slack is asked whether it is back.
const probeEvery = 15 * time.Second

// probe asks Slack for each workspace that was found away.
func (a *App) probe(ctx context.Context) error {
	organisations, err := a.Workspaces.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		of := tenant.AsSystem(ctx, organisation)
		all, err := a.Workspaces.All(of)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.DownSince != nil {
				_ = a.SlackClient.Check(of, one.Team) // what it finds is written down by itself
			}
		}
	}
	return nil
}

// pump brings rooms and their channels together until ctx ends.
func (a *App) pump(ctx context.Context) {
	hub := live.NewHub(a.Config.DatabaseDirectURL)
	supervise.Go(ctx, "hear what moves for channels", hub.Run)
	channel.NewPump(a.Channels, a.Workspaces.Organisations).Run(ctx, hub)
}

// fileContent gives files of rooms to chat platforms, which are there before rooms are.
type fileContent struct{ app *App }

// Content opens a file.
func (f fileContent) Content(ctx context.Context, file id.ID) (name, mediaType string, size int64, content io.ReadCloser, err error) {
	return f.app.Rooms.Content(ctx, file)
}
