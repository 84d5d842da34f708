package incidents

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// hint adds to an answer a hint for the one who acted, where one is due. What was done never fails for want of it.
func (p *Pages) hint(w http.ResponseWriter, r *http.Request, in id.ID, after hint.Moment) {
	if !page.Quiet(r) {
		return
	}
	words, err := p.Hints.Offer(r.Context(), hint.Offer{Incident: in, After: after})
	if err != nil {
		slog.WarnContext(r.Context(), "a hint could not be looked up", "error", err)
		return
	}
	if words != "" {
		w.Header().Set("Muster-Hint", url.PathEscape(words))
	}
}

// momentOf is what was done by the editor of something.
func momentOf(inc incident.Incident, what string) hint.Moment {
	role, given := strings.CutPrefix(what, "role-")
	if !given {
		return hint.Moment(what)
	}
	for _, one := range inc.Roles {
		if string(one.Role.ID) == role && one.Role.Kind == incident.RoleLead {
			return hint.Lead
		}
	}
	return ""
}

// switchHints says whether the reader wants hints.
func (p *Pages) switchHints(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	wanted := form.Value("wanted") != ""
	if err := p.Hints.Want(r.Context(), hint.Want{Wanted: wanted}); err != nil {
		return err
	}
	words := "No more hints"
	if wanted {
		words = "Hints are on"
	}
	return page.Done(w, r, "/settings/notifications", words)
}
