package login

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Slack lets people show who they are by Slack.
type Slack interface {
	// BeginSignIn returns where at Slack that is; the way back works with the binding alone.
	BeginSignIn(binding string) (string, error)
	// SignIn opens a session for who Slack says it is.
	SignIn(ctx context.Context, cmd workspace.SignIn) (auth.Opened, error)
}

// slack is the address that begins it.
func (v formView) slack() string {
	if v.Next == "" {
		return "/login/slack"
	}
	return "/login/slack?next=" + url.QueryEscape(v.Next)
}

// slackTrip is how many seconds the browser keeps what the way back from Slack is bound to.
const slackTrip = 15 * 60

// tripCookie binds the way back from Slack to the browser that went there.
func tripCookie(r *http.Request, value string, age int) *http.Cookie {
	name, secure := "muster_slack", httpx.RequestOf(r.Context()).Secure
	if secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
}

func (p *Pages) beginSlack(w http.ResponseWriter, r *http.Request) error {
	binding := secrets.NewToken("")
	at, err := p.Slack.BeginSignIn(binding)
	if err != nil {
		return err
	}
	http.SetCookie(w, tripCookie(r, binding+"."+url.QueryEscape(auth.LocalPath(r.FormValue("next"))), slackTrip))
	http.Redirect(w, r, at, http.StatusSeeOther)
	return nil
}

// signInBySlack is where Slack leads back to; it works once, because the browser forgets what it is bound to.
func (p *Pages) signInBySlack(w http.ResponseWriter, r *http.Request) error {
	var binding, next string
	if kept, err := r.Cookie(tripCookie(r, "", 0).Name); err == nil {
		var escaped string
		binding, escaped, _ = strings.Cut(kept.Value, ".")
		if next, err = url.QueryUnescape(escaped); err != nil {
			next = ""
		}
	}
	http.SetCookie(w, tripCookie(r, "", -1))
	query := r.URL.Query()
	opened, err := p.Slack.SignIn(r.Context(), workspace.SignIn{
		Binding: binding, State: query.Get("state"), Code: query.Get("code"), Refused: query.Get("error"), UserAgent: r.UserAgent(),
	})
	if err != nil {
		return p.slackDeadEnd(w, r, err)
	}
	return enter(w, r, opened, next)
}

func (p *Pages) slackDeadEnd(w http.ResponseWriter, r *http.Request, err error) error {
	if page.Status(err) == http.StatusServiceUnavailable {
		return page.Bare(w, r, http.StatusServiceUnavailable, "Slack does not answer", deadEndPage("Slack does not answer", "You can sign in with your email address meanwhile."))
	}
	return deadEnd(w, r, "Slack does not sign you in", err)
}
