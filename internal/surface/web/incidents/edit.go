package incidents

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// editView is a small form that changes one thing about an incident.
type editView struct {
	Title, Action, Method string
	Submit, Hint          string
	Form                  *page.Form
	// Theirs is what someone else wrote meanwhile, for a stale editor.
	Theirs string
	Fields []templ.Component
	// Ask is where the form is asked for again when an answer in it may bring up other questions.
	Ask string
}

// editor is how one thing is edited: the form at first, and as it comes back.
type editor func(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error)

// editor finds the form by the word in the path: name, summary, role-ID, assign-ID and so on.
func (p *Pages) editor(what string) (editor, error) {
	kind, of, _ := strings.Cut(what, "-")
	switch kind {
	case "name":
		return p.nameEditor, nil
	case "summary":
		return p.summaryEditor, nil
	case "severity":
		return p.severityEditor, nil
	case "fields":
		return p.fieldsEditor, nil
	case "type":
		return p.typeEditor, nil
	case "times":
		return p.timesEditor, nil
	case "status":
		return p.statusEditor, nil
	case "lead":
		return p.leadEditor, nil
	case "role":
		return func(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
			return p.roleEditor(r, l, inc, form, id.ID(of))
		}, nil
	case "close":
		return p.closeEditor, nil
	case "accept":
		return p.acceptEditor, nil
	case "decline":
		return p.declineEditor, nil
	case "merge":
		return p.mergeEditor, nil
	case "pause":
		return p.pauseEditor, nil
	case "channel":
		return p.channelEditor, nil
	case "cancel":
		return p.cancelEditor, nil
	case "reminder":
		return p.reminderEditor, nil
	case "action":
		return p.actionEditor, nil
	case "assign":
		return func(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
			return p.assignEditor(r, inc, form, id.ID(of))
		}, nil
	case "due":
		return func(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
			return p.dueEditor(r, l, inc, form, id.ID(of))
		}, nil
	case "describe":
		return func(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
			return p.describeEditor(r, inc, form, id.ID(of))
		}, nil
	default:
		return nil, problem.New(problem.NotFound, "not_found", "There is nothing called %q to edit.", what)
	}
}

func (p *Pages) editForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	return p.edit(w, r, r.PathValue("what"), http.StatusOK, nil, nil)
}

// editAgain answers with the form as it is asked after an answer in it.
func (p *Pages) editAgain(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.EditIncidents); err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	return p.edit(w, r, r.PathValue("what"), http.StatusOK, form, nil)
}

// edit shows the form of one thing: fresh, or as it was sent with what was wrong.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request, what string, status int, form *page.Form, because error) error {
	make, err := p.editor(what)
	if err != nil {
		return err
	}
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v, err := make(r, l, inc, form)
	if err != nil {
		return err
	}
	p.dealing(r.Context(), inc.ID, what)
	var stale *incident.Stale
	if errors.As(because, &stale) {
		v.Theirs = stale.Now
	}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

// apply runs a change that a form asked for and answers it, with the form again where something was wrong.
func (p *Pages) apply(w http.ResponseWriter, r *http.Request, what, words string, do func(inc incident.Incident, form *page.Form) error) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		if err := do(inc, form); err != nil {
			return "", "", err
		}
		p.hint(w, r, inc.ID, momentOf(inc, what))
		return path(inc), words, nil
	}, func(status int, form *page.Form, because error) error {
		return p.edit(w, r, what, status, form, because)
	})
}

func orFresh(form *page.Form, values map[string]string) *page.Form {
	if form != nil {
		return form
	}
	return page.NewForm(values)
}

func (p *Pages) nameEditor(_ *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"name": inc.Name})
	return editView{Title: "Rename the incident", Action: path(inc) + "/name", Method: "PUT", Submit: "Rename", Form: form, Fields: []templ.Component{
		ui.Hidden("was", inc.Name),
		ui.Field(ui.FieldView{ID: "name", Name: "name", Label: "What is wrong?", Hint: "A few plain words.", Value: form.Value("name"), Error: form.Error("name"), Required: true, Autofocus: true, Big: true, Max: 200}),
	}}, nil
}

