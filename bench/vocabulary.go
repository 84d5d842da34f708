package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// vocabulary is what incidents of the organisation are sorted by.
type vocabulary struct {
	severities, statuses map[string]id.ID
	kind                 incident.Type
	field                form.Field
}

// vocabulary reads it, and adds a type, a field and an incident of a severity that hardly any has.
func (b *bench) vocabulary(ctx context.Context) (vocabulary, error) {
	own := vocabulary{severities: map[string]id.ID{}, statuses: map[string]id.ID{}}
	a, err := b.here.App(ctx)
	if err != nil {
		return own, err
	}
	defer a.Close()
	inside := tenant.AsSystem(ctx, b.organisation)
	severities, err := a.Incidents.Severities(inside)
	if err != nil {
		return own, err
	}
	for _, one := range severities {
		own.severities[one.Name] = one.ID
	}
	statuses, err := a.Incidents.Statuses(inside)
	if err != nil {
		return own, err
	}
	for _, one := range statuses {
		own.statuses[one.Name] = one.ID
	}
	if own.kind, err = a.Incidents.CreateType(inside, incident.CreateType{Name: "Data"}); err != nil {
		return own, err
	}
	own.field, err = a.Forms.CreateField(inside, form.CreateField{Name: "Region", Type: form.SingleSelect, Options: []string{"North", "South"}})
	if err != nil {
		return own, err
	}
	rare := url.Values{"name": {"A rare one"}, "severity": {string(own.severities["Critical"])}, "key": {"rare"}}
	_, _, err = ask(ctx, b.people[0], http.MethodPost, "/incidents", rare, http.StatusNoContent)
	return own, err
}

// mark gives an incident the type and an answer to the field.
func (b *bench) mark(ctx context.Context, one id.ID, own vocabulary) error {
	a, err := b.here.App(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	inside := tenant.AsSystem(ctx, b.organisation)
	if _, err := a.Incidents.ChangeType(inside, incident.ChangeType{Incident: one, Type: own.kind.ID}); err != nil {
		return err
	}
	_, err = a.Incidents.SetFields(inside, incident.SetFields{Incident: one, Fields: form.Values{own.field.ID: {string(own.field.Options[0].ID)}}})
	return err
}

// listFilter is one filter of the list; several of them together make a saved view.
type listFilter struct {
	name    string
	query   url.Values
	several bool
}

// filters are all that the list has, each alone.
func (own vocabulary) filters(person id.ID) []listFilter {
	only := func(name string, value id.ID) url.Values { return url.Values{name: {string(value)}} }
	return []listFilter{
		{"live", only("view", "live"), false},
		{"learning", only("view", "learning"), false},
		{"closed", only("view", "closed"), true},
		{"mine", only("view", "mine"), false},
		{"status", only("status", own.statuses["Closed"]), false},
		{"rare_severity", only("severity", own.severities["Critical"]), false},
		{"lead", only("lead", person), true},
		{"participant", only("participant", person), false},
		{"type", only("type", own.kind.ID), true},
		{"field", only(form.FieldKey(own.field.ID), own.field.Options[0].ID), true},
		{"last_30_days", only("days", "30"), false},
		{"words", only("q", "checkout lisbon"), false},
		{"rare_word", only("q", "4711"), false},
		{"no_word", only("q", "nobodywrotethis"), false},
	}
}
