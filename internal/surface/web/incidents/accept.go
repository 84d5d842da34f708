package incidents

import (
	"net/http"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// acceptEditor asks for what was found out in triage; all of it can stay as it is.
func (p *Pages) acceptEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	lead := ""
	if inc.Lead() != nil {
		lead = string(inc.Lead().ID)
	}
	form = orFresh(form, map[string]string{
		"severity": string(severityID(inc)), "name": inc.Name, "summary": inc.Summary.Source, "lead": lead, "type": string(inc.Type.ID),
	})
	types, err := p.typesFor(r.Context(), inc)
	if err != nil {
		return editView{}, err
	}
	if form.Has("type") { // each type asks for its own
		inc.Type.ID = id.ID(form.Value("type"))
	}
	views, f, s, err := p.momentAsked(r.Context(), inc, forms.Accept, form)
	if err != nil {
		return editView{}, err
	}
	v := editView{
		Title: "Accept as an incident", Action: path(inc) + "/accepted", Method: "PUT", Submit: "Accept", Form: form,
		Hint: "It becomes active, and those who asked to hear of incidents are told.", Ask: asksAgain(f, path(inc)+"/edit/accept"),
	}
	if f.Shows(forms.Severity, s) {
		v.Fields = append(v.Fields, ui.Choices(ui.ChoiceView{Name: "severity", Label: "How bad is it?", Error: form.Error("severity"), Options: l.severityOptions(id.ID(form.Value("severity")))}))
	}
	if f.Shows(forms.Type, s) && len(types) > 1 {
		v.Ask = path(inc) + "/edit/accept"
		v.Fields = append(v.Fields, ui.Select(ui.FieldView{ID: "type", Name: "type", Label: "Type", Error: form.Error("type")}, typeOptions(types, form.Value("type"))))
	}
	if f.Shows(forms.Name, s) {
		v.Fields = append(v.Fields, ui.Field(ui.FieldView{ID: "name", Name: "name", Label: "What is wrong?", Value: form.Value("name"), Error: form.Error("name"), Required: true, Max: 200, Autocomplete: "off"}))
	}
	if f.Shows(forms.Summary, s) {
		v.Fields = append(v.Fields, ui.TextArea(ui.FieldView{ID: "summary", Name: "summary", Label: "Summary", Hint: "What is wrong, for whom, since when.", Value: form.Value("summary"), Error: form.Error("summary"), Rows: 3, Draft: "summary-" + string(inc.ID)}))
	}
	if f.Shows(forms.Lead, s) {
		people, err := p.peopleOptions(r.Context(), form.Value("lead"), "Nobody yet")
		if err != nil {
			return editView{}, err
		}
		v.Fields = append(v.Fields, ui.Select(ui.FieldView{ID: "lead", Name: "lead", Label: "Who leads?", Error: form.Error("lead")}, people))
	}
	v.Fields = append(v.Fields, inputs(views)...)
	return v, nil
}

func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "accept", "Accepted", func(inc incident.Incident, form *page.Form) error {
		given, err := p.given(r.Context(), form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.Accept(r.Context(), incident.Accept{
			Incident: inc.ID, Severity: id.ID(form.Value("severity")), Name: form.Value("name"), Summary: form.Value("summary"), Lead: id.ID(form.Value("lead")),
			Type: id.ID(form.Value("type")), Fields: given,
		})
		return err
	})
}
