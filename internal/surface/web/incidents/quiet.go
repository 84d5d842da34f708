package incidents

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
)

func (p *Pages) hush(w http.ResponseWriter, r *http.Request) error {
	return p.setQuiet(w, r, true, "Quiet: nothing reminds, and nobody is told")
}

func (p *Pages) unhush(w http.ResponseWriter, r *http.Request) error {
	return p.setQuiet(w, r, false, "No longer quiet")
}

func (p *Pages) setQuiet(w http.ResponseWriter, r *http.Request, quiet bool, words string) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.SetQuiet(r.Context(), incident.SetQuiet{Incident: found.ID, Quiet: quiet}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), words)
}
