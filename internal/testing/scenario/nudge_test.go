package scenario_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// tick lets time pass as the clock process sees it, looking for what incidents lack every quarter of a minute.
func tick(t *testing.T, s *scenario.Scenario, d time.Duration) {
	t.Helper()
	for passed := time.Duration(0); passed < d; passed += 30 * time.Second {
		s.Advance(30 * time.Second)
		if err := s.App.Nudges.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.Work()
}

// leaderless declares an incident that nobody leads.
func leaderless(t *testing.T, s *scenario.Scenario, name string) (where string, in id.ID) {
	t.Helper()
	where = declare(t, s.Owner, name)
	in = incidentAt(t, s, where)
	roles, err := s.App.Incidents.Roles(s.System())
	if err != nil {
		t.Fatal(err)
	}
	leave(t, s, in, roles)
	return where, in
}

// nudges counts the cards that stand in the room; what was taken back does not.
func nudges(t *testing.T, s *scenario.Scenario, in id.ID) int {
	t.Helper()
	messages, _, err := s.App.Rooms.History(s.System(), in, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range messages {
		if m.Kind == room.FromBot && !m.Deleted && strings.HasPrefix(m.ClientKey, "nudge/") {
			n++
		}
	}
	return n
}

func TestNobodyLeadsUntilSomebodyPressesTheCard(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	where, in := leaderless(t, s, "Card payments fail")
	tick(t, s, time.Minute)
	if n := nudges(t, s, in); n != 0 {
		t.Fatalf("after a minute there are %d cards", n)
	}
	tick(t, s, 2*time.Minute)
	page := ben.Get(where).Is(200)
	if !strings.Contains(page.Body, "Nobody leads this incident") {
		t.Fatal("the room does not say that nobody leads")
	}
	tick(t, s, 25*time.Minute) // two more times, each in place of the one before
	if n := nudges(t, s, in); n != 1 {
		t.Fatalf("after half an hour there are %d cards, want the one", n)
	}
	ben.Post(where+"/room/interactions", url.Values{"action": {"incident.lead.take"}, "value": {string(in)}}).Is(200)
	s.Work()
	if n := nudges(t, s, in); n != 0 {
		t.Errorf("the card still stands though somebody leads")
	}
	if strings.Contains(ben.Get(where).Body, "Nobody leads: take it") {
		t.Error("the page says that nobody leads")
	}
}

func TestNudgeIsPutOffDismissedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	where, in := leaderless(t, s, "Card payments fail")
	tick(t, s, 3*time.Minute)
	press := func(action string) {
		s.Owner.Post(where+"/room/interactions", url.Values{"action": {action}, "value": {string(in) + " " + string(nudge.NoLead)}}).Is(200)
		s.Work()
		if n := nudges(t, s, in); n != 0 {
			t.Fatalf("%s leaves %d cards", action, n)
		}
	}
	press("nudge.later")
	tick(t, s, 50*time.Minute)
	if n := nudges(t, s, in); n != 0 {
		t.Fatal("a nudge that was put off for an hour comes before that")
	}
	tick(t, s, 15*time.Minute)
	if n := nudges(t, s, in); n != 1 {
		t.Fatal("a nudge that was put off does not come again")
	}

	s.Owner.Put("/settings/nudges", url.Values{}).Is(200)
	tick(t, s, time.Minute)
	if n := nudges(t, s, in); n != 0 {
		t.Fatal("a nudge stands though all are switched off")
	}
	s.Owner.Put("/settings/nudges", url.Values{"on": {"on"}}).Is(200)
	tick(t, s, 12*time.Minute)
	if n := nudges(t, s, in); n != 1 {
		t.Fatal("nudges do not come back when they are switched on")
	}
	press("nudge.dismiss")
	tick(t, s, 90*time.Minute)
	if n := nudges(t, s, in); n != 0 {
		t.Error("a nudge that was dismissed comes again")
	}
}

// TestQuietAndTestIncidentsAreNotNudged has the same cause in incidents that nothing may nag.
func TestQuietAndTestIncidentsAreNotNudged(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.System()
	var all []id.ID
	for _, cmd := range []incident.Declare{{Name: "Bug hunt", Quiet: true}, {Name: "A test", Mode: incident.Test}, {Name: "Long over", Mode: incident.Retrospective}} {
		brief, err := s.App.Incidents.Declare(ctx, cmd)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, brief.ID)
	}
	tick(t, s, 10*time.Minute)
	for _, in := range all {
		if n := nudges(t, s, in); n != 0 {
			t.Errorf("an incident that nothing may nag has %d cards", n)
		}
	}
}

func TestReminderOfAnUpdateIsSwitchedOff(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	where := declare(t, s.Owner, "Card payments fail")
	in := incidentAt(t, s, where)
	s.Owner.Put("/settings/nudges/update_due", url.Values{"most": {"3"}}).Is(200)
	if _, err := s.App.Incidents.SendUpdate(s.System(), incident.SendUpdate{Incident: in, Message: "We look.", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	if n := count(lines(t, s, in), "card update-due"); n != 0 {
		t.Errorf("the room is reminded of an update though that is switched off")
	}
}

// TestLeadIsAskedWhetherAnIncidentIsOver leaves an incident alone over a night: nobody is woken, and by day one push comes.
func TestLeadIsAskedWhetherAnIncidentIsOver(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	s.Device(s.Owner, "phone")
	where := declare(t, s.Owner, "Card payments fail")
	in := incidentAt(t, s, where)
	for range 4 * 24 {
		s.Advance(time.Hour)
		if err := s.App.Nudges.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Work()
		if hour := s.Clock.Now().Hour(); len(s.Pushed("phone")) > 0 && (hour < 9 || hour >= 18) {
			t.Fatalf("the lead is asked at %s", s.Clock.Now())
		}
		if nudges(t, s, in) > 0 {
			break
		}
	}
	if got := s.Pushed("phone"); len(got) != 1 || !strings.Contains(got[0], "Can INC-1 be closed?") {
		t.Errorf("the lead's phone shows %q", got)
	}
}
