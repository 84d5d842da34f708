package incidents

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// accessView is who sees a private incident, and who asks to.
type accessView struct {
	Path    string
	Members []memberView
	Asking  []askingView
	People  []ui.Option // those who could be invited
	Form    *page.Form
	MayEdit bool
}

type memberView struct {
	Person ui.PersonView
	Note   string
	// Remove is the address that takes access away, empty where that would be refused.
	Remove string
	Asks   string
}

type askingView struct {
	Person ui.PersonView
	At     ui.Moment
	Path   string
}

// candidateView is somebody who could go on seeing an incident that is made private.
type candidateView struct {
	Person      ui.PersonView
	Must, Stays bool
}

func (p *Pages) accessRoutes(on func(pattern string, handle page.Handler)) {
	on("POST /access", p.askAccess)
	on("GET /incidents/{ref}/private", p.privateForm)
	on("PUT /incidents/{ref}/private", p.makePrivate)
	on("DELETE /incidents/{ref}/private", p.makePublic)
	on("GET /incidents/{ref}/access", p.accessDialog)
	on("POST /incidents/{ref}/access", p.grantAccess)
	on("DELETE /incidents/{ref}/access/{user}", p.revokeAccess)
	on("PUT /incidents/{ref}/access/requests/{request}", p.allowAccess)
	on("DELETE /incidents/{ref}/access/requests/{request}", p.denyAccess)
}

// orAsk answers a page of an incident that is not there, or not for this reader, with the way to ask: the same for both.
func (p *Pages) orAsk(handle page.Handler) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := handle(w, r)
		if !problem.Is(err, problem.NotFound) || page.Quiet(r) {
			return err
		}
		if _, found := p.here(r); !problem.Is(found, problem.NotFound) {
			return err // the incident is there, and something of it is not
		}
		return page.Bare(w, r, http.StatusNotFound, "Nothing here", unseen(r.PathValue("ref"), problem.All(err)[0].Message))
	}
}

// askAccess answers the same whether there is such an incident or not.
func (p *Pages) askAccess(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	reference := form.Value("reference")
	again, err := p.Incidents.RequestAccess(r.Context(), incident.RequestAccess{Reference: reference})
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	return page.Bare(w, r, http.StatusOK, "Asked", askedFor(reference, again.In(viewer.Zone).Format("15:04")))
}

func (p *Pages) privateForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	if inc.Private {
		return page.Go(w, r, path(inc)+"/access")
	}
	return p.showPrivate(w, r, http.StatusOK, inc, page.NewForm(nil))
}

func (p *Pages) showPrivate(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, form *page.Form) error {
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	people, err := p.Incidents.Candidates(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	shown := make([]candidateView, len(people))
	for n, c := range people {
		shown[n] = candidateView{Person: l.Person(c.Person), Must: c.Must, Stays: c.Stays}
	}
	return p.dialog(w, r, status, inc, "Make the incident private", privateDialog(path(inc)+"/private", shown, form))
}

func (p *Pages) makePrivate(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(*page.Form) (string, string, error) {
		keep := []id.ID{}
		for _, user := range r.Form["keep"] {
			keep = append(keep, id.ID(user))
		}
		_, err := p.Incidents.MakePrivate(r.Context(), incident.MakePrivate{Incident: inc.ID, Keep: keep})
		return path(inc), "", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showPrivate(w, r, status, inc, form)
	})
}

func (p *Pages) makePublic(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		_, err := p.Incidents.MakePublic(r.Context(), incident.MakePublic{Incident: inc.ID, Confirmed: form.Value("confirmed") == "on"})
		return path(inc), "", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showAccess(w, r, status, inc, form)
	})
}

func (p *Pages) accessDialog(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return p.showAccess(w, r, http.StatusOK, inc, page.NewForm(map[string]string{"user": ""}))
}

