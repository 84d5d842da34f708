package incidents

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// declareView is the form that declares; only the name is needed.
type declareView struct {
	Form       *page.Form
	Severities []ui.Option
	Types      []ui.Option
	People     []ui.Option
	Privately  bool // whether the form offers it
	More       bool // whether the folded part is open, as when something was typed in it
}

func (p *Pages) declareForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.CreateIncidents); err != nil {
		return err
	}
	form := page.NewForm(map[string]string{
		"name": r.URL.Query().Get("name"), "severity": "", "summary": "", "type": "", "lead": "", "key": string(id.New(p.Clock.Now())),
	})
	return p.showDeclare(w, r, http.StatusOK, form)
}

func (p *Pages) showDeclare(w http.ResponseWriter, r *http.Request, status int, form *page.Form) error {
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	v := declareView{Form: form, Severities: l.severityOptions(id.ID(form.Value("severity"))), More: form.Value("summary") != "" || form.Value("lead") != ""}
	if v.Privately = p.Features.Enabled(r.Context(), incident.PrivateIncidents); form.Value("private") != "" {
		v.More = true
	}
	types, err := p.Incidents.Types(r.Context())
	if err != nil {
		return err
	}
	if len(types) > 1 { // with one type the word is never shown
		for _, t := range types {
			v.Types = append(v.Types, ui.Option{Value: string(t.ID), Label: t.Name, Chosen: string(t.ID) == form.Value("type") || form.Value("type") == "" && t.Default})
		}
	}
	if v.People, err = p.peopleOptions(r.Context(), form.Value("lead"), "I lead until someone takes over"); err != nil {
		return err
	}
	return p.dialog(w, r, status, incident.Incident{}, "Declare an incident", declareDialog(v))
}

func (p *Pages) declare(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	made, err := p.Incidents.Declare(r.Context(), incident.Declare{
		Name: form.Value("name"), Severity: id.ID(form.Value("severity")), Type: id.ID(form.Value("type")),
		Summary: form.Value("summary"), Lead: id.ID(form.Value("lead")), Private: form.Value("private") == "on", Key: form.Value("key"),
	})
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return p.showDeclare(w, r, page.Status(err), form)
	}
	return page.Go(w, r, path(incident.Incident{ID: made.ID, Reference: made.Reference}))
}
