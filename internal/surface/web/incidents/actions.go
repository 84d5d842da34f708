package incidents

import (
	"net/http"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// actionView is one action.
type actionView struct {
	ID, Path    string
	Description string
	Open        bool
	Dropped     bool
	Assignee    *ui.PersonView
	Due         *dueView
	// Message leads to what it was made from in the room; empty where it was made from nothing there.
	Message string
	// FollowUp is where it went on when it was turned into one.
	FollowUp string
	At       ui.Moment
	Creator  ui.PersonView
	MayEdit  bool
}

func (l sight) actions(inc incident.Incident, actions []action.Action) []actionView {
	views := make([]actionView, 0, len(actions))
	for _, a := range actions {
		v := actionView{
			ID: string(a.ID), Path: path(inc) + "/actions/" + string(a.ID), Description: a.Description, Open: a.Status == action.Outstanding,
			Dropped: a.Status == action.NotDoing, At: l.Moment(a.CreatedAt), Creator: l.Actor(a.Creator), MayEdit: l.incident(inc).MayEdit, Due: l.actionDue(a),
		}
		if !a.Message.Empty() {
			v.Message = path(inc) + "?message=" + string(a.Message) + "#m-" + string(a.Message)
		}
		if a.Assignee != nil {
			assignee := l.Person(*a.Assignee)
			v.Assignee = &assignee
		}
		views = append(views, v)
	}
	return views
}

// wentOn marks the actions that were turned into follow-ups.
func (v incidentView) wentOn() {
	for n := range v.Actions {
		if slices.ContainsFunc(v.FollowUps, func(f followUpView) bool { return f.Action == v.Actions[n].ID }) {
			v.Actions[n].FollowUp = v.Path + "/follow-ups"
		}
	}
}

func (p *Pages) createAction(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	cmd := action.Create{
		Incident: inc.ID, Description: form.Value("description"), Assignee: id.ID(form.Value("assignee")), Invite: form.Value("invite") == "on",
		Message: id.ID(form.Value("message")), Key: form.Value("key"),
	}
	if _, err := p.from(r, inc, cmd.Message); err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	if cmd.Due, err = action.ReadDue(form.Value("due"), l.Now.In(l.zone())); err == nil {
		_, err = p.Actions.Create(r.Context(), cmd)
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.edit(w, r, "action", page.Status(err), form, err)
	}
	p.hint(w, r, inc.ID, hint.Action)
	return page.Done(w, r, path(inc)+"/actions", "Action added")
}

// from returns the words of the message of this incident that something is made from; empty where it is made from none.
func (p *Pages) from(r *http.Request, inc incident.Incident, message id.ID) (string, error) {
	if message.Empty() {
		return "", nil
	}
	m, err := p.Rooms.Message(r.Context(), message)
	if err == nil && m.Incident != inc.ID {
		err = problem.Missing("message")
	}
	return m.Document.Excerpt(300), err
}

// actionHere checks that the action which the path names belongs to the incident which it names.
func (p *Pages) actionHere(r *http.Request) (incident.Incident, *page.Form, id.ID, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, nil, "", err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return inc, nil, "", err
	}
	a, err := p.Actions.Get(r.Context(), id.ID(r.PathValue("action")))
	if err != nil {
		return inc, nil, "", err
	}
	if a.Incident != inc.ID {
		return inc, nil, "", problem.Missing("action")
	}
	return inc, form, a.ID, nil
}

func (p *Pages) setActionStatus(w http.ResponseWriter, r *http.Request) error {
	inc, form, act, err := p.actionHere(r)
	if err != nil {
		return err
	}
	words := ""
	switch status := form.Value("status"); status {
	case "completed":
		words = "Done"
		_, err = p.Actions.Complete(r.Context(), action.Complete{Action: act})
	case "outstanding":
		words = "Open again"
		_, err = p.Actions.Reopen(r.Context(), action.Reopen{Action: act})
	case "not_doing":
		words = "Not doing that"
		_, err = p.Actions.Drop(r.Context(), action.Drop{Action: act})
	case "deleted":
		words = "Action deleted"
		_, err = p.Actions.Delete(r.Context(), action.Delete{Action: act})
	default:
		err = problem.Field("status", "unknown", "%q is no status of an action; use completed, outstanding, not_doing or deleted.", status)
	}
	if err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/actions", words)
}

func (p *Pages) assignAction(w http.ResponseWriter, r *http.Request) error {
	inc, form, act, err := p.actionHere(r)
	if err != nil {
		return err
	}
	if _, err := p.Actions.Assign(r.Context(), action.Assign{Action: act, Assignee: id.ID(form.Value("assignee")), Invite: form.Value("invite") == "on"}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/actions", "Assigned")
}

func (p *Pages) describeAction(w http.ResponseWriter, r *http.Request) error {
	inc, form, act, err := p.actionHere(r)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	if _, err := p.Actions.Edit(r.Context(), action.Edit{Action: act, Description: form.Value("description"), Version: seen}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc)+"/actions", "Action changed")
}

// menu lists what can be done with an action.
func (a actionView) menu() []ui.MenuItem {
	at := strings.TrimSuffix(a.Path, "/actions/"+a.ID)
	var items []ui.MenuItem
	if a.Open {
		items = append(
			items,
			ui.MenuItem{Label: "Assign", Icon: "user", Href: at + "/edit/assign-" + a.ID, Dialog: true},
			ui.MenuItem{Label: "Set when it is due", Icon: "clock", Href: at + "/edit/due-" + a.ID, Dialog: true},
			ui.MenuItem{Label: "Change the words", Icon: "pencil", Href: at + "/edit/describe-" + a.ID, Dialog: true},
			ui.MenuItem{Label: "Not doing it", Icon: "x", Href: a.Path + "/status?status=not_doing", Method: "PUT"},
		)
	}
	if a.FollowUp == "" {
		items = append(items, ui.MenuItem{Label: "Turn into a follow-up", Icon: "corner-down-right", Href: at + "/follow-ups/new?action=" + a.ID, Dialog: true})
	}
	return items
}
