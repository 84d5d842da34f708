// Package people is the dashboard's area for the people of an organisation, and for the reader as one of them.
package people

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs are what the area works with.
type Needs struct {
	Frame     *page.Frame
	Clock     clock.Clock
	Users     *user.Service
	Accounts  *account.Service
	Auth      *auth.Service
	Incidents *incident.Service
	// Blobs keeps people's pictures; without it nobody can give one.
	Blobs blob.Store
	// Picture returns the address of a person's picture by its blob key.
	Picture lens.Picture
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the area; every route needs a session.
func (p *Pages) Routes(mux *http.ServeMux) {
	on := func(pattern string, handle page.Handler) { mux.Handle(pattern, p.Frame.Handle(handle)) }

	on("GET /people", p.list)
	on("GET /people/invite", p.inviteForm)
	on("POST /people", p.invite)
	on("GET /people/{user}", p.person)
	on("GET /people/{user}/role", p.roleForm)
	on("PUT /people/{user}/role", p.changeRole)
	on("POST /people/{user}/invitation", p.resend)
	on("DELETE /people/{user}/invitation", p.revokeInvitation)
	on("PUT /people/{user}/active", p.reactivate)
	on("DELETE /people/{user}/active", p.deactivate)

	on("GET /me", p.me)
	on("PUT /me/profile", p.changeProfile)
	on("POST /me/picture", p.givePicture)
	on("DELETE /me/picture", p.removePicture)
	on("PUT /me/password", p.changePassword)
	on("PUT /me/theme", p.changeTheme)
	on("DELETE /me/sessions", p.revokeOthers)
	on("DELETE /me/sessions/{session}", p.revokeSession)
}

// form answers with a form: alone for the dialog of the page that is open, else as a page of its own.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, status int, title string, content templ.Component) error {
	if page.Quiet(r) {
		return page.Part(w, r, status, content)
	}
	return p.Frame.ShowAs(w, r, status, page.Page{Title: title, Section: "people", Look: "app--form", Content: formPage(title, content)})
}
