package scenario_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// TestOneInstallServesAllWorkspacesOfAGrid lets Muster into an Enterprise Grid once, and works in both of its workspaces.
func TestOneInstallServesAllWorkspacesOfAGrid(t *testing.T) {
	t.Parallel()
	const grid, second = "E0GRID0001", "T0DAY00002"
	s := scenario.NewWithinSlack(t)
	s.Slack.BareWorkspace(second, "Day shift")
	for _, team := range []string{scenario.Team, second} {
		s.Slack.Enterprise(team, grid)
	}
	s.Slack.OrgWide(grid)
	h := &slackHouse{Scenario: s, t: t}
	h.ben = s.Person("Ben", authz.Responder)
	h.bob = s.InSlack(second, h.ben)
	h.ada = s.InSlack(scenario.Team, s.Owner)
	s.Slack.SignedIn(h.ada)
	s.Owner.Get("/settings/slack/connect").Is(http.StatusOK).Has("Enterprise Grid", "Connected by")
	s.Work()
	if err := s.Slack.Point(slackserver.Endpoints{Events: s.URL + slack.EventsPath, Commands: s.URL + slack.CommandsPath, Interactions: s.URL + slack.InteractionsPath, Options: s.URL + slack.OptionsPath}); err != nil {
		t.Fatal(err)
	}
	s.Settle()

	// Ben works in the second workspace: command, channel, message, Home tab.
	general, _ := s.Slack.Named(second, "general")
	if a := s.Slack.Command(h.bob, general.ID, "/inc", "Card payments fail"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	s.Settle()
	live, err := s.App.Incidents.Live(s.System())
	if err != nil || len(live) != 1 {
		t.Fatalf("%+v, %v", live, err)
	}
	where := h.channelOf(live[0].ID)
	for _, who := range []string{h.ada, h.bob} {
		s.Slack.OpenHome(who)
	}
	s.Settle()
	for _, who := range []string{h.ada, h.bob} {
		if home, there := s.Slack.Home(who); !there || !strings.Contains(slackserver.Text(home.Blocks), "Card payments fail") {
			t.Errorf("%s has the tab %+v", who, home)
		}
	}
	s.Slack.Say(h.bob, where.ID, "It is the gateway")
	if _, err := s.App.Rooms.Post(s.Owner.Context(), room.Post{Incident: live[0].ID, ClientKey: "1", Source: "Since when?"}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if said := h.room(live[0].ID); len(said) != 2 || said[0].Source != "It is the gateway" && said[1].Source != "It is the gateway" {
		t.Errorf("the room says %+v", said)
	}
	if !slices.ContainsFunc(s.Slack.Said(where.ID), func(m slackserver.Message) bool { return strings.Contains(slackserver.Text(m.Blocks), "Since when?") }) {
		t.Errorf("the channel says %+v", s.Slack.Said(where.ID))
	}
}
