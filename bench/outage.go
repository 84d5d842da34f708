package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// An hour without Slack: so many messages in so many incidents.
const (
	awayPosts    = 5_000
	awayChannels = 40
	slackTeam    = "T0BENCH001"
)

// outage measures, on a clock of its own, how what was said while Slack was away comes to its channels.
func (b *bench) outage(ctx context.Context) error {
	now := clock.NewManual(time.Now().UTC().Truncate(time.Second))
	slack, err := slackserver.Start(slackserver.Options{Clock: now})
	if err != nil {
		return err
	}
	defer slack.Close()
	slack.Limits(true)
	slack.BareWorkspace(slackTeam, "Bench")
	a, err := b.connected(ctx, slack, now)
	if err != nil {
		return err
	}
	defer a.Close()
	as, err := connect(ctx, a, slack)
	if err != nil {
		return err
	}
	scope, err := tenant.From(as)
	if err != nil {
		return err
	}
	muster := tenant.AsSystem(ctx, scope.Organisation)
	tend := func(until func() bool) (time.Duration, error) {
		begun := now.Now()
		for !until() {
			_ = a.Channels.Tend(muster) // what Slack does not take is tried again at its time
			now.Advance(time.Second)
			if ctx.Err() != nil || now.Now().Sub(begun) > 4*time.Hour {
				return 0, fmt.Errorf("after %s it is not through: %w", now.Now().Sub(begun), ctx.Err())
			}
		}
		return now.Now().Sub(begun), nil
	}
	incidents := make([]id.ID, awayChannels)
	for n := range incidents {
		brief, err := a.Incidents.Declare(as, incident.Declare{Name: fmt.Sprintf("Incident %d", n), Key: fmt.Sprint(n)})
		if err != nil {
			return err
		}
		incidents[n] = brief.ID
	}
	channels := make([]string, awayChannels)
	if _, err = tend(func() bool {
		for n, inc := range incidents {
			of, err := a.Channels.Of(muster, inc)
			if err != nil || of.External == "" {
				return false
			}
			_, channels[n], _ = strings.Cut(of.External, "/")
		}
		return true
	}); err != nil {
		return fmt.Errorf("open the channels: %w", err)
	}

	slack.Down(true)
	for n := range awayPosts {
		if _, err := a.Rooms.Post(as, room.Post{Incident: incidents[n%awayChannels], ClientKey: fmt.Sprint(n), Source: fmt.Sprintf("message %05d", n)}); err != nil {
			return err
		}
		if n%awayChannels == 0 {
			_ = a.Channels.Tend(muster)
			now.Advance(time.Hour * awayChannels / awayPosts)
		}
	}
	slack.Down(false)
	took, err := tend(func() bool { return arrived(slack, channels) >= awayPosts })
	if err != nil {
		return err
	}
	if _, err := tend(func() bool { return settled(a, muster, incidents) }); err != nil {
		return err
	}
	lost, doubled, misplaced := compare(slack, channels)
	for _, f := range []struct {
		name  string
		value float64
		unit  string
		note  string
	}{
		{"slack.outage.drained", took.Minutes(), "min", fmt.Sprintf("of the clock, until %d messages of an hour in %d channels stand in Slack, within its limits", awayPosts, awayChannels)},
		{"slack.outage.lost", float64(lost), "", ""},
		{"slack.outage.doubled", float64(doubled), "", ""},
		{"slack.outage.out_of_order", float64(misplaced), "", ""},
		{"slack.outage.limited", float64(slack.Limited()), "", "calls that Slack refused with 429"},
	} {
		if err := b.tell(f.name, f.value, f.unit, f.note); err != nil {
			return err
		}
	}
	return nil
}

// connected is Muster on a database of its own, with an app at the stand-in.
func (b *bench) connected(ctx context.Context, slack *slackserver.Server, now clock.Clock) (*app.App, error) {
	address, err := b.here.DatabaseURL(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE muster_outage")
	_ = conn.Close(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a database for the outage: %w", err)
	}
	other, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	other.Path = "/muster_outage"
	of := slack.App()
	cfg, err := config.Read("MUSTER_DATABASE_URL="+other.String(), "MUSTER_DATA="+b.here.Data, "MUSTER_URL=http://127.0.0.1",
		"MUSTER_SECRET_KEY_FILE="+filepath.Join(b.here.Data, "secret.key"), "MUSTER_SLACK_CLIENT_ID="+of.ClientID,
		"MUSTER_SLACK_CLIENT_SECRET="+of.ClientSecret, "MUSTER_SLACK_SIGNING_SECRET="+of.SigningSecret)
	if err != nil {
		return nil, err
	}
	if err := app.Migrate(ctx, cfg); err != nil {
		return nil, err
	}
	return app.New(ctx, cfg, app.Options{Name: "outage", Clock: now, Slack: slack.Client(), SlackURL: slack.URL()})
}

// connect founds an organisation and lets Muster into the workspace, and returns the context of its owner.
func connect(ctx context.Context, a *app.App, slack *slackserver.Server) (context.Context, error) {
	begun, err := a.Organisations.CreateWithOwner(ctx, organisation.CreateWithOwner{Name: "Away", OwnerName: "Owner", OwnerEmail: "owner@example.test"})
	if err != nil {
		return nil, err
	}
	as := tenant.With(ctx, tenant.Scope{
		Organisation: begun.ID, Actor: tenant.Actor{Type: tenant.User, ID: begun.Owner, Name: "Owner"}, Permissions: authz.Owner.Permissions(),
	})
	session := id.New(a.Clock.Now())
	address, err := a.Workspaces.Begin(as, session, slackTeam)
	if err != nil {
		return nil, err
	}
	owner := slack.User(slackTeam, slackserver.User{Name: "Owner", Email: "owner@example.test"})
	back, err := slack.Authorize(address, owner.ID)
	if err != nil {
		return nil, err
	}
	way, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	_, err = a.Workspaces.Install(as, workspace.Install{Session: session, State: way.Query().Get("state"), Code: way.Query().Get("code")})
	return as, err
}

// settled tells whether nothing waits for any channel any more.
func settled(a *app.App, muster context.Context, incidents []id.ID) bool {
	for _, inc := range incidents {
		of, err := a.Channels.Of(muster, inc)
		if err != nil {
			return false
		}
		waiting, err := a.ChatOutbox.Waiting(muster, of.ID)
		if err != nil || waiting.Posts > 0 {
			return false
		}
	}
	return true
}

func messagesIn(slack *slackserver.Server, channel string) []string {
	var said []string
	for _, m := range slack.Said(channel) {
		if _, text, found := strings.Cut(m.Text, "message "); found {
			said = append(said, text)
		}
	}
	return said
}

func arrived(slack *slackserver.Server, channels []string) int {
	all := 0
	for _, channel := range channels {
		all += len(messagesIn(slack, channel))
	}
	return all
}

// compare counts messages that are missing, that stand there twice, and that stand before an earlier one.
func compare(slack *slackserver.Server, channels []string) (lost, doubled, misplaced int) {
	for n, channel := range channels {
		seen := map[string]int{}
		last := ""
		for _, text := range messagesIn(slack, channel) {
			seen[text]++
			if text < last {
				misplaced++
			}
			last = text
		}
		for post := n; post < awayPosts; post += awayChannels {
			switch times := seen[fmt.Sprintf("%05d", post)]; {
			case times == 0:
				lost++
			case times > 1:
				doubled++
			}
		}
	}
	return lost, doubled, misplaced
}
