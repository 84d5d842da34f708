package incidents

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// followUpView is a follow-up in one line.
type followUpView struct {
	ID, Path, Title     string
	Open, Dropped, Late bool
	Priority, Due       string
	// Urgent marks the first of the priorities.
	Urgent   bool
	Labels   []string
	Assignee *ui.PersonView
	MayEdit  bool
	// Incident and Reference are where it comes from, on the page of all.
	Incident, Reference, IncidentPath string
	// Action is the one that it was before.
	Action string
}

// followUpsView is the page of all follow-ups.
type followUpsView struct {
	Tabs       []ui.TabView
	Show       string
	Rows       []followUpView
	Priorities []ui.Option
	Labels     []ui.Option
	// Filtered tells that what is shown was narrowed, so that it can be widened again.
	Filtered bool
}

// followUpFormView is the form of a follow-up.
type followUpFormView struct {
	Title, Action, Method, Submit string
	Form                          *page.Form
	People, Priorities            []ui.Option
	// Explained tells that priorities have words of their own, which are shown beside them.
	Explained bool
}

func (v followUpFormView) priority() ui.ChoiceView {
	return ui.ChoiceView{Name: "priority", Label: "Priority", Error: v.Form.Error("priority"), Options: v.Priorities, Wrap: true}
}

// followUpRoutes registers what is to be done after incidents.
func (p *Pages) followUpRoutes(on func(string, page.Handler)) {
	on("GET /follow-ups", p.Frame.Moment(p.followUps))
	on("GET /incidents/{ref}/follow-ups", p.Frame.Moment(p.incidentFollowUps))
	on("GET /incidents/{ref}/follow-ups/new", p.newFollowUp)
	on("POST /incidents/{ref}/follow-ups", p.createFollowUp)
	on("GET /incidents/{ref}/follow-ups/{followup}/edit", p.editFollowUpForm)
	on("PUT /incidents/{ref}/follow-ups/{followup}", p.editFollowUp)
	on("PUT /incidents/{ref}/follow-ups/{followup}/status", p.moveFollowUp)
}

func (l sight) followUp(at string, f followup.FollowUp) followUpView {
	v := followUpView{
		ID: string(f.ID), Path: at + "/follow-ups/" + string(f.ID), Title: f.Title, Open: f.Status == followup.Outstanding, Dropped: f.Status == followup.Dropped,
		Labels: f.Labels, MayEdit: l.Viewer.Permissions.Has(authz.UpdateFollowUps), Reference: f.IncidentReference, Incident: f.IncidentName, IncidentPath: at,
		Action: string(f.Action),
	}
	if f.Priority != nil {
		v.Priority, v.Urgent = f.Priority.Name, f.Urgent
	}
	if f.Due != nil {
		v.Due, v.Late = "due "+f.Due.Format("Jan 2"), v.Open && f.Due.Before(l.today())
	}
	if f.Assignee != nil {
		person := l.Person(*f.Assignee)
		v.Assignee = &person
	}
	return v
}

