package incidents

import (
	"context"
	"net/url"
	"slices"
	"strings"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// choiceFilter narrows the list by something of the organisation's own: the type, or a custom field with options.
type choiceFilter struct {
	Name, Label, Any string
	Options          []ui.Option
	// shown is the chosen option's name.
	shown string
}

// choiceFilters are those that the list offers: by type where there are several, and by each field that is chosen from.
func (p *Pages) choiceFilters(ctx context.Context, query url.Values) ([]choiceFilter, error) {
	var all []choiceFilter
	types, err := p.Incidents.Types(ctx)
	if err != nil {
		return nil, err
	}
	if len(types) > 1 {
		kind := choiceFilter{Name: "type", Label: "Type", Any: "Any type"}
		for _, t := range types {
			kind.add(query, string(t.ID), t.Name, false)
		}
		all = append(all, kind)
	}
	fields, err := p.Forms.Fields(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if !f.Type.Chosen() {
			continue
		}
		field := choiceFilter{Name: forms.FieldKey(f.ID), Label: f.Name, Any: "Any"}
		for _, o := range f.Options {
			field.add(query, string(o.ID), o.Value, o.Archived)
		}
		all = append(all, field)
	}
	return all, nil
}

// add offers an option; one that is out of use only where it is chosen, as in a view that was saved before.
func (f *choiceFilter) add(query url.Values, value, label string, archived bool) {
	chosen := query.Get(f.Name) == value
	if chosen {
		f.shown = label
	}
	if chosen || !archived {
		f.Options = append(f.Options, ui.Option{Value: value, Label: label, Chosen: chosen})
	}
}

// narrow puts what is chosen of the organisation's own into the filter.
func narrow(f *incident.Filter, query url.Values) {
	if kind := query.Get("type"); kind != "" {
		f.Types = []id.ID{id.ID(kind)}
	}
	for name := range query {
		field, isField := strings.CutPrefix(name, forms.FieldKey(""))
		if option := query.Get(name); isField && option != "" {
			if f.Fields == nil {
				f.Fields = map[id.ID][]id.ID{}
			}
			f.Fields[id.ID(field)] = []id.ID{id.ID(option)}
		}
	}
}

// choicesOn are the filters by the organisation's own that are on; what is not there any more can be taken off.
func choicesOn(query url.Values, all []choiceFilter) []filterView {
	var on []filterView
	var names []string
	for name := range query {
		if query.Get(name) != "" && (name == "type" || strings.HasPrefix(name, forms.FieldKey(""))) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, f := range all {
		if slices.Contains(names, f.Name) {
			names = slices.DeleteFunc(names, func(name string) bool { return name == f.Name })
			on = append(on, filterView{Label: f.Label, Value: known(f.shown), Without: with(query, f.Name, "")})
		}
	}
	for _, name := range names {
		label := "Field"
		if name == "type" {
			label = "Type"
		}
		on = append(on, filterView{Label: label, Value: known(""), Without: with(query, name, "")})
	}
	return on
}

func known(shown string) string {
	if shown == "" {
		return "unknown"
	}
	return shown
}
