package incidents

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// askedView is an element of a form: a custom field to fill in, or something to read.
type askedView struct {
	Type    forms.FieldType
	Field   ui.FieldView
	Options []ui.Option
	Text    string
	Line    bool
}

// updateAsked is what the organisation's form of an update asks, besides the words and the status.
type updateAsked struct {
	Asked                  []askedView
	AsksSeverity, AsksNext bool
	// Ask is where the form is asked for again when an answer may bring up others.
	Ask string
}

// fieldView is a custom field as the incident's page shows it.
type fieldView struct {
	Name  string
	Words string
	Link  string
}

// fields shows what the incident has in its custom fields.
func (l sight) fields(inc incident.Incident) []fieldView {
	var views []fieldView
	for _, f := range inc.Fields {
		v := fieldView{Name: f.Field.Name, Words: strings.Join(f.Words, ", ")}
		if f.Field.Type == forms.Link {
			v.Link = v.Words
		}
		views = append(views, v)
	}
	return views
}

// readFields takes the answers to custom fields out of what was sent. A field that was shown and left empty is an answer.
func readFields(form *page.Form, fields []forms.Field) forms.Values {
	values := forms.Values{}
	for _, f := range fields {
		key := forms.FieldKey(f.ID)
		if !form.Has(key) {
			continue
		}
		values[f.ID] = nil
		if f.Type != forms.MultiSelect {
			if value := form.Value(key); value != "" {
				values[f.ID] = []string{value}
			}
			continue
		}
		for _, o := range f.Options {
			if form.Has(key + "." + string(o.ID)) {
				values[f.ID] = append(values[f.ID], string(o.ID))
			}
		}
	}
	return values
}

// asked shows the custom fields of a form as they stand in a situation, with what is in them.
func asked(f forms.Form, s forms.Situation, form *page.Form) []askedView {
	var views []askedView
	for _, a := range f.Ask(s) {
		switch a.Kind {
		case forms.Text:
			views = append(views, askedView{Text: a.Help})
		case forms.Divider:
			views = append(views, askedView{Line: true})
		case forms.Custom:
			views = append(views, askedField(a, s.Fields[a.Field], form))
		}
	}
	return views
}

func askedField(a forms.Asked, values []string, form *page.Form) askedView {
	field, key := a.Custom, forms.FieldKey(a.Field)
	hint := a.Help
	if hint == "" {
		hint = field.Description
	}
	switch {
	case a.Required:
		hint = strings.TrimSpace("Needed. " + hint)
	case a.Element.Required == forms.BeforeResolution:
		hint = strings.TrimSpace(hint + " Needed before it ends.")
	}
	v := askedView{Type: field.Type, Field: ui.FieldView{
		ID: key, Name: key, Label: field.Name, Hint: hint, Error: form.Error(key), Placeholder: field.Placeholder, Rows: 2, Autocomplete: "off",
	}}
	if len(values) > 0 {
		v.Field.Value = values[0]
	}
	switch field.Type {
	case forms.Link:
		v.Field.Type = "url"
	case forms.SingleSelect:
		v.Options = []ui.Option{{Value: "", Label: "Not said", Chosen: len(values) == 0}}
	}
	for _, o := range field.Options {
		if chosen := slices.Contains(values, string(o.ID)); chosen || !o.Archived {
			v.Options = append(v.Options, ui.Option{Value: string(o.ID), Label: o.Value, Chosen: chosen})
		}
	}
	return v
}

// withDefaults puts the defaults of a form where nothing was said yet.
func withDefaults(f forms.Form, given forms.Values) forms.Values {
	for _, e := range f.Elements {
		if _, said := given[e.Field]; e.Kind == forms.Custom && !said && len(e.Default) > 0 {
			given[e.Field] = e.Default
		}
	}
	return given
}

// current is what conditions look at in an incident, with the answers that a form holds.
func current(inc incident.Incident, given forms.Values) forms.Situation {
	s := inc.Situation()
	for field, values := range given {
		s.Fields[field] = values
	}
	return s
}

func (l sight) ranks() map[id.ID]int32 {
	ranks := map[id.ID]int32{}
	for _, one := range l.Severities {
		ranks[one.ID] = one.Rank
	}
	return ranks
}