// today is the reader's day, at midnight UTC as due days are kept.
func (l sight) today() time.Time {
	now := l.Now
	if l.Viewer.Zone != nil {
		now = now.In(l.Viewer.Zone)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}

func (v followUpView) menu() []ui.MenuItem {
	items := []ui.MenuItem{{Label: "Edit", Icon: "pencil", Href: v.Path + "/edit", Dialog: true}}
	if v.Open {
		items = append(items, ui.MenuItem{Label: "Not doing it", Icon: "x", Href: v.Path + "/status?to=not_doing", Method: "PUT"})
	}
	return append(items, ui.MenuItem{Label: "Delete", Icon: "trash-2", Href: v.Path + "/status?to=deleted", Method: "PUT", Danger: true, Asks: "Delete “" + v.Title + "”?"})
}

// followUpTab is there from the first follow-up of the incident on.
func (v incidentView) followUpTab() []ui.TabView {
	if len(v.FollowUps) == 0 && v.Tab != "follow-ups" {
		return nil
	}
	open := 0
	for _, one := range v.FollowUps {
		if one.Open {
			open++
		}
	}
	count := ""
	if open > 0 {
		count = fmt.Sprint(open)
	}
	return []ui.TabView{{Label: "Follow-ups", Href: v.Path + "/follow-ups", Count: count, Current: v.Tab == "follow-ups", Class: "wide"}}
}

// followUpMenu offers to add one where the incident has some, or is past the heat.
func (v incidentView) followUpMenu() []ui.MenuItem {
	if len(v.FollowUps) == 0 && v.Status.Category == string(incident.CategoryLive) {
		return nil
	}
	return []ui.MenuItem{{Label: "Add a follow-up", Icon: "list-checks", Href: v.Path + "/follow-ups/new", Dialog: true}}
}

func (p *Pages) incidentFollowUps(w http.ResponseWriter, r *http.Request) error {
	v, _, _, err := p.view(r, "follow-ups")
	if err != nil {
		return err
	}
	return p.show(w, r, v, followUpsTab(v))
}

// followUpsOf lists what is to be done after an incident.
func (p *Pages) followUpsOf(ctx context.Context, l sight, inc incident.Incident) ([]followUpView, error) {
	all, err := p.FollowUps.List(ctx, followup.Filter{Incident: inc.ID})
	if err != nil {
		return nil, err
	}
	views := make([]followUpView, len(all))
	for n, one := range all {
		views[n] = l.followUp(path(inc), one)
	}
	return views, nil
}

// followUps is the page of all: the reader's own first, since that is what they come for.
func (p *Pages) followUps(w http.ResponseWriter, r *http.Request) error {
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	v := followUpsView{Show: query.Get("show"), Filtered: query.Get("priority")+query.Get("label") != ""}
	filter := followup.Filter{Status: followup.Outstanding, Label: query.Get("label"), Most: 500}
	priorities, err := p.FollowUps.Priorities(r.Context())
	if err != nil {
		return err
	}
	if asked := query.Get("priority"); asked != "" {
		named, _ := followup.Named(priorities, asked)
		filter.Priority = cmp.Or(named.ID, id.ID(asked))
	}
	switch v.Show {
	case "open":
	case "overdue":
		today := l.today()
		filter.OverdueOn = &today
	case "all":
		filter.Status = ""
	default:
		v.Show, filter.Assignee = "mine", l.Viewer.User
	}
	if incident := query.Get("incident"); incident != "" {
		if filter.Incident, err = p.Incidents.ByReference(r.Context(), incident); err != nil {
			return err
		}
	}
	found, err := p.FollowUps.List(r.Context(), filter)
	if err != nil {
		return err
	}
	labels, err := p.FollowUps.Labels(r.Context())
	if err != nil {
		return err
	}
	for _, one := range found {
		at := path(incident.Incident{ID: one.Incident, Reference: one.IncidentReference})
		v.Rows = append(v.Rows, l.followUp(at, one))
	}
	for _, tab := range []struct{ show, label string }{{"mine", "Mine"}, {"open", "Open"}, {"overdue", "Overdue"}, {"all", "Everything"}} {
		with := url.Values{"show": {tab.show}}
		for _, name := range []string{"priority", "label", "incident"} {
			if kept := query.Get(name); kept != "" {
				with.Set(name, kept)
			}
		}
		v.Tabs = append(v.Tabs, ui.TabView{Label: tab.label, Href: "/follow-ups?" + with.Encode(), Current: v.Show == tab.show})
	}
	v.Priorities = priorityOptions(priorities, string(filter.Priority), "Any priority")
	v.Labels = []ui.Option{{Label: "Any label", Chosen: filter.Label == ""}}
	for _, label := range labels {
		v.Labels = append(v.Labels, ui.Option{Value: label, Label: label, Chosen: label == filter.Label})
	}
	if r.Header.Get("HX-Region") == "true" {
		return page.Part(w, r, http.StatusOK, followUpRows(v))
	}
	return p.Frame.Show(w, r, page.Page{Title: "Follow-ups", Section: "follow-ups", Content: followUpsPage(v)})
}

func priorityOptions(all []followup.Priority, chosen, none string) []ui.Option {
	options := []ui.Option{{Label: none, Chosen: chosen == ""}}
	for _, one := range all {
		options = append(options, ui.Option{Value: string(one.ID), Label: one.Name, Hint: one.Description, Chosen: chosen == string(one.ID)})
	}
	return options
}

// newFollowUp is the form, filled from the action or the message that it comes from.
func (p *Pages) newFollowUp(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateFollowUps); err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	values := map[string]string{
		"title": "", "description": "", "assignee": "", "priority": "", "labels": "", "due": "", "action": r.FormValue("action"), "message": r.FormValue("from"),
		"key": string(id.New(p.Clock.Now())),
	}
	if of := id.ID(values["action"]); !of.Empty() {
		a, err := p.Actions.Get(r.Context(), of)
		if err != nil {
			return err
		}
		if a.Incident != inc.ID {
			return problem.Missing("action")
		}
		values["title"] = a.Description
		if a.Assignee != nil {
			values["assignee"] = string(a.Assignee.ID)
		}
	}
	if values["message"] != "" {
		if values["title"], err = p.from(r, inc, id.ID(values["message"])); err != nil {
			return err
		}
	}
	return p.followUpForm(w, r, http.StatusOK, inc, newFollowUpView(inc, page.NewForm(values)))
}

func newFollowUpView(inc incident.Incident, form *page.Form) followUpFormView {
	return followUpFormView{Title: "Add a follow-up", Action: path(inc) + "/follow-ups", Submit: "Add", Form: form}
}

