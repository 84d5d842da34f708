package incidents

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/hint"
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
	Since      []sinceView
	Minutes    string // of a promise of another length
	// Drafted tells that the words were written from the log, and by nobody yet.
	Drafted bool
	// Overtaken is what somebody else sent meanwhile.
	Overtaken *updateView
	updateAsked
	// ToldMeanwhile is what somebody else wrote for customers while this was written; nil when nobody did.
	ToldMeanwhile *string
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
	return p.showUpdate(w, r, http.StatusOK, nil, nil)
}

// askUpdate answers with the form as it is asked after an answer in it.
func (p *Pages) askUpdate(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	return p.showUpdate(w, r, http.StatusOK, form, nil)
}

func (p *Pages) showUpdate(w http.ResponseWriter, r *http.Request, status int, form *page.Form, because error) error {
	v, inc, l, err := p.parts(r, "update", ofEverything)
	if err != nil {
		return err
	}
	p.visited(r.Context(), inc, l)
	p.dealing(r.Context(), inc.ID, "update")
	u := updateFormView{incidentView: v, Form: form}
	if form == nil {
		if u.Form, u.Drafted, err = p.freshUpdate(r, inc, l); err != nil {
			return err
		}
	}
	var overtaken *incident.Overtaken
	if errors.As(because, &overtaken) {
		by := l.update(overtaken.By)
		u.Overtaken = &by
		u.Form.Keep("saw", string(overtaken.By.ID))
		u.Form.Problem = ""
	}
	u.choices(inc, l)
	u.tellCustomers(because)
	if u.updateAsked, err = p.updateAsked(r.Context(), l, inc, u.Form); err != nil {
		return err
	}
	if err := p.since(r.Context(), &u, inc, l); err != nil {
		return err
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: "Send an update", Section: "incidents", Look: "app--form", Topics: "incident:" + v.ID, Content: updatePage(u)})
}

// freshUpdate is the form at first: with a draft of what changed, as it stands now.
func (p *Pages) freshUpdate(r *http.Request, inc incident.Incident, l sight) (*page.Form, bool, error) {
	next, saw, after := "30", id.ID(""), int64(0)
	if last := inc.LastUpdate; last != nil {
		saw, after = last.ID, last.Seq
		if last.NextMinutes > 0 {
			next = fmt.Sprint(last.NextMinutes)
		}
	}
	message, drafted := r.URL.Query().Get("message"), false
	if message == "" && !r.URL.Query().Has("empty") {
		draft, err := p.Timelines.Draft(r.Context(), inc.ID, after)
		if err != nil {
			return nil, false, err
		}
		message, drafted = draft, draft != ""
	}
	status, severity := string(inc.Status.ID), string(severityID(inc))
	return page.NewForm(map[string]string{
		"message": message, "status": status, "was_status": status, "severity": severity, "was_severity": severity, "next": next, "minutes": "",
		"saw": string(saw), "key": string(id.New(l.Now)),
	}), drafted, nil
}

// choices offers statuses and severities: as they are now where the writer left them as they were.
func (u *updateFormView) choices(inc incident.Incident, l sight) {
	status, severity := u.Form.Value("status"), u.Form.Value("severity")
	if status == u.Form.Value("was_status") {
		status = string(inc.Status.ID)
	}
	if severity == u.Form.Value("was_severity") {
		severity = string(severityID(inc))
	}
	u.Form.Keep("was_status", string(inc.Status.ID))
	u.Form.Keep("was_severity", string(severityID(inc)))
	u.Statuses, u.Severities = l.statusOptions(inc.Status.Category, id.ID(status)), l.severityOptions(id.ID(severity))
	known := false
	for _, o := range nexts {
		o.Chosen = o.Value == u.Form.Value("next")
		known = known || o.Chosen
		u.Next = append(u.Next, o)
	}
	if !known { // a promise of another length is the custom one
		u.Next[3].Chosen, u.Minutes = true, u.Form.Value("next")
	}
	if typed := u.Form.Value("minutes"); typed != "" {
		u.Minutes = typed
	}
}

// since gathers what was said after the last update.
func (p *Pages) since(ctx context.Context, u *updateFormView, inc incident.Incident, l sight) error {
	since := inc.DeclaredAt
	if inc.LastUpdate != nil {
		since = inc.LastUpdate.At
	}
	messages, _, err := p.Rooms.History(ctx, inc.ID, 0, pageOf)
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
	return nil
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
		return p.showUpdate(w, r, page.Status(err), form, err)
	}
	words := "Update sent"
	if sent.Existing {
		words = "This update was sent already"
	}
	if page.Quiet(r) {
		return page.Go(w, r, path(inc))
	}
	p.hint(w, r, inc.ID, hint.Updated)
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
	cmd := incident.SendUpdate{Incident: inc.ID, Message: form.Value("message"), NextMinutes: int(next), Key: form.Value("key")}
	// What the writer left as it was is not a change, even where somebody else changed it meanwhile.
	if status := form.Value("status"); status != form.Value("was_status") && status != string(inc.Status.ID) {
		cmd.Status = id.ID(status)
	}
	if severity := form.Value("severity"); severity != form.Value("was_severity") && severity != string(severityID(inc)) {
		cmd.Severity = id.ID(severity)
	}
	if cmd.Fields, err = p.given(r.Context(), form); err != nil {
		return incident.Sent{}, err
	}
	if form.Has("saw") {
		saw := id.ID(form.Value("saw"))
		cmd.Saw = &saw
	}
	return p.sendWithCustomers(r.Context(), cmd, form)
}

// reminded says when the reminder of the chosen promise comes.
func (u updateFormView) reminded() string {
	for _, o := range u.Next {
		if o.Chosen && o.Value != "other" && o.Value != "0" {
			minutes, _ := time.ParseDuration(o.Value + "m")
			return "You will be reminded at " + u.Now.Add(minutes).In(u.Zone).Format("15:04") + "."
		}
	}
	return ""
}

// reach says who they are.
func (u updateFormView) reach() string {
	words := people(u.Outside.Reach.Room) + " in the room"
	if n := u.Outside.Reach.Subscribers; n > 0 {
		words += ", " + people(n) + " outside of it"
	}
	return words
}

// goes says who gets the update.
func (u updateFormView) goes() string {
	return people(u.Outside.Reach.Room + u.Outside.Reach.Subscribers)
}