// momentAsked shows the custom fields that the form of a moment asks of an incident, which is as the form has it.
func (p *Pages) momentAsked(ctx context.Context, inc incident.Incident, moment forms.Moment, form *page.Form) ([]askedView, forms.Form, forms.Situation, error) {
	all, err := p.Forms.Forms(ctx, inc.Type.ID)
	if err != nil {
		return nil, forms.Form{}, forms.Situation{}, err
	}
	f := all[moment]
	if moment == forms.Resolve {
		f = forms.Resolution(all)
	}
	s := current(inc, readFields(form, f.Fields))
	s.Fields = withDefaults(f, s.Fields)
	for name, held := range map[string]*id.ID{"severity": &s.Severity, "status": &s.Status, "lead": &s.Lead} {
		if form.Has(name) {
			*held = id.ID(form.Value(name))
		}
	}
	return asked(f, s, form), f, s, nil
}

// asksAgain is where a form is asked for again when an answer in it may bring up others; empty when none can.
func asksAgain(f forms.Form, address string) string {
	if slices.ContainsFunc(f.Elements, func(e forms.Element) bool { return len(e.ShownWhen)+len(e.RequiredWhen) > 0 }) {
		return address
	}
	return ""
}

// updateAsked shows what the form of an update asks; one that ends the incident asks for what must be known before.
func (p *Pages) updateAsked(ctx context.Context, l sight, inc incident.Incident, form *page.Form) (updateAsked, error) {
	views, f, s, err := p.momentAsked(ctx, inc, forms.Update, form)
	if err != nil {
		return updateAsked{}, err
	}
	v := updateAsked{Asked: views, AsksSeverity: f.Shows(forms.Severity, s), AsksNext: f.Shows(forms.Next, s), Ask: asksAgain(f, path(inc)+"/updates/new")}
	before, end, _, err := p.momentAsked(ctx, inc, forms.Resolve, form)
	if err != nil || !inc.Status.Category.Ongoing() {
		return v, err
	}
	if len(before) > 0 || asksAgain(end, "again") != "" { // then choosing the last status brings it up
		v.Ask = path(inc) + "/updates/new"
	}
	ends := slices.ContainsFunc(l.Statuses, func(s incident.Status) bool {
		return string(s.ID) == form.Value("status") && (s.Category == incident.CategoryLearning || s.Category == incident.CategoryClosed)
	})
	for _, one := range before {
		if _, there := f.Asks(one.Field.Name); ends && !there {
			v.Asked = append(v.Asked, one)
		}
	}
	return v, nil
}

// given reads the answers to an incident's custom fields.
func (p *Pages) given(ctx context.Context, form *page.Form) (forms.Values, error) {
	fields, err := p.Forms.Fields(ctx)
	return readFields(form, fields), err
}

// fieldsEditor is the form of all custom fields of an incident.
func (p *Pages) fieldsEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{})
	v := editView{Title: "Fields", Action: path(inc) + "/fields", Method: "PUT", Submit: "Save", Form: form}
	var elements []forms.Element
	var fields []forms.Field
	for _, f := range inc.Fields {
		if !f.Field.Archived {
			elements, fields = append(elements, forms.Element{Kind: forms.Custom, Field: f.Field.ID}), append(fields, f.Field)
		}
	}
	s := current(inc, readFields(form, fields))
	for _, a := range asked(forms.Form{Elements: elements, Fields: fields}, s, form) {
		v.Fields = append(v.Fields, fieldInput(a))
	}
	if len(v.Fields) == 0 {
		v.Hint = "Nothing is asked of this incident. Fields are set up in the settings."
	}
	return v, nil
}

func (p *Pages) setFields(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "fields", "Saved", func(inc incident.Incident, form *page.Form) error {
		given, err := p.given(r.Context(), form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.SetFields(r.Context(), incident.SetFields{Incident: inc.ID, Fields: given})
		return err
	})
}

// inputs are the components of what is asked.
func inputs(views []askedView) []templ.Component {
	all := make([]templ.Component, len(views))
	for n, v := range views {
		all[n] = fieldInput(v)
	}
	return all
}
