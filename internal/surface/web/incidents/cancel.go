package incidents

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

func (p *Pages) cancelEditor(_ *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"reason": ""})
	return editView{Title: "Cancel the incident", Action: path(inc) + "/canceled", Method: "PUT", Submit: "Cancel the incident", Form: form, Hint: "For what was declared by mistake. Reopening undoes it.", Fields: []templ.Component{
		ui.TextArea(ui.FieldView{ID: "reason", Name: "reason", Label: "Why?", Hint: "You can leave it out.", Value: form.Value("reason"), Error: form.Error("reason"), Rows: 2, Max: 500, Autofocus: true}),
	}}, nil
}

func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "cancel", "Canceled", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.Cancel(r.Context(), incident.Cancel{Incident: inc.ID, Reason: form.Value("reason")})
		return err
	})
}
