package login_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/login"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/testing/people"
)

// site is the area behind its doors, with one page that needs a session.
type site struct {
	*people.House
	server *httptest.Server
}

func open(t *testing.T) *site {
	t.Helper()
	s := &site{House: people.New(t)}
	frame := &page.Frame{
		Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
		PushKey: func(context.Context) (string, error) { return "", nil },
	}
	area := login.New(login.Needs{Frame: frame, Auth: s.Auth, Users: s.Users, Organisations: s.Organisations})
	mux := http.NewServeMux()
	area.Routes(mux)
	mux.Handle("/", area.RequireSession(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, _ := page.ViewerOf(r.Context())
		_, _ = fmt.Fprintf(w, "%s of %s at %s", viewer.Name, viewer.OrganisationName, r.URL.RequestURI())
	})))
	s.server = httptest.NewServer(httpx.Chain(mux, httpx.Identify(nil), httpx.MethodOverride))
	t.Cleanup(s.server.Close)
	return s
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	t      *testing.T
	client *http.Client
	at     string
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, at: s.server.URL, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is the status, the text and where it leads.
type answer struct {
	status   int
	text, to string
	header   http.Header
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{response.StatusCode, string(text), response.Header.Get("Location"), response.Header}
}

func (b *browser) get(path string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.at+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	return b.do(r)
}

