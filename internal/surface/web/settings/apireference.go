package settings

import (
	"net/http"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/settings/reference"
)

// referenceRoutes are the pages about the public API, made from the document that programs read.
func (p *Pages) referenceRoutes(on func(string, page.Handler)) {
	on("GET "+reference.Path, p.apiReference)
	on("GET "+reference.Path+"/{family}", p.apiFamily)
}

func (p *Pages) apiReference(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, "api-reference", "API reference", reference.Index(p.Reference()))
}

func (p *Pages) apiFamily(w http.ResponseWriter, r *http.Request) error {
	family, found := p.Reference().Family(r.PathValue("family"))
	if !found {
		return problem.Missing("family of operations")
	}
	return p.show(w, r, http.StatusOK, "api-reference", family.Name+" · API reference", reference.Page(family))
}
