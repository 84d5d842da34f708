package incident_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// TestLifecycle is what becomes of incidents besides being worked on and closed.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T, *world){
		"AcceptedWithWhatWasFoundOut":              testAccepted,
		"DeclinedWithAReasonAndUndone":             testDeclined,
		"CanceledWhilePausedComesBackAsItWas":      testCanceledWhilePaused,
		"PromiseWaitsForTheEndOfThePause":          testPromiseOverPause,
		"PausedWakesAtItsTime":                     testPausedWakes,
		"PauseMovedAndEndedBeforeItsTime":          testPauseMoved,
		"MergedWithItsPeople":                      testMerged,
		"MergesCrossingEachOther":                  testMergesCrossing,
		"PrivateIsNeverMergedIntoPublic":           testPrivateMerges,
		"RaisingTheSeverityEndsTheQuiet":           testQuiet,
		"RetrospectiveHasItsOwnTimes":              testRetrospective,
		"DeclaredFromAMessageNobodyElseMaySee":     testDeclaredFromUnseen,
		"DecisionsAreTakenOnce":                    testDecisionsOnce,
		"PlainChangeOfStatusIsADecisionAllTheSame": testPlainDecisions,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Timers are everybody's in a database, and each test has its own time.
			run(t, join(t, testdb.New(t)))
		})
	}
}

func (w *world) triage(name string) id.ID {
	w.t.Helper()
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: name, Status: w.status("Triage")})
	if err != nil {
		w.t.Fatal(err)
	}
	return brief.ID
}

func (w *world) must(out incident.Outcome, err error) {
	w.t.Helper()
	if err != nil || !out.Changed {
		w.t.Fatalf("%+v, %v", out, err)
	}
}

func (w *world) refused(code string, err error) {
	w.t.Helper()
	if err == nil || problem.All(err)[0].Code != code {
		w.t.Errorf("answered %v, wanted %s", err, code)
	}
}

func testAccepted(t *testing.T, w *world) {
	inc := w.triage("Odd numbers")
	cmd := incident.Accept{Incident: inc, Severity: w.severity("Major"), Name: "Totals are wrong", Summary: "Since noon.", Lead: w.jonas}
	w.must(w.incidents.Accept(w.as, cmd))
	got := w.get(inc)
	if got.Status.Name != "Investigating" || got.Severity.Name != "Major" || got.Name != "Totals are wrong" || got.Lead().ID != w.jonas || got.Summary.Source != "Since noon." {
		t.Errorf("accepted as %+v", got)
	}
	if !slices.Contains(stamps(got), "Accepted") {
		t.Errorf("timestamps %v", stamps(got))
	}
	if out, err := w.incidents.Accept(w.as, incident.Accept{Incident: inc}); err != nil || out.Changed {
		t.Errorf("again: %+v, %v", out, err)
	}
	bad := w.triage("Another")
	_, err := w.incidents.Accept(w.as, incident.Accept{Incident: bad, Severity: w.severity("Major"), Lead: "01NOBODY"})
	if err == nil || w.get(bad).Severity != nil || w.get(bad).Status.Name != "Triage" {
		t.Errorf("half accepted: %v, %+v", err, w.get(bad).Severity)
	}
}

func testDeclined(t *testing.T, w *world) {
	inc := w.triage("A blip")
	_, err := w.incidents.Decline(w.as, incident.Decline{Incident: inc, Reason: "  "})
	w.refused("is_required", err)
	w.must(w.incidents.Decline(w.as, incident.Decline{Incident: inc, Reason: "One\nslow  query"}))
	got := w.get(inc)
	if got.Status.Name != "Declined" || got.ClosedAt == nil || got.Aside == nil || got.Aside.Reason != "One slow query" || got.Aside.By.Name != "Maya Berg" {
		t.Errorf("declined: %+v, %+v", got.Status, got.Aside)
	}
	if slices.Contains(stamps(got), "Accepted") || !slices.Contains(stamps(got), "Declined") {
		t.Errorf("timestamps %v", stamps(got))
	}
	w.must(w.incidents.Reopen(w.as, incident.Reopen{Incident: inc}))
	got = w.get(inc)
	if got.Status.Name != "Triage" || got.ClosedAt != nil || got.Aside != nil || slices.Contains(stamps(got), "Declined") {
		t.Errorf("undone: %+v, %+v, %v", got.Status, got.Aside, stamps(got))
	}
	live := w.declare("Real")
	_, err = w.incidents.Decline(w.as, incident.Decline{Incident: live, Reason: "No"})
	w.refused("not_in_triage", err)
}

