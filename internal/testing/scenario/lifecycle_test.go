package scenario_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func post(t *testing.T, s *scenario.Scenario, by *scenario.Browser, in id.ID, text string, pinned bool) room.Message {
	t.Helper()
	var dot bytes.Buffer
	if err := png.Encode(&dot, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	picture, err := s.App.Rooms.AttachPicture(by.Context(), room.AttachPicture{Incident: in, Name: "graph.png", Content: &dot})
	if err != nil {
		t.Fatal(err)
	}
	said, err := s.App.Rooms.Post(by.Context(), room.Post{Incident: in, ClientKey: text, Source: text, Files: []id.ID{picture.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if pinned {
		if _, err := s.App.Rooms.Pin(by.Context(), room.Pin{Message: said.ID}); err != nil {
			t.Fatal(err)
		}
	}
	return said
}

// TestDeclaredFromAMessageWithItsEvidence declares in private from a message in a private room: the message comes
// along with author, time and picture, once however often the work is repeated, and both pages point to each other.
func TestDeclaredFromAMessageWithItsEvidence(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	stranger := s.Person("Vera", authz.Responder)
	first, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Odd logins", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	said := post(t, s, s.Owner, first.ID, "The badge reader was opened at 3", false)
	s.Advance(90 * time.Second)
	form := s.Owner.Get("/incidents/new?from=" + string(said.ID)).Is(200)
	form.Has("The badge reader was opened at 3", first.Reference)
	stranger.Get("/incidents/new?from=" + string(said.ID)).Is(404)
	where := s.Owner.Post("/incidents", url.Values{"name": {"Break-in"}, "key": {"k"}, "from": {string(said.ID)}, "private": {"on"}}).Is(200).Path
	s.Work()
	in := incidentAt(t, s, where)
	messages, _, err := s.App.Rooms.History(s.Owner.Context(), in, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	copies := slices.DeleteFunc(messages, func(m room.Message) bool { return !m.Copied })
	if len(copies) != 1 || copies[0].Author.ID != s.Owner.ID || !copies[0].PostedAt.Equal(said.PostedAt) || copies[0].PinnedAt == nil || len(copies[0].Files) != 1 {
		t.Fatalf("the evidence is %+v", copies)
	}
	if copies[0].Files[0].ID == said.Files[0].ID {
		t.Error("both rooms share one picture")
	}
	items, err := s.App.Timelines.Timeline(s.Owner.Context(), in)
	if err != nil || !slices.ContainsFunc(items, func(i timeline.Item) bool { return i.Source == "message" && i.At.Equal(said.PostedAt) }) {
		t.Errorf("the timeline has %+v, %v", items, err)
	}
	s.Owner.Get(where+"/details").Is(200).Has("Declared from", first.Reference)
	s.Owner.Get("/incidents/"+first.Reference+"/details").Is(200).Has("Declared from here", "Break-in")
	stranger.Get(where).Is(404)
}

// TestMergedRoomPointsToWhereItGoesOn merges in the browser: people and pins are in the other, and a pause wakes its lead.
func TestMergedRoomPointsToWhereItGoesOn(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	from, into := declare(t, ben, "Checkout is slow"), declare(t, s.Owner, "Database is down")
	source, target := incidentAt(t, s, from), incidentAt(t, s, into)
	post(t, s, ben, source, "The pool is empty", true)
	post(t, s, ben, source, "Not pinned", false)
	ben.Get(from + "/edit/merge").Is(200).Has("Database is down")
	ben.Put(from+"/merged", url.Values{"into": {string(source)}}).Is(422).Has("cannot be merged into itself")
	ben.Put(from+"/merged", url.Values{"into": {string(target)}}).Is(200).Has("Merged into", "Database is down", "Reopen")
	s.Work()
	if got := lines(t, s, target); count(got, "Ben: The pool is empty") != 1 || count(got, "Not pinned") != 0 {
		t.Errorf("the other room says %q", got)
	}
	s.Owner.Get(into).Is(200).Has("Ben")
	s.Owner.Get(into+"/log").Is(200).Has("merged", "Checkout is slow", "into this one")
	ben.Delete(from + "/closed")
	ben.Get(from).Is(200).Lacks("Merged into")
}

// TestWhatIsMergedGoesAlongOnce holds that links, subscriptions and open questions are in the other incident once, however
// often the two are merged, and that nobody's question ends where they cannot read the answer.
func TestWhatIsMergedGoesAlongOnce(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben, ctx := s.Person("Ben", authz.Viewer), s.Owner.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	declared := func(name string, private bool) id.ID {
		made, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: name, Private: private})
		must(made, err)
		return made.ID
	}
	source, target, hidden := declared("Checkout is slow", false), declared("Database is down", false), declared("Leak", true)
	must(s.App.Attachments.Attach(ctx, attachment.Attach{Incident: source, URL: "https://example.test/1", Title: "The ticket"}))
	must(s.App.Attachments.Attach(ctx, attachment.Attach{Incident: source, URL: "https://example.test/2"}))
	must(s.App.Attachments.Attach(ctx, attachment.Attach{Incident: target, URL: "https://example.test/2", Title: "Known there"}))
	open, err := s.App.Questions.Ask(ben.Context(), question.Ask{Incident: source, Text: "Is marble safe?", Key: "1"})
	must(open, err)
	answered, err := s.App.Questions.Ask(ben.Context(), question.Ask{Incident: source, Text: "Who works on it?"})
	must(answered, err)
	must(s.App.Questions.Answer(ctx, question.Answer{Question: answered.ID, Text: "Ada"}))
	must(s.App.Questions.Follow(ctx, question.Follow{Question: open.ID}))

	for range 2 {
		must(s.App.Incidents.Merge(ctx, incident.Merge{Incident: source, Into: target}))
		s.Work()
		links, err := s.App.Attachments.List(ctx, target)
		if err != nil || len(links) != 2 || links[0].Name() == links[1].Name() {
			t.Errorf("the other incident has the links %+v, %v", links, err)
		}
		waiting, err := s.App.Questions.List(ben.Context(), target)
		if err != nil || len(waiting) != 1 || waiting[0].ID != open.ID || !waiting[0].Mine || waiting[0].Followers != 1 {
			t.Errorf("the other incident has the questions %+v, %v", waiting, err)
		}
		must(s.App.Incidents.Reopen(ctx, incident.Reopen{Incident: source}))
	}
	if stayed, err := s.App.Questions.List(ben.Context(), source); err != nil || len(stayed) != 1 || stayed[0].ID != answered.ID {
		t.Errorf("what was answered did not stay: %+v, %v", stayed, err)
	}
	if got := found(t, s, ben, search.Find{Text: "marble", Incident: target}); got[search.Question] != 1 {
		t.Errorf("in the other incident is found %v", got)
	}

	// A public incident that lives on in a private one keeps the questions of those who cannot enter there.
	must(s.App.Incidents.Merge(ctx, incident.Merge{Incident: target, Into: hidden}))
	s.Work()
	if stayed, err := s.App.Questions.List(ben.Context(), target); err != nil || len(stayed) != 1 {
		t.Errorf("the question went where its asker cannot follow: %+v, %v", stayed, err)
	}
	if got := found(t, s, ben, search.Find{Text: "ticket"}); got[search.Link] != 2 {
		t.Errorf("an outsider finds %v, wanted the two of the public incidents", got)
	}
	if _, err := s.App.Incidents.Merge(ctx, incident.Merge{Incident: hidden, Into: source}); err == nil {
		t.Error("a private incident was merged into a public one")
	}
}

// TestThoseConcernedHearOfDecisions declines what somebody reported, and lets a pause run out: each is one push to
// whom it concerns, and of a quiet incident nobody hears until its severity is raised.
func TestThoseConcernedHearOfDecisions(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	s.Device(ben, "ben")
	me := s.Owner.Context()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	statuses, err := s.App.Incidents.Statuses(me)
	must(nil, err)
	triage := statuses[slices.IndexFunc(statuses, func(o incident.Status) bool { return o.Category == incident.CategoryTriage })].ID
	seen, err := s.App.Incidents.Declare(ben.Context(), incident.Declare{Name: "Odd numbers", Status: triage})
	must(nil, err)
	must(s.App.Incidents.Decline(me, incident.Decline{Incident: seen.ID, Reason: "A holiday"}))
	work, err := s.App.Incidents.Declare(ben.Context(), incident.Declare{Name: "Slow reports"})
	must(nil, err)
	must(s.App.Incidents.Pause(ben.Context(), incident.Pause{Incident: work.ID, Until: s.App.Clock.Now().Add(time.Hour)}))
	hunt, err := s.App.Incidents.Declare(me, incident.Declare{Name: "Bug hunt", Quiet: true})
	must(nil, err)
	s.Work()
	s.Advance(61 * time.Minute)
	pushed := s.Pushed("ben")
	for part, want := range map[string]int{"declined INC-1": 1, "The pause of INC-2 is over": 1, "INC-3": 0} {
		if got := count(pushed, part); got != want {
			t.Errorf("%q was pushed %d times, wanted %d: %q", part, got, want, pushed)
		}
	}
	severities, err := s.App.Incidents.Severities(me)
	must(nil, err)
	must(s.App.Incidents.ChangeSeverity(me, incident.ChangeSeverity{Incident: hunt.ID, Severity: severities[1].ID}))
	s.Work()
	if got := count(s.Pushed("ben"), "INC-3 declared"); got != 1 {
		t.Errorf("raised, and told %d times: %q", got, s.Pushed("ben"))
	}
}
