package scenario

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/people"
)

// Browser is a person who is signed in.
type Browser struct {
	ID           id.ID
	Organisation id.ID
	Name, Email  string

	s      *Scenario
	client *http.Client
}

// signedIn opens a session for somebody as they would: by the button behind a one-time link.
func (s *Scenario) signedIn(organisation, who id.ID, name, email string) *Browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &Browser{ID: who, Organisation: organisation, Name: name, Email: email, s: s, client: &http.Client{Jar: jar}}
	link, err := s.App.Auth.SignInLink(s.t.Context(), email, "")
	if err != nil {
		s.t.Fatalf("make a link for %s: %v", name, err)
	}
	b.Post("/login/link", url.Values{"token": {people.Token(link)}}).Is(http.StatusOK)
	return b
}

// Visitor is a browser in which nobody is signed in.
func (s *Scenario) Visitor() *Browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &Browser{s: s, client: &http.Client{Jar: jar}}
}

// Context returns a context in which the person acts, with the role that they have now.
func (b *Browser) Context() context.Context {
	b.s.t.Helper()
	me, err := b.s.App.Users.Get(tenant.AsSystem(b.s.t.Context(), b.Organisation), b.ID)
	if err != nil {
		b.s.t.Fatalf("look %s up: %v", b.Name, err)
	}
	return tenant.With(b.s.t.Context(), tenant.Scope{
		Organisation: b.Organisation, Actor: tenant.Actor{Type: tenant.User, ID: b.ID, Name: me.Name}, Permissions: me.Role.Permissions(),
	})
}

// Page is an answer.
type Page struct {
	Status int
	Header http.Header
	// Path is where it came from in the end, after redirects.
	Path string
	Body string

	t testing.TB
}

// Get asks for a page as a browser does.
func (b *Browser) Get(path string) *Page { return b.send(http.MethodGet, path, nil) }

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) *Page {
	return b.send(http.MethodPost, path, form)
}

// Put sends a form that says PUT.
func (b *Browser) Put(path string, form url.Values) *Page { return b.override("PUT", path, form) }

// Delete sends a form that says DELETE.
func (b *Browser) Delete(path string) *Page { return b.override("DELETE", path, nil) }

// Send sends a form with any method, as no browser would.
func (b *Browser) Send(method, path string, form url.Values) *Page {
	return b.send(method, path, form)
}

func (b *Browser) override(method, path string, form url.Values) *Page {
	sent := url.Values{"_method": {method}}
	for name, values := range form {
		sent[name] = values
	}
	return b.send(http.MethodPost, path, sent)
}

func (b *Browser) send(method, path string, form url.Values) *Page {
	b.s.t.Helper()
	request, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(request)
	if err != nil {
		b.s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &Page{Status: answer.StatusCode, Header: answer.Header, Path: answer.Request.URL.Path, Body: string(body), t: b.s.t}
}

// Open begins an answer that has no end of its own; whoever asked closes its body.
func (b *Browser) Open(ctx context.Context, path string) *http.Response {
	b.s.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.s.URL+path, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	answer, err := b.client.Do(request)
	if err != nil {
		b.s.t.Fatalf("open %s: %v", path, err)
	}
	return answer
}

// Is fails the test unless the answer has the status.
func (p *Page) Is(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s answers %d, want %d: %s", p.Path, p.Status, status, p.Text())
	}
	return p
}

// Has fails the test unless all the words can be read on the page.
func (p *Page) Has(words ...string) *Page {
	p.t.Helper()
	text := p.Text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			p.t.Errorf("%s does not say %q: %s", p.Path, word, text)
		}
	}
	return p
}

// Lacks fails the test if any of the words can be read on the page.
func (p *Page) Lacks(words ...string) *Page {
	p.t.Helper()
	text := p.Text()
	for _, word := range words {
		if strings.Contains(text, word) {
			p.t.Errorf("%s says %q: %s", p.Path, word, text)
		}
	}
	return p
}

// Text is what can be read on the page, with single spaces.
func (p *Page) Text() string {
	root, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		p.t.Fatalf("%s is no page: %v", p.Path, err)
	}
	var words []string
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "script" && node.Parent.Data != "style" {
			words = append(words, strings.Fields(node.Data)...)
		}
	}
	return strings.Join(words, " ")
}
