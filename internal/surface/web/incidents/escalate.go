package incidents

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// callView is an escalation as it stands.
type callView struct {
	ID, Path, Incident string
	Title, Message     string
	State              string
	Open, Pending      bool
	// Mine says that the reader is the one who is being called; Leads that they lead already.
	Mine, Leads bool
	MayEdit     bool
	By          ui.PersonView
	At          ui.Moment
	Targets     []calleeView
}

// calleeView is one of those who are called.
type calleeView struct {
	Name, Standing string
	State          string
	Person         *ui.PersonView
}

// callFormView is the form that calls for somebody.
type callFormView struct {
	Path, Key string
	Form      *page.Form
	Who       [3][]ui.Option
	Wait      []ui.Option
	Private   bool
	// Pagers tells that there are pagers among those to choose from.
	Pagers bool
}

// escalationRoutes registers what calls for people.
func (p *Pages) escalationRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/escalations/new", p.escalateForm)
	on("POST /incidents/{ref}/escalations", p.escalate)
	on("GET /incidents/{ref}/escalations/{escalation}", p.escalation)
	on("POST /incidents/{ref}/escalations/{escalation}/acknowledged", p.acknowledge)
	on("DELETE /incidents/{ref}/escalations/{escalation}", p.cancelEscalation)
}

// shownCalls is how many calls that are over stay among the details.
const shownCalls = 3

// calls lists the escalations of an incident: those that are open and the last of the others.
func (p *Pages) calls(ctx context.Context, l sight, inc incident.Incident) ([]callView, error) {
	all, err := p.Escalations.List(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	var shown []callView
	over := 0
	for _, one := range all {
		if one.State != escalation.Pending {
			if over++; over > shownCalls {
				continue
			}
		}
		shown = append(shown, l.call(inc, one))
	}
	return shown, nil
}

func (l sight) call(inc incident.Incident, e escalation.Escalation) callView {
	v := callView{
		ID: string(e.ID), Path: escalation.Path(inc, e.ID), Incident: path(inc), Title: callTitle(e, l.Viewer.User), Message: e.Message, State: string(e.State),
		Open: e.Open(), Pending: e.State == escalation.Pending, MayEdit: l.Viewer.Permissions.Has(authz.EditIncidents),
		Leads: inc.Lead() != nil && inc.Lead().ID == l.Viewer.User, By: l.Actor(e.Creator), At: l.Moment(e.CreatedAt),
	}
	for _, t := range e.Targets {
		one := calleeView{Name: t.Name, Standing: escalation.Standing(e, t, func(at time.Time) string { return l.Moment(at).Short() }), State: string(t.State)}
		if t.Person != nil {
			person := l.Person(*t.Person)
			one.Person = &person
			if person.You && e.Open() && t.State != escalation.TargetWaiting {
				v.Mine = true
			}
		}
		v.Targets = append(v.Targets, one)
	}
	return v
}

// callTitle says in a few words how a call stands.
func callTitle(e escalation.Escalation, viewer id.ID) string {
	name := func(a tenant.Actor) string {
		if a.Type == tenant.User && a.ID == viewer {
			return "You"
		}
		return a.Name
	}
	switch e.State {
	case escalation.Answered:
		if e.In != "" {
			return name(e.By) + " answered in " + e.In
		}
		return name(e.By) + " answered"
	case escalation.Unheard:
		return "Nobody answered"
	case escalation.Called:
		return name(e.By) + " called it off"
	}
	for _, t := range e.Targets {
		if t.Person != nil && t.Person.ID == viewer && t.State != escalation.TargetWaiting {
			return needs(e, viewer)
		}
	}
	return "Calling " + e.Targets[e.Position].Name
}

// needs says who needs the viewer.
func needs(e escalation.Escalation, viewer id.ID) string {
	if e.Creator.ID == viewer {
		return "You called yourself"
	}
	return e.Creator.Name + " needs you"
}

// calling are the calls that wait for the reader.
func (v incidentView) calling() []callView {
	var mine []callView
	for _, one := range v.Calls {
		if one.Mine {
			mine = append(mine, one)
		}
	}
	return mine
}

func (p *Pages) escalateForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateEscalations); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	values := map[string]string{
		"who": r.FormValue("who"), "then": "", "last": "", "message": escalation.Words(inc), "minutes": strconv.Itoa(escalation.DefaultMinutes),
		"key": string(id.New(p.Clock.Now())),
	}
	if again := id.ID(r.FormValue("again")); !again.Empty() {
		before, err := p.Escalations.Get(r.Context(), again)
		if err != nil {
			return err
		}
		values["message"] = before.Message
	}
	return p.showEscalateForm(w, r, http.StatusOK, inc, page.NewForm(values))
}

