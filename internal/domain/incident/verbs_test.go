package incident_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// testVerbs calls every verb twice: the first time it is told by events and the audit log, the second time it finds
// everything as it was asked for and writes nothing.
func testVerbs(t *testing.T, d *testdb.Database) {
	for name, c := range map[string]struct {
		run    func(w *world, inc id.ID) (incident.Outcome, error)
		events []string
	}{
		"assign a role": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: w.role("lead"), Assignee: w.jonas})
		}, []string{"incident.role_assigned"}},
		"clear a role": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.AssignRole(w.as, incident.AssignRole{Incident: inc, Role: w.role("lead")})
		}, []string{"incident.role_assigned"}},
		"hand over": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.HandOver(w.as, incident.HandOver{Incident: inc, Role: w.role("lead"), To: w.jonas, Note: "I sleep now."})
		}, []string{"incident.role_assigned"}},
		"severity": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.ChangeSeverity(w.as, incident.ChangeSeverity{Incident: inc, Severity: w.severity("Critical")})
		}, []string{"incident.severity_changed"}},
		"status": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status("Fixing")})
		}, []string{"incident.status_changed"}},
		"close": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.Close(w.as, incident.Close{Incident: inc})
		}, []string{"incident.status_changed", "incident.closed"}},
		"close with a message": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.Close(w.as, incident.Close{Incident: inc, Message: "All is well."})
		}, []string{"incident.update_sent", "incident.status_changed", "incident.closed"}},
		"rename": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.Rename(w.as, incident.Rename{Incident: inc, Name: "Another name"})
		}, []string{"incident.renamed"}},
		"summary": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.ChangeSummary(w.as, incident.ChangeSummary{Incident: inc, Source: "It *burns*."})
		}, []string{"incident.summary_changed"}},
		"join": {func(w *world, inc id.ID) (incident.Outcome, error) {
			return w.incidents.Join(w.person(w.jonas, "Jonas Vogel", authz.Responder), incident.Join{Incident: inc})
		}, []string{"incident.joined"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := join(t, d)
			inc := w.declare("Payments fail")
			w.clock.Advance(time.Minute)
			audits := w.rows("audit_entry")
			first, err := c.run(w, inc)
			if err != nil || !first.Changed {
				t.Fatalf("first: %+v, %v", first, err)
			}
			if diff := cmp.Diff(append([]string{"incident.declared"}, c.events...), w.happened()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if w.rows("audit_entry") == audits {
				t.Error("nothing in the audit log")
			}
			audits, version := w.rows("audit_entry"), w.get(inc).Version
			w.clock.Advance(time.Minute)
			second, err := c.run(w, inc)
			if err != nil || second.Changed {
				t.Errorf("second: %+v, %v", second, err)
			}
			if len(w.happened()) != len(c.events)+1 || w.rows("audit_entry") != audits || w.get(inc).Version != version {
				t.Errorf("the second time wrote something: %v", w.happened())
			}
		})
	}
}

