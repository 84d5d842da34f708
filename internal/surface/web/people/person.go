package people

import (
	"net/http"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// personView is one person's page.
type personView struct {
	rowView
	State user.State
	Since ui.Moment
	// Now is what they are in, Before what they were in; Led and Took count both, of those that the reader may see.
	Now, Before []inView
	Took, Led   int64
	AllHref     string
}

// inView is an incident that somebody is in.
type inView struct {
	Href, Reference, Name string
	Private, Leads        bool
	Severity              ui.SeverityView
	Status                ui.StatusView
	Declared, Until       time.Time
	Going                 bool
}

// shownBefore is how many incidents a person's page looks back.
const shownBefore = 20

var (
	ongoing = []incident.Category{incident.CategoryTriage, incident.CategoryLive, incident.CategoryPaused, incident.CategoryLearning}
	past    = []incident.Category{incident.CategoryClosed, incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled}
)

func (p *Pages) person(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, err := p.Users.Get(ctx, id.ID(r.PathValue("user")))
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(ctx)
	l, err := lens.Read(ctx, p.Incidents, p.Clock.Now(), p.Picture)
	if err != nil {
		return err
	}
	alone, err := p.alone(r)
	if err != nil {
		return err
	}
	v := personView{rowView: p.row(r, viewer, u, nil, alone), State: u.State, Since: l.Moment(u.CreatedAt), AllHref: "/incidents?participant=" + string(u.ID)}
	if !viewer.Permissions.Has(authz.ViewIncidents) {
		return p.showPerson(w, r, v)
	}
	now, err := p.Incidents.List(ctx, incident.Filter{Participant: u.ID, Categories: ongoing}, "", 50)
	if err != nil {
		return err
	}
	before, err := p.Incidents.List(ctx, incident.Filter{Participant: u.ID, Categories: past}, "", shownBefore)
	if err != nil {
		return err
	}
	led, err := p.Incidents.List(ctx, incident.Filter{Lead: u.ID}, "", 1)
	if err != nil {
		return err
	}
	v.Now, v.Before, v.Took, v.Led = in(l, u.ID, now.Incidents), in(l, u.ID, before.Incidents), now.Total+before.Total, led.Total
	return p.showPerson(w, r, v)
}

func (p *Pages) showPerson(w http.ResponseWriter, r *http.Request, v personView) error {
	return p.Frame.Show(w, r, page.Page{Title: v.Person.Name, Section: "people", Topics: "user incident", Content: personPage(v)})
}

func in(l lens.Lens, who id.ID, listed []incident.Listed) []inView {
	var all []inView
	for _, inc := range listed {
		one := inView{
			Href: "/incidents/" + inc.Reference, Reference: inc.Reference, Name: inc.Name, Private: inc.Private, Leads: inc.Lead != nil && inc.Lead.ID == who,
			Severity: l.Severity(inc.Severity), Status: l.Status(inc.Status), Declared: inc.DeclaredAt, Until: l.Now, Going: inc.ClosedAt == nil,
		}
		if inc.Reference == "" {
			one.Href += string(inc.ID)
		}
		if inc.ClosedAt != nil {
			one.Until = *inc.ClosedAt
		}
		all = append(all, one)
	}
	return all
}

// state says what is special about somebody's membership.
func (v personView) state() string {
	switch v.State {
	case user.StateInvited:
		return "Invited, has not come yet"
	case user.StateDeactivated:
		return "Deactivated"
	default:
		return ""
	}
}