func (p *Pages) rename(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "name", "Renamed", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.Rename(r.Context(), incident.Rename{Incident: inc.ID, Name: form.Value("name"), Was: form.Value("was")})
		return err
	})
}

func (p *Pages) summaryEditor(_ *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"summary": inc.Summary.Source})
	return editView{Title: "Rewrite the summary", Action: path(inc) + "/summary", Method: "PUT", Submit: "Save", Form: form, Hint: "Everyone reads this first.", Fields: []templ.Component{
		ui.Hidden("version", strconv.Itoa(int(inc.SummaryVersion))),
		ui.TextArea(ui.FieldView{ID: "summary", Name: "summary", Label: "Summary", Hint: "What is wrong, for whom, since when.", Value: form.Value("summary"), Error: form.Error("summary"), Rows: 5, Autofocus: true, Draft: "summary-" + string(inc.ID)}),
	}}, nil
}

func (p *Pages) changeSummary(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "summary", "Summary saved", func(inc incident.Incident, form *page.Form) error {
		seen, err := version(form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.ChangeSummary(r.Context(), incident.ChangeSummary{Incident: inc.ID, Source: form.Value("summary"), Version: seen})
		return err
	})
}

func (p *Pages) severityEditor(_ *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"severity": string(severityID(inc))})
	return editView{Title: "How bad is it?", Action: path(inc) + "/severity", Method: "PUT", Submit: "Set severity", Form: form, Fields: []templ.Component{
		ui.Choices(ui.ChoiceView{Name: "severity", Label: "Severity", Error: form.Error("severity"), Options: l.severityOptions(id.ID(form.Value("severity")))}),
	}}, nil
}

func severityID(inc incident.Incident) id.ID {
	if inc.Severity == nil {
		return ""
	}
	return inc.Severity.ID
}

func (p *Pages) changeSeverity(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "severity", "Severity set", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.ChangeSeverity(r.Context(), incident.ChangeSeverity{Incident: inc.ID, Severity: id.ID(form.Value("severity"))})
		return err
	})
}

func (p *Pages) statusEditor(_ *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"status": string(inc.Status.ID)})
	return editView{Title: "Where does it stand?", Action: path(inc) + "/status", Method: "PUT", Submit: "Set status", Form: form, Hint: "An update says why as well.", Fields: []templ.Component{
		ui.Choices(ui.ChoiceView{Name: "status", Label: "Status", Error: form.Error("status"), Options: l.statusOptions(inc.Status.Category, id.ID(form.Value("status")))}),
	}}, nil
}

func (p *Pages) changeStatus(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "status", "Status set", func(inc incident.Incident, form *page.Form) error {
		_, err := p.Incidents.ChangeStatus(r.Context(), incident.ChangeStatus{Incident: inc.ID, Status: id.ID(form.Value("status"))})
		return err
	})
}

func (p *Pages) leadEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form) (editView, error) {
	for _, role := range inc.Roles {
		if role.Role.Kind == incident.RoleLead {
			return p.roleEditor(r, l, inc, form, role.Role.ID)
		}
	}
	return editView{}, problem.Missing("role")
}

