package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// liveTeam is the workspace of the bench.
const liveTeam = "T0BENCH002"

// slackSettings lead a Muster to the stand-in for Slack.
func slackSettings(s *slackserver.Server) []string {
	ours := s.App()
	return []string{
		"MUSTER_SLACK_URL=" + s.Site(), "MUSTER_SLACK_CLIENT_ID=" + ours.ClientID, "MUSTER_SLACK_CLIENT_SECRET=" + ours.ClientSecret,
		"MUSTER_SLACK_SIGNING_SECRET=" + ours.SigningSecret,
	}
}

// slack measures how soon Muster acknowledges what people do in Slack while Slack's own answers take 10 s, and how soon
// an incident that is declared there has its channel.
func (b *bench) slack(ctx context.Context) error {
	a, err := b.here.App(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	people, err := b.connectSlack(ctx, a)
	if err != nil {
		return err
	}
	return errors.Join(b.channels(ctx, people), b.acknowledges(people))
}

// connectSlack lets Muster into the workspace and makes its people known there.
func (b *bench) connectSlack(ctx context.Context, a *app.App) ([]string, error) {
	w := b.standin.Workspace(liveTeam, "Bench")
	sealed, err := a.Keys.Seal([]byte(w.BotToken), string(b.organisation), "slack/"+liveTeam)
	if err != nil {
		return nil, err
	}
	var people []string
	at := time.Now()
	err = a.DB.Write(tenant.AsSystem(ctx, b.organisation), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO control.slack_team (team_id, organisation_id) VALUES ($1, $2)", liveTeam, b.organisation); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO muster.slack_workspace (organisation_id, id, team_id, name, bot_id, bot_user_id, scopes, token, installed_at, people_read_at)
			VALUES ($1, $2, $3, 'Bench', $4, $5, $6, $7, $8, $8)`, b.organisation, id.New(at), liveTeam, w.BotID, w.BotUser, slack.ScopeNames(), sealed, at)
		if err != nil {
			return err
		}
		for n, member := range b.members {
			someone := b.standin.User(liveTeam, slackserver.User{Name: fmt.Sprintf("Person %d", n), Email: fmt.Sprintf("person%d@example.test", n)})
			people = append(people, someone.ID)
			_, err := tx.Exec(ctx, `INSERT INTO muster.slack_member (organisation_id, team_id, slack_user_id, user_id, name, email, checked_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, b.organisation, liveTeam, someone.ID, member, someone.Name, someone.Email, at)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return people, b.standin.Point(slackserver.Endpoints{
		Events: b.here.URL + slack.EventsPath, Commands: b.here.URL + slack.CommandsPath, Interactions: b.here.URL + slack.InteractionsPath, Options: b.here.URL + slack.OptionsPath,
	})
}

// channels measures how long it takes from the command until the channel stands there with its first message.
func (b *bench) channels(ctx context.Context, people []string) error {
	general, _ := b.standin.Named(liveTeam, "general")
	var taken []time.Duration
	for n := range 5 {
		began, name := time.Now(), fmt.Sprintf("Something is wrong in Slack %d", n)
		if answer := b.standin.Command(people[n], general.ID, "/inc", name); !answer.OK() {
			return fmt.Errorf("a command was answered with %d %s: %w", answer.Status, answer.Body, answer.Err)
		}
		waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
		there := b.standin.Until(waiting, func() bool {
			for _, c := range b.standin.Channels() {
				if strings.HasSuffix(c.Name, fmt.Sprintf("-slack-%d", n)) && len(b.standin.Said(c.ID)) > 0 {
					return true
				}
			}
			return false
		})
		cancel()
		if !there {
			return fmt.Errorf("the incident %q has no channel after 30 s", name)
		}
		taken = append(taken, time.Since(began))
	}
	return b.tell("slack.declare_to_channel.seconds", percentile(taken, 50).Seconds(), "s", "from the command to the first message in the channel, median of 5")
}

const (
	// rounds of so many people who type a command at the same moment.
	rounds     = 20
	atOneTime  = 100
	slackDelay = 10 * time.Second
)

// acknowledges measures how soon commands are acknowledged that a hundred people type at once, with Slack slow to answer.
func (b *bench) acknowledges(people []string) error {
	general, _ := b.standin.Named(liveTeam, "general")
	defer b.standin.Fail(slackserver.Fault{Delay: slackDelay})()
	var taken durations
	var failed error
	for range rounds {
		var typing sync.WaitGroup
		answers := make(chan slackserver.Answer, atOneTime)
		for n := range atOneTime {
			typing.Go(func() { answers <- b.standin.Command(people[n%len(people)], general.ID, "/inc", "list") })
		}
		typing.Wait()
		close(answers)
		for answer := range answers {
			taken.add(answer.Took)
			if !answer.OK() {
				failed = fmt.Errorf("a command was answered with %d: %w", answer.Status, answer.Err)
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return errors.Join(failed, b.spread("slack.ack", taken.taken, fmt.Sprintf(", %d at once, Slack's own answers take %s", atOneTime, slackDelay)))
}
