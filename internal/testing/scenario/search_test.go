package scenario_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
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

// TestSearchFindsWhatIsWrittenBesideTheRoom holds that all other texts of an incident are found, by those who see it.
func TestSearchFindsWhatIsWrittenBesideTheRoom(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx, eve := s.Owner.Context(), s.Person("Eve", authz.Owner)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	brief, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Checkout fails"})
	must(brief, err)
	in, where := brief.ID, "/incidents/"+brief.Reference
	asked, err := s.App.Questions.Ask(ctx, question.Ask{Incident: in, Text: "Is quartz safe?"})
	must(asked, err)
	must(s.App.Questions.Answer(ctx, question.Answer{Question: asked.ID, Text: "Yes, feldspar is not."}))
	withdrawn, err := s.App.Questions.Ask(ctx, question.Ask{Incident: in, Text: "Is quartz blue?"})
	must(withdrawn, err)
	must(s.App.Customers.Change(ctx, customers.Change{Incident: in, Text: "Quartz is late."}))
	must(s.App.Customers.Change(ctx, customers.Change{Incident: in, Text: "Quartz is later.", Anyway: true}))
	must(s.App.FollowUps.Create(ctx, followup.Create{Incident: in, Words: followup.Words{Title: "Buy less quartz", Description: "And more gneiss"}}))
	must(s.App.Attachments.Attach(ctx, attachment.Attach{Incident: in, URL: "https://example.test/9", Title: "Quartz ticket"}))
	part, err := s.App.Streams.Open(ctx, stream.Open{Incident: in, Name: "Quartz supply"})
	must(part, err)
	must(s.App.Streams.SendUpdate(ctx, stream.SendUpdate{Stream: part.ID, Message: "Basalt in place of quartz"}))

	if got := found(t, s, s.Owner, search.Find{Text: "quartz"}); got[search.Question] != 2 || got[search.Customers] != 1 || got[search.FollowUp] != 1 || got[search.Link] != 1 || got[search.Stream] != 2 {
		t.Errorf("found %v", got)
	}
	for words, href := range map[string]string{"feldspar": where + "/brief#q-" + string(asked.ID), "gneiss": where + "/follow-ups", "basalt": where + "/streams#stream-" + string(part.ID)} {
		if page := s.Owner.Get("/search?q=" + words).Is(200).Has("1 found"); !strings.Contains(page.Body, href) {
			t.Errorf("what is found for %s does not lead to %s", words, href)
		}
	}
	s.Owner.Get("/search?kind=customers&q=quartz").Is(200).Has("later.").Lacks("late.")
	s.Owner.Get("/search?kind=link&q=quartz").Is(200).Has("Quartz ticket")
	s.Owner.Get("/palette?q=gneiss").Is(200).Has("Buy less quartz")
	if palette := s.Owner.Get("/palette?q=basalt").Is(200).Has("Basalt in place"); !strings.Contains(palette.Body, "#stream-"+string(part.ID)) {
		t.Error("the palette does not lead to the stream")
	}

	must(s.App.Questions.Withdraw(ctx, question.Withdraw{Question: withdrawn.ID}))
	must(s.App.Customers.Change(ctx, customers.Change{Incident: in, Text: "All is well.", Anyway: true}))
	if got := found(t, s, s.Owner, search.Find{Text: "quartz"}); got[search.Question] != 1 || got[search.Customers] != 0 {
		t.Errorf("what is gone is found: %v", got)
	}
	must(s.App.Incidents.MakePrivate(ctx, incident.MakePrivate{Incident: in, Keep: []id.ID{}}))
	must(s.App.Customers.Change(ctx, customers.Change{Incident: in, Text: "Quartz again.", Anyway: true}))
	if got := found(t, s, eve, search.Find{Text: "quartz"}); len(got) != 0 {
		t.Errorf("an outsider finds %v", got)
	}

	// A tutorial is found by nobody outside it, and by its owner only within.
	tutorial, err := s.App.Tutorials.Start(ctx)
	must(tutorial, err)
	must(s.App.FollowUps.Create(ctx, followup.Create{Incident: tutorial.ID, Words: followup.Words{Title: "Learn marble"}}))
	for name, b := range map[string]*scenario.Browser{"its owner": s.Owner, "another": eve} {
		if got := found(t, s, b, search.Find{Text: "marble"}); len(got) != 0 {
			t.Errorf("%s finds %v of a tutorial", name, got)
		}
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
