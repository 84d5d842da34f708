package incidents

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// typeOptions are the types to choose from; nothing chosen is the default.
func typeOptions(types []incident.Type, chosen string) []ui.Option {
	options := make([]ui.Option, len(types))
	for n, t := range types {
		options[n] = ui.Option{Value: string(t.ID), Label: t.Name, Hint: t.Description, Chosen: string(t.ID) == chosen || chosen == "" && t.Default}
	}
	return options
}

// typesFor are the types that an incident can be of: some are for private ones alone.
func (p *Pages) typesFor(ctx context.Context, inc incident.Incident) ([]incident.Type, error) {
	types, err := p.Incidents.Types(ctx)
	return slices.DeleteFunc(types, func(t incident.Type) bool { return t.PrivateOnly && !inc.Private && t.ID != inc.Type.ID }), err
}

// typeEditor asks for another type, and for what its incidents have that this one has not.
func (p *Pages) typeEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	fresh := form == nil
	form = orFresh(form, map[string]string{"type": string(inc.Type.ID)})
	types, err := p.typesFor(r.Context(), inc)
	if err != nil {
		return editView{}, err
	}
	v := editView{Title: "What type of incident is it?", Action: path(inc) + "/type", Method: "PUT", Submit: "Set type", Form: form, Ask: path(inc) + "/edit/type", Fields: []templ.Component{
		ui.Choices(ui.ChoiceView{Name: "type", Label: "Type", Error: form.Error("type"), Options: typeOptions(types, form.Value("type"))}),
	}}
	if fresh {
		return v, nil
	}
	all, err := p.Forms.Forms(r.Context(), id.ID(form.Value("type")))
	if err != nil {
		return v, err
	}
	s := current(inc, readFields(form, all[forms.Declare].Fields))
	s.Type = id.ID(form.Value("type"))
	v.Fields = append(v.Fields, inputs(asked(all[forms.Declare], s, form))...)
	return v, nil
}

func (p *Pages) changeType(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "type", "Type set", func(inc incident.Incident, form *page.Form) error {
		given, err := p.given(r.Context(), form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.ChangeType(r.Context(), incident.ChangeType{Incident: inc.ID, Type: id.ID(form.Value("type")), Fields: given})
		return err
	})
}
