package login

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// formView is the sign-in form with what was typed.
type formView struct {
	Email, Next string
	Form        *page.Form
	// Slack says that people may sign in with Slack.
	Slack bool
}

func (v formView) email() ui.FieldView {
	return ui.FieldView{
		ID: "email", Name: "email", Label: "Email", Type: "email", Value: v.Email, Error: v.Form.Error("email"), Required: true,
		Autocomplete: "username", Autofocus: v.Email == "",
	}
}

func (v formView) password() ui.FieldView {
	return ui.FieldView{
		ID: "password", Name: "password", Label: "Password", Type: "password", Error: v.Form.Error("password"), Required: true,
		Autocomplete: "current-password", Autofocus: v.Email != "",
	}
}

func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	next := auth.LocalPath(r.FormValue("next"))
	who, err := p.Auth.Authenticate(r.Context(), Token(r))
	// Somebody who is to sign in as another account gets the form all the same.
	if err == nil && (r.FormValue("email") == "" || r.FormValue("email") == who.Email) {
		if next == "" {
			next = "/"
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	if err != nil && !problem.Is(err, problem.Unauthenticated) {
		return err
	}
	return page.Bare(w, r, http.StatusOK, "Sign in", signInPage(formView{Email: r.FormValue("email"), Next: next, Form: page.NewForm(nil), Slack: p.Slack != nil}))
}

func (p *Pages) sent(r *http.Request) (formView, error) {
	form, err := page.ReadForm(r)
	if err != nil {
		return formView{}, err
	}
	return formView{Email: form.Value("email"), Next: auth.LocalPath(form.Value("next")), Form: form, Slack: p.Slack != nil}, nil
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	view, err := p.sent(r)
	if err != nil {
		return err
	}
	opened, err := p.Auth.SignIn(r.Context(), auth.SignIn{Email: view.Email, Password: r.PostFormValue("password"), UserAgent: r.UserAgent()})
	if err != nil {
		return view.again(w, r, err)
	}
	return enter(w, r, opened, view.Next)
}

func (p *Pages) mailLink(w http.ResponseWriter, r *http.Request) error {
	view, err := p.sent(r)
	if err != nil {
		return err
	}
	if err := p.Auth.RequestLink(r.Context(), view.Email, view.Next); err != nil {
		return view.again(w, r, err)
	}
	return page.Bare(w, r, http.StatusOK, "Check your inbox", mailedPage(view.Email))
}

func (v formView) again(w http.ResponseWriter, r *http.Request, err error) error {
	if !v.Form.Take(err) {
		return err
	}
	return page.Bare(w, r, page.Status(err), "Sign in", signInPage(v))
}
