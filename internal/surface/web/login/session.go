package login

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// cookieLasts is as long as browsers keep a cookie at most; the session itself ends by the server's word.
const cookieLasts = 400 * 24 * time.Hour

// cookieName is one that only this very host can set, where the connection is safe enough for browsers to hold that.
func cookieName(r *http.Request) string {
	if httpx.RequestOf(r.Context()).Secure {
		return "__Host-muster_session"
	}
	return "muster_session"
}

// Token returns the session token that the request carries, empty for none.
func Token(r *http.Request) string {
	cookie, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func keep(w http.ResponseWriter, r *http.Request, token string) {
	set(w, r, token, int(cookieLasts.Seconds()))
}

// Forget takes the session's cookie out of the browser.
func Forget(w http.ResponseWriter, r *http.Request) { set(w, r, "", -1) }

func set(w http.ResponseWriter, r *http.Request, token string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: token, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: httpx.RequestOf(r.Context()).Secure,
	})
}

// RequireSession lets through who holds a session, with their scope and page.Viewer in the context. Others are sent to
// sign in if they want a page, and refused otherwise. A link with ?o=SLUG opens in that organisation of theirs.
func (p *Pages) RequireSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := p.Auth.Authenticate(r.Context(), Token(r))
		if problem.Is(err, problem.Unauthenticated) {
			p.turnAway(w, r, err)
			return
		}
		if err != nil {
			page.Fail(w, r, err)
			return
		}
		if slug := r.URL.Query().Get("o"); slug != "" && slug != who.OrganisationSlug && r.Method == http.MethodGet {
			if err := p.Auth.Switch(r.Context(), Token(r), slug); err != nil {
				if problem.Is(err, problem.NotFound) {
					err = problem.New(problem.NotFound, "not_a_member", "This link belongs to an organisation that you are not a member of. Whoever gave it to you can invite you.")
				}
				page.Fail(w, r, err)
				return
			}
			http.Redirect(w, r, without(r.URL, "o"), http.StatusSeeOther)
			return
		}
		httpx.Annotate(r.Context(), slog.String("organisation", string(who.Organisation)), slog.String("user", string(who.User)))
		ctx := tenant.With(r.Context(), who.Scope())
		next.ServeHTTP(w, r.WithContext(page.WithViewer(ctx, p.viewer(r, who))))
	})
}

func (p *Pages) viewer(r *http.Request, who auth.Identity) page.Viewer {
	zone, err := time.LoadLocation(who.Zone)
	if err != nil {
		zone = time.UTC
	}
	viewer := page.Viewer{
		User: who.User, Account: who.Account, Session: who.Session, Name: who.Name, Email: who.Email, Organisation: who.Organisation,
		OrganisationName: who.OrganisationName, OrganisationSlug: who.OrganisationSlug, Role: who.Role, Permissions: who.Role.Permissions(),
		Zone: zone, Theme: page.Theme(r), Operator: who.Operator, Several: who.Organisations > 1,
	}
	if viewer.Theme == "" {
		viewer.Theme = who.Theme
	}
	if who.AvatarKey != "" && p.Picture != nil {
		viewer.Avatar = p.Picture(r.Context(), who.AvatarKey)
	}
	return viewer
}

// turnAway answers somebody without a session.
func (p *Pages) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	here := r.URL.RequestURI()
	if page.Quiet(r) {
		// A part of a page that is open: the whole page goes to sign in and comes back to where it is.
		here = "/"
		if shown, parseErr := url.Parse(r.Referer()); parseErr == nil && shown.Host == r.Host {
			here = shown.RequestURI()
		}
		w.Header().Set("Muster-Location", loginAddress(here))
		w.Header().Set("HX-Redirect", loginAddress(here))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	wantsPage := (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
	if wantsPage {
		http.Redirect(w, r, loginAddress(here), http.StatusSeeOther)
		return
	}
	page.Fail(w, r, err)
}

func loginAddress(next string) string {
	if next == "/" || auth.LocalPath(next) == "" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

func without(at *url.URL, parameter string) string {
	query := at.Query()
	query.Del(parameter)
	left := url.URL{Path: at.Path, RawQuery: query.Encode()}
	return left.String()
}

// enter starts the session in the browser and shows where the person wanted to go, or home.
func enter(w http.ResponseWriter, r *http.Request, opened auth.Opened, destination string) error {
	keep(w, r, opened.Token)
	if destination = auth.LocalPath(destination); destination == "" {
		destination = "/"
	}
	http.Redirect(w, r, destination, http.StatusSeeOther)
	return nil
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.Auth.SignOut(r.Context(), Token(r)); err != nil {
		return err
	}
	Forget(w, r)
	// What the browser kept of this person's pages goes too; drafts are wiped by the page itself.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// switchOrganisation goes on in another organisation of the same account.
func (p *Pages) switchOrganisation(w http.ResponseWriter, r *http.Request) error {
	if err := p.Auth.Switch(r.Context(), Token(r), r.PostFormValue("organisation")); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
