package chatops_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// TestAcceptingAsksWhatTheOrganisationNeeds accepts in one line what lacks a needed field: the form asks for it, without
// the question that was left out of it, and takes the answer.
func TestAcceptingAsksWhatTheOrganisationNeeds(t *testing.T) {
	d := sit(t)
	owner := tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.maya}, Permissions: authz.Owner.Permissions()})
	field, err := d.needs.Forms.CreateField(owner, form.CreateField{
		Name: "Affected area", Type: form.SingleSelect, Options: []string{"Checkout", "Search"}, At: map[form.Moment]form.Required{form.Accept: form.Always},
	})
	if err != nil {
		t.Fatal(err)
	}
	kind := d.now().Type.ID
	forms, err := d.needs.Forms.Forms(owner, kind)
	if err != nil {
		t.Fatal(err)
	}
	elements := slices.DeleteFunc(slices.Clone(forms[form.Accept].Elements), func(e form.Element) bool { return e.Kind == form.Lead })
	if err := d.needs.Forms.SaveForm(owner, form.SaveForm{Type: kind, Moment: form.Accept, Elements: elements, Version: -1}); err != nil {
		t.Fatal(err)
	}
	statuses, err := d.needs.Incidents.Statuses(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Category == incident.CategoryTriage })
	brief, err := d.needs.Incidents.Declare(d.ctx, incident.Declare{Name: "Is it slow", Status: statuses[at].ID})
	if err != nil {
		t.Fatal(err)
	}
	reply := d.typesIn(brief.ID, "/accept major")
	key := form.FieldKey(field.ID)
	if reply.Form == nil || !strings.Contains(reply.Errors[key], "Affected area") {
		t.Fatalf("accepting without it is answered %+v", reply)
	}
	values := chat.FormValues{}
	for _, in := range reply.Form.Inputs {
		values[in.Name] = in.Initial
	}
	if _, asked := values["lead"]; asked || values["severity"] == "" {
		t.Errorf("the form asks %v", values)
	}
	values[key] = string(field.Options[0].ID)
	d.does(chat.Interaction{Kind: chat.Submission, Action: reply.Form.Action, Value: reply.Form.Value, Values: values, Key: "again"})
	inc := d.stands(brief.ID)
	if !inc.Live() || inc.Severity == nil || inc.Severity.Name != "Major" || !slices.Equal(inc.Situation().Fields[field.ID], []string{string(field.Options[0].ID)}) {
		t.Errorf("accepted as %s with %v", inc.Status.Name, inc.Situation().Fields)
	}
}

// TestAcceptingAsAnotherType chooses in the form of which type it is; with one type the form does not ask.
func TestAcceptingAsAnotherType(t *testing.T) {
	d := sit(t)
	owner := tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.maya}, Permissions: authz.Owner.Permissions()})
	statuses, err := d.needs.Incidents.Statuses(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Category == incident.CategoryTriage })
	brief, err := d.needs.Incidents.Declare(d.ctx, incident.Declare{Name: "Someone was let in", Status: statuses[at].ID})
	if err != nil {
		t.Fatal(err)
	}
	asksType := func(in chat.Input) bool { return in.Name == "type" }
	if reply := d.typesIn(brief.ID, "/accept"); slices.ContainsFunc(reply.Form.Inputs, asksType) {
		t.Error("with one type the form asks for it")
	}
	kind, err := d.needs.Incidents.CreateType(owner, incident.CreateType{Name: "Security"})
	if err != nil {
		t.Fatal(err)
	}
	reply := d.typesIn(brief.ID, "/accept")
	if !slices.ContainsFunc(reply.Form.Inputs, asksType) {
		t.Fatalf("with two types the form asks %+v", reply.Form.Inputs)
	}
	d.does(chat.Interaction{Kind: chat.Submission, Action: reply.Form.Action, Value: reply.Form.Value, Values: chat.FormValues{"type": string(kind.ID), "name": "Someone was let in"}})
	if inc := d.stands(brief.ID); !inc.Live() || inc.Type.ID != kind.ID {
		t.Errorf("accepted as %s, %s", inc.Status.Name, inc.Type.Name)
	}
}

// TestAnUpdateAsksNoMoreThanTheOrganisationWants leaves two questions out of the form of an update.
func TestAnUpdateAsksNoMoreThanTheOrganisationWants(t *testing.T) {
	d := sit(t)
	owner := tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.maya}, Permissions: authz.Owner.Permissions()})
	names := func() (found []string) {
		for _, in := range d.types("/update").Form.Inputs {
			found = append(found, in.Name)
		}
		return found
	}
	if all := names(); !slices.Equal(all, []string{"message", "status", "severity", "customers", "next_update_in"}) {
		t.Errorf("at first the form asks %v", all)
	}
	kind := d.now().Type.ID
	forms, err := d.needs.Forms.Forms(owner, kind)
	if err != nil {
		t.Fatal(err)
	}
	elements := slices.DeleteFunc(slices.Clone(forms[form.Update].Elements), func(e form.Element) bool { return e.Kind == form.Severity || e.Kind == form.Next })
	if err := d.needs.Forms.SaveForm(owner, form.SaveForm{Type: kind, Moment: form.Update, Elements: elements, Version: -1}); err != nil {
		t.Fatal(err)
	}
	if left := names(); !slices.Equal(left, []string{"message", "status", "customers"}) {
		t.Errorf("then it asks %v", left)
	}
}
