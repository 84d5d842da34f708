package login

import (
	"net/http"
	"net/url"

	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// setupView is the first form of an installation.
type setupView struct {
	Token, Name, Email string
	Form               *page.Form
}

func (v setupView) name() ui.FieldView {
	return ui.FieldView{ID: "name", Name: "name", Label: "Your name", Value: v.Name, Error: v.Form.Error("name"), Required: true, Max: 80, Autocomplete: "name", Autofocus: true}
}

func (v setupView) email() ui.FieldView {
	return ui.FieldView{ID: "email", Name: "email", Label: "Email", Type: "email", Value: v.Email, Error: v.Form.Error("email"), Required: true, Autocomplete: "email"}
}

func (p *Pages) setup(w http.ResponseWriter, r *http.Request) error {
	view := setupView{Token: r.FormValue("token"), Form: page.NewForm(nil)}
	open, err := p.Organisations.SetupOpen(r.Context(), view.Token)
	if err != nil {
		return err
	}
	if !open {
		return setupClosed(w, r)
	}
	return page.Bare(w, r, http.StatusOK, "Welcome", setupPage(view))
}

func (p *Pages) setUp(w http.ResponseWriter, r *http.Request) error {
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	view := setupView{Token: form.Value("token"), Name: form.Value("name"), Email: form.Value("email"), Form: form}
	_, err = p.Organisations.SetUp(r.Context(), organisation.SetUp{Token: view.Token, Name: view.Name, Email: view.Email, Zone: form.Value("zone")})
	if problem.Is(err, problem.NotFound) {
		return setupClosed(w, r)
	}
	if err != nil {
		if !form.Take(err) {
			return err
		}
		return page.Bare(w, r, page.Status(err), "Welcome", setupPage(view))
	}
	// The token from the log has proved that this person may come in; a link of their own opens the session.
	link, err := p.Auth.SignInLink(r.Context(), view.Email, "/")
	if err != nil {
		return err
	}
	parsed, err := url.Parse(link)
	if err != nil {
		return err
	}
	opened, destination, err := p.Auth.SpendLink(r.Context(), parsed.Query().Get("token"), r.UserAgent())
	if err != nil {
		return err
	}
	return enter(w, r, opened, destination)
}

func setupClosed(w http.ResponseWriter, r *http.Request) error {
	return page.Bare(w, r, http.StatusNotFound, "This set-up link does not work", deadEndPage("This set-up link does not work",
		"Muster is set up already, or it was restarted and made a new link. The newest link is in its log."))
}
