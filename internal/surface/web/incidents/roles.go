package incidents

import (
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// roleNewsView is what somebody is told of a role that they were given.
type roleNewsView struct {
	Path, Name, By, Note, Instructions string
}

// awayView offers the lead to whoever is there while the lead is not.
type awayView struct {
	Path, You string
	Gone      bool // deactivated
}

// roleNews lists what the reader was told of their roles and has not put away.
func (l sight) roleNews(inc incident.Incident) []roleNewsView {
	var news []roleNewsView
	for _, held := range inc.Roles {
		if held.News() && held.Holder.ID == l.Viewer.User && inc.Status.Category.Ongoing() {
			news = append(news, roleNewsView{
				Path: path(inc) + "/roles/" + string(held.Role.ID) + "/news", Name: held.Role.Name, By: held.GivenBy.Name,
				Note: richtext.Parse(held.Note, richtext.Options{}).Excerpt(400), Instructions: held.Role.Instructions,
			})
		}
	}
	return news
}

// away tells that the lead is gone while others wait, unless that is the reader.
func (l sight) away(inc incident.Incident) *awayView {
	lead := inc.Lead()
	if lead == nil || lead.ID == l.Viewer.User || !inc.LeadAway(l.Now) {
		return nil
	}
	for _, held := range inc.Roles {
		if held.Role.Kind == incident.RoleLead {
			return &awayView{Path: path(inc) + "/roles/" + string(held.Role.ID), You: string(l.Viewer.User), Gone: lead.Deactivated}
		}
	}
	return nil
}

// readRole puts away what the reader was told of a role.
func (p *Pages) readRole(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.ReadRole(r.Context(), incident.ReadRole{Incident: found.ID, Role: id.ID(r.PathValue("role"))}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "")
}

// lines parts a text into those that it was written in.
func (v roleNewsView) lines() []string { return strings.Split(v.Instructions, "\n") }