// slots are the fields of those to be called, in order.
var slots = [3]string{"who", "then", "last"}

func (p *Pages) showEscalateForm(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, form *page.Form) error {
	v := callFormView{Path: path(inc), Key: form.Value("key"), Form: form, Private: inc.Private}
	pagers, err := p.Escalations.Pagers(r.Context())
	if err != nil {
		return err
	}
	for n, slot := range slots {
		none := "Nobody else"
		if n == 0 {
			none = "Choose who is needed"
		}
		people, err := p.peopleOptions(r.Context(), form.Value(slot), none)
		if err != nil {
			return err
		}
		options := people[:1]
		for _, one := range pagers {
			if !one.Disabled {
				value := pagerValue + string(one.ID)
				options = append(options, ui.Option{Value: value, Label: one.Name + " (pager)", Chosen: form.Value(slot) == value})
				v.Pagers = true
			}
		}
		v.Who[n] = append(options[:len(options):len(options)], people[1:]...)
	}
	for _, minutes := range []string{"1", "2", "5", "10", "15"} {
		v.Wait = append(v.Wait, ui.Option{Value: minutes, Label: minutes + " min", Chosen: form.Value("minutes") == minutes})
	}
	return p.dialog(w, r, status, inc, "Reach someone", escalateDialog(v))
}

// pagerValue stands before the id of a pager where people and pagers are chosen from.
const pagerValue = "pager:"

func (p *Pages) escalate(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		minutes, _ := strconv.Atoi(form.Value("minutes"))
		cmd := escalation.Escalate{Incident: inc.ID, Message: form.Value("message"), Minutes: minutes, Key: form.Value("key")}
		for _, slot := range slots {
			if pager, is := strings.CutPrefix(form.Value(slot), pagerValue); is {
				cmd.Targets = append(cmd.Targets, escalation.To{Pager: id.ID(pager)})
			} else if user := id.ID(form.Value(slot)); !user.Empty() {
				cmd.Targets = append(cmd.Targets, escalation.To{User: user})
			}
		}
		made, err := p.Escalations.Escalate(r.Context(), cmd)
		if err != nil {
			return "", "", err
		}
		return path(inc), "Calling " + made.Targets[0].Name, nil
	}, func(status int, form *page.Form, _ error) error {
		return p.showEscalateForm(w, r, status, inc, form)
	})
}

// escalation is where a call leads that was read on a phone in the night: who needs what, and the one button.
func (p *Pages) escalation(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	found, err := p.found(r, inc)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v, call := l.incident(inc), l.call(inc, found)
	if r.Header.Get("HX-Region") == "true" {
		return page.Part(w, r, http.StatusOK, callPage(v, call))
	}
	return p.Frame.Show(w, r, page.Page{
		Title: call.Title + " · " + inc.Reference, Section: "incidents", Look: "app--form", Topics: "incident:" + string(inc.ID), Content: callPage(v, call),
	})
}

// found reads the escalation that the path names, which is of the incident that it names too.
func (p *Pages) found(r *http.Request, inc incident.Incident) (escalation.Escalation, error) {
	found, err := p.Escalations.Get(r.Context(), id.ID(r.PathValue("escalation")))
	if err == nil && found.Incident != inc.ID {
		return found, problem.Missing("escalation")
	}
	return found, err
}

func (p *Pages) acknowledge(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	found, err := p.found(r, inc)
	if err != nil {
		return err
	}
	done, err := p.Escalations.Acknowledge(r.Context(), escalation.Acknowledge{Escalation: found.ID, TakeLead: r.FormValue("lead") == "true"})
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	words := "You are on it"
	if done.By.ID != viewer.User {
		words = done.By.Name + " answered first; you are in as well"
	}
	if r.FormValue("lead") == "true" {
		words += ", and you lead"
	}
	return page.Done(w, r, path(inc), words)
}

func (p *Pages) cancelEscalation(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	found, err := p.found(r, inc)
	if err != nil {
		return err
	}
	if _, err := p.Escalations.Cancel(r.Context(), escalation.Cancel{Escalation: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "Called off")
}

// reached says by which ways somebody is called.
func (v callFormView) reached() string {
	hint := "By push, again and again, and by mail, whatever they muted."
	if v.Private {
		hint += " They are let into this private incident."
	}
	return hint
}

// mayReach offers to call for somebody; nobody is called from a tutorial.
func (v incidentView) mayReach() bool {
	return v.MayEdit && !v.Closed && v.Mode != string(incident.Tutorial)
}
