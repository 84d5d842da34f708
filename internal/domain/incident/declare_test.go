package incident_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func testDeclare(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{
		Name: "  Card   payments fail\nat checkout ", Severity: w.severity("Major"), Summary: "One in **five** fails.", Lead: w.jonas,
	})
	if err != nil {
		t.Fatal(err)
	}
	if brief.Reference != "INC-1" || brief.Existing {
		t.Errorf("declared %+v, not INC-1", brief)
	}
	got := w.get(brief.ID)
	if got.Name != "Card payments fail at checkout" {
		t.Errorf("name is %q", got.Name)
	}
	if got.Status.Name != "Investigating" || got.Severity.Name != "Major" || got.Type.Name != "Default" || got.Mode != incident.Standard {
		t.Errorf("status %s, severity %s, type %s, mode %s", got.Status.Name, got.Severity.Name, got.Type.Name, got.Mode)
	}
	if got.Summary.Source != "One in **five** fails." || got.Summary.Line() != "One in five fails." {
		t.Errorf("summary %q, shown as %q", got.Summary.Source, got.Summary.Line())
	}
	holders := map[string]string{}
	for _, r := range got.Roles {
		if r.Holder != nil {
			holders[r.Role.Shortform] = r.Holder.Name
		}
	}
	if diff := cmp.Diff(map[string]string{"lead": "Jonas Vogel", "reporter": "Maya Berg"}, holders); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	var stamps []string
	for _, v := range got.Timestamps {
		stamps = append(stamps, v.Name)
	}
	if diff := cmp.Diff([]string{"Reported", "Accepted"}, stamps); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
	if got.Participants != 2 || got.You.Participation != incident.Responder {
		t.Errorf("%d take part, you as %q", got.Participants, got.You.Participation)
	}
	if diff := cmp.Diff([]string{"incident.declared", "incident.role_assigned"}, w.happened()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := w.rows("audit_entry"); n != 1 {
		t.Errorf("%d audit entries", n)
	}
}

func testDeclarerLeadsUntilSomeoneTakesOver(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	got := w.get(w.declare("Login is slow"))
	if got.Lead() == nil || got.Lead().ID != w.maya {
		t.Errorf("the lead is %+v", got.Lead())
	}
	if diff := cmp.Diff([]string{"incident.declared"}, w.happened()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func testNamesInEveryScript(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	for _, name := range []string{"支付失败了", "الدفع معطل", "Оплата не проходит", "🔥🔥🔥", "à̂́ é", strings.Repeat("ß", 200)} {
		if got := w.get(w.declare(name)).Name; got != name {
			t.Errorf("%q is kept as %q", name, got)
		}
	}
}

func testHugeAndBrokenTextsAreKept(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	for _, text := range []string{
		strings.Repeat("x", 100_000), strings.Repeat("支付", 15_000), strings.Repeat("a ", 50_000), strings.Repeat("*_[", 30_000), "a\x00b\xffc",
	} {
		brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "a\x00b", Summary: text, Key: "k\x00" + text[:2]})
		if err != nil {
			t.Fatal(err)
		}
		got := w.get(brief.ID)
		if want := strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "\xff", "\uFFFD"); got.Summary.Source != want || got.Name != "ab" {
			t.Errorf("%d bytes are kept as %d", len(want), len(got.Summary.Source))
		}
		if _, err := w.incidents.List(w.as, incident.Filter{Text: text, Severities: []id.ID{"\x00"}}, "", 10); err != nil {
			t.Errorf("searched for: %v", err)
		}
	}
	if _, err := w.incidents.Get(w.as, "\x00"); !problem.Is(err, problem.NotFound) {
		t.Errorf("an id that is none: %v", err)
	}
}

