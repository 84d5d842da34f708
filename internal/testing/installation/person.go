package installation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
)

// App puts the application together over the installation's database, in this process, for preparations.
func (i *Installation) App(ctx context.Context) (*app.App, error) {
	address, err := i.DatabaseURL(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Read("MUSTER_DATABASE_URL="+address, "MUSTER_DATA="+i.Data, "MUSTER_URL="+i.URL, "MUSTER_LISTEN="+i.Listen,
		"MUSTER_SECRET_KEY_FILE="+filepath.Join(i.Data, "secret.key"))
	if err != nil {
		return nil, err
	}
	return app.New(ctx, cfg, app.Options{Name: "preparations"})
}

// Person is somebody with a session, as their browser.
type Person struct {
	URL    string
	Client *http.Client
}

// SignIn spends a one-time link, whose last query value is its token.
func (i *Installation) SignIn(ctx context.Context, link string) (*Person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}
	p := &Person{URL: i.URL, Client: &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second, CheckRedirect: stay}}
	answer, err := p.Do(ctx, http.MethodPost, "/login/link", url.Values{"token": {link[strings.LastIndex(link, "=")+1:]}})
	if err != nil {
		return nil, err
	}
	if answer.Status >= http.StatusBadRequest {
		return nil, fmt.Errorf("the link does not sign in: %d %s", answer.Status, answer.Body)
	}
	return p, nil
}

// stay shows redirects instead of following them.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request as the page's script does, a form if there is one.
func (p *Person) Do(ctx context.Context, method, path string, form url.Values) (Answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, method, p.URL+path, body)
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("HX-Request", "true")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := p.Client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return Answer{Status: answer.StatusCode, Header: answer.Header, Body: string(text)}, err
}
