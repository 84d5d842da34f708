package login

import (
	"net/http"

	"github.com/musterhq/muster/internal/surface/web/page"
)

// link shows whose account the link opens; only the button spends it, because mail scanners open what they find.
func (p *Pages) link(w http.ResponseWriter, r *http.Request) error {
	token := r.FormValue("token")
	email, err := p.Auth.LinkFor(r.Context(), token)
	if err != nil {
		return deadEnd(w, r, "This link is used up", err)
	}
	return page.Bare(w, r, http.StatusOK, "Sign in", linkPage(email, token))
}

func (p *Pages) spendLink(w http.ResponseWriter, r *http.Request) error {
	opened, destination, err := p.Auth.SpendLink(r.Context(), r.PostFormValue("token"), r.UserAgent())
	if err != nil {
		return deadEnd(w, r, "This link does not sign you in", err)
	}
	return enter(w, r, opened, destination)
}
