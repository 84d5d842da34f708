package people_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	web "github.com/musterhq/muster/internal/surface/web/people"
	"github.com/musterhq/muster/internal/testing/people"
)

// desk is the area as one person uses it.
type desk struct {
	*people.House
	handler http.Handler
	as      func(*http.Request) *http.Request
	blobs   shelf
}

func (d *desk) sit(t *testing.T, organisation, who id.ID) *desk {
	t.Helper()
	session := d.SignIn(t, emailOf(t, d, organisation, who))
	identity, err := d.Auth.Authenticate(t.Context(), session.Token)
	if err != nil {
		t.Fatal(err)
	}
	viewer := page.Viewer{User: identity.User, Session: identity.Session, Name: identity.Name, Permissions: identity.Role.Permissions()}
	return &desk{House: d.House, handler: d.handler, blobs: d.blobs, as: func(r *http.Request) *http.Request {
		return r.WithContext(page.WithViewer(d.As(t, organisation, who), viewer))
	}}
}

func emailOf(t *testing.T, d *desk, organisation, who id.ID) string {
	t.Helper()
	u, err := d.Users.Get(d.As(t, organisation, who), who)
	if err != nil {
		t.Fatal(err)
	}
	return u.Email
}

func open(t *testing.T) *desk {
	t.Helper()
	h := people.New(t)
	frame := &page.Frame{
		Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
		PushKey: func(context.Context) (string, error) { return "", nil },
	}
	mux, blobs := http.NewServeMux(), shelf{}
	web.New(web.Needs{Frame: frame, Clock: h.Clock, Users: h.Users, Accounts: h.Accounts, Auth: h.Auth, Blobs: blobs, Incidents: incident.New(h.DB, h.Bus, h.Clock, timer.New(h.DB, h.Clock))}).Routes(mux)
	return &desk{House: h, handler: httpx.Chain(mux, httpx.MethodOverride), blobs: blobs}
}

