package incidents

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

func (p *Pages) declineEditor(_ *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"reason": ""})
	return editView{Title: "Decline", Action: path(inc) + "/declined", Method: "PUT", Submit: "Decline", Form: form, Hint: "It is no incident. Reopening undoes it.", Fields: []templ.Component{
		ui.TextArea(ui.FieldView{ID: "reason", Name: "reason", Label: "Why is it none?", Hint: "Whoever reported it reads this.", Value: form.Value("reason"), Error: form.Error("reason"), Required: true, Rows: 2, Max: 500, Autofocus: true}),
	}}, nil
}

func (p *Pages) decline(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "decline", "Declined", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.Decline(r.Context(), incident.Decline{Incident: inc.ID, Reason: form.Value("reason")})
		return err
	})
}
