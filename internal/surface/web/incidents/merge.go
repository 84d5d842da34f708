package incidents

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// mergeEditor offers what is going on; a private incident goes into private ones only.
func (p *Pages) mergeEditor(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"into": ""})
	going, err := p.Incidents.Live(r.Context())
	if err != nil {
		return editView{}, err
	}
	options := []ui.Option{{Label: "Choose an incident"}}
	for _, one := range going {
		if one.ID == inc.ID || inc.Private && !one.Private || (one.Mode == incident.Test) != (inc.Mode == incident.Test) {
			continue
		}
		label := strings.TrimSpace(one.Reference + " " + one.Name)
		if one.Severity != nil {
			label += " · " + one.Severity.Name
		}
		if one.Private {
			label += " · Private"
		}
		options = append(options, ui.Option{Value: string(one.ID), Label: label, Chosen: string(one.ID) == form.Value("into")})
	}
	v := editView{Title: "Merge into another", Action: path(inc) + "/merged", Method: "PUT", Submit: "Merge", Form: form}
	if len(options) == 1 {
		v.Fields = []templ.Component{ui.Notice("layers", "No other incident is going on that this one could be merged into.", false)}
		return v, nil
	}
	v.Hint = "Its people and pins go along. Reopening undoes it."
	v.Fields = []templ.Component{
		ui.Select(ui.FieldView{ID: "into", Name: "into", Label: "Which incident is it part of?", Hint: "This one ends and points there.", Error: form.Error("into"), Autofocus: true}, options),
	}
	return v, nil
}

func (p *Pages) merge(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "merge", "Merged", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.Merge(r.Context(), incident.Merge{Incident: inc.ID, Into: id.ID(form.Value("into"))})
		return err
	})
}
