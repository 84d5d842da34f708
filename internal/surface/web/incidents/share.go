package incidents

import (
	"net/http"
	"net/url"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// shareView is an address that works for everyone in the organisation who may see the incident.
type shareView struct {
	Address, Title string
	Private        bool
	Organisation   string
}

// shared is the address that people pass on. It names the organisation, as its reader may be in several.
func shared(base, slug string, inc incident.Incident) string {
	ref := inc.Reference
	if ref == "" {
		ref = string(inc.ID)
	}
	return base + "/i/" + ref + "?o=" + url.QueryEscape(slug)
}

func (p *Pages) share(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	v := shareView{
		Address: shared(p.URL, viewer.OrganisationSlug, inc), Title: inc.Reference + " " + inc.Name, Private: inc.Private, Organisation: viewer.OrganisationName,
	}
	return p.dialog(w, r, http.StatusOK, inc, "Share this incident", shareDialog(v))
}

// follow leads who was given an address to the page that everyone can read. Whoever may not see the incident learns
// here, as everywhere, that there is none.
func (p *Pages) follow(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Go(w, r, path(inc)+"/brief")
}
