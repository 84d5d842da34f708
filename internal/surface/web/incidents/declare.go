package incidents

import (
	"context"
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/channel"
	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// declareView is the form that declares; only the name is needed. What the organisation does not use is not offered.
type declareView struct {
	Form       *page.Form
	Mode       incident.Mode
	Source     *sourceView
	Severities []ui.Option
	Types      []ui.Option
	People     []ui.Option
	// Stages are active and triage; Over is where what is over stands, Times when it happened.
	Stages, Over []ui.Option
	Times        []ui.FieldView
	// Channel asks for the one in Slack in which what is over was dealt with; nil without Slack.
	Channel    *chosenChannelView
	Privately  bool // whether the form offers it
	Quietly    bool
	Tests      bool
	Afterwards bool
	More       bool // whether the folded part is open, as when something was typed in it
	declareAsked
}

// sourceView is the message that an incident is declared from.
type sourceView struct{ Message, Line, In, Href string }

// Title is what the dialog is called.
func (v declareView) Title() string {
	switch v.Mode {
	case incident.Test:
		return "Declare a test incident"
	case incident.Retrospective:
		return "Write an incident down afterwards"
	default:
		return "Declare an incident"
	}
}

// Asks is the first question.
func (v declareView) Asks() string {
	if v.Mode == incident.Retrospective {
		return "What was wrong?"
	}
	return "What is wrong?"
}

// AsksSeverity asks how bad it is, or was.
func (v declareView) AsksSeverity() string {
	if v.Mode == incident.Retrospective {
		return "How bad was it?"
	}
	return "How bad is it?"
}

// Folded names what the folded part holds.
func (v declareView) Folded() string {
	var parts []string
	if v.Shows[forms.Summary] {
		parts = append(parts, "summary")
	}
	if v.Shows[forms.Lead] {
		parts = append(parts, "who leads")
	}
	words := strings.Join(parts, ", ")
	switch more := v.Privately || v.Quietly || len(v.Late) > 0 || v.Tests || v.Afterwards; {
	case words == "" && more:
		return "More"
	case words == "":
		return ""
	case more:
		words += ", and more"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// Foot says what follows.
func (v declareView) Foot() string {
	if v.Mode == incident.Retrospective {
		return "Nobody is told, and nothing reminds."
	}
	return "Opens a room. You lead until someone takes over."
}

// Does is what the button says.
func (v declareView) Does() string {
	if v.Mode == incident.Retrospective {
		return "Write it down"
	}
	return "Declare"
}

func (p *Pages) declareForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateIncidents); err != nil {
		return err
	}
	q := r.URL.Query()
	values := map[string]string{
		"name": q.Get("name"), "severity": "", "summary": "", "type": "", "lead": "", "status": "", "channel": "", "history": "", "key": string(id.New(p.Clock.Now())),
		"mode": q.Get("mode"), "from": q.Get("from"),
	}
	if from := id.ID(q.Get("from")); !from.Empty() {
		source, err := p.Incidents.Source(r.Context(), from)
		if err != nil {
			return err
		}
		if values["name"] == "" {
			values["name"] = source.Line
		}
		if source.Private {
			values["private"] = "on"
		}
	}
	return p.showDeclare(w, r, http.StatusOK, page.NewForm(values))
}

func (p *Pages) showDeclare(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	ctx := r.Context()
	l, err := p.look(ctx)
	if err != nil {
		return err
	}
	v := declareView{
		Form: form, Mode: incident.Mode(form.Value("mode")), Severities: l.severityOptions(id.ID(form.Value("severity"))),
		Privately:  p.Features.Enabled(ctx, incident.PrivateIncidents) || form.Value("private") != "",
		Quietly:    p.Features.Enabled(ctx, incident.QuietIncidents),
		Tests:      p.Features.Enabled(ctx, incident.TestIncidents),
		Afterwards: p.Features.Enabled(ctx, incident.RetrospectiveIncidents),
		More:       form.Value("summary") != "" || form.Value("lead") != "" || form.Value("private") != "" || form.Value("quiet") != "",
	}
	if v.Source, err = p.source(r, id.ID(form.Value("from"))); err != nil {
		return err
	}
	types, err := p.Incidents.Types(ctx)
	if err != nil {
		return err
	}
	if len(types) > 1 { // with one type the word is never shown
		v.Types = typeOptions(types, form.Value("type"))
	}
	if v.declareAsked, err = p.declareAsked(ctx, l, types, form); err != nil {
		return err
	}
	if !v.Shows[forms.Type] && form.Value("type") == "" { // who chose a type can choose another
		v.Types = nil
	}
	if v.Mode != incident.Retrospective && !v.Shows[forms.Visibility] && form.Value("private") == "" {
		v.Privately = false
	}
	v.More = v.More || v.Unfolded
	none := "I lead until someone takes over"
	if v.Mode == incident.Retrospective {
		none = "I did"
	}
	if v.People, err = p.peopleOptions(ctx, form.Value("lead"), none); err != nil {
		return err
	}
	switch v.Mode {
	case incident.Retrospective:
		if err := p.afterwards(r, l, &v); err != nil {
			return err
		}
	default:
		if p.Features.Enabled(ctx, incident.TriageIncidents) {
			v.Stages = l.stages(form.Value("status"))
		}
	}
	return p.dialog(w, r, status, incident.Incident{}, v.Title(), declareDialog(v))
}

// stages are to work on it at once, or to have a look first.
func (l sight) stages(chosen string) []ui.Option {
	stages := []ui.Option{{Value: "", Label: "It is an incident", Chosen: chosen == ""}}
	for _, s := range l.Statuses {
		if s.Category == incident.CategoryTriage {
			view := l.Status(s)
			stages = append(stages, ui.Option{Value: string(s.ID), Label: "Not sure: have a look first", Chosen: string(s.ID) == chosen, Status: &view})
		}
	}
	return stages
}

func (p *Pages) source(r *http.Request, message id.ID) (*sourceView, error) {
	if message.Empty() {
		return nil, nil
	}
	source, err := p.Incidents.Source(r.Context(), message)
	if err != nil {
		return nil, err
	}
	in := source.Incident.Reference
	if in == "" {
		in = "another incident"
	}
	href := path(incident.Incident{ID: source.Incident.ID, Reference: source.Incident.Reference}) + "#m-" + string(message)
	return &sourceView{Message: string(message), Line: source.Line, In: in, Href: href}, nil
}

func (p *Pages) declare(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	made, err := p.declared(r, form)
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.showDeclare(w, r, page.Status(err), form)
	}
	return page.Go(w, r, path(incident.Incident{ID: made.ID, Reference: made.Reference}))
}

