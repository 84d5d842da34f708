package scenario

import (
	"net/http"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/testing/slackserver"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// Team is the Slack workspace of a scenario's organisation.
const Team = "T0NIGHT001"

// NewWithSlack starts Muster with an app at a stand-in for Slack, where the workspace Team has let nobody in yet.
func NewWithSlack(t testing.TB) *Scenario {
	t.Helper()
	return start(t, besideSlack(t))
}

// NewWithinSlack is NewWithSlack for what is not about Slack's limits: nothing waits for its turn.
func NewWithinSlack(t testing.TB) *Scenario {
	t.Helper()
	s := besideSlack(t)
	s.unlimited = true
	return start(t, s)
}

func besideSlack(t testing.TB) *Scenario {
	t.Helper()
	s := &Scenario{t: t, Clock: clock.NewManual(testdb.Start)}
	s.Slack = slackserver.New(t, slackserver.Options{Clock: s.Clock})
	s.Slack.BareWorkspace(Team, "Night shift")
	return s
}

// SlackElsewhere is a Slack that the scenario does not run itself. It goes by the real clock.
type SlackElsewhere struct {
	Site, ClientID, ClientSecret, SigningSecret string
}

// NewWithSlackAt starts Muster with an app at another Slack; its clock starts at the present time.
func NewWithSlackAt(t testing.TB, at SlackElsewhere) *Scenario {
	t.Helper()
	return start(t, &Scenario{t: t, Clock: clock.NewManual(time.Now()), elsewhere: at})
}

// slackOptions lead to the Slack of the scenario.
func (s *Scenario) slackOptions(options *app.Options) {
	switch {
	case s.Slack != nil:
		options.Slack, options.SlackURL, options.SlackUnlimited = s.Slack.Client(), s.Slack.URL(), s.unlimited
	case s.elsewhere.Site != "":
		options.Slack, options.SlackURL, options.SlackUnlimited = &http.Client{Timeout: 20 * time.Second}, s.elsewhere.Site, true
	}
}

// slackSettings are those of the app at Slack.
func (s *Scenario) slackSettings() []string {
	made := s.elsewhere
	if s.Slack != nil {
		ours := s.Slack.App()
		made.ClientID, made.ClientSecret, made.SigningSecret = ours.ClientID, ours.ClientSecret, ours.SigningSecret
	}
	if made.ClientID == "" {
		return nil
	}
	return []string{"MUSTER_SLACK_CLIENT_ID=" + made.ClientID, "MUSTER_SLACK_CLIENT_SECRET=" + made.ClientSecret, "MUSTER_SLACK_SIGNING_SECRET=" + made.SigningSecret}
}

// InSlack gives somebody of Muster an account in the workspace, under the same name and address, and returns its id.
func (s *Scenario) InSlack(team string, b *Browser) string {
	s.t.Helper()
	return s.Slack.User(team, slackserver.User{Name: b.Name, Email: b.Email, TZ: "Europe/Oslo"}).ID
}

// ConnectSlack lets Muster into the workspace Team as its owner would, by the settings and Slack's own page, and reads
// its people. It returns the owner's Slack id.
func (s *Scenario) ConnectSlack() string {
	s.t.Helper()
	owner := s.InSlack(Team, s.Owner)
	s.Slack.SignedIn(owner)
	s.Owner.Get("/settings/slack/connect").Is(http.StatusOK).Has("Night shift", "Connected by")
	s.Work()
	return owner
}

// Tend brings rooms and their channels in Slack together, as often as something is due within the time given; what
// Slack refuses meanwhile is tried again at its time.
func (s *Scenario) Tend(within time.Duration) {
	s.t.Helper()
	for until := s.Clock.Now().Add(within); ; s.Clock.Advance(time.Second) {
		s.Work()
		_ = s.App.Channels.Tend(s.System())
		if !s.Clock.Now().Before(until) {
			return
		}
	}
}

// HearSlack lets Muster into the workspace and hear what happens there. It returns the owner's Slack id.
func (s *Scenario) HearSlack() string {
	s.t.Helper()
	owner := s.ConnectSlack()
	at := slackserver.Endpoints{
		Events: s.URL + slack.EventsPath, Commands: s.URL + slack.CommandsPath, Interactions: s.URL + slack.InteractionsPath, Options: s.URL + slack.OptionsPath,
	}
	if err := s.Slack.Point(at); err != nil {
		s.t.Fatal(err)
	}
	s.Settle()
	return owner
}

// Settle lets everything that is on its way between Muster and Slack arrive: jobs, channels, events, and what they cause.
func (s *Scenario) Settle() {
	s.t.Helper()
	for range 30 {
		before := s.moved()
		s.Work()
		if err := s.App.Channels.Tend(s.System()); err != nil {
			s.t.Fatalf("tend the channels: %v", err)
		}
		s.Slack.Wait(s.t, s.Slack.Settled)
		s.until("Muster has dealt with what Slack sent", func() bool {
			// What is in somebody's hands is due two minutes after it was taken.
			inHand := s.Clock.Now().Add(2 * time.Minute).Format(time.RFC3339Nano)
			return s.count("SELECT count(*) FROM muster.slack_delivery WHERE state = 'waiting' AND (last_error = '' OR next_attempt_at = '"+inHand+"')") == 0
		})
		if s.moved() == before {
			return
		}
	}
	s.t.Fatal("Muster and Slack do not come to rest")
}

// moved counts what has gone to and fro between Muster and Slack.
func (s *Scenario) moved() int {
	return len(s.Slack.Calls()) + s.Slack.Delivered() + s.count("SELECT count(*) FROM muster.slack_delivery")
}

func (s *Scenario) count(query string) (n int) {
	s.t.Helper()
	if err := s.App.DB.Pool().QueryRow(s.t.Context(), query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *Scenario) until(what string, fn func() bool) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); !fn(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("not within 10 s: %s", what)
		}
	}
}