// testVerbsOfOtherOrganisation calls every verb with the incident of one organisation as somebody of another.
func testVerbsOfOtherOrganisation(t *testing.T, d *testdb.Database) {
	theirs := join(t, d)
	ours := join(t, d)
	inc := theirs.declare("Theirs")
	mine := ours.declare("Ours")
	s, as := ours.incidents, ours.as
	only := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"get":             only(s.Get(as, inc)),
		"by reference":    only(s.ByReference(as, string(inc))),
		"updates":         only(s.Updates(as, inc, 10)),
		"people":          only(s.People(as, inc)),
		"assign":          only(s.AssignRole(as, incident.AssignRole{Incident: inc, Role: ours.role("lead"), Assignee: ours.maya})),
		"their role":      only(s.AssignRole(as, incident.AssignRole{Incident: mine, Role: theirs.role("lead"), Assignee: ours.maya})),
		"their user":      only(s.AssignRole(as, incident.AssignRole{Incident: mine, Role: ours.role("lead"), Assignee: theirs.jonas})),
		"hand over":       only(s.HandOver(as, incident.HandOver{Incident: inc, Role: ours.role("lead"), To: ours.maya})),
		"severity":        only(s.ChangeSeverity(as, incident.ChangeSeverity{Incident: inc, Severity: ours.severity("Major")})),
		"their severity":  only(s.ChangeSeverity(as, incident.ChangeSeverity{Incident: mine, Severity: theirs.severity("Major")})),
		"status":          only(s.ChangeStatus(as, incident.ChangeStatus{Incident: inc, Status: ours.status("Fixing")})),
		"their status":    only(s.ChangeStatus(as, incident.ChangeStatus{Incident: mine, Status: theirs.status("Fixing")})),
		"close":           only(s.Close(as, incident.Close{Incident: inc})),
		"reopen":          only(s.Reopen(as, incident.Reopen{Incident: inc})),
		"rename":          only(s.Rename(as, incident.Rename{Incident: inc, Name: "x"})),
		"summary":         only(s.ChangeSummary(as, incident.ChangeSummary{Incident: inc, Source: "x"})),
		"update":          only(s.SendUpdate(as, incident.SendUpdate{Incident: inc, Message: "x"})),
		"update, theirs":  only(s.SendUpdate(as, incident.SendUpdate{Incident: mine, Message: "x", Status: theirs.status("Fixing")})),
		"snooze":          only(s.SnoozeReminder(as, incident.SnoozeReminder{Incident: inc, Minutes: 5})),
		"skip":            only(s.SkipReminder(as, incident.SkipReminder{Incident: inc})),
		"join":            only(s.Join(as, incident.Join{Incident: inc})),
		"leave":           only(s.Leave(as, incident.Leave{Incident: inc})),
		"declare, theirs": only(s.Declare(as, incident.Declare{Name: "x", Severity: theirs.severity("Major")})),
		"declare, lead":   only(s.Declare(as, incident.Declare{Name: "x", Lead: theirs.jonas})),
		"edit severity":   only(s.EditSeverity(as, incident.EditSeverity{ID: theirs.severity("Major"), Name: "x"})),
		"order":           only(s.OrderSeverities(as, incident.OrderSeverities{IDs: []id.ID{theirs.severity("Major")}})),
		"archive":         only(s.ArchiveSeverity(as, incident.ArchiveSeverity{ID: theirs.severity("Major")})),
		"edit status":     only(s.EditStatus(as, incident.EditStatus{ID: theirs.status("Fixing"), Name: "x"})),
		"order statuses":  only(s.OrderStatuses(as, incident.OrderStatuses{Category: incident.CategoryLive, IDs: []id.ID{theirs.status("Fixing")}})),
		"archive status":  only(s.ArchiveStatus(as, incident.ArchiveStatus{ID: theirs.status("Fixing")})),
		"edit role":       only(s.EditRole(as, incident.EditRole{ID: theirs.role("lead"), Name: "x", Shortform: "x"})),
		"order roles":     only(s.OrderRoles(as, incident.OrderRoles{IDs: []id.ID{theirs.role("lead")}})),
		"archive role":    only(s.ArchiveRole(as, incident.ArchiveRole{ID: theirs.role("lead")})),
	} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"incident.declared"}, theirs.happened()); diff != "" {
		t.Errorf("their events (-want +got):\n%s", diff)
	}
}

func testVerbsNeedPermission(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	as := w.person(w.viewer, "Vera Klein", authz.Viewer)
	responder := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	s := w.incidents
	only := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"declare":       only(s.Declare(as, incident.Declare{Name: "x"})),
		"assign":        only(s.AssignRole(as, incident.AssignRole{Incident: inc, Role: w.role("lead"), Assignee: w.viewer})),
		"severity":      only(s.ChangeSeverity(as, incident.ChangeSeverity{Incident: inc, Severity: w.severity("Major")})),
		"status":        only(s.ChangeStatus(as, incident.ChangeStatus{Incident: inc, Status: w.status("Fixing")})),
		"close":         only(s.Close(as, incident.Close{Incident: inc})),
		"rename":        only(s.Rename(as, incident.Rename{Incident: inc, Name: "x"})),
		"summary":       only(s.ChangeSummary(as, incident.ChangeSummary{Incident: inc, Source: "x"})),
		"update":        only(s.SendUpdate(as, incident.SendUpdate{Incident: inc, Message: "x"})),
		"join":          only(s.Join(as, incident.Join{Incident: inc})),
		"new severity":  only(s.CreateSeverity(responder, incident.CreateSeverity{Name: "x"})),
		"new status":    only(s.CreateStatus(responder, incident.CreateStatus{Name: "x", Category: incident.CategoryLive})),
		"new role":      only(s.CreateRole(responder, incident.CreateRole{Name: "x", Shortform: "x"})),
		"archive state": only(s.ArchiveStatus(responder, incident.ArchiveStatus{ID: w.status("Fixing")})),
	} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Get(context.Background(), inc); !problem.Is(err, problem.Internal) {
		t.Errorf("without a tenant: %v", err)
	}
}