func testCanceledWhilePaused(t *testing.T, w *world) {
	inc := w.declare("Waiting for the supplier")
	w.must(w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status("Fixing")}))
	w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: w.clock.Now().Add(time.Hour)}))
	w.must(w.incidents.Cancel(w.as, incident.Cancel{Incident: inc}))
	w.clock.Advance(2 * time.Hour)
	w.fire()
	if got := w.get(inc); got.Status.Name != "Canceled" || got.Aside.Until != nil {
		t.Errorf("canceled: %+v, %+v", got.Status, got.Aside)
	}
	w.must(w.incidents.Reopen(w.as, incident.Reopen{Incident: inc}))
	if got := w.get(inc); got.Status.Name != "Fixing" || got.Aside != nil {
		t.Errorf("reopened: %+v, %+v", got.Status, got.Aside)
	}
}

func testPausedWakes(t *testing.T, w *world) {
	inc := w.declare("Slow reports")
	w.must(w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status("Monitoring")}))
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Looking", NextMinutes: 10}); err != nil {
		t.Fatal(err)
	}
	until := w.clock.Now().Add(3 * time.Hour)
	w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: until, Reason: "The night job has to run"}))
	w.clock.Advance(time.Hour)
	w.fire()
	got := w.get(inc)
	if got.Status.Name != "Paused" || got.Aside == nil || !got.Aside.Until.Equal(until) || got.NextUpdateDueAt != nil {
		t.Errorf("paused: %+v, %+v, next %v", got.Status, got.Aside, got.NextUpdateDueAt)
	}
	w.clock.Advance(2 * time.Hour)
	w.fire()
	if got := w.get(inc); got.Status.Name != "Monitoring" || got.Aside != nil {
		t.Errorf("awake: %+v, %+v", got.Status, got.Aside)
	}
	if happened := w.happened(); happened[len(happened)-1] != "incident.resumed" {
		t.Errorf("told by %v", happened)
	}
}

// testPromiseOverPause holds that a promised update has as long after a pause as it had left, and five minutes at least.
func testPromiseOverPause(t *testing.T, w *world) {
	for name, c := range map[string]struct {
		promised, before, want time.Duration
		during                 func(inc id.ID)
	}{
		"what was left":              {promised: 30 * time.Minute, before: 10 * time.Minute, want: 20 * time.Minute},
		"five minutes at least":      {promised: 30 * time.Minute, before: 29 * time.Minute, want: 5 * time.Minute},
		"overdue":                    {promised: 10 * time.Minute, before: 20 * time.Minute, want: 5 * time.Minute},
		"no promise":                 {},
		"paused for longer":          {promised: 30 * time.Minute, want: 30 * time.Minute, during: func(inc id.ID) { w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc})) }},
		"kept during the pause":      {promised: 30 * time.Minute, during: func(inc id.ID) { w.update(inc, 0) }},
		"promised anew in the pause": {promised: 30 * time.Minute, want: 15 * time.Minute, during: func(inc id.ID) { w.update(inc, 15) }},
		"made quiet": {promised: 30 * time.Minute, during: func(inc id.ID) {
			w.must(w.incidents.SetQuiet(w.as, incident.SetQuiet{Incident: inc, Quiet: true}))
		}},
	} {
		inc := w.declare(name)
		w.update(inc, int(c.promised/time.Minute))
		w.clock.Advance(c.before)
		w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: w.clock.Now().Add(8 * time.Hour)}))
		if c.during != nil {
			c.during(inc)
		}
		w.clock.Advance(7 * time.Hour)
		if got := w.get(inc).NextUpdateDueAt; got != nil {
			t.Errorf("%s: in the pause an update is due at %s", name, got)
		}
		w.must(w.incidents.Resume(w.as, incident.Resume{Incident: inc}))
		got, now := w.get(inc).NextUpdateDueAt, w.clock.Now()
		if (got == nil) != (c.want == 0) || (got != nil && got.Sub(now) != c.want) {
			t.Errorf("%s: at %s the next update is due at %v, wanted in %s", name, now, got, c.want)
		}
	}
}