func (p *Pages) declared(r *http.Request, form *page.Form) (incident.Brief, error) {
	cmd := incident.Declare{
		Name: form.Value("name"), Severity: id.ID(form.Value("severity")), Type: id.ID(form.Value("type")), Status: id.ID(form.Value("status")),
		Summary: form.Value("summary"), Lead: id.ID(form.Value("lead")), Mode: incident.Mode(form.Value("mode")), Message: id.ID(form.Value("from")),
		Private: form.Value("private") == "on", Quiet: form.Value("quiet") == "on", Key: form.Value("key"),
	}
	var err error
	if cmd.Fields, err = p.given(r.Context(), form); err != nil {
		return incident.Brief{}, err
	}
	switch cmd.Mode {
	case incident.Tutorial: // begins by itself, with its steps
		return incident.Brief{}, problem.Field("mode", "unknown", "A tutorial begins with /inc tutorial, or on your own page.")
	case incident.Retrospective:
		if cmd.Times, err = p.times(r, form); err != nil {
			return incident.Brief{}, err
		}
		if form.Value("channel") != "" {
			return p.declaredIn(r.Context(), cmd, form)
		}
	}
	return p.Incidents.Declare(r.Context(), cmd)
}

// declaredIn writes an incident down that was dealt with in a channel; one that cannot be its channel is refused before.
func (p *Pages) declaredIn(ctx context.Context, cmd incident.Declare, form *page.Form) (incident.Brief, error) {
	place, err := p.Channels.Choose(ctx, form.Value("channel"), cmd.Private)
	if err != nil {
		return incident.Brief{}, err
	}
	made, err := p.Incidents.Declare(ctx, cmd)
	if err == nil {
		_, err = p.Channels.Adopt(ctx, channel.Adopt{Incident: made.ID, Named: place.ID, History: form.Value("history") == "on"})
	}
	return made, err
}
