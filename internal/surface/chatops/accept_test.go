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