// update sends an update that promises the next in so many minutes, or none.
func (w *world) update(inc id.ID, minutes int) {
	w.t.Helper()
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Looking", NextMinutes: minutes}); err != nil {
		w.t.Fatal(err)
	}
}

func testPauseMoved(t *testing.T, w *world) {
	inc := w.declare("Slow reports")
	_, err := w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: w.clock.Now()})
	w.refused("past", err)
	w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: w.clock.Now().Add(time.Hour)}))
	w.must(w.incidents.Pause(w.as, incident.Pause{Incident: inc, Until: w.clock.Now().Add(3 * time.Hour)}))
	w.clock.Advance(2 * time.Hour)
	w.fire()
	if got := w.get(inc); got.Status.Name != "Paused" {
		t.Errorf("the first end of the pause still counted: %s", got.Status.Name)
	}
	w.must(w.incidents.Resume(w.as, incident.Resume{Incident: inc}))
	if got := w.get(inc); got.Status.Name != "Investigating" {
		t.Errorf("taken up again as %s", got.Status.Name)
	}
	events := len(w.happened())
	w.clock.Advance(2 * time.Hour)
	w.fire()
	if len(w.happened()) != events {
		t.Errorf("woken although it was up: %v", w.happened())
	}
}

func testMerged(t *testing.T, w *world) {
	from, into := w.declare("Checkout is slow"), w.declare("Database is down")
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	w.must(w.incidents.Join(jonas, incident.Join{Incident: from}))
	_, err := w.incidents.Merge(w.as, incident.Merge{Incident: from, Into: from})
	w.refused("itself", err)
	w.must(w.incidents.Merge(w.as, incident.Merge{Incident: from, Into: into}))
	got := w.get(from)
	if got.Status.Name != "Merged" || got.Aside == nil || got.Aside.Into == nil || got.Aside.Into.Reference != "INC-2" || got.Aside.IntoName != "Database is down" {
		t.Errorf("merged: %+v", got.Aside)
	}
	people, err := w.incidents.People(w.as, into)
	if err != nil || !slices.ContainsFunc(people, func(p incident.Participant) bool { return p.ID == w.jonas && p.As == incident.Collaborator }) {
		t.Errorf("who takes part in the other: %+v, %v", people, err)
	}
	related, err := w.incidents.Related(w.as, into)
	if err != nil || len(related) != 1 || related[0].Relation != incident.MergedHere || related[0].Reference != "INC-1" {
		t.Errorf("belongs to the other: %+v, %v", related, err)
	}
	third := w.declare("Search is slow")
	_, err = w.incidents.Merge(w.as, incident.Merge{Incident: third, Into: from})
	w.refused("over", err)
	_, err = w.incidents.Merge(w.as, incident.Merge{Incident: from, Into: third})
	w.refused("merged_already", err)
	w.must(w.incidents.Reopen(w.as, incident.Reopen{Incident: from}))
	w.must(w.incidents.Merge(w.as, incident.Merge{Incident: into, Into: from})) // the other way around, which is no circle by now
	if got := w.get(from); got.Aside != nil || got.Status.Name != "Investigating" {
		t.Errorf("reopened: %+v", got.Aside)
	}
}

