package scenario_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// view waits for the modal that lies before somebody, with some words in it.
func (h *slackHouse) view(who, words string) slackserver.View {
	h.t.Helper()
	var found slackserver.View
	h.Slack.Wait(h.t, func() bool {
		v, open := h.Slack.View(who)
		found = v
		return open && strings.Contains(slackserver.Text(v.Blocks), words)
	})
	return found
}

// told waits until only this person was told something.
func (h *slackHouse) told(who, words string) slackserver.Ephemeral {
	h.t.Helper()
	var found slackserver.Ephemeral
	h.Slack.Wait(h.t, func() bool {
		for _, e := range h.Slack.Ephemerals(who) {
			if strings.Contains(slackserver.Text(e.Blocks)+e.Text, words) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func TestFormDeclaresFromAnywhere(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	if a := h.Slack.Command(h.bob, h.general, "/incident", ""); !a.OK() {
		t.Fatalf("%+v", a)
	}
	form := h.view(h.bob, "How bad is it")
	if a := h.Slack.Submit(h.bob, form, nil); a.OK() && a.Closed {
		t.Fatal("a form without a name was taken")
	}
	if a := h.Slack.ChangeInput(h.bob, form, "name", "Search is slow"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	a := h.Slack.Submit(h.bob, form, nil)
	if !a.OK() || !a.Closed {
		t.Fatalf("the form was answered with %+v", a)
	}
	h.Settle()
	live, err := h.App.Incidents.Live(h.System())
	if err != nil || len(live) != 1 || live[0].Name != "Search is slow" {
		t.Fatalf("%+v, %v", live, err)
	}
	h.told(h.bob, "INC-1")
	if where := h.channelOf(live[0].ID); !slices.Contains(where.Members, h.bob) {
		t.Errorf("its channel is %+v", where)
	}

	if a := h.Slack.Shortcut(h.ada, slack.DeclareShortcut); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.view(h.ada, "How bad is it")
}

// TestGuidelinesOfTheChosenSeverityAreReadWhole has one that is longer than Slack shows beside an option.
func TestGuidelinesOfTheChosenSeverityAreReadWhole(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	severities, err := h.App.Incidents.Severities(h.System())
	if err != nil {
		t.Fatal(err)
	}
	worst, least := severities[len(severities)-1], severities[0]
	guide := "Most people cannot use it, or data is lost, or somebody is in our systems. Wake the lead and the one who speaks to customers."
	if _, err := h.App.Incidents.EditSeverity(h.Owner.Context(), incident.EditSeverity{ID: worst.ID, Name: worst.Name, Description: guide}); err != nil {
		t.Fatal(err)
	}
	h.Slack.Command(h.bob, h.general, "/inc", "")
	form := h.view(h.bob, "How bad is it")
	if text := slackserver.Text(form.Blocks); strings.Contains(text, guide) {
		t.Fatalf("it is explained before it is chosen: %s", text)
	}
	h.Slack.ChangeInput(h.bob, form, "name", "Search is slow")
	h.Slack.ChangeInput(h.bob, form, "severity", string(worst.ID))
	form = h.view(h.bob, guide)
	h.Slack.ChangeInput(h.bob, form, "severity", string(least.ID))
	h.Slack.Wait(t, func() bool {
		form, _ = h.Slack.View(h.bob)
		return !strings.Contains(slackserver.Text(form.Blocks), guide)
	})
	if a := h.Slack.Submit(h.bob, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	live, err := h.App.Incidents.Live(h.System())
	if err != nil || len(live) != 1 || live[0].Name != "Search is slow" || live[0].Severity.ID != least.ID {
		t.Fatalf("%+v, %v", live, err)
	}
	h.Slack.Command(h.bob, h.channelOf(live[0].ID).ID, "/inc", "severity")
	form = h.view(h.bob, "/inc severity major")
	h.Slack.ChangeInput(h.bob, form, "severity", string(worst.ID))
	form = h.view(h.bob, guide)
	if a := h.Slack.Submit(h.bob, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	if now := h.get(live[0]); now.Severity.ID != worst.ID {
		t.Errorf("its severity is %+v", now.Severity)
	}
}

func TestMessageBecomesAnIncidentWithItAsTheFirstEvidence(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	said := h.Slack.Say(h.ada, h.general, "Nobody can pay since noon")
	if a := h.Slack.MessageShortcut(h.bob, said, slack.DeclareFromMessageShortcut); !a.OK() {
		t.Fatalf("%+v", a)
	}
	form := h.view(h.bob, "Nobody can pay since noon")
	if a := h.Slack.Submit(h.bob, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	live, _ := h.App.Incidents.Live(h.System())
	if len(live) != 1 {
		t.Fatalf("%+v", live)
	}
	h.Slack.Wait(t, func() bool {
		h.Settle()
		return slices.ContainsFunc(h.Slack.Said(h.channelOf(live[0].ID).ID), func(m slackserver.Message) bool {
			text := slackserver.Text(m.Blocks)
			return strings.Contains(text, "what Ada wrote") && strings.Contains(text, "Nobody can pay since noon")
		})
	})
}

func TestCommandsAndButtonsRunTheIncident(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	if a := h.Slack.Command(h.ada, where.ID, "/inc", "severity major"); !a.OK() || len(a.Body) > 0 {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	now := h.get(inc)
	if now.Severity == nil || now.Severity.Name != "Major" {
		t.Errorf("its severity is %+v", now.Severity)
	}
	h.told(h.ada, "Major")
	if a := h.Slack.Command(h.ada, where.ID, "/inc", "lead <@"+h.ada+"|ada>"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	if lead := h.get(inc).Lead(); lead == nil || lead.ID != h.Owner.ID {
		t.Errorf("it is led by %+v", lead)
	}

	card := h.Slack.Said(where.ID)[0]
	if a := h.Slack.Press(h.bob, card, "incident.update.send"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	form := h.view(h.bob, "update")
	h.Slack.ChangeInput(h.bob, form, "message", "We roll back")
	if a := h.Slack.Submit(h.bob, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	if now := h.get(inc); now.LastUpdate == nil || now.LastUpdate.Message.Plain() != "We roll back" {
		t.Errorf("its last update is %+v", now.LastUpdate)
	}
}

func (h *slackHouse) get(of incident.Listed) incident.Incident {
	h.t.Helper()
	now, err := h.App.Incidents.Get(h.System(), of.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return now
}

func TestStrangersAtTheDoorAreTurnedAway(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	body := []byte("command=%2Finc&text=Forged&team_id=" + scenario.Team + "&user_id=" + h.bob + "&channel_id=" + h.general + "&trigger_id=1.2.3")
	send := func(sign func(r *http.Request)) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+slack.CommandsPath, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		sign(r)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := send(func(*http.Request) {}); got != http.StatusUnauthorized {
		t.Errorf("without a signature: %d", got)
	}
	if got := send(func(r *http.Request) { h.Slack.Sign(r, append(body, 'x')) }); got != http.StatusUnauthorized {
		t.Errorf("with another's signature: %d", got)
	}
	var recorded http.Header
	if got := send(func(r *http.Request) { h.Slack.Sign(r, body); recorded = r.Header.Clone() }); got != http.StatusOK {
		t.Errorf("signed: %d", got)
	}
	replay := func(r *http.Request) { r.Header = recorded.Clone() }
	if got := send(replay); got != http.StatusOK {
		t.Errorf("sent again: %d", got)
	}
	h.Settle()
	if live, err := h.App.Incidents.Live(h.System()); err != nil || len(live) != 1 {
		t.Errorf("sent twice it began %d incidents, %v", len(live), err)
	}
	h.Clock.Advance(6 * time.Minute)
	if got := send(replay); got != http.StatusUnauthorized {
		t.Errorf("sent again after minutes: %d", got)
	}
}

func TestWhoeverIsNobodyInMusterIsToldWhomToAsk(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	guest := h.Slack.User(scenario.Team, slackserver.User{Name: "Gus", Email: "gus@guest.test", Guest: true})
	h.Settle()
	if a := h.Slack.Command(guest.ID, h.general, "/inc", "Something"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.told(guest.ID, "invite")
	if live, _ := h.App.Incidents.Live(h.System()); len(live) != 0 {
		t.Errorf("a guest began %+v", live)
	}
}

func TestAcknowledgementNeverWaitsForSlack(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	card := h.Slack.Said(where.ID)[0]
	h.Slack.Fail(slackserver.Fault{Delay: 3 * time.Second})
	for _, a := range []slackserver.Answer{
		h.Slack.Command(h.bob, where.ID, "/inc", "severity major"), h.Slack.Press(h.bob, card, "incident.update.send"), h.Slack.Shortcut(h.bob, slack.DeclareShortcut),
	} {
		if !a.OK() || a.Took > time.Second {
			t.Errorf("acknowledged after %s with %+v", a.Took, a)
		}
	}
	h.Slack.Until(t.Context(), func() bool { return h.get(inc).Severity != nil })
	h.Slack.Calm()
}
