package slackserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
)

// Options set up a stand-in; its zero value is a Slack on the machine's clock.
type Options struct {
	Clock        clock.Clock   // the machine's when nil
	Patience     time.Duration // how long Slack waits for an acknowledgement, in real time; 3 s when 0
	PostsAMinute int           // what one workspace takes of chat.postMessage when limits hold; 300 when 0
}

// App is the one app that is registered with the stand-in.
type App struct {
	ID, Name, ClientID, ClientSecret, SigningSecret string
	Token                                           string // the app-level token of Socket Mode, xapp-…
}

// Server is a running stand-in for Slack.
type Server struct {
	http         *httptest.Server
	out          *http.Client // to the app
	clock        clock.Clock
	patience     time.Duration
	postsAMinute int
	closed       chan struct{}
	app          App

	mu         sync.Mutex
	changed    chan struct{} // closed and made anew at every change
	sequence   int
	workspaces map[string]*workspace
	orgs       map[string]bool // Enterprise Grid organisations that install for all their workspaces
	users      map[string]*person
	channels   map[string]*channel
	tokens     map[string]*token
	grants     map[string]*grant
	files      map[string]*file
	views      map[string]*View
	triggers   map[string]*trigger
	responses  map[string]*response
	whispers   []Ephemeral
	stream     stream
	meter      meter
	trouble    trouble
	calls      []Call
	keys       signer
}

// New starts a stand-in that stops with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a stand-in that stops at Close.
func Start(o Options) (*Server, error) {
	s := &Server{
		clock: o.Clock, patience: o.Patience, postsAMinute: o.PostsAMinute, closed: make(chan struct{}), changed: make(chan struct{}),
		app: App{
			ID: "A0MUSTER01", Name: "Muster", ClientID: "1000000000.2000000000", ClientSecret: "standin-client-secret",
			SigningSecret: "standin-signing-secret", Token: "xapp-1-A0MUSTER01-standin",
		},
		workspaces: map[string]*workspace{}, orgs: map[string]bool{}, users: map[string]*person{}, channels: map[string]*channel{}, tokens: map[string]*token{},
		grants: map[string]*grant{}, files: map[string]*file{}, views: map[string]*View{}, triggers: map[string]*trigger{}, responses: map[string]*response{},
	}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.patience == 0 {
		s.patience = 3 * time.Second
	}
	if s.postsAMinute == 0 {
		s.postsAMinute = 300
	}
	s.tokens[s.app.Token] = &token{value: s.app.Token, kind: appToken, scopes: []string{"connections:write", "authorizations:read"}}
	roads := http.DefaultTransport.(*http.Transport).Clone()
	roads.MaxIdleConnsPerHost = 200
	s.out = &http.Client{Transport: roads}
	s.stream.wake = make(chan struct{}, 1)
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	go s.deliver()
	return s, nil
}

// Close stops the stand-in and everything that waits in it.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.closed:
		s.mu.Unlock()
		return
	default:
	}
	close(s.closed)
	s.cutSockets()
	s.mu.Unlock()
	s.out.CloseIdleConnections()
	s.http.CloseClientConnections()
	s.http.Close()
}

// URL is the address of the Web API, with a slash at its end.
func (s *Server) URL() string { return s.http.URL + "/api/" }

// Site is the address of the stand-in's web pages, where consent is given, without a slash at its end.
func (s *Server) Site() string { return s.http.URL }

// App returns the app's identity and secrets.
func (s *Server) App() App { return s.app }

// Client leads requests for slack.com and its subdomains to the stand-in and others to where they want to go.
func (s *Server) Client() *http.Client {
	at, _ := url.Parse(s.http.URL)
	return &http.Client{Timeout: 15 * time.Second, Transport: detour{at.Host}}
}

type detour struct{ host string }

// RoundTrip keeps the name that was meant and goes to the stand-in.
func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	if name := r.URL.Hostname(); name == "slack.com" || strings.HasSuffix(name, ".slack.com") {
		r = r.Clone(r.Context())
		r.Host = r.URL.Host
		r.URL.Scheme, r.URL.Host = "http", d.host
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Wait returns when fn is true; it looks again at every change in the stand-in and fails the test after 10 s.
func (s *Server) Wait(t testing.TB, fn func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if !s.Until(ctx, fn) {
		t.Fatalf("the stand-in for Slack waited in vain; its last calls were %v", s.last(12))
	}
}

// Until is Wait for programs without a test: it reports whether fn became true before the context ended.
func (s *Server) Until(ctx context.Context, fn func() bool) bool {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if fn() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fn()
		}
	}
}

// touch wakes those who wait for a change; the caller holds the lock.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// fresh makes an identifier as Slack's look; the caller holds the lock.
func (s *Server) fresh(prefix string) string {
	s.sequence++
	return fmt.Sprintf("%s0%09s", prefix, strings.ToUpper(strconv.FormatInt(int64(s.sequence)+46656, 36)))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.isDown() && r.URL.Path != "/" {
		hangUp(w)
		return
	}
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, "/api/"):
		s.api(w, r, strings.TrimPrefix(path, "/api/"))
	case strings.HasPrefix(path, "/upload/"):
		s.upload(w, r, strings.TrimPrefix(path, "/upload/"))
	case strings.HasPrefix(path, "/files-pri/"):
		s.download(w, r)
	case strings.HasPrefix(path, "/respond/"):
		s.respond(w, r, strings.TrimPrefix(path, "/respond/"))
	case path == "/link":
		s.socket(w, r)
	case path == "/oauth/v2/authorize", path == "/openid/connect/authorize":
		s.consent(w, r)
	case path == "/openid/connect/keys":
		s.showKeys(w)
	case path == "/.well-known/openid-configuration":
		s.discovery(w, r)
	default:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>Slack</title><p>Sign in to your workspace"))
	}
}

// base is the address under which the asker reached the stand-in.
func base(r *http.Request) string {
	if name, _, _ := strings.Cut(r.Host, ":"); name == "slack.com" || strings.HasSuffix(name, ".slack.com") {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// hangUp cuts the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if conn, _, err := hijacker.Hijack(); err == nil {
			if tcp, is := conn.(*net.TCPConn); is {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
		}
	}
}
