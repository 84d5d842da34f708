package scenario_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// TestTutorialTicksItselfAndIsSeenByNobodyElse begins where a new organisation begins, does each step by the real verb,
// and looks for traces as somebody else.
func TestTutorialTicksItselfAndIsSeenByNobodyElse(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	stranger := s.Person("Vera", authz.Administrator)
	s.Owner.Get("/").Is(200).Has("Try it in five minutes", "Declare a real one")
	where := s.Owner.Post("/tutorial", url.Values{}).Is(200).Has("Say how bad it is").Path
	if again := s.Owner.Post("/tutorial", url.Values{}).Is(200).Path; again != where {
		t.Errorf("a second click began another: %s, %s", where, again)
	}
	in, me := incidentAt(t, s, where), s.Owner.Context()
	s.Work()
	if count(lines(t, s, in), "card declared") != 1 {
		t.Errorf("the room says %q", lines(t, s, in))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	severities, err := s.App.Incidents.Severities(me)
	must(err)
	done := func(want int) {
		t.Helper()
		progress, err := s.App.Tutorials.Progress(me, in)
		if err != nil || progress.Done() != want {
			t.Errorf("%d steps are done, %v; wanted %d", progress.Done(), err, want)
		}
	}
	done(0)
	_, err = s.App.Incidents.ChangeSeverity(me, incident.ChangeSeverity{Incident: in, Severity: severities[0].ID})
	must(err)
	done(1)
	said, err := s.App.Rooms.Post(me, room.Post{Incident: in, ClientKey: "1", Source: "It beeps"})
	must(err)
	_, err = s.App.Rooms.Pin(me, room.Pin{Message: said.ID})
	must(err)
	act, err := s.App.Actions.Create(me, action.Create{Incident: in, Description: "Ask", Assignee: s.Owner.ID})
	must(err)
	done(2)
	_, err = s.App.Actions.Complete(me, action.Complete{Action: act.ID})
	must(err)
	_, err = s.App.Incidents.SendUpdate(me, incident.SendUpdate{Incident: in, Message: "The supplier comes"})
	must(err)
	done(4)
	_, err = s.App.Customers.Change(me, customers.Change{Incident: in, Text: "There is tea."})
	must(err)
	s.Owner.Get(where).Is(200).Has("Close it")
	s.Owner.Get("/").Is(200).Has("Try it in five minutes") // it is no incident of the organisation
	stranger.Get(where).Is(404)
	stranger.Get("/incidents").Is(200).Lacks("coffee")
	stranger.Get("/").Is(200).Lacks("coffee")
	if _, err := s.App.Tutorials.Progress(stranger.Context(), in); !problem.Is(err, problem.NotFound) {
		t.Errorf("somebody else sees how far it is: %v", err)
	}
	_, err = s.App.Incidents.Close(me, incident.Close{Incident: in, Message: "There is coffee"})
	must(err)
	done(6)
	s.Owner.Get(where).Is(200).Has("That is all there is to it", "Once more")
	second := s.Owner.Post("/tutorial", url.Values{}).Is(200).Path
	if second == where {
		t.Error("once more leads to the one that is over")
	}
	s.Owner.Delete(second + "/tutorial").Is(200)
	if got, err := s.App.Incidents.Get(me, incidentAt(t, s, second)); err != nil || got.Status.Category != incident.CategoryCanceled {
		t.Errorf("left behind as %s, %v", got.Status.Name, err)
	}
}
