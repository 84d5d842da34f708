package incidents_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/htmlcheck"
)

// now is the incident as the owner sees it.
func (d *desk) now(t *testing.T) incident.Incident {
	t.Helper()
	inc, err := d.App.Incidents.Get(d.Owner.Context(), d.in)
	if err != nil {
		t.Fatal(err)
	}
	return inc
}

func TestPagesOfUpdatesAndOfWhereItStands(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are **refused**.")
	viewer := d.Person("Vera", authz.Viewer)
	trudy := d.PersonOf(d.Begin("Day shift", "Mallory", "mallory@example.test").ID, "Trudy", authz.Owner)
	update := d.where + "/updates/" + string(d.now(t).LastUpdate.ID)
	for _, path := range []string{d.where + "/updates", d.where + "/regroup", d.where + "/catch-up", update + "/seen", update + "/versions"} {
		htmlcheck.Page(t, viewer.Get(path).Is(200).Body)
		trudy.Get(path).Is(404).Lacks("Card payments")
	}
	for _, path := range []string{d.where + "/hand-over", update + "/edit"} {
		htmlcheck.Page(t, d.Owner.Get(path).Is(200).Body)
		trudy.Get(path).Is(404).Lacks("Card payments")
	}
	d.Owner.Get(d.where + "/updates").Has("Seen by 1")
	d.Owner.Get(update + "/seen").Has("Vera")
	viewer.Get(d.where + "/updates").Lacks(update + "/edit")
	viewer.Get(d.where + "/hand-over").Is(403)
	viewer.Put(update, url.Values{"message": {"Mine"}}).Is(403)
}

// TestWhoIsOvertakenKeepsWhatTheyWrote is two people who write an update at once: the second reads the first, keeps
// their own words, and does not take back what the first changed.
func TestWhoIsOvertakenKeepsWhatTheyWrote(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	jonas := d.Person("Jonas", authz.Responder)
	before := d.now(t)
	statuses, err := d.App.Incidents.Statuses(d.Owner.Context())
	if err != nil {
		t.Fatal(err)
	}
	var fixing id.ID
	for _, s := range statuses {
		if s.Name == "Fixing" {
			fixing = s.ID
		}
	}
	form := func(message string, saw, status id.ID) url.Values {
		severity := ""
		return url.Values{
			"message": {message}, "saw": {string(saw)}, "status": {string(status)}, "was_status": {string(before.Status.ID)},
			"severity": {severity}, "was_severity": {severity}, "next": {"30"}, "minutes": {""}, "key": {message},
		}
	}
	last := before.LastUpdate.ID
	d.Owner.Post(d.where+"/updates", form("We fix it.", last, fixing)).Is(200)
	jonas.Post(d.where+"/updates", form("I still look.", last, before.Status.ID)).Is(409).Has("We fix it.").Has("I still look.").Has("Send yours as well")
	if got := d.now(t); got.LastUpdate.Message.Plain() != "We fix it." {
		t.Errorf("the last update is %q", got.LastUpdate.Message.Plain())
	}
	jonas.Post(d.where+"/updates", form("I still look.", d.now(t).LastUpdate.ID, before.Status.ID)).Is(200)
	if got := d.now(t); got.Status.ID != fixing || got.LastUpdate.Message.Plain() != "I still look." {
		t.Errorf("in the end it is %s and says %q", got.Status.Name, got.LastUpdate.Message.Plain())
	}
}

func TestUpdateBeginsWithWhatHappened(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	acts, err := d.App.Actions.List(d.Owner.Context(), d.in)
	if err != nil {
		t.Fatal(err)
	}
	d.Owner.Get(d.where + "/updates/new").Is(200).Has("In hand: " + acts[0].Description).Has("A draft")
	d.Owner.Get(d.where + "/updates/new?empty=1").Is(200).Lacks("In hand: ")
	d.Owner.Put(d.where+"/actions/"+string(acts[0].ID)+"/status", url.Values{"status": {"completed"}})
	d.Owner.Get(d.where + "/updates/new").Is(200).Has("Done: " + acts[0].Description)
}

func TestLeadIsHandedOverWithANoteFromTheLog(t *testing.T) {
	d := open(t, "Card payments fail", "Some cards are refused.")
	jonas := d.Person("Jonas", authz.Responder)
	d.Owner.Get(d.where + "/hand-over").Is(200).Has("Where it stands").Has("Some cards are refused.")
	d.Owner.Put(d.where+"/hand-over", url.Values{"to": {""}, "note": {"Mine."}, "key": {"1"}}).Is(422).Has("Say who takes the role over").Has("Mine.")
	d.Owner.Put(d.where+"/hand-over", url.Values{"to": {string(jonas.ID)}, "note": {"Watch the **second** zone."}, "key": {"1"}}).Is(200)
	page := jonas.Get(d.where + "/room").Is(200).Has("You are Incident Lead").Has("Watch the second zone.")
	if !strings.Contains(page.Body, "/news") {
		t.Error("what the lead is told cannot be put away")
	}
	lead := d.now(t).Roles[0].Role.ID
	jonas.Delete(d.where + "/roles/" + string(lead) + "/news").Is(200)
	jonas.Get(d.where + "/room").Is(200).Lacks("You are Incident Lead")
}