func testMergesCrossing(t *testing.T, w *world) {
	a, b := w.declare("One"), w.declare("Other")
	errs := make(chan error, 2)
	for _, cmd := range []incident.Merge{{Incident: a, Into: b}, {Incident: b, Into: a}} {
		go func() { //nolint:forbidigo // two people at the same moment
			_, err := w.incidents.Merge(w.as, cmd)
			errs <- err
		}()
	}
	first, second := <-errs, <-errs
	if (first == nil) == (second == nil) {
		t.Errorf("both or neither was merged: %v, %v", first, second)
	}
}

func testPrivateMerges(t *testing.T, w *world) {
	public := w.declare("Odd logins")
	secret, err := w.incidents.Declare(w.as, incident.Declare{Name: "Stolen laptop", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Responder)
	w.must(w.incidents.Join(jonas, incident.Join{Incident: public}))
	_, err = w.incidents.Merge(w.as, incident.Merge{Incident: secret.ID, Into: public})
	w.refused("not_private", err)
	_, err = w.incidents.Merge(jonas, incident.Merge{Incident: public, Into: secret.ID})
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("merging into what one cannot see: %v", err)
	}
	w.must(w.incidents.Merge(w.as, incident.Merge{Incident: public, Into: secret.ID}))
	if _, err := w.incidents.Get(jonas, secret.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("the merge let somebody in: %v", err)
	}
	seen, err := w.incidents.Get(jonas, public)
	if err != nil || seen.Aside == nil || seen.Aside.Into != nil || seen.Aside.IntoName != "" {
		t.Errorf("the public one tells %+v, %v", seen.Aside, err)
	}
}

func testQuiet(t *testing.T, w *world) {
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Bug hunt", Quiet: true, Severity: w.severity("Minor")})
	if err != nil {
		t.Fatal(err)
	}
	inc := brief.ID
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "A note", NextMinutes: 30}); err != nil {
		t.Fatal(err)
	}
	if got := w.get(inc); !got.Quiet || got.NextUpdateDueAt != nil {
		t.Errorf("quiet %v, next update due %v", got.Quiet, got.NextUpdateDueAt)
	}
	live, err := w.incidents.Live(w.as)
	if err != nil || len(live) != 1 || !live[0].Quiet {
		t.Errorf("listed as %+v, %v", live, err)
	}
	sent, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "It is worse", Severity: w.severity("Major"), NextMinutes: 30})
	if err != nil || sent.Existing {
		t.Fatal(err)
	}
	if got := w.get(inc); got.Quiet || got.NextUpdateDueAt == nil {
		t.Errorf("after raising: quiet %v, next update due %v", got.Quiet, got.NextUpdateDueAt)
	}
	w.must(w.incidents.SetQuiet(w.as, incident.SetQuiet{Incident: inc, Quiet: true}))
	if got := w.get(inc); got.NextUpdateDueAt != nil {
		t.Error("the promise outlived the quiet")
	}
	w.must(w.incidents.ChangeSeverity(w.as, incident.ChangeSeverity{Incident: inc, Severity: w.severity("Minor")}))
	if got := w.get(inc); !got.Quiet {
		t.Error("lowering the severity ended the quiet")
	}
}

