package scenario_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// inChannel is what people read in an incident's channel, without what Slack itself says.
func inChannel(t *testing.T, s *scenario.Scenario, inc id.ID) []string {
	t.Helper()
	of, err := s.App.Channels.Of(s.System(), inc)
	if err != nil {
		t.Fatal(err)
	}
	_, channel, _ := strings.Cut(of.External, "/")
	var lines []string
	for _, m := range s.Slack.Said(channel) {
		words := strings.Join(strings.Fields(m.Text), " ")
		lines = append(lines, words)
	}
	return lines
}

func TestAnHourWithoutSlackInTheMiddleOfAnIncident(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	ben := s.Person("Ben", authz.Responder)
	s.InSlack(scenario.Team, ben)
	s.ConnectSlack()
	declare := func(name string) id.ID {
		brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return brief.ID
	}
	say := func(b *scenario.Browser, in id.ID, text string) {
		if _, err := s.App.Rooms.Post(b.Context(), room.Post{Incident: in, ClientKey: text, Source: text}); err != nil {
			t.Fatal(err)
		}
	}
	cards := declare("Cards fail")
	say(ben, cards, "before")
	s.Tend(10 * time.Second)
	if got := strings.Join(inChannel(t, s, cards), "\n"); !strings.Contains(got, "before") {
		t.Fatalf("before the outage the channel reads %s", got)
	}

	s.Slack.Down(true)
	var want []string
	for n := range 30 {
		text := fmt.Sprintf("minute %02d", n)
		say([]*scenario.Browser{s.Owner, ben}[n%2], cards, text)
		want = append(want, text)
		s.Tend(0)
		s.Clock.Advance(2 * time.Minute)
	}
	s.Owner.Get("/incidents/INC-1").Is(http.StatusOK).Has("minute 29", "Slack does not answer")
	second := declare("Search is slow")
	say(ben, second, "nobody in Slack can see this yet")
	s.Tend(0)
	told := 0
	for _, mail := range s.Mails.Mails() {
		if strings.Contains(mail.Subject, "Slack does not answer") && strings.Contains(mail.Text, "Cards fail") {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d people of the incident were told by mail, not 2", told)
	}

	s.Slack.Down(false)
	s.Tend(3 * time.Minute)
	lines := inChannel(t, s, cards)
	var came []string
	for _, line := range lines {
		for _, text := range want {
			if strings.Contains(line, text) {
				came = append(came, text)
			}
		}
	}
	if strings.Join(came, "\n") != strings.Join(want, "\n") {
		t.Errorf("after the outage the channel reads\n%s", strings.Join(lines, "\n"))
	}
	if got := strings.Join(lines, "\n"); strings.Count(got, "Slack could not be reached for") != 1 {
		t.Errorf("nobody, or more than one, says why it all comes at once:\n%s", got)
	}
	if got := strings.Join(inChannel(t, s, second), "\n"); !strings.Contains(got, "nobody in Slack can see this yet") {
		t.Errorf("the channel of what was declared meanwhile reads %s", got)
	}
	s.Owner.Get("/incidents/INC-1").Is(http.StatusOK).Lacks("Slack does not answer")
}

func TestChannelsAreNamedAndKeptAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	s := scenario.NewWithSlack(t)
	ben := s.Person("Ben", authz.Responder)
	s.ConnectSlack()
	s.Owner.Get("/settings/slack/channels").Is(http.StatusOK).Has("Open a channel for each incident", "#inc-142-checkout-is-down")
	ben.Get("/settings/slack/channels").Is(http.StatusForbidden)
	s.Owner.Put("/settings/slack/channels", url.Values{"opens": {"on"}, "name": {"incident"}, "archive_after_days": {"3"}}).Is(http.StatusUnprocessableEntity).Has("needs {number}")
	s.Owner.Put("/settings/slack/channels", url.Values{"opens": {"on"}, "name": {"{date}-{number}"}, "archive_after_days": {""}}).Is(http.StatusOK).Has("#2026-03-09-142")
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Cards fail"})
	if err != nil {
		t.Fatal(err)
	}
	s.Tend(3 * time.Second)
	name := s.Clock.Now().Format("2006-01-02") + "-1"
	if _, found := s.Slack.Named(scenario.Team, name); !found {
		t.Errorf("there is no channel %q", name)
	}
	s.Owner.Get("/incidents/" + brief.Reference).Has(name).Lacks("Create a Slack channel")
}
