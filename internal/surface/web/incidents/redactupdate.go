package incidents

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

func (p *Pages) redactUpdateRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/updates/{update}/redact", p.redactUpdateForm)
	on("DELETE /incidents/{ref}/updates/{update}/words", p.redactUpdate)
}

// redactUpdateView is the dialog: what the update says, and where that stands.
type redactUpdateView struct {
	Path   string
	Update updateView
	Places []redaction.Place
	Total  int
}

// updateToRedact returns the update if the reader may redact in its incident.
func (p *Pages) updateToRedact(r *http.Request) (incident.Incident, incident.Update, error) {
	inc, u, err := p.updateHere(r)
	if err != nil {
		return inc, u, err
	}
	may, err := p.Redactions.May(r.Context(), inc.ID)
	if err == nil && !may {
		err = problem.New(problem.Forbidden, "not_allowed", "Only the incident's lead and administrators redact.")
	}
	return inc, u, err
}

func (p *Pages) redactUpdateForm(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateToRedact(r)
	if err != nil {
		return err
	}
	found, err := p.Redactions.FindUpdate(r.Context(), redaction.Update{Incident: inc.ID, Update: u.ID})
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // the page has the words in it
	v := redactUpdateView{Path: path(inc) + "/updates/" + string(u.ID) + "/words", Update: l.update(u), Places: found.Places, Total: found.Total}
	return p.dialog(w, r, http.StatusOK, inc, "Remove the words of an update", redactUpdateDialog(v))
}

func (p *Pages) redactUpdate(w http.ResponseWriter, r *http.Request) error {
	inc, u, err := p.updateToRedact(r)
	if err != nil {
		return err
	}
	report, err := p.Redactions.RedactUpdate(r.Context(), redaction.Update{Incident: inc.ID, Update: u.ID})
	if err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/updates", "Removed from "+places(report.Total))
}
