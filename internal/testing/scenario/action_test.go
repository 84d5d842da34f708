package scenario_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestWhoHasADueActionIsRemindedOnceAndAfterThePause(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	s.Device(maya, "maya")
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)

	s.Owner.Post(where+"/actions", url.Values{"description": {"Check the pool"}, "assignee": {string(maya.ID)}, "due": {"soon"}, "key": {"a"}}).Is(422).Has("is no time to come")
	s.Owner.Post(where+"/actions", url.Values{"description": {"Check the pool"}, "assignee": {string(maya.ID)}, "due": {"in 20m"}, "key": {"a"}}).Is(200).Has("in 20 min")
	maya.Get("/").Is(200).Has("Check the pool", "Due in 20 min")
	told := func() int {
		n := 0
		for _, title := range s.Pushed("maya") {
			if strings.Contains(title, "Your action in INC-1 is due") {
				n++
			}
		}
		return n
	}
	s.Advance(19 * time.Minute)
	s.Work()
	if told() != 0 {
		t.Error("told before the time")
	}
	for range 3 {
		s.Advance(time.Minute)
		s.Work()
	}
	if told() != 1 {
		t.Errorf("told %d times: %q", told(), s.Pushed("maya"))
	}
	s.Owner.Get(where + "/actions").Is(200).Has("2 min late")

	all, err := s.App.Actions.List(s.Owner.Context(), in)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	s.Owner.Put(where+"/actions/"+string(all[0].ID)+"/due", url.Values{"due": {"in 10m"}}).Is(200)
	if _, err := s.App.Incidents.Pause(s.Owner.Context(), incident.Pause{Incident: in, Until: s.Clock.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	s.Advance(30 * time.Minute)
	s.Work()
	if told() != 1 {
		t.Error("told while the incident is paused")
	}
	s.Advance(31 * time.Minute) // it wakes
	s.Work()
	if told() != 2 {
		t.Errorf("after the pause told %d times: %q", told(), s.Pushed("maya"))
	}
}

func TestAnActionLeadsBackToWhatWasSaidAndOnToAFollowUp(t *testing.T) {
	s := scenario.New(t)
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)
	said, err := s.App.Rooms.Post(s.Owner.Context(), room.Post{Incident: in, ClientKey: "1", Source: "someone should alert on the pool"})
	if err != nil {
		t.Fatal(err)
	}
	s.Owner.Get(where + "/edit/action?from=" + string(said.ID)).Is(200)
	s.Owner.Post(where+"/actions", url.Values{"description": {"Alert on the pool"}, "message": {string(said.ID)}, "key": {"a"}}).Is(200).Has("what was said")
	other := declare(t, s.Owner, "Another")
	s.Owner.Post(other+"/actions", url.Values{"description": {"Alert on the pool"}, "message": {string(said.ID)}, "key": {"a"}}).Is(404)

	say(s.Owner, where, "/inc action follow-up 1", "b")
	made, err := s.App.FollowUps.List(s.Owner.Context(), followup.Filter{Incident: in})
	if err != nil || len(made) != 1 || made[0].Message != said.ID {
		t.Fatalf("made %+v, %v", made, err)
	}
	acts, err := s.App.Actions.List(s.Owner.Context(), in)
	if err != nil || acts[0].Status != action.NotDoing {
		t.Errorf("the action is %+v, %v", acts, err)
	}
	s.Owner.Get(where + "/actions").Is(200).Has("Alert on the pool follow-up").Lacks("Turn into a follow-up")
	s.Owner.Get(where).Is(200).Has("turned it into a follow-up").Lacks("added a follow-up", "dropped an action")
	if slices.ContainsFunc(acts, func(a action.Action) bool { return a.Message != said.ID }) {
		t.Error("the action forgot what it was made from")
	}
}

func TestEditsOfActionsInARowAreReadAsOneSentence(t *testing.T) {
	s := scenario.New(t)
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)
	for n, text := range []string{"/inc action Check the pool", "/inc action Tell the shops", "/inc action done 2"} {
		say(s.Owner, where, text, string(rune('a'+n)))
	}
	const said = "Ada added 2 actions: “Check the pool” and “Tell the shops” and completed an action: “Tell the shops”"
	s.Owner.Get(where).Is(200).Has(said)
	s.Owner.Get(where + "/room/messages?after=0").Is(200).Has(said)
	log, err := s.App.Timelines.Activity(s.Owner.Context(), in, 0, 10)
	if err != nil || len(log) != 4 { // with the declaration
		t.Errorf("the log keeps each by itself: %d, %v", len(log), err)
	}
}

func TestWhoHasAFollowUpIsRemindedInTheMorningOfItsDayOnce(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	s.Device(maya, "maya")
	in := incidentAt(t, s, declare(t, s.Owner, "Checkout is down"))
	day := s.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	made, err := s.App.FollowUps.Create(s.Owner.Context(), followup.Create{Incident: in, Words: followup.Words{Title: "Alert on the pool", Assignee: maya.ID, Due: &day}})
	if err != nil {
		t.Fatal(err)
	}
	told := func() int {
		s.Work()
		return len(slices.DeleteFunc(s.Pushed("maya"), func(title string) bool { return !strings.Contains(title, "Your follow-up to INC-1 is due today") }))
	}
	s.Advance(day.Add(8*time.Hour - time.Minute).Sub(s.Clock.Now()))
	if n := told(); n != 0 {
		t.Errorf("told %d times before the morning", n)
	}
	s.Advance(2 * time.Minute)
	if n := told(); n != 1 {
		t.Errorf("told %d times in the morning: %q", n, s.Pushed("maya"))
	}
	words := followup.Words{Title: "Alert on the pool, please", Assignee: maya.ID, Due: &day}
	if _, err := s.App.FollowUps.Edit(s.Owner.Context(), followup.Edit{FollowUp: made.ID, Words: words}); err != nil {
		t.Fatal(err)
	}
	s.Advance(24 * time.Hour)
	if n := told(); n != 1 {
		t.Errorf("told %d times after all", n)
	}
}
