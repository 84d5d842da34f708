package incidents

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// dueView is by when an action is to be done.
type dueView struct {
	ui.DueView
	Exact string
}

// actionDue is nil where there is nothing to be late with.
func (l sight) actionDue(a action.Action) *dueView {
	if a.Due == nil || a.Status != action.Outstanding {
		return nil
	}
	yours := a.Assignee != nil && a.Assignee.ID == l.Viewer.User
	return &dueView{DueView: ui.DueView{At: *a.Due, Now: l.Now, Yours: yours}, Exact: "Due " + l.Moment(*a.Due).Exact()}
}

func dueField(form *page.Form, focus bool) templ.Component {
	return ui.Field(ui.FieldView{
		ID: "due", Name: "due", Label: "Due", Placeholder: "in 20m, 14:30 or tomorrow 10:00", Hint: "Whoever does it is reminded then. You can leave it out.",
		Value: form.Value("due"), Error: form.Error("due"), Autofocus: focus, Autocomplete: "off", Max: 60,
	})
}

func (p *Pages) dueEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form, act id.ID) (editView, error) {
	a, err := p.Actions.Get(r.Context(), act)
	if err != nil {
		return editView{}, err
	}
	values := map[string]string{"due": ""}
	if a.Due != nil {
		values["due"] = a.Due.In(l.zone()).Format("2006-01-02 15:04")
	}
	return editView{
		Title: "When is it due?", Action: path(inc) + "/actions/" + string(act) + "/due", Method: "PUT", Submit: "Save", Hint: a.Description,
		Form: orFresh(form, values), Fields: []templ.Component{dueField(orFresh(form, values), true)},
	}, nil
}

func (p *Pages) setActionDue(w http.ResponseWriter, r *http.Request) error {
	inc, form, act, err := p.actionHere(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	due, err := action.ReadDue(form.Value("due"), l.Now.In(l.zone()))
	if err == nil {
		_, err = p.Actions.SetDue(r.Context(), action.SetDue{Action: act, Due: due})
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.edit(w, r, "due-"+string(act), page.Status(err), form, err)
	}
	if due.IsZero() {
		return page.Done(w, r, path(inc)+"/actions", "Not due at any time")
	}
	return page.Done(w, r, path(inc)+"/actions", "Due "+due.Format("Mon 2 Jan 15:04 MST"))
}

// zone is the reader's time zone.
func (l sight) zone() *time.Location {
	if l.Viewer.Zone == nil {
		return time.UTC
	}
	return l.Viewer.Zone
}