func (d *desk) send(t *testing.T, method, path string, quiet bool, fields ...string) (int, string, http.Header) {
	t.Helper()
	form := url.Values{}
	for n := 0; n < len(fields); n += 2 {
		form.Set(fields[n], fields[n+1])
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if quiet {
		r.Header.Set("HX-Request", "true")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, d.as(r))
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(text), w.Header()
}

func (d *desk) get(t *testing.T, path string, status int, parts ...string) string {
	t.Helper()
	return d.check(t, http.MethodGet, path, nil, status, parts...)
}

func (d *desk) post(t *testing.T, path string, fields []string, status int, parts ...string) string {
	t.Helper()
	return d.check(t, http.MethodPost, path, fields, status, parts...)
}

func (d *desk) check(t *testing.T, method, path string, fields []string, status int, parts ...string) string {
	t.Helper()
	got, text, header := d.send(t, method, path, false, fields...)
	if got != status {
		t.Errorf("%s %s: status %d, want %d: %s", method, path, got, status, text)
	}
	for _, part := range parts {
		if !strings.Contains(text+header.Get("Location"), part) {
			t.Errorf("%s %s: %q is not in the answer: %s", method, path, part, text)
		}
	}
	return text
}

func TestPeopleAreListedAndFound(t *testing.T) {
	d := open(t)
	o := d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	d.Enrol(t, o.ID, "ben@example.com", authz.Viewer)
	owner := d.sit(t, o.ID, o.Owner)
	owner.get(t, "/people", http.StatusOK, "Ada", "(you)", "ben@example.com", "viewer", "Invite people", "09:00")
	if text := owner.get(t, "/people?q=BEN", http.StatusOK, "ben@example.com", `value="BEN"`); strings.Contains(text, "ada@example.com") {
		t.Error("the search found somebody else")
	}
	owner.get(t, "/people?q=zzz", http.StatusOK, "Nobody found")
	ben, err := owner.Users.List(owner.As(t, o.ID, o.Owner), user.List{Search: "ben"})
	if err != nil {
		t.Fatal(err)
	}
	viewer := d.sit(t, o.ID, ben.Users[0].ID)
	if text := viewer.get(t, "/people", http.StatusOK, "Ada"); strings.Contains(text, "/people/invite") || strings.Contains(text, "Deactivate") {
		t.Error("a viewer is offered what they may not do")
	}
	viewer.get(t, "/people/invite", http.StatusForbidden)
}

func TestInvitingFromTheList(t *testing.T) {
	d := open(t)
	o := d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	d.Work(t)
	owner := d.sit(t, o.ID, o.Owner)
	owner.get(t, "/people/invite", http.StatusOK, "Send invitation", "<html")
	owner.post(t, "/people", []string{"email", "gra ce", "name", "Grace", "role", "viewer"}, http.StatusUnprocessableEntity, `value="gra ce"`, `value="Grace"`, `value="viewer" checked`, "such as name@example.com")
	owner.post(t, "/people", []string{"email", "ada@example.com", "name", "", "role", "viewer"}, http.StatusUnprocessableEntity, "is here already")
	code, text, header := owner.send(t, http.MethodPost, "/people", true, "email", "grace@example.com", "name", "Grace", "role", "responder")
	if words, _ := url.PathUnescape(header.Get("Muster-Toast")); code != http.StatusNoContent || text != "" || words != "An invitation is on its way to grace@example.com." {
		t.Errorf("inviting in a dialog answers %d %q %q", code, words, text)
	}
	if mails := d.Work(t); len(mails) != 1 || mails[0].To != "grace@example.com" {
		t.Errorf("mails: %+v", mails)
	}
	text = owner.get(t, "/people?state=invited", http.StatusOK, "Grace", "Invited by Ada just now")
	_, rest, _ := strings.Cut(text, `id="person-`)
	grace, _, _ := strings.Cut(rest, `"`)
	owner.post(t, "/people/"+grace+"/invitation", nil, http.StatusSeeOther, "/people")
	if mails := d.Work(t); len(mails) != 1 {
		t.Errorf("inviting again mailed %d times", len(mails))
	}
	owner.post(t, "/people/"+grace+"/invitation", []string{"_method", "DELETE"}, http.StatusSeeOther, "/people")
	owner.post(t, "/people/"+grace+"/invitation", []string{"_method", "DELETE"}, http.StatusConflict, "has no open invitation")
	owner.get(t, "/people?state=deactivated", http.StatusOK, "Invite again")
}

func TestTheLastOwnerStaysInTheForm(t *testing.T) {
	d := open(t)
	o := d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	ben := d.Enrol(t, o.ID, "ben@example.com", authz.Responder)
	owner := d.sit(t, o.ID, o.Owner)
	at := "/people/" + string(o.Owner)
	owner.get(t, at+"/role", http.StatusOK, `value="owner" checked`)
	owner.post(t, at+"/role", []string{"_method", "PUT", "role", "viewer"}, http.StatusConflict, "only owner", `value="viewer" checked`)
	owner.post(t, at+"/active", []string{"_method", "DELETE"}, http.StatusConflict, "only owner")
	owner.post(t, "/people/"+string(ben)+"/role", []string{"_method", "PUT", "role", "king"}, http.StatusUnprocessableEntity, "Choose owner")
	owner.post(t, "/people/"+string(ben)+"/role", []string{"_method", "PUT", "role", "administrator"}, http.StatusSeeOther, "/people")
	owner.post(t, "/people/"+string(ben)+"/active", []string{"_method", "DELETE"}, http.StatusSeeOther, "/people")
	owner.get(t, "/people?state=deactivated", http.StatusOK, "ben", "Reactivate")
	owner.post(t, "/people/"+string(ben)+"/active", []string{"_method", "PUT"}, http.StatusSeeOther, "/people")
	elsewhere := d.Organisation(t, "Elsewhere", "Eve", "eve@example.com")
	owner.get(t, "/people/"+string(elsewhere.Owner)+"/role", http.StatusNotFound)
	owner.post(t, "/people/"+string(elsewhere.Owner)+"/active", []string{"_method", "DELETE"}, http.StatusNotFound)
}

func TestMyOwnPage(t *testing.T) {
	d := open(t)
	o := d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	me := d.sit(t, o.ID, o.Owner)
	other := d.SignIn(t, "ada@example.com")
	me.get(t, "/me", http.StatusOK, `value="Ada"`, "ada@example.com", "This browser", "You have no password")
	me.post(t, "/me/profile", []string{"_method", "PUT", "name", " ", "zone", "Mars/Olympus"}, http.StatusUnprocessableEntity, "Write a name", "is no time zone", `value="Mars/Olympus" selected`)
	me.post(t, "/me/profile", []string{"_method", "PUT", "name", "Ada L.", "zone", "Europe/Madrid"}, http.StatusSeeOther, "/me")
	me.get(t, "/me", http.StatusOK, `value="Ada L."`, `value="Europe/Madrid" selected`)
	me.post(t, "/me/password", []string{"_method", "PUT", "new_password", "short"}, http.StatusUnprocessableEntity, "at least 10")
	me.post(t, "/me/password", []string{"_method", "PUT", "new_password", "correct horse battery"}, http.StatusSeeOther, "/me")
	if _, err := d.Auth.Authenticate(t.Context(), other.Token); err == nil {
		t.Error("another session goes on after the password changed")
	}
	other = d.SignIn(t, "ada@example.com")
	me.post(t, "/me/sessions/"+string(other.Session), []string{"_method", "DELETE"}, http.StatusSeeOther, "/me")
	me.post(t, "/me/sessions/"+string(other.Session), []string{"_method", "DELETE"}, http.StatusNotFound)
	other = d.SignIn(t, "ada@example.com")
	me.post(t, "/me/sessions", []string{"_method", "DELETE"}, http.StatusSeeOther, "/me")
	if _, err := d.Auth.Authenticate(t.Context(), other.Token); err == nil {
		t.Error("another session goes on after signing out everywhere else")
	}
	me.get(t, "/me", http.StatusOK, "This browser")
	_, _, header := me.send(t, http.MethodPost, "/me/theme", false, "_method", "PUT", "theme", "dark")
	if mine, err := d.Accounts.Me(d.As(t, o.ID, o.Owner)); err != nil || mine.Theme != "dark" || !strings.Contains(header.Get("Set-Cookie"), "theme=dark") {
		t.Errorf("the theme is %q with %q, %v", mine.Theme, header.Get("Set-Cookie"), err)
	}
}

// shelf keeps blobs in memory.
type shelf map[string][]byte

func (s shelf) Put(_ context.Context, key string, r io.Reader, _ blob.Meta) error {
	content, err := io.ReadAll(r)
	s[key] = content
	return err
}

func (s shelf) Get(_ context.Context, key string) (io.ReadCloser, blob.Meta, error) {
	return io.NopCloser(bytes.NewReader(s[key])), blob.Meta{}, nil
}

func (s shelf) Delete(_ context.Context, key string) error {
	delete(s, key)
	return nil
}

func (s shelf) SignedURL(_ context.Context, key string, _ time.Duration) (string, error) {
	return "/files/" + key, nil
}

func TestPictureIsKeptSmallAndReplaced(t *testing.T) {
	d := open(t)
	o := d.Organisation(t, "Night shift", "Ada", "ada@example.com")
	me := d.sit(t, o.ID, o.Owner)
	upload := func(content []byte) int {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("file", "me.png")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = file.Write(content)
		_ = form.Close()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/me/picture", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		w := httptest.NewRecorder()
		me.handler.ServeHTTP(w, me.as(r))
		return w.Code
	}
	if code := upload([]byte("no picture")); code != http.StatusUnprocessableEntity {
		t.Errorf("a text is answered with %d", code)
	}
	var portrait bytes.Buffer
	if err := png.Encode(&portrait, image.NewRGBA(image.Rect(0, 0, 600, 600))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if code := upload(portrait.Bytes()); code != http.StatusSeeOther {
			t.Fatalf("a picture is answered with %d", code)
		}
		u, err := d.Users.Me(d.As(t, o.ID, o.Owner))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := png.DecodeConfig(bytes.NewReader(d.blobs[u.AvatarKey]))
		if err != nil || kept.Width != 128 || len(d.blobs) != 1 {
			t.Errorf("%d pictures are kept, the reader's own %d pixels wide, %v", len(d.blobs), kept.Width, err)
		}
	}
	me.post(t, "/me/picture", []string{"_method", "DELETE"}, http.StatusSeeOther, "/me")
	if u, err := d.Users.Me(d.As(t, o.ID, o.Owner)); err != nil || u.AvatarKey != "" || len(d.blobs) != 0 {
		t.Errorf("after removing it the key is %q and %d pictures are kept, %v", u.AvatarKey, len(d.blobs), err)
	}
}

func TestBrowsersAreNamed(t *testing.T) {
	for agent, name := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0":                    "Edge on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/604": "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0":                                           "Firefox on Mac",
		"curl/8.0": "Another program", "Linux": "A browser on Linux", "": "Another program",
	} {
		if got := web.Browser(agent); got != name {
			t.Errorf("%q is named %q, want %q", agent, got, name)
		}
	}
}
