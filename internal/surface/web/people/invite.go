package people

import (
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// inviteView is the invitation form with what was typed.
type inviteView struct {
	Email, Name string
	Role        authz.Role
	MayOwners   bool
	Form        *page.Form
}

func (v inviteView) email() ui.FieldView {
	return ui.FieldView{ID: "invite-email", Name: "email", Label: "Email", Type: "email", Value: v.Email, Error: v.Form.Error("email"), Required: true, Autofocus: true, Autocomplete: "off"}
}

func (v inviteView) name() ui.FieldView {
	return ui.FieldView{ID: "invite-name", Name: "name", Label: "Name", Value: v.Name, Error: v.Form.Error("name"), Max: 80, Hint: "They can change it when they join.", Autocomplete: "off"}
}

func (v inviteView) roles() ui.ChoiceView {
	return ui.ChoiceView{Name: "role", Label: "Role", Error: v.Form.Error("role"), Options: roleOptions(v.Role, v.MayOwners)}
}

var roleHints = map[authz.Role]string{
	authz.Viewer: "Sees incidents.", authz.Responder: "Declares incidents and works on them.", authz.Administrator: "Also manages people and settings.", authz.Owner: "Everything, and makes others owners.",
}

// roleOptions lists the roles that somebody may give.
func roleOptions(chosen authz.Role, owners bool) []ui.Option {
	var options []ui.Option
	for _, role := range []authz.Role{authz.Responder, authz.Viewer, authz.Administrator, authz.Owner} {
		if role != authz.Owner || owners {
			name := string(role)
			options = append(options, ui.Option{Value: name, Label: strings.ToUpper(name[:1]) + name[1:], Hint: roleHints[role], Chosen: role == chosen})
		}
	}
	return options
}

func (p *Pages) inviteForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.ManageUsers); err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, "Invite people", inviteDialog(inviteView{Email: r.FormValue("email"), Role: authz.Responder, MayOwners: mayOwners(r), Form: page.NewForm(nil)}))
}

func (p *Pages) invite(w http.ResponseWriter, r *http.Request) error {
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		email := form.Value("email")
		_, err := p.Users.Invite(r.Context(), user.Invite{Email: email, Name: form.Value("name"), Role: authz.Role(form.Value("role"))})
		return "/people?state=invited", "An invitation is on its way to " + email + ".", err
	}, func(status int, form *page.Form, _ error) error {
		view := inviteView{Email: form.Value("email"), Name: form.Value("name"), Role: authz.Role(form.Value("role")), MayOwners: mayOwners(r), Form: form}
		return p.form(w, r, status, "Invite people", inviteDialog(view))
	})
}

func mayOwners(r *http.Request) bool {
	viewer, _ := page.ViewerOf(r.Context())
	return viewer.Permissions.Has(authz.ManageOwners)
}

// roleView is the form that changes a person's role.
type roleView struct {
	User      id.ID
	Person    string
	Role      authz.Role
	MayOwners bool
	Form      *page.Form
}

func (v roleView) roles() ui.ChoiceView {
	return ui.ChoiceView{Name: "role", Label: "Role", Error: v.Form.Error("role"), Options: roleOptions(v.Role, v.MayOwners)}
}

func (p *Pages) roleForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := tenant.Require(r.Context(), authz.ManageUsers); err != nil {
		return err
	}
	u, err := p.Users.Get(r.Context(), id.ID(r.PathValue("user")))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, "Change role", roleDialog(roleView{User: u.ID, Person: u.Name, Role: u.Role, MayOwners: mayOwners(r), Form: page.NewForm(nil)}))
}

func (p *Pages) changeRole(w http.ResponseWriter, r *http.Request) error {
	u, err := p.Users.Get(r.Context(), id.ID(r.PathValue("user")))
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		role := authz.Role(form.Value("role"))
		return "/people", u.Name + " is " + string(role) + " now.", p.Users.ChangeRole(r.Context(), user.ChangeRole{User: u.ID, Role: role})
	}, func(status int, form *page.Form, _ error) error {
		view := roleView{User: u.ID, Person: u.Name, Role: authz.Role(form.Value("role")), MayOwners: mayOwners(r), Form: form}
		return p.form(w, r, status, "Change role", roleDialog(view))
	})
}
