package scenario

import (
	"net/http"
	"testing"

	"github.com/musterhq/muster/internal/testing/slackserver"
)

// Team is the Slack workspace of a scenario's organisation.
const Team = "T0NIGHT001"

// NewWithSlack starts Muster with an app at a stand-in for Slack, where the workspace Team has let nobody in yet.
func NewWithSlack(t testing.TB) *Scenario {
	t.Helper()
	s := start(t, true)
	s.Slack.BareWorkspace(Team, "Night shift")
	return s
}

// slackSettings are those of the app at Slack.
func (s *Scenario) slackSettings() []string {
	if s.Slack == nil {
		return nil
	}
	app := s.Slack.App()
	return []string{"MUSTER_SLACK_CLIENT_ID=" + app.ClientID, "MUSTER_SLACK_CLIENT_SECRET=" + app.ClientSecret, "MUSTER_SLACK_SIGNING_SECRET=" + app.SigningSecret}
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
