package chatops_test

import (
	"slices"
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// TestTheFormThatDeclaresChangesWithItsAnswers asks for a field only once there is a severity: the severity is marked as
// what the form depends on, and the form with it asks for the field and keeps what was typed.
func TestTheFormThatDeclaresChangesWithItsAnswers(t *testing.T) {
	d := sit(t)
	owner := tenant.With(t.Context(), tenant.Scope{Organisation: d.org, Actor: tenant.Actor{Type: tenant.User, ID: d.maya}, Permissions: authz.Owner.Permissions()})
	field, err := d.needs.Forms.CreateField(owner, form.CreateField{Name: "Affected area", Type: form.SingleSelect, Options: []string{"Checkout", "Search"}})
	if err != nil {
		t.Fatal(err)
	}
	severe := form.Groups{{{Subject: "severity", Operation: form.IsSet}}}
	elements := []form.Element{{Kind: form.Name, Required: form.Always}, {Kind: form.Severity}, {Kind: form.Custom, Field: field.ID, ShownWhen: severe}}
	if err := d.needs.Forms.SaveForm(owner, form.SaveForm{Type: d.now().Type.ID, Moment: form.Declare, Elements: elements, Version: -1}); err != nil {
		t.Fatal(err)
	}
	key := form.FieldKey(field.ID)
	asked := func(reply chat.Reply, name string) *chat.Input {
		if reply.Form == nil {
			t.Fatalf("it is answered %+v", reply)
		}
		if at := slices.IndexFunc(reply.Form.Inputs, func(in chat.Input) bool { return in.Name == name }); at >= 0 {
			return &reply.Form.Inputs[at]
		}
		return nil
	}
	first := d.does(chat.Interaction{Kind: chat.Press, Action: "incident.declare", Key: "1"})
	severity := asked(first, "severity")
	if severity == nil || !severity.Refresh || asked(first, "name").Refresh || asked(first, key) != nil {
		t.Fatalf("the form asks %+v", first.Form.Inputs)
	}
	chosen := severity.Options[0].Value
	next := d.does(chat.Interaction{Kind: chat.Refresh, Action: "incident.declare", Values: chat.FormValues{"name": "Odd", "severity": chosen}, Key: "2"})
	if asked(next, key) == nil || asked(next, "name").Initial != "Odd" || asked(next, "severity").Initial != chosen {
		t.Errorf("with a severity it asks %+v", next.Form.Inputs)
	}
}
