package people

import (
	"net/http"
	"time"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// meView is the reader's own page.
type meView struct {
	Name, Zone, Email string
	HasPassword       bool
	NeedsCurrent      bool
	Theme             string
	Sessions          []sessionView
	// Organisations is shown when there are several.
	Organisations []organisationView
	// Profile and Password are what was wrong with the form that was sent.
	Profile, Password, Portrait *page.Form
	Person                      ui.PersonView
	MayPicture                  bool
}

// sessionView is one browser in which the reader is signed in.
type sessionView struct {
	ID      id.ID
	Browser string
	Address string
	Seen    ui.Moment
	Current bool
}

// organisationView is one organisation of the reader's account.
type organisationView struct {
	Name, Slug string
	Current    bool
}

func (v meView) name() ui.FieldView {
	return ui.FieldView{ID: "name", Name: "name", Label: "Name", Value: v.Name, Error: v.Profile.Error("name"), Required: true, Max: 80, Autocomplete: "name"}
}

func (v meView) zone() ui.FieldView {
	return ui.FieldView{ID: "zone", Name: "zone", Label: "Time zone", Error: v.Profile.Error("zone"), Hint: "All times on your pages are shown in it."}
}

func (v meView) file() ui.FieldView {
	return ui.FieldView{ID: "file", Name: "file", Label: "Picture", Type: "file", Error: v.Portrait.Error("file"), Required: true, Hint: "PNG, JPEG, GIF or WebP, up to 10 MB."}
}

func (v meView) current() ui.FieldView {
	return ui.FieldView{ID: "current_password", Name: "current_password", Label: "Current password", Type: "password", Error: v.Password.Error("current_password"), Required: true, Autocomplete: "current-password"}
}

func (v meView) fresh() ui.FieldView {
	return ui.FieldView{
		ID: "new_password", Name: "new_password", Label: "New password", Type: "password", Error: v.Password.Error("new_password"), Required: true, Autocomplete: "new-password",
		Hint: "At least 10 characters; a few words in a row work well. You are signed out everywhere else.",
	}
}

func (v meView) themes() ui.ChoiceView {
	return ui.ChoiceView{Name: "theme", Label: "Color scheme", Options: []ui.Option{
		{Value: "", Label: "As the system", Chosen: v.Theme == ""}, {Value: "light", Label: "Light", Chosen: v.Theme == "light"}, {Value: "dark", Label: "Dark", Chosen: v.Theme == "dark"},
	}}
}

func (p *Pages) me(w http.ResponseWriter, r *http.Request) error {
	return p.mine(w, r, http.StatusOK, func(*meView) {})
}

// mine shows the reader's page, changed by what a form that was sent had wrong.
func (p *Pages) mine(w http.ResponseWriter, r *http.Request, status int, change func(*meView)) error {
	viewer, _ := page.ViewerOf(r.Context())
	me, err := p.Users.Me(r.Context())
	if err != nil {
		return err
	}
	mine, err := p.Accounts.Me(r.Context())
	if err != nil {
		return err
	}
	needed, err := p.Accounts.NeedsCurrentPassword(r.Context(), viewer.Session)
	if err != nil {
		return err
	}
	sessions, err := p.Auth.Sessions(r.Context())
	if err != nil {
		return err
	}
	view := meView{
		Name: me.Name, Zone: me.Zone, Email: mine.Email, HasPassword: mine.HasPassword, NeedsCurrent: needed, Theme: viewer.Theme,
		Profile: page.NewForm(nil), Password: page.NewForm(nil), Portrait: page.NewForm(nil),
		Person: ui.PersonView{ID: string(me.ID), Name: me.Name, Picture: viewer.Avatar}, MayPicture: p.Blobs != nil,
	}
	for _, s := range sessions {
		view.Sessions = append(view.Sessions, sessionView{
			ID: s.ID, Browser: Browser(s.UserAgent), Address: s.Address, Current: s.ID == viewer.Session,
			Seen: ui.Moment{At: s.LastSeenAt, Now: p.Clock.Now(), Zone: viewer.Zone},
		})
	}
	if viewer.Several {
		organisations, err := p.Auth.Organisations(r.Context())
		if err != nil {
			return err
		}
		for _, o := range organisations {
			view.Organisations = append(view.Organisations, organisationView{Name: o.Name, Slug: o.Slug, Current: o.ID == viewer.Organisation})
		}
	}
	change(&view)
	return p.Frame.ShowAs(w, r, status, page.Page{Title: "You", Section: "me", Content: mePage(view)})
}

func (p *Pages) changeProfile(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		return "/me", "Saved.", p.Users.ChangeProfile(r.Context(), user.ChangeProfile{Name: form.Value("name"), Zone: form.Value("zone")})
	}, func(status int, form *page.Form, _ error) error {
		return p.mine(w, r, status, func(v *meView) { v.Name, v.Zone, v.Profile = form.Value("name"), form.Value("zone"), form })
	})
}

func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		return "/me", "The password is set. You are signed out everywhere else.", p.Accounts.ChangePassword(r.Context(), account.ChangePassword{
			Current: form.Value("current_password"), New: form.Value("new_password"), Session: viewer.Session,
		})
	}, func(status int, form *page.Form, _ error) error {
		return p.mine(w, r, status, func(v *meView) { v.Password = form })
	})
}

func (p *Pages) changeTheme(w http.ResponseWriter, r *http.Request) error {
	theme := r.PostFormValue("theme")
	if err := p.Accounts.SetTheme(r.Context(), theme); err != nil {
		return err
	}
	// The cookie is what pages go by; scripts write it too.
	age := int((365 * 24 * time.Hour).Seconds())
	if theme == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: "theme", Value: theme, Path: "/", MaxAge: age, SameSite: http.SameSiteLaxMode, Secure: httpx.RequestOf(r.Context()).Secure})
	http.Redirect(w, r, "/me", http.StatusSeeOther)
	return nil
}

func (p *Pages) revokeSession(w http.ResponseWriter, r *http.Request) error {
	if err := p.Auth.RevokeSession(r.Context(), id.ID(r.PathValue("session"))); err != nil {
		return err
	}
	return page.Done(w, r, "/me", "Signed out there.")
}

func (p *Pages) revokeOthers(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	if err := p.Auth.RevokeOthers(r.Context(), viewer.Session); err != nil {
		return err
	}
	return page.Done(w, r, "/me", "Signed out everywhere else.")
}
