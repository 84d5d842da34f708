// Package login is the dashboard's area for coming in: signing in, one-time links, invitations and the first-run
// set-up; and the door that lets only those with a session further.
package login

import (
	"context"
	"net/http"

	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs are what the area works with.
type Needs struct {
	Frame         *page.Frame
	Auth          *auth.Service
	Users         *user.Service
	Organisations *organisation.Service
	// Picture returns the address of a person's picture by its blob key.
	Picture func(ctx context.Context, key string) string
	// Slack lets people sign in with Slack; nil where they cannot.
	Slack Slack
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the area; none of it needs a session.
func (p *Pages) Routes(mux *http.ServeMux) {
	on := func(pattern string, handle page.Handler) { mux.Handle(pattern, p.Frame.Handle(handle)) }

	on("GET /login", p.form)
	on("POST /login", p.signIn)
	on("POST /login/mail", p.mailLink)
	if p.Slack != nil {
		on("GET /login/slack", p.beginSlack)
		on("GET "+workspace.SignedInPath, p.signInBySlack)
	}
	on("GET /login/link", p.link)
	on("POST /login/link", p.spendLink)
	on("GET /invitation", p.invitation)
	on("POST /invitation", p.accept)
	on("GET /setup", p.setup)
	on("POST /setup", p.setUp)
	on("POST /logout", p.signOut)
	on("POST /organisation", p.switchOrganisation)
}

// deadEnd says why a link leads no further and what to do instead.
func deadEnd(w http.ResponseWriter, r *http.Request, title string, err error) error {
	if page.Status(err) >= http.StatusInternalServerError {
		return err
	}
	return page.Bare(w, r, page.Status(err), title, deadEndPage(title, problem.All(err)[0].Message))
}