func testSecondEditorIsTold(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	seen := w.get(inc)
	for n, source := range []string{"First", "Second"} {
		_, err := w.incidents.ChangeSummary(w.as, incident.ChangeSummary{Incident: inc, Source: source, Version: seen.SummaryVersion})
		var stale *incident.Stale
		switch {
		case n == 0 && err != nil:
			t.Fatal(err)
		case n == 1 && (!errors.As(err, &stale) || !problem.Is(err, problem.Conflict)):
			t.Fatalf("the second editor got %v", err)
		case n == 1:
			if stale.Now != "First" {
				t.Errorf("told that it is %q", stale.Now)
			}
			if _, err := w.incidents.ChangeSummary(w.as, incident.ChangeSummary{Incident: inc, Source: source, Version: stale.Version}); err != nil {
				t.Errorf("who has seen the first may write: %v", err)
			}
		}
	}
	if _, err := w.incidents.Rename(w.as, incident.Rename{Incident: inc, Name: "New", Was: "Payments fail"}); err != nil {
		t.Fatal(err)
	}
	_, err := w.incidents.Rename(w.as, incident.Rename{Incident: inc, Name: "Newer", Was: "Payments fail"})
	var stale *incident.Stale
	if !errors.As(err, &stale) || stale.Now != "New" || problem.All(err)[0].Code != "stale" {
		t.Errorf("the second name got %v", err)
	}
	// What others change elsewhere does not make an editor of the summary stale.
	seen = w.get(inc)
	if _, err := w.incidents.ChangeSeverity(w.as, incident.ChangeSeverity{Incident: inc, Severity: w.severity("Minor")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.ChangeSummary(w.as, incident.ChangeSummary{Incident: inc, Source: "Third", Version: seen.SummaryVersion}); err != nil {
		t.Errorf("after a change of severity: %v", err)
	}
}

func testUpdateChangesStatusAndSeverityAlong(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	w.clock.Advance(5 * time.Minute)
	cmd := incident.SendUpdate{
		Incident: inc, Message: "We know why. @Jonas is on it.", Status: w.status("Fixing"), Severity: w.severity("Major"), NextMinutes: 30, Key: "u-1",
	}
	sent, err := w.incidents.SendUpdate(w.as, cmd)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.incidents.SendUpdate(w.as, cmd)
	if err != nil || again.Update != sent.Update || !again.Existing {
		t.Errorf("the second click got %+v, %v", again, err)
	}
	got := w.get(inc)
	if got.Status.Name != "Fixing" || got.Severity.Name != "Major" || got.LastUpdate == nil || got.LastUpdate.ID != sent.Update || got.Updates != 1 {
		t.Errorf("status %s, severity %v, last %+v, %d updates", got.Status.Name, got.Severity, got.LastUpdate, got.Updates)
	}
	if got.LastUpdate.FromStatus.Name != "Investigating" || got.LastUpdate.ToStatus.Name != "Fixing" || got.LastUpdate.NextMinutes != 30 {
		t.Errorf("the update tells %+v", got.LastUpdate)
	}
	if mentioned := got.LastUpdate.Message.Mentions(); !slices.Equal(mentioned, []id.ID{w.jonas}) {
		t.Errorf("mentions %v", mentioned)
	}
	if got.NextUpdateDueAt == nil || !got.NextUpdateDueAt.Equal(w.clock.Now().Add(30*time.Minute)) {
		t.Errorf("next update due %v", got.NextUpdateDueAt)
	}
	want := []string{"incident.declared", "incident.update_sent", "incident.severity_changed", "incident.status_changed"}
	if diff := cmp.Diff(want, w.happened()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: " \n"}); problem.All(err)[0].Field != "message" {
		t.Errorf("an empty update: %v", err)
	}
	updates, err := w.incidents.Updates(w.as, inc, 10)
	if err != nil || len(updates) != 1 || updates[0].Author.Name != "Maya Berg" {
		t.Errorf("updates %+v, %v", updates, err)
	}
}

func testCloseAndReopen(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Soon more.", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(10 * time.Minute)
	closedAt := w.clock.Now()
	if _, err := w.incidents.Close(w.as, incident.Close{Incident: inc, Message: "Fixed.", Key: "c"}); err != nil {
		t.Fatal(err)
	}
	got := w.get(inc)
	if got.Status.Category != incident.CategoryClosed || got.ClosedAt == nil || !got.ClosedAt.Equal(closedAt) || got.NextUpdateDueAt != nil {
		t.Errorf("after closing: %s, closed %v, next update %v", got.Status.Name, got.ClosedAt, got.NextUpdateDueAt)
	}
	if diff := cmp.Diff([]string{"Reported", "Accepted", "Resolved", "Closed"}, stamps(got)); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
	if got.Duration(closedAt.Add(time.Hour)) != 10*time.Minute {
		t.Errorf("lasted %v", got.Duration(closedAt.Add(time.Hour)))
	}
	w.clock.Advance(10 * time.Minute)
	var timers int
	err := w.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM control.timer WHERE organisation_id = $1`, string(w.organisation)).Scan(&timers)
	if err != nil || timers != 0 {
		t.Errorf("%d timers after the end, %v", timers, err)
	}
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "One more thing"}); problem.All(err)[0].Code != "incident_over" {
		t.Errorf("an update after the end: %v", err)
	}
	out, err := w.incidents.Reopen(w.as, incident.Reopen{Incident: inc})
	if err != nil || !out.Changed {
		t.Fatalf("reopen: %+v, %v", out, err)
	}
	got = w.get(inc)
	if got.Status.Name != "Investigating" || got.ClosedAt != nil {
		t.Errorf("after reopening: %s, closed %v", got.Status.Name, got.ClosedAt)
	}
	if diff := cmp.Diff([]string{"Reported", "Accepted"}, stamps(got)); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
	if out, err := w.incidents.Reopen(w.as, incident.Reopen{Incident: inc}); err != nil || out.Changed {
		t.Errorf("again: %+v, %v", out, err)
	}
	if _, err := w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status("Merged")}); problem.All(err)[0].Code != "unreachable_status" {
		t.Errorf("merged by a change of status: %v", err)
	}
	counts, err := w.incidents.Counts(w.as)
	if err != nil || counts[incident.CategoryLive] != 1 || counts[incident.CategoryClosed] != 0 {
		t.Errorf("counts %v, %v", counts, err)
	}
}

func stamps(i incident.Incident) []string {
	var names []string
	for _, v := range i.Timestamps {
		names = append(names, v.Name)
	}
	return names
}

func testWhoHoldsARoleCannotLeave(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	if _, err := w.incidents.Leave(w.as, incident.Leave{Incident: inc}); problem.All(err)[0].Code != "holds_role" {
		t.Errorf("the lead left: %v", err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	you := func() incident.You {
		view, err := w.incidents.Get(jonas, inc)
		if err != nil {
			t.Fatal(err)
		}
		return view.You
	}
	if diff := cmp.Diff(incident.You{}, you()); diff != "" {
		t.Errorf("who never looked in (-want +got):\n%s", diff)
	}
	if _, err := w.incidents.Join(jonas, incident.Join{Incident: inc}); err != nil || you().Participation != incident.Collaborator {
		t.Errorf("joined as %q, %v", you().Participation, err)
	}
	if out, err := w.incidents.Leave(jonas, incident.Leave{Incident: inc}); err != nil || !out.Changed || you().Participation != incident.Observer {
		t.Errorf("left: %+v, %v, is %q", out, err, you().Participation)
	}
	people, err := w.incidents.People(w.as, inc)
	if err != nil || len(people) != 2 || people[0].Name != "Maya Berg" || people[0].As != incident.Responder {
		t.Errorf("people %+v, %v", people, err)
	}
}
