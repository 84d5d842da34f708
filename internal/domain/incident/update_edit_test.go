package incident_test

import (
	"errors"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func (w *world) send(message string, saw *id.ID) (incident.Sent, error) {
	w.t.Helper()
	return w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: w.live(), Message: message, Saw: saw})
}

// live is the one incident that is going on.
func (w *world) live() id.ID {
	w.t.Helper()
	all, err := w.incidents.Live(w.as)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d are live, %v", len(all), err)
	}
	return all[0].ID
}

func testUpdateIsEditedWithinTheRules(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	sent, err := w.send("We found teh cause.", nil)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(message string) error {
		_, err := w.incidents.EditUpdate(w.as, incident.EditUpdate{Incident: inc, Update: sent.Update, Message: message})
		return err
	}
	w.clock.Advance(incident.FreelyEdited)
	if err := edit("We found the cause."); err != nil {
		t.Fatal(err)
	}
	if u := w.get(inc).LastUpdate; u.Marked() || u.Message.Source != "We found the cause." || u.EditedAt == nil {
		t.Errorf("mended soon it is %+v", u)
	}
	w.clock.Advance(time.Minute)
	if err := edit("The cause is another."); err != nil {
		t.Fatal(err)
	}
	versions, err := w.incidents.UpdateVersions(w.as, inc, sent.Update)
	if err != nil || len(versions) != 1 || versions[0].Message.Source != "We found the cause." {
		t.Errorf("what it said before: %+v, %v", versions, err)
	}
	if u := w.get(inc).LastUpdate; !u.Marked() || u.Editor.ID != w.maya || u.Version != 3 {
		t.Errorf("changed later it is %+v", u)
	}
	told := 0
	for _, kind := range w.happened() {
		if kind == "incident.update_sent" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("people are told %d times", told)
	}
	stale := &incident.Stale{}
	_, err = w.incidents.EditUpdate(w.as, incident.EditUpdate{Incident: inc, Update: sent.Update, Message: "Mine.", Version: 2})
	if !errors.As(err, &stale) || stale.Now != "The cause is another." {
		t.Errorf("a stale editor is told %v", err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	another := incident.EditUpdate{Incident: inc, Update: sent.Update, Message: "Jonas knows better."}
	if _, err := w.incidents.EditUpdate(jonas, another); !problem.Is(err, problem.Forbidden) {
		t.Errorf("somebody else's edit: %v", err)
	}
	if _, err := w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: w.role("lead"), Assignee: w.jonas}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.EditUpdate(jonas, another); err != nil {
		t.Errorf("the lead's edit: %v", err)
	}
}

func testSecondSenderIsToldOfTheFirst(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	none := id.ID("")
	first, err := w.send("The first.", &none)
	if err != nil {
		t.Fatal(err)
	}
	over := &incident.Overtaken{}
	if _, err := w.send("The second.", &none); !errors.As(err, &over) || over.By.ID != first.Update || over.By.Message.Source != "The first." {
		t.Fatalf("the second is told %v", err)
	}
	if got := w.get(inc).Updates; got != 1 {
		t.Errorf("%d updates are there", got)
	}
	if _, err := w.send("The second.", &first.Update); err != nil {
		t.Errorf("sent on purpose: %v", err)
	}
}

func testUpdateMayChangeAndSayNothing(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	_, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Severity: w.severity("Critical"), Status: w.status("Fixing")})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.get(inc).LastUpdate.Message.Plain(); got != "The severity is now Critical, and the status Fixing." {
		t.Errorf("it says %q", got)
	}
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Severity: w.severity("Critical")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("one that changes nothing and says nothing: %v", err)
	}
}

func testVisitsTellWhoSawAndSinceWhen(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	visit := func() {
		t.Helper()
		if err := w.incidents.Visit(w.as, incident.Visit{Incident: inc}); err != nil {
			t.Fatal(err)
		}
	}
	visit()
	began := w.clock.Now()
	if you := w.get(inc).You; you.BeforeAt != nil || !you.SeenAt.Equal(began) {
		t.Errorf("at first: %+v", you)
	}
	w.clock.Advance(20 * time.Minute)
	visit()
	left := w.clock.Now()
	if you := w.get(inc).You; you.BeforeAt != nil {
		t.Errorf("a pause is not an absence: %+v", you)
	}
	w.clock.Advance(2 * time.Hour)
	visit()
	if you := w.get(inc).You; you.BeforeAt == nil || !you.BeforeAt.Equal(left) {
		t.Errorf("after two hours: %+v", you)
	}
	visitors, err := w.incidents.Visitors(w.as, inc)
	if err != nil || len(visitors) != 1 || visitors[0].ID != w.maya || !visitors[0].SeenAt.Equal(w.clock.Now()) {
		t.Errorf("who saw it: %+v, %v", visitors, err)
	}
}