func (p *Pages) roleEditor(r *http.Request, l sight, inc incident.Incident, form *page.Form, role id.ID) (editView, error) {
	for _, held := range inc.Roles {
		if held.Role.ID != role {
			continue
		}
		holder := ""
		if held.Holder != nil {
			holder = string(held.Holder.ID)
		}
		if form == nil && held.Role.Kind == incident.RoleLead && (held.Holder == nil || held.Holder.ID != l.Viewer.User) {
			holder = string(l.Viewer.User) // taking the lead is what is meant most often
		}
		form = orFresh(form, map[string]string{"assignee": holder, "note": ""})
		people, err := p.peopleOptions(r.Context(), form.Value("assignee"), "Nobody")
		if err != nil {
			return editView{}, err
		}
		return editView{Title: "Who is " + held.Role.Name + "?", Action: path(inc) + "/roles/" + string(role), Method: "PUT", Submit: "Assign", Form: form, Hint: held.Role.Description, Fields: append([]templ.Component{
			ui.Select(ui.FieldView{ID: "assignee", Name: "assignee", Label: held.Role.Name, Error: form.Error("assignee"), Autofocus: true}, people),
			ui.TextArea(ui.FieldView{ID: "note", Name: "note", Label: "Hand-over note", Hint: "What the next one has to know. It is posted in the room.", Value: form.Value("note"), Error: form.Error("note"), Rows: 2}),
		}, inviting(inc, form)...)}, nil
	}
	return editView{}, problem.Missing("role")
}

func (p *Pages) assignRole(w http.ResponseWriter, r *http.Request) error {
	role := id.ID(r.PathValue("role"))
	return p.apply(w, r, "role-"+string(role), "Assigned", func(inc incident.Incident, form *page.Form) error {
		assignee := id.ID(form.Value("assignee"))
		if note := strings.TrimSpace(form.Value("note")); note != "" && !assignee.Empty() {
			_, err := p.Incidents.HandOver(r.Context(), incident.HandOver{Incident: inc.ID, Role: role, To: assignee, Note: note, Invite: form.Value("invite") == "on"})
			return err
		}
		_, err := p.Incidents.AssignRole(r.Context(), incident.AssignRole{Incident: inc.ID, Role: role, Assignee: assignee, Invite: form.Value("invite") == "on"})
		return err
	})
}

func (p *Pages) closeEditor(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"message": ""})
	asked, f, _, err := p.momentAsked(r.Context(), inc, forms.Resolve, form)
	if err != nil {
		return editView{}, err
	}
	v := editView{Title: "Close the incident", Action: path(inc) + "/closed", Method: "PUT", Submit: "Close", Form: form, Hint: "It can be reopened.", Ask: asksAgain(f, path(inc)+"/edit/close"), Fields: []templ.Component{
		ui.Hidden("key", string(id.New(inc.UpdatedAt))),
		ui.TextArea(ui.FieldView{ID: "message", Name: "message", Label: "Last update", Hint: "How it ended. Leave it empty to close without an update.", Value: form.Value("message"), Error: form.Error("message"), Rows: 4, Autofocus: true, Draft: "close-" + string(inc.ID)}),
	}}
	v.Fields = append(v.Fields, inputs(asked)...)
	for _, wrong := range inc.OutOfOrder {
		v.Fields = append(v.Fields, ui.Notice("clock", wrong+" Times can be set right afterwards too.", false))
	}
	return v, nil
}

func (p *Pages) close(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "close", "Closed", func(inc incident.Incident, form *page.Form) error {
		given, err := p.given(r.Context(), form)
		if err != nil {
			return err
		}
		_, err = p.Incidents.Close(r.Context(), incident.Close{Incident: inc.ID, Message: form.Value("message"), Fields: given, Key: form.Value("key")})
		return err
	})
}