func testDeclareRefuses(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	for what, cmd := range map[string]incident.Declare{
		"name: is_required":       {Name: " \n\t "},
		"name: too_long":          {Name: strings.Repeat("ä", 201)},
		"mode: unknown":           {Name: "x", Mode: "drill"},
		"summary: too_long":       {Name: "x", Summary: strings.Repeat("x", 100_001)},
		"severity: not_found":     {Name: "x", Severity: id.New(w.clock.Now())},
		"incident_status_id: not": {Name: "x", Status: w.status("Merged")},
	} {
		_, err := w.incidents.Declare(w.as, cmd)
		all := problem.All(err)
		if len(all) != 1 || !strings.HasPrefix(all[0].Field+": "+all[0].Code, what) {
			t.Errorf("wanted %s, got %v", what, err)
		}
	}
	if _, err := w.incidents.Declare(w.person(w.viewer, "Vera", authz.Viewer), incident.Declare{Name: "x"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a viewer got %v", err)
	}
	if n := w.rows("incident") + w.rows("event") + w.rows("audit_entry") + w.rows("counter"); n != 0 {
		t.Errorf("refused declarations left %d rows", n)
	}
}

func testNumbersHaveNoGapsUnderConcurrency(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	var mu sync.Mutex
	var numbers []int64
	var wg sync.WaitGroup
	for n := range 30 {
		wg.Go(func() {
			cmd := incident.Declare{Name: fmt.Sprintf("Incident %d", n)}
			if n%3 == 2 { // fails late: after the defaults were read
				cmd.Lead = id.New(w.clock.Now())
			}
			brief, err := w.incidents.Declare(w.as, cmd)
			if n%3 == 2 {
				if !problem.Is(err, problem.NotFound) {
					t.Errorf("a lead that does not exist: %v", err)
				}
				return
			}
			if err != nil {
				t.Errorf("declare: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, brief.Number)
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	var want []int64
	for n := range int64(20) {
		want = append(want, n+1)
	}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	counts, err := w.incidents.Counts(w.as)
	if err != nil || counts[incident.CategoryLive] != 20 {
		t.Errorf("the kept count says %d live: %v", counts[incident.CategoryLive], err)
	}
}

func testTutorialsTakeNoNumber(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	tutorial, err := w.incidents.Declare(w.as, incident.Declare{Name: "Try it", Mode: incident.Tutorial})
	if err != nil || tutorial.Reference != "" {
		t.Errorf("a tutorial is %+v, %v", tutorial, err)
	}
	test, err := w.incidents.Declare(w.as, incident.Declare{Name: "Drill", Mode: incident.Test})
	if err != nil || test.Reference != "INC-1" {
		t.Errorf("a test is %+v, %v", test, err)
	}
}

func testDoubleClickDeclaresOnce(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	briefs := make([]incident.Brief, 8)
	var wg sync.WaitGroup
	for n := range briefs {
		wg.Go(func() {
			var err error
			briefs[n], err = w.incidents.Declare(w.as, incident.Declare{Name: "Twice", Key: "form-1"})
			if err != nil {
				t.Errorf("click %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, b := range briefs {
		if b.ID != briefs[0].ID || b.Reference != "INC-1" {
			t.Errorf("one click answered %+v, another %+v", b, briefs[0])
		}
		if !b.Existing {
			made++
		}
	}
	if made != 1 || w.rows("incident") != 1 || w.rows("event") != 1 {
		t.Errorf("%d clicks declared; %d incidents, %d events", made, w.rows("incident"), w.rows("event"))
	}
}

func testPrivateIncidentIsSeenByThoseInIt(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Leaked key", Private: true, Key: "private-1"})
	if err != nil {
		t.Fatal(err)
	}
	jonas := w.person(w.jonas, "Jonas Vogel", authz.Administrator)
	if _, err := w.incidents.Get(jonas, brief.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("a stranger to the incident got %v", err)
	}
	if page, err := w.incidents.List(jonas, incident.Filter{Text: "leaked"}, "", 10); err != nil || len(page.Incidents) != 0 {
		t.Errorf("a stranger finds %d of it, %v", len(page.Incidents), err)
	}
	if _, err := w.incidents.Declare(jonas, incident.Declare{Name: "Leaked key", Key: "private-1"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("the same key by a stranger: %v", err)
	}
	if _, err := w.incidents.AssignRole(w.as, incident.AssignRole{Incident: brief.ID, Role: w.role("lead"), Assignee: w.jonas, Invite: true}); err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"declarer": w.as, "lead": jonas} {
		if _, err := w.incidents.Get(ctx, brief.ID); err != nil {
			t.Errorf("the %s: %v", name, err)
		}
		page, err := w.incidents.List(ctx, incident.Filter{Text: "leaked"}, "", 10)
		if err != nil || len(page.Incidents) != 1 {
			t.Errorf("the %s finds %d, %v", name, len(page.Incidents), err)
		}
		all, err := w.incidents.List(ctx, incident.Filter{}, "", 10)
		if err != nil || all.Total != 1 {
			t.Errorf("the %s counts %d, %v", name, all.Total, err)
		}
	}
}
