package incident_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// asks adds a field of two options to the organisation's forms.
func (w *world) asks(name string, at map[form.Moment]form.Required) (*form.Service, form.Field) {
	w.t.Helper()
	forms := form.New(w.DB, w.bus, w.clock, incident.OptionHolders{})
	field, err := forms.CreateField(w.as, form.CreateField{Name: name, Type: form.SingleSelect, Options: []string{"Alpha", "Beta"}, At: at})
	if err != nil {
		w.t.Fatal(err)
	}
	return forms, field
}

func testFormsAreEnforcedWhereSomebodyCanFillThemIn(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	_, field := w.asks("Team", map[form.Moment]form.Required{form.Declare: form.Always})
	_, err := w.incidents.Declare(w.as, incident.Declare{Name: "Nobody says whose"})
	if problem.All(err)[0].Field != form.FieldKey(field.ID) {
		t.Fatalf("declared without what is needed: %v", err)
	}
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Alpha's", Fields: form.Values{field.ID: {"alpha"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.get(brief.ID).Fields; len(got) != 1 || strings.Join(got[0].Words, "") != "Alpha" {
		t.Errorf("the fields are %+v", got)
	}
	if _, err := w.incidents.SetFields(w.as, incident.SetFields{Incident: brief.ID, Fields: form.Values{field.ID: nil}}); !problem.Is(err, problem.Invalid) {
		t.Errorf("what is always needed was cleared: %v", err)
	}
	if _, err := w.incidents.Declare(tenant.AsSystem(t.Context(), w.organisation), incident.Declare{Name: "By a machine"}); err != nil {
		t.Errorf("what has no hands is held to a form: %v", err)
	}
}

func testGapsKeepAnIncidentFromEnding(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	_, field := w.asks("Team", map[form.Moment]form.Required{form.Declare: form.BeforeResolution})
	inc := w.declare("No team yet")
	if _, err := w.incidents.Close(w.as, incident.Close{Incident: inc}); len(problem.All(err)) != 1 || problem.All(err)[0].Field != form.FieldKey(field.ID) {
		t.Fatalf("closed with a gap: %v", err)
	}
	if got := w.get(inc); got.Status.Category != incident.CategoryLive {
		t.Fatalf("it is %s", got.Status.Category)
	}
	if _, err := w.incidents.Close(w.as, incident.Close{Incident: inc, Message: "Over.", Fields: form.Values{field.ID: {"Beta"}}}); err != nil {
		t.Fatal(err)
	}
	other := w.declare("Ended from a chat")
	if _, err := w.incidents.Close(w.as, incident.Close{Incident: other, Gaps: true}); err != nil {
		t.Fatal(err)
	}
}

func testAnOptionGivesWayToAnother(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	forms, field := w.asks("Team", map[form.Moment]form.Required{form.Declare: form.Never})
	alpha, beta := field.Options[0].ID, field.Options[1].ID
	open, over := w.declare("Open"), w.declare("Over")
	for _, inc := range []id.ID{open, over} {
		if _, err := w.incidents.SetFields(w.as, incident.SetFields{Incident: inc, Fields: form.Values{field.ID: {string(alpha)}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.incidents.Close(w.as, incident.Close{Incident: over}); err != nil {
		t.Fatal(err)
	}
	if err := forms.ArchiveOption(w.as, form.ArchiveOption{ID: alpha}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "an open incident") {
		t.Fatalf("what is used vanished: %v", err)
	}
	if err := forms.ArchiveOption(w.as, form.ArchiveOption{ID: alpha, Replacement: beta}); err != nil {
		t.Fatal(err)
	}
	for inc, want := range map[id.ID]string{open: "Beta", over: "Alpha"} {
		if got := w.get(inc).Fields[0].Words; len(got) != 1 || got[0] != want {
			t.Errorf("it has %v, want %s", got, want)
		}
	}
	page, err := w.incidents.List(w.as, incident.Filter{Fields: map[id.ID][]id.ID{field.ID: {beta}}}, "", 10)
	if err != nil || len(page.Incidents) != 1 || page.Incidents[0].ID != open {
		t.Errorf("the list by option has %d incidents, %v", len(page.Incidents), err)
	}
}

func testAnIncidentWithTwoOptionsIsListedOnce(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	_, field := w.asks("Team", map[form.Moment]form.Required{form.Declare: form.Never})
	forms := form.New(w.DB, w.bus, w.clock, incident.OptionHolders{})
	many, err := forms.CreateField(w.as, form.CreateField{Name: "Regions", Type: form.MultiSelect, Options: []string{"North", "South"}})
	if err != nil {
		t.Fatal(err)
	}
	both := w.declare("Both")
	w.declare("None")
	values := form.Values{many.ID: {string(many.Options[0].ID), string(many.Options[1].ID)}, field.ID: {string(field.Options[0].ID)}}
	if _, err := w.incidents.SetFields(w.as, incident.SetFields{Incident: both, Fields: values}); err != nil {
		t.Fatal(err)
	}
	north, south, alpha, beta := many.Options[0].ID, many.Options[1].ID, field.Options[0].ID, field.Options[1].ID
	for name, c := range map[string]struct {
		filter incident.Filter
		want   int
	}{
		"one option":             {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north}}}, 1},
		"either":                 {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north, south}}}, 1},
		"either, and a word":     {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north, south}}, Text: "both"}, 1},
		"another word":           {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north, south}}, Text: "none"}, 0},
		"two fields":             {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north, south}, field.ID: {alpha}}}, 1},
		"another of the second":  {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {north, south}, field.ID: {beta}}}, 0},
		"who takes part as well": {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {south}}, Participant: w.maya}, 1},
		"somebody else":          {incident.Filter{Fields: map[id.ID][]id.ID{many.ID: {south}}, Lead: w.jonas}, 0},
	} {
		page, err := w.incidents.List(w.as, c.filter, "", 10)
		if err != nil || len(page.Incidents) != c.want || page.Total != int64(c.want) {
			t.Errorf("%s: %d listed of %d, %v", name, len(page.Incidents), page.Total, err)
		}
	}
}

func testATypeGivesWayToAnother(t *testing.T, d *testdb.Database) {
	w := join(t, d)
	made, err := w.incidents.CreateType(w.as, incident.CreateType{Name: "Security", CreateInTriage: incident.TriageAlways})
	if err != nil {
		t.Fatal(err)
	}
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "A key leaked", Type: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	before := w.get(brief.ID)
	if before.Status.Category != incident.CategoryTriage {
		t.Errorf("it begins in %s", before.Status.Category)
	}
	types, err := w.incidents.Types(w.as)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.ArchiveType(w.as, incident.ArchiveType{ID: made.ID}); !problem.Is(err, problem.Conflict) {
		t.Fatalf("a type that is used vanished: %v", err)
	}
	if _, err := w.incidents.ArchiveType(w.as, incident.ArchiveType{ID: made.ID, Replacement: types[0].ID}); err != nil {
		t.Fatal(err)
	}
	if after := w.get(brief.ID); after.Type.ID != types[0].ID {
		t.Errorf("it is of the type %s", after.Type.Name)
	}
}
