package incidents

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

func (p *Pages) redactRoutes(on func(string, page.Handler)) {
	on("GET /incidents/{ref}/redact", p.redactForm)
	on("POST /incidents/{ref}/redact", p.redact)
	on("GET /incidents/{ref}/redactions/new", p.redactMessageForm)
	on("GET /incidents/{ref}/redact/file", p.removeFileForm)
	on("POST /incidents/{ref}/redact/file", p.removeFile)
}

// redactMenu is for those who may: administrators, and the incident's lead.
func (v incidentView) redactMenu() []ui.MenuItem {
	if !v.MayRedact {
		return nil
	}
	return []ui.MenuItem{{Label: "Remove a secret", Icon: "eraser", Href: v.Path + "/redact", Dialog: true, Rare: true}}
}

// redactView is the dialog: what has to go, then where it stands, then it goes.
type redactView struct {
	Path, Secret string
	Form         *page.Form
	Where        []ui.Option
	Everywhere   bool
	Files        bool
	// Places and Total say where it stands, once that was looked for.
	Places []redaction.Place
	Total  int
	In     string
}

// mayRedact returns the incident if the reader may redact in it.
func (p *Pages) mayRedact(r *http.Request) (incident.Incident, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, err
	}
	may, err := p.Redactions.May(r.Context(), inc.ID)
	if err == nil && !may {
		err = problem.New(problem.Forbidden, "not_allowed", "Only the incident's lead and administrators redact.")
	}
	return inc, err
}

func (p *Pages) redactForm(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.mayRedact(r)
	if err != nil {
		return err
	}
	return p.redactDialog(w, r, http.StatusOK, inc, redactView{Form: page.NewForm(nil)})
}

// redactMessageForm begins with the words of a message, to be cut down to the secret within, or to go as a whole.
func (p *Pages) redactMessageForm(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.mayRedact(r)
	if err != nil {
		return err
	}
	m, err := p.Rooms.Message(r.Context(), id.ID(r.URL.Query().Get("message")))
	if err != nil {
		return err
	}
	if m.Incident != inc.ID {
		return problem.Missing("message")
	}
	return p.redactDialog(w, r, http.StatusOK, inc, redactView{Form: page.NewForm(nil), Secret: m.Source})
}

func (p *Pages) redactDialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, v redactView) error {
	viewer, _ := page.ViewerOf(r.Context())
	v.Path = path(inc) + "/redact"
	if viewer.Permissions.Has(authz.Redact) {
		v.Where = []ui.Option{
			{Value: "", Label: "This incident", Chosen: !v.Everywhere},
			{Value: "organisation", Label: "The whole organisation", Chosen: v.Everywhere},
		}
	}
	files, err := p.Redactions.Files(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	v.Files = len(files) > 0
	w.Header().Set("Cache-Control", "no-store") // the page has the secret in it
	return p.dialog(w, r, status, inc, "Remove a secret", redactDialog(v))
}

// redact looks for the secret, and removes it when that was confirmed. It travels in the body of requests alone.
func (p *Pages) redact(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.mayRedact(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	v := redactView{Form: form, Secret: form.Value("secret"), Everywhere: form.Value("where") == "organisation"}
	secret := redaction.Secret{Incident: inc.ID, Text: v.Secret}
	if v.Everywhere {
		secret.Incident = ""
	}
	if form.Value("go") == "yes" {
		report, err := p.Redactions.Redact(r.Context(), secret)
		if err != nil {
			return p.redactFailed(w, r, inc, v, err)
		}
		return page.Done(w, r, path(inc), "Removed from "+places(report.Total))
	}
	report, err := p.Redactions.Find(r.Context(), secret)
	if err != nil {
		return p.redactFailed(w, r, inc, v, err)
	}
	v.Places, v.Total, v.In = report.Places, report.Total, "this incident"
	if v.Everywhere {
		v.In = fmt.Sprintf("%d incidents and the settings", report.Incidents)
	}
	if report.Total == 0 {
		return p.redactFailed(w, r, inc, v, problem.Field("secret", "not_found", "This stands nowhere here. Look for a part of it, as it was written."))
	}
	return p.redactDialog(w, r, http.StatusOK, inc, v)
}

func (p *Pages) redactFailed(w http.ResponseWriter, r *http.Request, inc incident.Incident, v redactView, err error) error {
	if !v.Form.Take(err) {
		return err
	}
	return p.redactDialog(w, r, page.Status(err), inc, v)
}

func places(n int) string {
	if n == 1 {
		return "one place"
	}
	return fmt.Sprintf("%d places", n)
}

func (p *Pages) removeFileForm(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.mayRedact(r)
	if err != nil {
		return err
	}
	return p.removeFileDialog(w, r, http.StatusOK, inc, page.NewForm(nil))
}

func (p *Pages) removeFileDialog(w http.ResponseWriter, r *http.Request, status int, inc incident.Incident, form *page.Form) error {
	files, err := p.Redactions.Files(r.Context(), inc.ID)
	if err != nil {
		return err
	}
	var options []ui.Option
	for _, f := range files {
		options = append(options, ui.Option{Value: string(f.ID), Label: f.Name, Chosen: string(f.ID) == form.Value("file")})
	}
	v := editView{Title: "Remove a file", Action: path(inc) + "/redact/file", Method: "POST", Submit: "Remove", Form: form, Hint: "For good, with its content, here and in incidents that a message took it along to.", Fields: []templ.Component{
		ui.Select(ui.FieldView{ID: "redact-file", Name: "file", Label: "File", Error: form.Error("file"), Hint: "Addresses of it that were given out stop working."}, options),
	}}
	return p.dialog(w, r, status, inc, v.Title, editDialog(v))
}

func (p *Pages) removeFile(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.mayRedact(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.Redactions.RemoveFile(r.Context(), redaction.RemoveFile{Incident: inc.ID, File: id.ID(strings.TrimSpace(form.Value("file")))}); err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "The file is removed")
}
