package incidents

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// region is a part of the page that is fetched by itself, with what it shows.
type region struct {
	of   part
	show func(v incidentView) templ.Component
}

var regions = map[string]region{
	"header":     {ofHeader, header},
	"band":       {ofBand, band},
	"tabs":       {ofTabs, tabs},
	"side":       {ofSide, side},
	"details":    {ofBand | ofSide | ofActions, detailsTab},
	"actions":    {ofActions, actionsTab},
	"streams":    {ofStreams, streamsTab},
	"follow-ups": {ofFollowUps, followUpsTab},
}

// region answers with one part of the page, for a page that is open.
func (p *Pages) region(w http.ResponseWriter, r *http.Request) error {
	name, tab := r.PathValue("region"), r.URL.Query().Get("tab")
	if known, found := regions[name]; found {
		v, _, _, err := p.parts(r, tab, known.of)
		if err != nil {
			return err
		}
		return page.Part(w, r, http.StatusOK, known.show(v))
	}
	read, found := map[string]tabPart{"timeline": p.timelinePart(r), "updates": p.updatesPart, "log": p.logPart}[name]
	if !found {
		return problem.New(problem.NotFound, "not_found", "The page has no part %q.", name)
	}
	var shown templ.Component
	if _, _, _, err := p.parts(r, tab, 0, read.into(&shown)); err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, shown)
}
