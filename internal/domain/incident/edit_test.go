package incident_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func (w *world) timestamp(name string) id.ID {
	w.t.Helper()
	all, err := w.incidents.Timestamps(w.as)
	if err != nil {
		w.t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(s incident.Timestamp) bool { return s.Name == name })].ID
}

func (w *world) record(inc id.ID) incident.Record {
	w.t.Helper()
	r, err := w.incidents.Record(w.as, inc)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func holder(r incident.Record, role id.ID) id.ID {
	return r.Roles[slices.IndexFunc(r.Roles, func(one incident.RoleRecord) bool { return one.Role.ID == role })].Holder
}

func at(r incident.Record, timestamp id.ID) *time.Time {
	return r.Times[slices.IndexFunc(r.Times, func(one incident.TimeRecord) bool { return one.Timestamp.ID == timestamp })].At
}

func testOneEditIsAllOrNothing(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	c := w.stocked(1)
	inc := c.records[0].ID
	before := w.record(inc)
	name, summary, call := "Renamed", "What we know", "https://call.example.com/1"
	fixed := w.clock.Now().Add(-time.Hour)
	edit := incident.Edit{
		Incident: inc, Name: &name, Summary: &summary, CallURL: &call, Severity: w.severity("Critical"), Status: w.status("Fixing"),
		Roles: map[id.ID]id.ID{w.role("lead"): w.jonas}, Fields: form.Values{c.size.ID: {"12"}}, Times: map[id.ID]*time.Time{w.timestamp("Fixed"): &fixed},
	}
	wrong := edit
	wrong.Roles = map[id.ID]id.ID{w.role("lead"): "01JZ0000000000000000000000"}
	wrong.Fields = form.Values{c.size.ID: {"twelve"}}
	_, err := w.incidents.Edit(w.as, wrong)
	var fields []string
	for _, p := range problem.All(err) {
		fields = append(fields, p.Field)
	}
	if diff := cmp.Diff([]string{incident.RoleField(w.role("lead")), form.FieldKey(c.size.ID)}, fields); diff != "" {
		t.Fatalf("problems (-want +got): %v\n%s", err, diff)
	}
	if diff := cmp.Diff(before, w.record(inc)); diff != "" {
		t.Fatalf("a refused edit changed something:\n%s", diff)
	}
	out, err := w.incidents.Edit(w.as, edit)
	if err != nil || !out.Changed {
		t.Fatal(out, err)
	}
	r := w.record(inc)
	if r.Name != name || r.Summary != summary || r.CallURL != call || r.Severity.Name != "Critical" || r.Status.Name != "Fixing" || holder(r, w.role("lead")) != w.jonas ||
		!at(r, w.timestamp("Fixed")).Equal(fixed) || !slices.Equal(r.Answers[slices.IndexFunc(r.Answers, func(a incident.AnswerRecord) bool { return a.Field.ID == c.size.ID })].Values, []string{"12"}) {
		t.Errorf("%+v", r)
	}
	events := len(w.happened())
	if out, err := w.incidents.Edit(w.as, edit); err != nil || out.Changed || len(w.happened()) != events {
		t.Errorf("the same again: %+v, %v, %d events more", out, err, len(w.happened())-events)
	}
}

func testAnUnsaidEditSaysSoToTheRoom(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Quietly")
	heard := map[bool]int{}
	hear := func(a incident.About) { heard[a.Hushed()]++ }
	listen[incident.Renamed](w, func(e incident.Renamed) { hear(e.About) })
	listen[incident.SeverityChanged](w, func(e incident.SeverityChanged) { hear(e.About) })
	name := "Otherwise"
	if _, err := w.incidents.Edit(w.as, incident.Edit{Incident: inc, Name: &name, Severity: w.severity("Minor"), Unsaid: true}); err != nil {
		t.Fatal(err)
	}
	name = "Aloud"
	if _, err := w.incidents.Edit(w.as, incident.Edit{Incident: inc, Name: &name}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[bool]int{true: 2, false: 1}, heard); diff != "" {
		t.Errorf("events by whether the room is told (-want +got):\n%s", diff)
	}
}

func testDeclaredWithAllThatIsKnown(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	c := w.stocked(1)
	key := tenant.With(t.Context(), tenant.Scope{
		Organisation: w.organisation, Actor: tenant.Actor{Type: tenant.APIKey, ID: "01KEY000000000000000000000", Name: "Monitoring"}, Permissions: authz.Everything(),
	})
	began := w.clock.Now().Add(-time.Hour)
	cmd := incident.Declare{
		Name: "By a program", Severity: w.severity("Major"), Status: w.status("Monitoring"), Type: c.types[1], Key: "alert-1", CallURL: "https://call.example.com/2",
		Roles: map[id.ID]id.ID{w.role("lead"): w.jonas, w.role("comms"): w.maya, w.role("reporter"): ""}, Times: map[id.ID]time.Time{w.timestamp("Impact started"): began},
		Fields: form.Values{c.team.ID: {"Beta"}},
	}
	brief, err := w.incidents.Declare(key, cmd)
	if err != nil {
		t.Fatal(err)
	}
	r := w.record(brief.ID)
	if r.Creator.Type != tenant.APIKey || r.Creator.Name != "Monitoring" || holder(r, w.role("lead")) != w.jonas || holder(r, w.role("comms")) != w.maya || holder(r, w.role("reporter")) != "" ||
		!at(r, w.timestamp("Impact started")).Equal(began) || at(r, w.timestamp("Reported")) == nil || r.Status.Name != "Monitoring" || r.Type.Name != "Security" || r.CallURL != cmd.CallURL {
		t.Errorf("%+v", r)
	}
	assigned := 0
	for _, kind := range w.happened() {
		if kind == "incident.role_assigned" {
			assigned++
		}
	}
	if assigned != 2 {
		t.Errorf("%d of two were told that they have a role", assigned)
	}
	if again, err := w.incidents.Declare(key, cmd); err != nil || !again.Existing || again.ID != brief.ID {
		t.Errorf("the same key again: %+v, %v", again, err)
	}
}

func testANumberOfElsewhereIsKept(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	w.declare("First")
	over := incident.Declare{Name: "Of elsewhere", Mode: incident.Retrospective, Number: 812, PostmortemURL: "https://docs.example.com/812"}
	brief, err := w.incidents.Declare(w.as, over)
	if err != nil || brief.Reference != "INC-812" || w.record(brief.ID).PostmortemURL != over.PostmortemURL {
		t.Fatalf("%+v, %v", brief, err)
	}
	for name, cmd := range map[string]incident.Declare{
		"taken":        over,
		"one of today": {Name: "x", Number: 813},
		"none":         {Name: "x", Mode: incident.Retrospective, Number: -1},
	} {
		_, err := w.incidents.Declare(w.as, cmd)
		if all := problem.All(err); len(all) != 1 || all[0].Field != "number" {
			t.Errorf("%s: %v", name, err)
		}
	}
	over.Number = 7
	if brief, err := w.incidents.Declare(w.as, over); err != nil || brief.Number != 7 {
		t.Errorf("a gap: %+v, %v", brief, err)
	}
	if got := w.get(w.declare("Next")); got.Number != 813 {
		t.Errorf("the next is %s", got.Reference)
	}
}

func testAKeyDeclaresPrivateWhatItDoesNotSee(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	key := tenant.With(t.Context(), tenant.Scope{
		Organisation: w.organisation, Actor: tenant.Actor{Type: tenant.APIKey, ID: "01KEY000000000000000000000", Name: "Monitoring"}, Permissions: authz.Everything(),
	})
	cmd := incident.Declare{Name: "A key leaked", Private: true, Key: "leak", Roles: map[id.ID]id.ID{w.role("lead"): w.maya}}
	brief, err := w.incidents.Declare(key, cmd)
	if err != nil || brief.Number != 1 {
		t.Fatalf("%+v, %v", brief, err)
	}
	if r := w.record(brief.ID); r.Reference != "INC-1" || !r.Private || holder(r, w.role("lead")) != w.maya {
		t.Errorf("who leads it sees %+v", r)
	}
	if _, err := w.incidents.Record(key, brief.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("the key sees it: %v", err)
	}
	if again, err := w.incidents.Declare(key, cmd); err != nil || again.ID != brief.ID || !again.Existing {
		t.Errorf("once more: %+v, %v", again, err)
	}
	if _, err := w.incidents.Declare(w.person(w.jonas, "Jonas", authz.Responder), cmd); !problem.Is(err, problem.Conflict) {
		t.Errorf("a stranger with the same idempotency key: %v", err)
	}
}

// listen hears of every event of a type in the transaction that publishes it.
func listen[E event.Event](w *world, hear func(E)) {
	event.Within(w.bus, "test", func(_ context.Context, _ pgx.Tx, _ event.Record, e E) error {
		hear(e)
		return nil
	})
}
