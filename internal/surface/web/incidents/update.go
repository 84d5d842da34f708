package incidents

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// updateFormView is the page on which an update is written.
type updateFormView struct {
	incidentView
	Form       *page.Form
	Statuses   []ui.Option
	Severities []ui.Option
	Next       []ui.Option
	Readers    int
	Since      []sinceView
	Minutes    string // of a promise of another length
}

// sinceView is something said since the last update, to write from.
type sinceView struct {
	At   ui.Moment
	Text string
}

// nexts are the promises offered; another number of minutes can be typed.
var nexts = []ui.Option{{Value: "15", Label: "15 min"}, {Value: "30", Label: "30 min"}, {Value: "60", Label: "1 hour"}, {Value: "other", Label: "Other"}, {Value: "0", Label: "No reminder"}}

func (p *Pages) updateForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	return p.showUpdate(w, r, http.StatusOK, nil)
}

func (p *Pages) showUpdate(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	v, inc, l, err := p.view(r, "update")
	if err != nil {
		return err
	}
	p.dealing(r.Context(), inc.ID, "update")
	if form == nil {
		next := "30"
		if inc.LastUpdate != nil && inc.LastUpdate.NextMinutes > 0 {
			next = fmt.Sprint(inc.LastUpdate.NextMinutes)
		}
		form = page.NewForm(map[string]string{
			"message": r.URL.Query().Get("message"), "status": string(inc.Status.ID), "severity": string(severityID(inc)), "next": next, "minutes": "", "key": string(id.New(l.Now)),
		})
	}
	u := updateFormView{
		incidentView: v, Form: form, Statuses: l.statusOptions(inc.Status.Category, id.ID(form.Value("status"))),
		Severities: l.severityOptions(id.ID(form.Value("severity"))), Readers: len(v.People) + v.PeopleMore,
	}
	known := false
	for _, o := range nexts {
		o.Chosen = o.Value == form.Value("next")
		known = known || o.Chosen
		u.Next = append(u.Next, o)
	}
	if !known { // a promise of another length is the custom one
		u.Next[3].Chosen, u.Minutes = true, form.Value("next")
	}
	if typed := form.Value("minutes"); typed != "" {
		u.Minutes = typed
	}
	since := inc.DeclaredAt
	if inc.LastUpdate != nil {
		since = inc.LastUpdate.At
	}
	messages, _, err := p.Rooms.History(r.Context(), inc.ID, 0, pageOf)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if m.Kind == room.FromPerson && !m.Deleted && m.PostedAt.After(since) && !m.Document.Empty() {
			u.Since = append(u.Since, sinceView{At: l.Moment(m.PostedAt), Text: m.Author.Name + ": " + m.Document.Excerpt(140)})
		}
	}
	if extra := len(u.Since) - mostSince; extra > 0 {
		u.Since = u.Since[extra:]
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: "Send an update", Section: "incidents", Look: "app--form", Topics: "incident:" + v.ID, Content: updatePage(u)})
}

// mostSince is how many messages are shown to write from.
const mostSince = 6

func (p *Pages) sendUpdate(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	sent, err := p.send(r, inc, form)
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.showUpdate(w, r, page.Status(err), form)
	}
	words := "Update sent"
	if sent.Existing {
		words = "This update was sent already"
	}
	if page.Quiet(r) {
		return page.Go(w, r, path(inc))
	}
	return page.Done(w, r, path(inc), words)
}

func (p *Pages) send(r *http.Request, inc incident.Incident, form *page.Form) (incident.Sent, error) {
	minutes := form.Value("next")
	if minutes == "other" {
		minutes = strings.TrimSpace(form.Value("minutes"))
	}
	next, err := number("next", minutes)
	if err != nil {
		return incident.Sent{}, problem.Field("minutes", "not_a_number", "%q is no number of minutes; write a whole number such as 45.", minutes)
	}
	status := id.ID(form.Value("status"))
	if status == inc.Status.ID {
		status = ""
	}
	severity := id.ID(form.Value("severity"))
	if severity == severityID(inc) {
		severity = ""
	}
	return p.Incidents.SendUpdate(r.Context(), incident.SendUpdate{
		Incident: inc.ID, Message: form.Value("message"), Status: status, Severity: severity, NextMinutes: int(next), Key: form.Value("key"),
	})
}

// reminded says when the reminder of the chosen promise comes.
func (v updateFormView) reminded() string {
	for _, o := range v.Next {
		if o.Chosen && o.Value != "other" && o.Value != "0" {
			minutes, _ := time.ParseDuration(o.Value + "m")
			return "You will be reminded at " + v.Now.Add(minutes).In(v.Zone).Format("15:04") + "."
		}
	}
	return ""
}

// goes says who gets the update.
func (v updateFormView) goes() string {
	if v.Readers == 1 {
		return "1 person in the room"
	}
	return fmt.Sprintf("%d people in the room", v.Readers)
}