func testRetrospective(t *testing.T, w *world) {
	all, err := w.incidents.Timestamps(w.as)
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) id.ID {
		return all[slices.IndexFunc(all, func(s incident.Timestamp) bool { return s.Name == name })].ID
	}
	now := w.clock.Now()
	began, ended := now.Add(-50*time.Hour), now.Add(-48*time.Hour)
	cmd := incident.Declare{Name: "Last week", Mode: incident.Retrospective, Times: map[id.ID]time.Time{named("Reported"): began, named("Closed"): ended}}
	brief, err := w.incidents.Declare(w.as, cmd)
	if err != nil {
		t.Fatal(err)
	}
	got := w.get(brief.ID)
	if got.Status.Category != incident.CategoryClosed || !got.DeclaredAt.Equal(began) || got.ClosedAt == nil || !got.ClosedAt.Equal(ended) || got.Duration(now) != 2*time.Hour {
		t.Errorf("declared %v, closed %v, %s", got.DeclaredAt, got.ClosedAt, got.Status.Name)
	}
	if diff := cmp.Diff([]string{"Reported", "Closed"}, stamps(got)); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
	if live, err := w.incidents.Live(w.as); err != nil || len(live) != 0 {
		t.Errorf("live: %+v, %v", live, err)
	}
	cmd.Times[named("Closed")] = began.Add(-time.Hour)
	if _, err := w.incidents.Declare(w.as, cmd); err == nil || problem.All(err)[0].Field != incident.TimestampField(named("Closed")) {
		t.Errorf("closed before it was reported: %v", err)
	}
	_, err = w.incidents.Declare(w.as, incident.Declare{Name: "x", Mode: incident.Retrospective, Status: w.status("Fixing")})
	w.refused("not_over", err)
}

func testDeclaredFromUnseen(t *testing.T, w *world) {
	_, err := w.incidents.Declare(w.as, incident.Declare{Name: "x", Message: "01JZ0000000000000000000000"})
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("from a message that is not there: %v", err)
	}
	if n := w.rows("incident"); n != 0 {
		t.Errorf("%d incidents all the same", n)
	}
}

// testDecisionsOnce takes each decision twice: the second finds it taken and writes nothing.
func testDecisionsOnce(t *testing.T, w *world) {
	until := w.clock.Now().Add(30 * 24 * time.Hour) // the tests beside this one run the timers of all, hours ahead
	other := w.declare("Other")
	for name, run := range map[string]func(context.Context, id.ID) (incident.Outcome, error){
		"accepted": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			return w.incidents.Accept(ctx, incident.Accept{Incident: i})
		},
		"declined": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			return w.incidents.Decline(ctx, incident.Decline{Incident: i, Reason: "No"})
		},
		"canceled": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			return w.incidents.Cancel(ctx, incident.Cancel{Incident: i})
		},
		"merged": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			return w.incidents.Merge(ctx, incident.Merge{Incident: i, Into: other})
		},
		"quiet_changed": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			return w.incidents.SetQuiet(ctx, incident.SetQuiet{Incident: i, Quiet: true})
		},
		"paused": func(ctx context.Context, i id.ID) (incident.Outcome, error) {
			if w.get(i).Status.Category == incident.CategoryTriage {
				if _, err := w.incidents.Accept(ctx, incident.Accept{Incident: i}); err != nil {
					return incident.Outcome{}, err
				}
			}
			return w.incidents.Pause(ctx, incident.Pause{Incident: i, Until: until})
		},
	} {
		inc := w.triage("To be " + name)
		if _, err := run(w.person(w.viewer, "Vera Klein", authz.Viewer), inc); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s by a viewer: %v", name, err)
		}
		audits := w.rows("audit_entry")
		w.must(run(w.as, inc))
		if w.rows("audit_entry") == audits {
			t.Errorf("%s: nothing in the audit log", name)
		}
		events := w.happened()
		if !slices.Contains(events, "incident."+name) {
			t.Errorf("%s: told by %v", name, events)
		}
		if out, err := run(w.as, inc); err != nil || out.Changed || len(w.happened()) != len(events) {
			t.Errorf("%s again: %+v, %v", name, out, err)
		}
	}
}

func testPlainDecisions(t *testing.T, w *world) {
	inc := w.triage("Odd numbers")
	for _, name := range []string{"Investigating", "Paused", "Fixing", "Closed", "Investigating"} {
		w.must(w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status(name)}))
	}
	var decided []string
	for _, kind := range w.happened() {
		if kind != "incident.status_changed" && kind != "incident.declared" {
			decided = append(decided, strings.TrimPrefix(kind, "incident."))
		}
	}
	if diff := cmp.Diff([]string{"accepted", "paused", "resumed", "closed", "reopened"}, decided); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}
