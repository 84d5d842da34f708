package scenario_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// TestWhatATypeNeedsBeforeItEnds makes a type whose incidents do not end without a cause: closing one is refused with
// the field's name and its form asks for it, and with the cause it ends.
func TestWhatATypeNeedsBeforeItEnds(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.Owner.Context()
	for _, own := range []string{`name="type"`, `name="field_`} {
		if strings.Contains(s.Owner.Get("/incidents").Body, own) {
			t.Errorf("the list offers %s where nothing is there to choose", own)
		}
	}
	kind, err := s.App.Incidents.CreateType(ctx, incident.CreateType{Name: "Security"})
	if err != nil {
		t.Fatal(err)
	}
	cause, err := s.App.Forms.CreateField(ctx, form.CreateField{Name: "Cause", Type: form.SingleSelect, Options: []string{"A change", "A supplier"}})
	if err != nil {
		t.Fatal(err)
	}
	elements := append(form.Standard(form.Resolve), form.Element{Kind: form.Custom, Field: cause.ID, Required: form.Always})
	if err := s.App.Forms.SaveForm(ctx, form.SaveForm{Type: kind.ID, Moment: form.Resolve, Elements: elements, Version: -1}); err != nil {
		t.Fatal(err)
	}
	usual := declare(t, s.Owner, "Card payments fail")
	s.Owner.Get(usual + "/edit/close").Is(200).Lacks("Cause")
	s.Owner.Put(usual+"/closed", url.Values{"key": {"usual"}}).Is(200)

	where := s.Owner.Post("/incidents", url.Values{"name": {"Odd logins"}, "type": {string(kind.ID)}, "key": {"odd"}}).Is(200).Path
	key := form.FieldKey(cause.ID)
	s.Owner.Get(where+"/edit/close").Is(200).Has("Cause", "A supplier")
	refused := s.Owner.Put(where+"/closed", url.Values{"message": {"They are out."}, key: {""}, "key": {"odd-close"}}).Is(422)
	refused.Has("Cause is needed here.", "They are out.")
	if inc := whole(t, s, where); !inc.Live() {
		t.Errorf("it ended as %s", inc.Status.Name)
	}
	s.Owner.Put(where+"/closed", url.Values{"message": {"They are out."}, key: {string(cause.Options[0].ID)}, "key": {"odd-close"}}).Is(200)
	if inc := whole(t, s, where); inc.ClosedAt == nil || !slices.Equal(inc.Situation().Fields[cause.ID], []string{string(cause.Options[0].ID)}) {
		t.Errorf("it is %s with %v", inc.Status.Name, inc.Situation().Fields)
	}
	s.Owner.Get(where + "/details").Is(200).Has("A change")

	narrowed := "/incidents?" + url.Values{"type": {string(kind.ID)}, key: {string(cause.Options[0].ID)}}.Encode()
	s.Owner.Get(narrowed).Is(200).Has("Odd logins", "Type Security", "Cause A change", "1 of 1").Lacks("Card payments fail")
	s.Owner.Get("/incidents?"+key+"="+string(cause.Options[1].ID)).Is(200).Has("Nothing matches", "Cause A supplier")
	s.Owner.Post("/views", url.Values{"name": {"Ours"}, "query": {strings.TrimPrefix(narrowed, "/incidents?")}}).Is(200).Has("Odd logins", "Ours").Lacks("Card payments fail")
}

func whole(t *testing.T, s *scenario.Scenario, where string) incident.Incident {
	t.Helper()
	inc, err := s.App.Incidents.Get(s.Owner.Context(), incidentAt(t, s, where))
	if err != nil {
		t.Fatal(err)
	}
	return inc
}

// TestFormsAskWhatTheyHold leaves Muster's own questions out of forms, and asks in them for what the organisation needs.
func TestFormsAskWhatTheyHold(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.Owner.Context()
	area, err := s.App.Forms.CreateField(ctx, form.CreateField{
		Name: "Affected area", Type: form.Words, At: map[form.Moment]form.Required{form.Accept: form.Always, form.Retrospective: form.Always},
	})
	if err != nil {
		t.Fatal(err)
	}
	types, err := s.App.Incidents.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	kind, key := types[0].ID, form.FieldKey(area.ID)
	severe := form.Groups{{{Subject: "severity", Operation: form.IsSet}}}
	declared := []form.Element{{Kind: form.Name, Required: form.Always}, {Kind: form.Severity}, {Kind: form.Lead, ShownWhen: severe}}
	if err := s.App.Forms.SaveForm(ctx, form.SaveForm{Type: kind, Moment: form.Declare, Elements: declared, Version: -1}); err != nil {
		t.Fatal(err)
	}
	page := s.Owner.Get("/incidents/new").Is(200)
	if !strings.Contains(page.Body, `name="severity"`) || strings.Contains(page.Body, `name="summary"`) || strings.Contains(page.Body, `name="lead"`) {
		t.Error("the form that declares asks what was left out of it")
	}
	severities, err := s.App.Incidents.Severities(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again := s.Owner.Post("/incidents/new", url.Values{"name": {"Odd"}, "severity": {string(severities[0].ID)}}).Is(200)
	if !strings.Contains(again.Body, `name="lead"`) {
		t.Error("the severity does not bring up who leads")
	}

	statuses, err := s.App.Incidents.Statuses(ctx)
	if err != nil {
		t.Fatal(err)
	}
	triage := statuses[slices.IndexFunc(statuses, func(one incident.Status) bool { return one.Category == incident.CategoryTriage })]
	where := s.Owner.Post("/incidents", url.Values{"name": {"Is it slow"}, "status": {string(triage.ID)}, "key": {"slow"}}).Is(200).Path
	s.Owner.Get(where + "/edit/accept").Is(200).Has("Affected area")
	refused := s.Owner.Put(where+"/accepted", url.Values{"name": {"It is slow"}, key: {""}}).Is(422).Has("Affected area is needed here.")
	if !strings.Contains(refused.Body, `value="It is slow"`) {
		t.Error("what was typed is lost")
	}
	s.Owner.Put(where+"/accepted", url.Values{"name": {"It is slow"}, key: {"Checkout"}}).Is(200)
	if inc := whole(t, s, where); !inc.Live() || inc.Name != "It is slow" || !slices.Equal(inc.Situation().Fields[area.ID], []string{"Checkout"}) {
		t.Errorf("%s was accepted as %s with %v", inc.Name, inc.Status.Name, inc.Situation().Fields)
	}

	over := url.Values{"name": {"It was slow"}, "mode": {"retrospective"}, "key": {"was"}, key: {""}}
	s.Owner.Get("/incidents/new?mode=retrospective").Is(200).Has("Affected area")
	s.Owner.Post("/incidents", over).Is(422).Has("Affected area is needed here.")
	over.Set(key, "Search")
	written := s.Owner.Post("/incidents", over).Is(200).Path
	if inc := whole(t, s, written); !slices.Equal(inc.Situation().Fields[area.ID], []string{"Search"}) {
		t.Errorf("written down with %v", inc.Situation().Fields)
	}
}