func (p *Pages) showAccess(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, form *page.Form) error {
	if !inc.Private {
		return page.Go(w, r, path(inc)+"/private")
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v, err := p.access(r.Context(), l, inc)
	if err != nil {
		return err
	}
	v.Form = form
	people, err := p.peopleOptions(r.Context(), form.Value("user"), "Choose somebody")
	if err != nil {
		return err
	}
	in := map[string]bool{}
	for _, m := range v.Members {
		in[m.Person.ID] = true
	}
	for _, o := range people {
		if !in[o.Value] {
			v.People = append(v.People, o)
		}
	}
	return p.dialog(w, r, status, inc, "Who sees this incident", accessDialog(v))
}

// access reads who sees a private incident; of a public one it is empty.
func (p *Pages) access(ctx context.Context, l sight, inc incident.Incident) (accessView, error) {
	v := accessView{Path: path(inc), MayEdit: l.Viewer.Permissions.Has(authz.EditIncidents)}
	if !inc.Private {
		return v, nil
	}
	found, err := p.Incidents.Access(ctx, inc.ID)
	if err != nil {
		return v, err
	}
	for _, m := range found.Members {
		shown := memberView{Person: l.Person(m.Person), Note: strings.Join(m.Roles, ", ")}
		if v.MayEdit && len(m.Roles) == 0 && len(found.Members) > 1 {
			shown.Remove = v.Path + "/access/" + string(m.ID)
			shown.Asks = "Take access from " + m.Name + "? They will not see that the incident exists."
			if shown.Person.You {
				shown.Asks = "Leave this private incident? You will not see it any more."
			}
		}
		v.Members = append(v.Members, shown)
	}
	for _, a := range found.Requests {
		v.Asking = append(v.Asking, askingView{Person: l.Person(a.Person), At: l.Moment(a.AskedAt), Path: v.Path + "/access/requests/" + string(a.ID)})
	}
	return v, nil
}

// count says how many see the incident.
func (v accessView) count() string {
	if len(v.Members) == 1 {
		return "Only you see this incident"
	}
	return fmt.Sprintf("Only the %d people invited see this incident", len(v.Members))
}

func (v accessView) faces() []ui.PersonView {
	var faces []ui.PersonView
	for _, m := range v.Members[:min(len(v.Members), 5)] {
		faces = append(faces, m.Person)
	}
	return faces
}

func (p *Pages) grantAccess(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		user := id.ID(form.Value("user"))
		if user.Empty() {
			return "", "", problem.Field("user", "is_required", "Choose whom to invite.")
		}
		_, err := p.Incidents.GrantAccess(r.Context(), incident.GrantAccess{Incident: inc.ID, User: user})
		return path(inc), "Invited, and told", err
	}, func(status int, form *page.Form, _ error) error {
		return p.showAccess(w, r, status, inc, form)
	})
}

func (p *Pages) revokeAccess(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	user := id.ID(r.PathValue("user"))
	if _, err := p.Incidents.RevokeAccess(r.Context(), incident.RevokeAccess{Incident: inc.ID, User: user}); err != nil {
		return err
	}
	if viewer, _ := page.ViewerOf(r.Context()); viewer.User == user {
		return page.Go(w, r, "/")
	}
	return page.Done(w, r, path(inc), "Access taken")
}

func (p *Pages) allowAccess(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.AllowAccess(r.Context(), incident.AllowAccess{Request: id.ID(r.PathValue("request"))}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "Let in, and told")
}

func (p *Pages) denyAccess(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.DenyAccess(r.Context(), incident.DenyAccess{Request: id.ID(r.PathValue("request"))}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "Not let in; they are not told")
}

// inviting is the field by which somebody who is given something in a private incident is let in as well.
func inviting(inc incident.Incident, form *page.Form) []templ.Component {
	if !inc.Private {
		return nil
	}
	return []templ.Component{ui.Switch("invite", "Invite them if they are not in it yet", "This incident is private: only those invited see it.", form.Value("invite") == "on")}
}

// privateMenu is where the incident is hidden or shown.
func (v incidentView) privateMenu() []ui.MenuItem {
	if v.Mode == string(incident.Tutorial) {
		return nil
	}
	if v.Private {
		return []ui.MenuItem{{Label: "Who sees this incident", Icon: "lock", Href: v.Path + "/access", Dialog: true}}
	}
	if v.Privately {
		return []ui.MenuItem{{Label: "Make it private", Icon: "lock", Href: v.Path + "/private", Dialog: true, Rare: true}}
	}
	return nil
}
