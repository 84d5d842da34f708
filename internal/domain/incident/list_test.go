package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func testListFilters(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	declare := func(cmd incident.Declare) id.ID {
		w.clock.Advance(time.Hour)
		brief, err := w.incidents.Declare(w.as, cmd)
		if err != nil {
			t.Fatal(err)
		}
		return brief.ID
	}
	cards := declare(incident.Declare{Name: "Card payments fail", Severity: w.severity("Major")})
	mails := declare(incident.Declare{Name: "Mails are late", Severity: w.severity("Minor"), Lead: w.jonas, Summary: "The queue of *payments* mails is long."})
	chinese := declare(incident.Declare{Name: "支付失败"})
	old := declare(incident.Declare{Name: "Shop was down", Status: w.status("Closed"), Mode: incident.Retrospective})
	test := declare(incident.Declare{Name: "A drill", Mode: incident.Test})
	day := w.clock.Now()
	for name, c := range map[string]struct {
		filter incident.Filter
		want   []id.ID
	}{
		"everything":         {incident.Filter{}, []id.ID{old, chinese, mails, cards}},
		"live":               {incident.Filter{Categories: []incident.Category{incident.CategoryLive}}, []id.ID{chinese, mails, cards}},
		"live and closed":    {incident.Filter{Categories: []incident.Category{incident.CategoryLive, incident.CategoryClosed}}, []id.ID{old, chinese, mails, cards}},
		"a status":           {incident.Filter{Statuses: []id.ID{w.status("Closed")}}, []id.ID{old}},
		"a severity":         {incident.Filter{Severities: []id.ID{w.severity("Major")}}, []id.ID{cards}},
		"two severities":     {incident.Filter{Severities: []id.ID{w.severity("Major"), w.severity("Minor")}}, []id.ID{mails, cards}},
		"tests":              {incident.Filter{Modes: []incident.Mode{incident.Test}}, []id.ID{test}},
		"led by somebody":    {incident.Filter{Lead: w.jonas}, []id.ID{mails}},
		"with somebody":      {incident.Filter{Participant: w.jonas}, []id.ID{mails}},
		"a word":             {incident.Filter{Text: "PAYM"}, []id.ID{mails, cards}},
		"two words":          {incident.Filter{Text: "fail card"}, []id.ID{cards}},
		"Chinese, inside":    {incident.Filter{Text: "失败"}, []id.ID{chinese}},
		"quotes and slashes": {incident.Filter{Text: `'\ & | ! ( ':* x`}, nil},
		"no such word":       {incident.Filter{Text: "cardigan"}, nil},
		"a span of time":     {incident.Filter{From: day.Add(-3 * time.Hour), To: day.Add(-2 * time.Hour)}, []id.ID{mails}},
	} {
		page, err := w.incidents.List(w.as, c.filter, "", 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []id.ID
		for _, l := range page.Incidents {
			got = append(got, l.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || page.Total != int64(len(c.want)) || page.AtLeast {
			t.Errorf("%s: total %d, (-want +got):\n%s", name, page.Total, diff)
		}
	}
	page, err := w.incidents.List(w.as, incident.Filter{Lead: w.jonas}, "", 10)
	if err != nil || page.Incidents[0].Lead.Name != "Jonas Vogel" || page.Incidents[0].Summary != "The queue of payments mails is long." ||
		page.Incidents[0].Severity.Name != "Minor" || page.Incidents[0].Reference != "INC-2" {
		t.Errorf("listed as %+v, %v", page.Incidents, err)
	}
}

func testPagesFollowEachOtherWithoutGaps(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	var want []string
	for n := range 7 {
		if n%3 == 0 { // several in the same moment
			w.clock.Advance(time.Minute)
		}
		w.declare(fmt.Sprintf("Incident %d", n))
	}
	all, err := w.incidents.List(w.as, incident.Filter{}, "", 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all.Incidents {
		want = append(want, l.Name)
	}
	var got []string
	var after incident.Cursor
	for pages := 0; ; pages++ {
		page, err := w.incidents.List(w.as, incident.Filter{}, after, 2)
		if err != nil || page.Total != 7 {
			t.Fatalf("page %d: total %d, %v", pages, page.Total, err)
		}
		for _, l := range page.Incidents {
			got = append(got, l.Name)
		}
		if after = page.Next; after.Empty() {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 7 {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	last := all.Incidents[len(all.Incidents)-1].ID
	if page, err := w.incidents.List(w.as, incident.Filter{}, last, 2); err != nil || len(page.Incidents) != 0 || page.Next != "" {
		t.Errorf("after the last: %+v, %v", page, err)
	}
}

func testLiveShowsTheWorstFirst(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	for name, cmd := range map[string]incident.Declare{
		"1 minor":  {Severity: w.severity("Minor")},
		"0 worst":  {Severity: w.severity("Critical")},
		"2 none":   {},
		"3 triage": {Severity: w.severity("Critical"), Status: w.status("Triage")},
		"closed":   {Status: w.status("Closed")},
	} {
		cmd.Name = name
		if _, err := w.incidents.Declare(w.as, cmd); err != nil {
			t.Fatal(err)
		}
	}
	live, err := w.incidents.Live(w.as)
	var got []string
	for _, l := range live {
		got = append(got, l.Name)
	}
	if diff := cmp.Diff([]string{"0 worst", "1 minor", "2 none", "3 triage"}, got); err != nil || diff != "" {
		t.Errorf("live (-want +got): %v\n%s", err, diff)
	}
}

func testReferencesInEverySpelling(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	inc := w.declare("Payments fail")
	for _, given := range []string{"INC-1", "inc-1", " 1 ", string(inc)} {
		if got, err := w.incidents.ByReference(w.as, given); err != nil || got != inc {
			t.Errorf("%q is %s, %v", given, got, err)
		}
	}
	for _, given := range []string{"", "INC-2", "INC-", "0", "-1", "one", "99999999999999999999", "INC-1; DROP"} {
		if _, err := w.incidents.ByReference(w.as, given); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func testSettingsInUseAreNotArchived(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	s, as := w.incidents, w.as
	inc, err := s.Declare(as, incident.Declare{Name: "Payments fail", Severity: w.severity("Major")})
	if err != nil {
		t.Fatal(err)
	}
	scribe, err := s.CreateRole(as, incident.CreateRole{Name: "Scribe", Shortform: " Scribe "})
	if err != nil || scribe.Shortform != "scribe" || scribe.Rank != 2 {
		t.Fatalf("role %+v, %v", scribe, err)
	}
	if _, err := s.AssignRole(as, incident.AssignRole{Incident: inc.ID, Role: scribe.ID, Assignee: w.jonas}); err != nil {
		t.Fatal(err)
	}
	only := func(_ any, err error) error { return err }
	for what, c := range map[string]struct {
		err  error
		code string
	}{
		"a severity in use": {only(s.ArchiveSeverity(as, incident.ArchiveSeverity{ID: w.severity("Major")})), "in_use"},
		"a status in use":   {only(s.ArchiveStatus(as, incident.ArchiveStatus{ID: w.status("Investigating")})), "in_use"},
		"the last status":   {only(s.ArchiveStatus(as, incident.ArchiveStatus{ID: w.status("Closed")})), "last_one"},
		"a built-in status": {only(s.ArchiveStatus(as, incident.ArchiveStatus{ID: w.status("Triage")})), "not_configurable"},
		"the lead":          {only(s.ArchiveRole(as, incident.ArchiveRole{ID: w.role("lead")})), "built_in"},
		"a role in use":     {only(s.ArchiveRole(as, incident.ArchiveRole{ID: scribe.ID})), "in_use"},
		"a name again":      {only(s.CreateSeverity(as, incident.CreateSeverity{Name: " mInOr "})), "taken"},
		"a status again":    {only(s.CreateStatus(as, incident.CreateStatus{Name: "fixing", Category: incident.CategoryLive})), "taken"},
		"a paused status":   {only(s.CreateStatus(as, incident.CreateStatus{Name: "Napping", Category: incident.CategoryPaused})), "not_configurable"},
		"a short form":      {only(s.CreateRole(as, incident.CreateRole{Name: "Second scribe", Shortform: "lead"})), "taken"},
		"two words":         {only(s.CreateRole(as, incident.CreateRole{Name: "Third scribe", Shortform: "the scribe"})), "invalid"},
	} {
		if all := problem.All(c.err); len(all) != 1 || all[0].Code != c.code {
			t.Errorf("%s: %v, wanted %s", what, c.err, c.code)
		}
	}
	if _, err := s.Close(as, incident.Close{Incident: inc.ID}); err != nil {
		t.Fatal(err)
	}
	if out, err := s.ArchiveSeverity(as, incident.ArchiveSeverity{ID: w.severity("Major")}); err != nil || !out.Changed {
		t.Errorf("archived after the end: %+v, %v", out, err)
	}
	if _, err := s.ArchiveRole(as, incident.ArchiveRole{ID: scribe.ID}); err != nil {
		t.Error(err)
	}
	view := w.get(inc.ID)
	if view.Severity.Name != "Major" || len(view.Roles) != 3 || view.Roles[2].Holder == nil {
		t.Errorf("what was archived is gone from its incident: %+v", view.Severity)
	}
}

func testSettingsInANewOrder(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	s, as := w.incidents, w.as
	worst, err := s.CreateSeverity(as, incident.CreateSeverity{Name: "Worst", Description: "All is lost."})
	if err != nil || worst.Rank != 3 {
		t.Fatalf("%+v, %v", worst, err)
	}
	order := []id.ID{worst.ID, w.severity("Critical"), w.severity("Minor"), w.severity("Major")}
	for n, changed := range []bool{true, false} {
		if out, err := s.OrderSeverities(as, incident.OrderSeverities{IDs: order}); err != nil || out.Changed != changed {
			t.Errorf("time %d: %+v, %v", n, out, err)
		}
	}
	var names []string
	all, _ := s.Severities(as)
	for rank, one := range all {
		names = append(names, one.Name)
		if int(one.Rank) != rank {
			t.Errorf("%s has rank %d", one.Name, one.Rank)
		}
	}
	if diff := cmp.Diff([]string{"Worst", "Critical", "Minor", "Major"}, names); diff != "" {
		t.Errorf("severities (-want +got):\n%s", diff)
	}
	if _, err := s.OrderSeverities(as, incident.OrderSeverities{IDs: order[:3]}); problem.All(err)[0].Code != "stale" {
		t.Errorf("an order that leaves one out: %v", err)
	}
	verifying, err := s.CreateStatus(as, incident.CreateStatus{Name: "Verifying", Category: incident.CategoryLive})
	if err != nil {
		t.Fatal(err)
	}
	live := []id.ID{verifying.ID, w.status("Investigating"), w.status("Fixing"), w.status("Monitoring")}
	if _, err := s.OrderStatuses(as, incident.OrderStatuses{Category: incident.CategoryLive, IDs: live}); err != nil {
		t.Fatal(err)
	}
	names = nil
	statuses, _ := s.Statuses(as)
	for _, one := range statuses[4:] {
		names = append(names, one.Name)
	}
	want := []string{"Verifying", "Investigating", "Fixing", "Monitoring", "Documenting", "Reviewing", "Closed", "Paused"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := w.get(w.declare("Next")); got.Status.Name != "Verifying" {
		t.Errorf("the first live status is %s now, and %s was taken", "Verifying", got.Status.Name)
	}
	edit := incident.EditSeverity{ID: worst.ID, Name: "Hopeless", Version: 1}
	if _, err := s.EditSeverity(as, edit); problem.All(err)[0].Code != "stale" {
		t.Errorf("an edit of the version before: %v", err)
	}
	edit.Version = all[0].Version
	if out, err := s.EditSeverity(as, edit); err != nil || !out.Changed {
		t.Errorf("an edit: %+v, %v", out, err)
	}
	if _, err := s.Severities(w.person(w.viewer, "Vera Klein", authz.Viewer)); err != nil {
		t.Errorf("a viewer may look: %v", err)
	}
}
