package login

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// invitationView is an invitation and how its holder can accept it.
type invitationView struct {
	Token        string
	Organisation string
	InvitedBy    string
	Email        string
	Role         string
	Name         string
	// Known is set when the address has an account, SignedIn when that account is signed in here.
	Known, SignedIn bool
	Form            *page.Form
}

func (v invitationView) name() ui.FieldView {
	return ui.FieldView{ID: "name", Name: "name", Label: "Your name", Value: v.Name, Error: v.Form.Error("name"), Required: true, Max: 80, Autocomplete: "name", Autofocus: true}
}

func (v invitationView) password() ui.FieldView {
	return ui.FieldView{
		ID: "password", Name: "password", Label: "Password", Type: "password", Error: v.Form.Error("password"), Autocomplete: "new-password",
		Hint: "At least " + strconv.Itoa(account.ShortestPassword) + " characters, or leave it empty and sign in by mailed links.",
	}
}

// signInAddress leads to the form and back to the invitation.
func (v invitationView) signInAddress() string {
	return "/login?" + url.Values{"email": {v.Email}, "next": {"/invitation?token=" + v.Token}}.Encode()
}

func (p *Pages) invitation(w http.ResponseWriter, r *http.Request) error {
	view, _, err := p.invited(r)
	if err != nil {
		return deadEnd(w, r, "This invitation does not work", err)
	}
	return page.Bare(w, r, http.StatusOK, "Join "+view.Organisation, invitationPage(view))
}

func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	view, account, err := p.invited(r)
	if err != nil {
		return deadEnd(w, r, "This invitation does not work", err)
	}
	opened, err := p.Auth.Accept(r.Context(), user.Accept{
		Token: view.Token, Name: view.Form.Value("name"), Password: view.Form.Value("password"), Zone: view.Form.Value("zone"), SignedIn: account,
	}, r.UserAgent())
	if err != nil {
		if !view.Form.Take(err) {
			return err
		}
		view.Name = view.Form.Value("name")
		return page.Bare(w, r, page.Status(err), "Join "+view.Organisation, invitationPage(view))
	}
	return enter(w, r, opened, "/")
}

// invited reads the invitation and who, if anybody, is signed in.
func (p *Pages) invited(r *http.Request) (invitationView, id.ID, error) {
	form, err := page.ReadForm(r)
	if err != nil {
		return invitationView{}, "", err
	}
	token := form.Value("token")
	found, err := p.Users.Invitation(r.Context(), token)
	if err != nil {
		return invitationView{}, "", err
	}
	who, err := p.Auth.Authenticate(r.Context(), Token(r))
	if err != nil && !problem.Is(err, problem.Unauthenticated) {
		return invitationView{}, "", err
	}
	return invitationView{
		Form: form, Token: token, Organisation: found.OrganisationName, InvitedBy: found.InvitedBy, Email: found.Email, Role: string(found.Role),
		Known: !found.Account.Empty(), SignedIn: !found.Account.Empty() && found.Account == who.Account,
	}, who.Account, nil
}