func (p *Pages) followUpForm(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, v followUpFormView) error {
	people, err := p.peopleOptions(r.Context(), v.Form.Value("assignee"), "Nobody yet")
	if err != nil {
		return err
	}
	priorities, err := p.FollowUps.Priorities(r.Context())
	if err != nil {
		return err
	}
	v.People, v.Priorities = people, priorityOptions(priorities, v.Form.Value("priority"), "No priority")
	v.Explained = slices.ContainsFunc(priorities, func(p followup.Priority) bool { return p.Description != "" })
	return p.dialog(w, r, status, inc, v.Title, followUpDialog(v))
}

// followUpWords reads the form.
func followUpWords(form *page.Form) (followup.Words, error) {
	words := followup.Words{
		Title: form.Value("title"), Description: form.Value("description"), Priority: id.ID(form.Value("priority")),
		Labels: strings.Split(form.Value("labels"), ","), Assignee: id.ID(form.Value("assignee")),
	}
	if typed := form.Value("due"); typed != "" {
		due, err := time.Parse(time.DateOnly, typed)
		if err != nil {
			return words, problem.Field("due", "invalid", "Write the day as 2026-03-21.")
		}
		words.Due = &due
	}
	return words, nil
}

func (p *Pages) createFollowUp(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	words, err := followUpWords(form)
	if err == nil {
		_, err = p.FollowUps.Create(r.Context(), followup.Create{
			Incident: inc.ID, Words: words, Action: id.ID(form.Value("action")), Message: id.ID(form.Value("message")), Key: form.Value("key"),
		})
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.followUpForm(w, r, page.Status(err), inc, newFollowUpView(inc, form))
	}
	return page.Done(w, r, path(inc)+"/follow-ups", "Follow-up added")
}

// followUpHere finds the follow-up that the path names, which is of the incident that it names too.
func (p *Pages) followUpHere(r *http.Request) (incident.Incident, followup.FollowUp, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, followup.FollowUp{}, err
	}
	found, err := p.FollowUps.Get(r.Context(), id.ID(r.PathValue("followup")))
	if err == nil && found.Incident != inc.ID {
		err = problem.Missing("follow-up")
	}
	return inc, found, err
}

func editFollowUpView(inc incident.Incident, f followup.FollowUp, form *page.Form) followUpFormView {
	return followUpFormView{Title: "Edit the follow-up", Action: path(inc) + "/follow-ups/" + string(f.ID), Method: http.MethodPut, Submit: "Save", Form: form}
}

func (p *Pages) editFollowUpForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.UpdateFollowUps); err != nil {
		return err
	}
	inc, f, err := p.followUpHere(r)
	if err != nil {
		return err
	}
	values := map[string]string{
		"title": f.Title, "description": f.Description, "assignee": "", "priority": "", "labels": strings.Join(f.Labels, ", "), "due": "",
		"version": strconv.Itoa(int(f.Version)),
	}
	if f.Assignee != nil {
		values["assignee"] = string(f.Assignee.ID)
	}
	if f.Priority != nil {
		values["priority"] = string(f.Priority.ID)
	}
	if f.Due != nil {
		values["due"] = f.Due.Format(time.DateOnly)
	}
	return p.followUpForm(w, r, http.StatusOK, inc, editFollowUpView(inc, f, page.NewForm(values)))
}

func (p *Pages) editFollowUp(w http.ResponseWriter, r *http.Request) error {
	inc, f, err := p.followUpHere(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	words, err := followUpWords(form)
	if err == nil {
		_, err = p.FollowUps.Edit(r.Context(), followup.Edit{FollowUp: f.ID, Words: words, Version: seen})
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.followUpForm(w, r, page.Status(err), inc, editFollowUpView(inc, f, form))
	}
	return page.Done(w, r, path(inc)+"/follow-ups", "Saved")
}

func (p *Pages) moveFollowUp(w http.ResponseWriter, r *http.Request) error {
	inc, f, err := p.followUpHere(r)
	if err != nil {
		return err
	}
	to := followup.Status(r.FormValue("to"))
	if _, err := p.FollowUps.Move(r.Context(), followup.Move{FollowUp: f.ID, To: to}); err != nil {
		return err
	}
	words := map[followup.Status]string{followup.Done: "Done", followup.Outstanding: "Open again", followup.Dropped: "Not doing that", followup.Gone: "Deleted"}[to]
	where := path(inc) + "/follow-ups"
	if r.FormValue("back") == "all" {
		where = "/follow-ups"
	}
	return page.Done(w, r, where, words)
}

// here is the address of the list as it is filtered.
func (v followUpsView) here() string {
	for _, tab := range v.Tabs {
		if tab.Current {
			return tab.Href
		}
	}
	return "/follow-ups"
}

func urlQuery(text string) string { return url.QueryEscape(text) }
