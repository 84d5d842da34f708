package incidents_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// hostile is what somebody types who wants to see what happens.
const hostile = `</title><script>alert("1")</script>"'&<b>`

// desk is an incident with a bit of everything in it, and people in front of it.
type desk struct {
	*scenario.Scenario
	in    id.ID
	where string
}

func open(t *testing.T, name, words string) *desk {
	t.Helper()
	t.Parallel()
	d := &desk{Scenario: scenario.New(t)}
	ctx := d.Owner.Context()
	made, err := d.App.Incidents.Declare(ctx, incident.Declare{Name: name, Summary: words, Key: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	d.in, d.where = made.ID, "/incidents/"+made.Reference
	if _, err := d.App.Rooms.Post(ctx, room.Post{Incident: d.in, ClientKey: "1", Source: words}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: d.in, Message: words, NextMinutes: 30, Key: "1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.App.Actions.Create(ctx, action.Create{Incident: d.in, Description: words, Assignee: d.Owner.ID, Key: "1"}); err != nil {
		t.Fatal(err)
	}
	d.Work()
	return d
}

// pages are the addresses of the area that show something.
func (d *desk) pages() []string {
	pages := []string{"/incidents", "/incidents?view=closed", "/incidents/new"}
	for _, tab := range []string{"", "/timeline", "/actions", "/details", "/log", "/updates/new"} {
		pages = append(pages, d.where+tab)
	}
	for _, what := range []string{"name", "summary", "severity", "status", "lead", "close", "reminder", "action"} {
		pages = append(pages, d.where+"/edit/"+what)
	}
	return pages
}

func TestPagesAreSound(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are **refused**.")
	viewer := d.Person("Vera", authz.Viewer)
	for _, path := range d.pages() {
		htmlcheck.Page(t, d.Owner.Get(path).Is(200).Body)
		if !strings.Contains(path, "/edit/") && !strings.HasSuffix(path, "/new") {
			htmlcheck.Page(t, viewer.Get(path).Is(200).Body)
		}
	}
	for _, region := range []string{"header", "band", "tabs", "side", "details", "actions", "timeline", "log"} {
		htmlcheck.Part(t, d.Owner.Get(d.where+"/regions/"+region).Is(200).Body)
	}
	d.Owner.Get(d.where + "/regions/nothing").Is(404)
	d.Owner.Get(d.where + "/edit/nothing").Is(404)
}

func TestViewerReadsAndChangesNothing(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	viewer := d.Person("Vera", authz.Viewer)
	for _, tab := range []string{"", "/timeline", "/actions", "/details", "/log"} {
		page := viewer.Get(d.where + tab).Is(200).Has("Card payments fail")
		for _, control := range []string{d.where + "/edit/", d.where + "/updates/new", "data-composer", "/participation", "/closed", `href="/incidents/new"`} {
			if strings.Contains(page.Body, control) {
				t.Errorf("a viewer's page %s offers %s", d.where+tab, control)
			}
		}
	}
	viewer.Get(d.where + "/room").Is(200).Has("You can read along")
	viewer.Post("/incidents", url.Values{"name": {"Mine"}}).Is(403)
	viewer.Post(d.where+"/updates", url.Values{"message": {"Mine"}, "next": {"0"}}).Is(403)
	viewer.Post(d.where+"/room/messages", url.Values{"text": {"Mine"}}).Is(403)
	viewer.Post(d.where+"/actions", url.Values{"description": {"Mine"}}).Is(403)
	viewer.Put(d.where+"/name", url.Values{"name": {"Mine"}}).Is(403)
	viewer.Put(d.where+"/closed", nil).Is(403)
	d.Owner.Get(d.where).Lacks("Mine")
}

func TestStrangersFindNothing(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	begun := d.Begin("Day shift", "Mallory", "mallory@example.test")
	stranger := d.PersonOf(begun.ID, "Trudy", authz.Owner)
	for _, path := range d.pages() {
		rest, ofIncident := strings.CutPrefix(path, d.where)
		if !ofIncident {
			stranger.Get(path).Is(200).Lacks("Card payments fail")
			continue
		}
		stranger.Get(path).Is(404).Lacks("Card payments fail")
		stranger.Get("/incidents/" + string(d.in) + rest).Is(404).Lacks("Card payments fail")
	}
	own := "/incidents/" + string(d.in)
	stranger.Post(own+"/updates", url.Values{"message": {"Mine"}, "next": {"0"}}).Is(404)
	stranger.Post(own+"/room/messages", url.Values{"text": {"Mine"}}).Is(404)
	stranger.Post(own+"/actions", url.Values{"description": {"Mine"}}).Is(404)
	stranger.Put(own+"/name", url.Values{"name": {"Mine"}}).Is(404)
	stranger.Put(own+"/closed", nil).Is(404)
	for _, ref := range []string{"INC-999", "INC-0", "INC--1", "nonsense", "INC-99999999999999999999", "%00", "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		d.Owner.Get("/incidents/" + ref).Is(404)
	}
	d.Owner.Get(strings.ToLower(d.where)).Is(200).Has("Card payments fail")
}

func TestWhatWasTypedComesBack(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	for _, c := range []struct {
		name string
		page *scenario.Page
		kept []string
	}{
		{"declaring without a name", d.Owner.Post("/incidents", url.Values{"name": {" "}, "summary": {"Since nine."}, "key": {"k"}}), []string{"Since nine."}},
		{"declaring with a long name", d.Owner.Post("/incidents", url.Values{"name": {strings.Repeat("long ", 100)}, "key": {"k"}}), []string{"long long long"}},
		{"an empty update", d.Owner.Post(d.where+"/updates", url.Values{"message": {""}, "next": {"30"}}), nil},
		{"an odd promise", d.Owner.Post(d.where+"/updates", url.Values{"message": {"Half done."}, "next": {"other"}, "minutes": {"soon"}}), []string{"Half done.", "soon"}},
		{"an empty name", d.Owner.Put(d.where+"/name", url.Values{"name": {""}, "was": {"Card payments fail"}}), nil},
		{"an action without words", d.Owner.Post(d.where+"/actions", url.Values{"description": {""}, "assignee": {""}}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.page.Is(422)
			htmlcheck.Page(t, c.page.Body)
			if !strings.Contains(c.page.Body, "hint--bad") && !strings.Contains(c.page.Body, "note-bar--bad") {
				t.Error("the page does not say what is wrong")
			}
			for _, words := range c.kept {
				if !strings.Contains(c.page.Body, words) {
					t.Errorf("%q is gone", words)
				}
			}
		})
	}
}

func TestHostileWordsAreWords(t *testing.T) {
	d := open(t, hostile, hostile)
	for _, path := range d.pages() {
		page := d.Owner.Get(path).Is(200)
		htmlcheck.Page(t, page.Body)
		if strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s runs what somebody typed", path)
		}
	}
	d.Owner.Get(d.where).Has(`<script>alert("1")</script>`)
	d.Owner.Get("/incidents?q=" + url.QueryEscape(hostile)).Is(200)
}

func TestHugePasteIsRefusedWithWords(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	for size, status := range map[int]int{39_000: 200, 200_000: 422} {
		if got := d.Owner.Post(d.where+"/room/messages", url.Values{"text": {strings.Repeat("long ", size/5)}}); got.Status != status && (status == 200 || got.Status != 413) {
			t.Errorf("a message of %d characters is answered with %d, want %d", size, got.Status, status)
		}
	}
	page := d.Owner.Post(d.where+"/updates", url.Values{"message": {strings.Repeat("long ", 40_000)}, "next": {"0"}})
	if page.Status != 422 && page.Status != 413 || !strings.Contains(page.Body, "long long long") {
		t.Errorf("a huge update is answered with %d, and what was pasted is kept: %v", page.Status, strings.Contains(page.Body, "long long long"))
	}
}

func TestNamesInEveryScript(t *testing.T) {
	names := []string{"الدفع بالبطاقة لا يعمل", "תשלומים נכשלים", "支付失败 🔥", "ชำระเงินไม่ได้"}
	d := open(t, names[0], names[0])
	if page := d.Owner.Get(d.where).Has(names[0]); !strings.Contains(page.Body, `class="msg__text" dir="auto"`) {
		t.Error("messages do not keep their own direction")
	}
	for n, name := range names {
		if n > 0 {
			if _, err := d.App.Incidents.Rename(d.Owner.Context(), incident.Rename{Incident: d.in, Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{d.where, d.where + "/timeline", d.where + "/edit/name", "/incidents", "/incidents?q=" + url.QueryEscape(name)} {
			page := d.Owner.Get(path).Is(200)
			htmlcheck.Page(t, page.Body)
			if !strings.Contains(page.Body, ">"+name+"</bdi>") {
				t.Errorf("on %s the name %s does not keep its own direction", path, name)
			}
		}
	}
}

func TestFormsAreForThoseWhoMayUseThem(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	viewer := d.Person("Vera", authz.Viewer)
	for _, path := range []string{"/incidents/new", d.where + "/updates/new", d.where + "/edit/severity"} {
		viewer.Get(path).Is(403)
	}
}

func TestEachDayInTheRoomIsNamedOnce(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	d.Advance(26 * time.Hour)
	for _, key := range []string{"2", "3"} {
		if _, err := d.App.Rooms.Post(d.Owner.Context(), room.Post{Incident: d.in, ClientKey: key, Source: "The next day."}); err != nil {
			t.Fatal(err)
		}
	}
	body := d.Owner.Get(d.where).Is(200).Body
	day := `data-day="` + d.Clock.Now().Format("Monday, January 2") + `"`
	if n := strings.Count(body, day); n != 1 {
		t.Errorf("the second day is named %d times, want once", n)
	}
}