func (p *Pages) reopen(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.Reopen(r.Context(), incident.Reopen{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "Open again")
}

func (p *Pages) reminderEditor(_ *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	form = orFresh(form, map[string]string{"minutes": "15"})
	options := []ui.Option{}
	for _, o := range []ui.Option{{Value: "10", Label: "10 min"}, {Value: "15", Label: "15 min"}, {Value: "30", Label: "30 min"}, {Value: "60", Label: "1 hour"}} {
		o.Chosen = o.Value == form.Value("minutes")
		options = append(options, o)
	}
	return editView{Title: "Remind later", Action: path(inc) + "/reminder", Method: "PUT", Submit: "Remind", Form: form, Fields: []templ.Component{
		ui.Segments(ui.ChoiceView{Name: "minutes", Label: "Next update in", Error: form.Error("minutes"), Options: options}),
	}}, nil
}

func (p *Pages) snooze(w http.ResponseWriter, r *http.Request) error {
	return p.apply(w, r, "reminder", "Reminded later", func(inc incident.Incident, form *page.Form) error {
		minutes, err := number("minutes", form.Value("minutes"))
		if err != nil {
			return err
		}
		_, err = p.Incidents.SnoozeReminder(r.Context(), incident.SnoozeReminder{Incident: inc.ID, Minutes: int(minutes)})
		return err
	})
}

func (p *Pages) skipReminder(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.SkipReminder(r.Context(), incident.SkipReminder{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "No reminder for now")
}

func (p *Pages) join(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.Join(r.Context(), incident.Join{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "You are in the room")
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	found, err := p.load(r)
	if err != nil {
		return err
	}
	if _, err := p.Incidents.Leave(r.Context(), incident.Leave{Incident: found.ID}); err != nil {
		return err
	}
	return page.Done(w, r, path(found), "You left the room")
}

func (p *Pages) actionEditor(r *http.Request, _ sight, inc incident.Incident, form *page.Form) (editView, error) {
	message := r.URL.Query().Get("from")
	words, err := p.from(r, inc, id.ID(message))
	if err != nil {
		return editView{}, err
	}
	form = orFresh(form, map[string]string{"description": words, "assignee": "", "due": "", "message": message})
	people, err := p.peopleOptions(r.Context(), form.Value("assignee"), "Nobody yet")
	if err != nil {
		return editView{}, err
	}
	return editView{Title: "Add an action", Action: path(inc) + "/actions", Method: "POST", Submit: "Add", Form: form, Fields: append([]templ.Component{
		ui.Hidden("key", string(id.New(p.Clock.Now()))),
		ui.Hidden("message", form.Value("message")),
		ui.Field(ui.FieldView{ID: "description", Name: "description", Label: "What has to be done?", Value: form.Value("description"), Error: form.Error("description"), Required: true, Autofocus: true, Max: 1000}),
		ui.Select(ui.FieldView{ID: "assignee", Name: "assignee", Label: "Who does it?", Error: form.Error("assignee")}, people),
		dueField(form, false),
	}, inviting(inc, form)...)}, nil
}

func (p *Pages) assignEditor(r *http.Request, inc incident.Incident, form *page.Form, act id.ID) (editView, error) {
	a, err := p.Actions.Get(r.Context(), act)
	if err != nil {
		return editView{}, err
	}
	assignee := ""
	if a.Assignee != nil {
		assignee = string(a.Assignee.ID)
	}
	form = orFresh(form, map[string]string{"assignee": assignee})
	people, err := p.peopleOptions(r.Context(), form.Value("assignee"), "Nobody")
	if err != nil {
		return editView{}, err
	}
	return editView{Title: "Who does it?", Action: path(inc) + "/actions/" + string(act) + "/assignee", Method: "PUT", Submit: "Assign", Form: form, Hint: a.Description, Fields: append([]templ.Component{
		ui.Select(ui.FieldView{ID: "assignee", Name: "assignee", Label: "Person", Error: form.Error("assignee"), Autofocus: true}, people),
	}, inviting(inc, form)...)}, nil
}

func (p *Pages) describeEditor(r *http.Request, inc incident.Incident, form *page.Form, act id.ID) (editView, error) {
	a, err := p.Actions.Get(r.Context(), act)
	if err != nil {
		return editView{}, err
	}
	form = orFresh(form, map[string]string{"description": a.Description})
	return editView{Title: "Change the action", Action: path(inc) + "/actions/" + string(act) + "/description", Method: "PUT", Submit: "Save", Form: form, Fields: []templ.Component{
		ui.Hidden("version", strconv.Itoa(int(a.Version))),
		ui.Field(ui.FieldView{ID: "description", Name: "description", Label: "What has to be done?", Value: form.Value("description"), Error: form.Error("description"), Required: true, Autofocus: true, Max: 1000}),
	}}, nil
}