func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for n := 0; n < len(fields); n += 2 {
		form.Set(fields[n], fields[n+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func expect(t *testing.T, got answer, status int, parts ...string) {
	t.Helper()
	if got.status != status {
		t.Errorf("status %d, want %d: %s", got.status, status, got.text)
	}
	for _, part := range parts {
		if !strings.Contains(got.text+got.to, part) {
			t.Errorf("%q is not in the answer (to %q): %s", part, got.to, got.text)
		}
	}
}

const password = "correct horse battery"

func TestStrangersAreSentToSignInAndComeBack(t *testing.T) {
	s := open(t)
	o := s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	s.Password(t, o.ID, o.Owner, password)
	b := s.browser(t)
	away := b.get("/incidents/7?tab=log")
	expect(t, away, http.StatusSeeOther, "/login?next=%2Fincidents%2F7%3Ftab%3Dlog")
	expect(t, b.get(away.to), http.StatusOK, `value="/incidents/7?tab=log"`)
	expect(t, b.get("/incidents", "Accept", "application/json"), http.StatusUnauthorized)
	quiet := b.get("/regions", "HX-Request", "true", "Referer", b.at+"/incidents/7")
	if expect(t, quiet, http.StatusUnauthorized); quiet.header.Get("Muster-Location") != "/login?next=%2Fincidents%2F7" {
		t.Errorf("a part of a page is led to %q", quiet.header.Get("Muster-Location"))
	}
	wrong := b.post("/login", "email", "Ada@example.com", "password", "wrong", "next", "/incidents/7")
	expect(t, wrong, http.StatusUnprocessableEntity, `value="Ada@example.com"`, `value="/incidents/7"`, "password is not right")
	if strings.Contains(wrong.text, `value="wrong"`) {
		t.Error("the password that was typed is in the page")
	}
	expect(t, b.post("/login", "email", "ada", "password", "x"), http.StatusUnprocessableEntity, `value="ada"`, "such as name@example.com")
	in := b.post("/login", "email", "ada@example.com", "password", password, "next", "/incidents/7")
	expect(t, in, http.StatusSeeOther, "/incidents/7")
	if cookie := in.header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "Secure") {
		t.Errorf("the cookie is %s", cookie)
	}
	expect(t, b.get("/incidents/7"), http.StatusOK, "Ada of Night shift")
	expect(t, b.get("/login?next=/people"), http.StatusSeeOther, "/people")
	expect(t, b.post("/login", "email", "ada@example.com", "password", password, "next", "//evil.example"), http.StatusSeeOther, "/")
	expect(t, b.post("/logout"), http.StatusSeeOther, "/login")
	expect(t, b.get("/"), http.StatusSeeOther, "/login")
}

func TestTooManyAttemptsSayWhenToTryAgain(t *testing.T) {
	s := open(t)
	s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	b := s.browser(t)
	for range 10 {
		expect(t, b.post("/login", "email", "ada@example.com", "password", "wrong"), http.StatusUnprocessableEntity)
	}
	expect(t, b.post("/login", "email", "ada@example.com", "password", "wrong"), http.StatusTooManyRequests, "Try again in 15 minutes.", `value="ada@example.com"`)
}

func TestMailedLinkNeedsTheButton(t *testing.T) {
	s := open(t)
	s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	s.Work(t)
	b := s.browser(t)
	known := b.post("/login/mail", "email", "ada@example.com", "next", "/people")
	expect(t, known, http.StatusOK, "Check your inbox")
	unknown := b.post("/login/mail", "email", "bob@example.com")
	if strings.ReplaceAll(known.text, "ada@", "bob@") != unknown.text {
		t.Error("the answer tells whether an address has an account")
	}
	link := strings.TrimPrefix(people.LinkIn(t, s.Work(t)[0]), people.URL)
	for range 2 {
		expect(t, b.get(link), http.StatusOK, "ada@example.com", `method="post"`)
	}
	expect(t, b.get("/"), http.StatusSeeOther, "/login")
	expect(t, b.post("/login/link", "token", people.Token(link)), http.StatusSeeOther, "/people")
	expect(t, b.get("/people"), http.StatusOK, "Ada of Night shift")
	expect(t, b.get(link), http.StatusConflict, "used up", "/login")
	expect(t, s.browser(t).post("/login/link", "token", people.Token(link)), http.StatusConflict, "Ask for another")
}

func TestInvitationOfSomebodyNewKeepsWhatTheyTyped(t *testing.T) {
	s := open(t)
	o := s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	if _, err := s.Users.Invite(s.As(t, o.ID, o.Owner), user.Invite{Email: "grace@example.com", Role: authz.Responder}); err != nil {
		t.Fatal(err)
	}
	link := strings.TrimPrefix(people.LinkIn(t, s.Work(t)[0]), people.URL)
	b := s.browser(t)
	expect(t, b.get(link), http.StatusOK, "Night shift", "grace@example.com", "Ada", "responder")
	expect(t, b.post("/invitation", "token", people.Token(link), "name", "Grace", "password", "short"), http.StatusUnprocessableEntity, `value="Grace"`, "at least 10")
	expect(t, b.post("/invitation", "token", people.Token(link), "name", "Grace", "password", "", "zone", "Europe/Madrid"), http.StatusSeeOther, "/")
	expect(t, b.get("/"), http.StatusOK, "Grace of Night shift")
	expect(t, b.get(link), http.StatusConflict, "accepted before")
	expect(t, b.get("/invitation?token=nonsense"), http.StatusNotFound, "not whole")
}

func TestInvitationOfAnAccountAndSwitchingByLink(t *testing.T) {
	s := open(t)
	home := s.Organisation(t, "Home", "Ada", "ada@example.com")
	s.Password(t, home.ID, home.Owner, password)
	away := s.Organisation(t, "Away", "Ben", "ben@example.com")
	if _, err := s.Users.Invite(s.As(t, away.ID, away.Owner), user.Invite{Email: "ada@example.com", Role: authz.Viewer}); err != nil {
		t.Fatal(err)
	}
	link := strings.TrimPrefix(people.LinkIn(t, s.Work(t)[0]), people.URL)
	b := s.browser(t)
	expect(t, b.get(link), http.StatusOK, "Sign in to accept", "next=%2Finvitation%3Ftoken%3D")
	expect(t, b.post("/invitation", "token", people.Token(link)), http.StatusForbidden)
	expect(t, b.post("/login", "email", "ada@example.com", "password", password, "next", link), http.StatusSeeOther, link)
	expect(t, b.get(link), http.StatusOK, "Join")
	expect(t, b.post("/invitation", "token", people.Token(link)), http.StatusSeeOther, "/")
	expect(t, b.get("/"), http.StatusOK, "Ada of Away")
	expect(t, b.get("/incidents/7?o=home&tab=log"), http.StatusSeeOther, "/incidents/7?tab=log")
	expect(t, b.get("/incidents/7"), http.StatusOK, "Ada of Home")
	expect(t, b.post("/organisation", "organisation", "away"), http.StatusSeeOther, "/")
	expect(t, b.get("/"), http.StatusOK, "of Away")
	expect(t, b.get("/?o=nowhere"), http.StatusNotFound)
}

func TestSetUpByTheTokenOnce(t *testing.T) {
	s := open(t)
	token, err := s.Organisations.PrepareSetup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	expect(t, b.get("/setup?token=guess"), http.StatusNotFound, "does not work")
	expect(t, b.get("/setup?token="+token), http.StatusOK, "Welcome")
	expect(t, b.post("/setup", "token", token, "name", "Ada", "email", "nonsense"), http.StatusUnprocessableEntity, `value="Ada"`, `value="nonsense"`)
	expect(t, b.post("/setup", "token", token, "name", "Ada", "email", "ada@night-shift.test"), http.StatusSeeOther, "/")
	expect(t, b.get("/"), http.StatusOK, "Ada of Night-shift")
	expect(t, s.browser(t).get("/setup?token="+token), http.StatusNotFound)
}

func TestDeactivatedUserIsOutAtTheNextClick(t *testing.T) {
	s := open(t)
	o := s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	ben := s.Enrol(t, o.ID, "ben@example.com", authz.Responder)
	s.Password(t, o.ID, ben, password)
	b := s.browser(t)
	b.post("/login", "email", "ben@example.com", "password", password)
	expect(t, b.get("/"), http.StatusOK, "ben of")
	if err := s.Users.Deactivate(s.As(t, o.ID, o.Owner), ben); err != nil {
		t.Fatal(err)
	}
	expect(t, b.get("/"), http.StatusSeeOther, "/login")
	expect(t, b.post("/login", "email", "ben@example.com", "password", password), http.StatusForbidden, "Ask an administrator")
}

func TestCookieOnHTTPSIsOfThisHostOnly(t *testing.T) {
	s := open(t)
	s.Organisation(t, "Night shift", "Ada", "ada@example.com")
	opened := s.SignIn(t, "ada@example.com")
	area := login.New(login.Needs{Frame: &page.Frame{}, Auth: s.Auth, Users: s.Users, Organisations: s.Organisations})
	seen := ""
	secure := httpx.Identify(nil)(area.RequireSession(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		viewer, _ := page.ViewerOf(r.Context())
		seen = viewer.Name + " " + viewer.Theme + " " + viewer.Zone.String()
	})))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://muster.test/", nil)
	r.AddCookie(&http.Cookie{Name: "muster_session", Value: opened.Token}) // as set by another host of the domain
	secure.ServeHTTP(httptest.NewRecorder(), r)
	if seen != "" {
		t.Error("a cookie without the host prefix opened a session over https")
	}
	r.AddCookie(&http.Cookie{Name: "__Host-muster_session", Value: opened.Token})
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	s.Clock.Advance(time.Minute)
	secure.ServeHTTP(httptest.NewRecorder(), r)
	if seen != "Ada dark UTC" {
		t.Errorf("the viewer is %q", seen)
	}
}
