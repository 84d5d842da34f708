package scenario_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// found lists the kinds and texts that somebody finds.
func found(t *testing.T, s *scenario.Scenario, b *scenario.Browser, cmd search.Find) map[search.Kind]int {
	t.Helper()
	results, err := s.App.Search.Find(b.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[search.Kind]int{}
	for _, h := range results.Hits {
		kinds[h.Kind]++
	}
	return kinds
}

func TestSearchFindsWhatWasWrittenUntilItIsGone(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.Owner.Context()
	brief, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Checkout quartzite fails", Summary: "Since noon."})
	if err != nil {
		t.Fatal(err)
	}
	said := speak(t, s, s.Owner, brief.ID, "The **quartz** clock <b>stopped</b>")
	if _, err := s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: brief.ID, Message: "Quartz replaced", Key: "1"}); err != nil {
		t.Fatal(err)
	}
	made, err := s.App.Actions.Create(ctx, action.Create{Incident: brief.ID, Description: "Buy quartz"})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, s, s.Owner, search.Find{Text: "QUARTZ"}); got[search.Incident] != 1 || got[search.Message] != 1 || got[search.Update] != 1 || got[search.Action] != 1 {
		t.Errorf("found %v", got)
	}
	s.Owner.Get("/search?q=quartz+clock").Is(200).Has("The quartz clock", brief.Reference)
	s.Owner.Get("/search?kind=action&q=quartz").Is(200).Has("Buy quartz").Lacks("clock")
	s.Owner.Get("/incidents/" + brief.Reference + "/search?q=clock").Is(200).Has("1 found")
	s.Owner.Get("/palette?q=clock").Is(200).Has("#m-" + string(said.ID))
	s.Owner.Get("/search?q=" + url.QueryEscape(`'"<>&|!:*\ ()`)).Is(200)

	if err := s.App.Rooms.Delete(ctx, room.Delete{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Actions.Delete(ctx, action.Delete{Action: made.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.Rename(ctx, incident.Rename{Incident: brief.ID, Name: "Checkout fails"}); err != nil {
		t.Fatal(err)
	}
	if got := found(t, s, s.Owner, search.Find{Text: "quartz"}); len(got) != 1 || got[search.Update] != 1 {
		t.Errorf("what is gone is found: %v", got)
	}
}

func TestSearchCrossesNoBorder(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	eve := s.Person("Eve", authz.Owner)
	elsewhere := s.Begin("Elsewhere", "Mallory", "mallory@example.test")
	stranger := s.PersonOf(elsewhere.ID, "Trudy", authz.Owner)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz leak", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	speak(t, s, s.Owner, brief.ID, "quartz said")
	for name, b := range map[string]*scenario.Browser{"an outsider": eve, "a stranger": stranger} {
		if got := found(t, s, b, search.Find{Text: "quartz"}); len(got) != 0 {
			t.Errorf("%s finds %v", name, got)
		}
		if _, err := s.App.Search.Find(b.Context(), search.Find{Text: "quartz", Incident: brief.ID}); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s in the incident: %v", name, err)
		}
	}
	if got := found(t, s, s.Owner, search.Find{Text: "quartz"}); got[search.Incident] != 1 || got[search.Message] != 1 {
		t.Errorf("a member finds %v", got)
	}
	if _, err := s.App.Incidents.MakePublic(s.Owner.Context(), incident.MakePublic{Incident: brief.ID, Confirmed: true}); err != nil {
		t.Fatal(err)
	}
	if got := found(t, s, eve, search.Find{Text: "quartz"}); len(got) != 2 {
		t.Errorf("made public, everyone finds %v", got)
	}
	if got := found(t, s, stranger, search.Find{Text: "quartz"}); len(got) != 0 {
		t.Errorf("a stranger finds %v", got)
	}
}
