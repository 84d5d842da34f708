// Package scenario runs the whole of Muster for a test: its pages over HTTP, its jobs and timers one after the other,
// on a database of its own and by a clock that the test moves.
package scenario

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/account"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/testing/pagersink"
	"github.com/musterhq/muster/internal/testing/pushsink"
	"github.com/musterhq/muster/internal/testing/slackserver"
	"github.com/musterhq/muster/internal/testing/smtpsink"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// Scenario is a running Muster with one organisation.
type Scenario struct {
	App   *app.App
	Clock *clock.Manual
	// Organisation is the one that people belong to unless something else is said, and Owner who began it.
	Organisation id.ID
	Owner        *Browser
	// URL is where the pages are.
	URL string
	// Mails and Pushes are what left the house.
	Mails  *smtpsink.Sink
	Pushes *pushsink.Sink
	// Pagers stands for the pagers that organisations connect.
	Pagers *pagersink.Sink
	// Slack stands for Slack, where the scenario has it.
	Slack *slackserver.Server

	t         testing.TB
	keys      keys
	elsewhere SlackElsewhere
	worker    *jobs.Worker
	// unlimited leaves Slack's limits out.
	unlimited bool
	// queries hears what the pages ask the database.
	queries queries
}

// New starts Muster with an organisation that Ada owns; it stops with the test.
func New(t testing.TB) *Scenario {
	t.Helper()
	return start(t, &Scenario{t: t, Clock: clock.NewManual(testdb.Start)})
}

func start(t testing.TB, s *Scenario) *Scenario {
	t.Helper()
	s.Mails, s.Pushes, s.Pagers = smtpsink.New(t), pushsink.New(t), pagersink.New(t)
	server := httptest.NewUnstartedServer(nil)
	s.URL = "http://" + server.Listener.Addr().String()
	quiet()
	var err error
	options := app.Options{
		Name: "scenario", Clock: s.Clock, Passwords: account.Passwords{Memory: 64, Passes: 1, Lanes: 1}, Pushes: s.pushClient(), Pagers: s.Pagers.Client(), Queries: &s.queries, Authenticate: s.authenticate,
		Webhooks: &httpx.Outbound{AllowPrivate: true},
	}
	s.slackOptions(&options)
	s.App, err = app.New(t.Context(), s.settings(), options)
	if err != nil {
		t.Fatalf("put Muster together: %v", err)
	}
	s.worker = jobs.NewWorker(jobs.Options{DB: s.App.DB, Bus: s.App.Bus, Clock: s.Clock})
	ctx, stop := context.WithCancel(context.Background())
	hub := live.NewHub(s.App.Config.DatabaseDirectURL)
	supervise.Go(ctx, "hear live signals", hub.Run)
	supervise.Go(ctx, "send live signals", s.App.Notifier.Run)
	server.Config.Handler, err = s.App.Handler(ctx, hub)
	if err != nil {
		t.Fatalf("open the doors: %v", err)
	}
	server.Start()
	t.Cleanup(func() {
		stop()
		server.Close()
		s.App.Close()
	})
	begun := s.Begin("Night shift", "Ada", "ada@example.test")
	s.Organisation = begun.ID
	s.Owner = s.signedIn(begun.ID, begun.Owner, "Ada", "ada@example.test")
	return s
}

// settings are those of a Muster on a database of its own.
func (s *Scenario) settings() *config.Config {
	s.t.Helper()
	database := testdb.New(s.t)
	data := filepath.Join(s.t.TempDir(), "data")
	cfg, err := config.Read(append(s.slackSettings(), "MUSTER_DATABASE_URL="+database.URL, "MUSTER_DATA="+data, "MUSTER_SECRET_KEY="+secrets.Generate(),
		"MUSTER_SMTP_URL="+s.Mails.URL(), "MUSTER_MAIL_FROM=Muster <muster@example.test>", "MUSTER_URL="+s.URL)...)
	if err != nil {
		s.t.Fatalf("read the settings: %v", err)
	}
	return cfg
}

// quiet keeps all but errors out of the test's output.
var quiet = sync.OnceFunc(func() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
})

// pushHost stands for the push service, which browsers only know under https.
const pushHost = "push.example.test"

// pushClient leads requests for the push service to the one of this test.
func (s *Scenario) pushClient() *http.Client {
	sink, err := url.Parse(s.Pushes.Subscribe(s.t, "door").Endpoint)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: detour{host: sink.Host}}
}

type detour struct{ host string }

// RoundTrip sends what is for the push service to the test's.
func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", d.host
	return http.DefaultTransport.RoundTrip(r)
}

// Begin creates another organisation.
func (s *Scenario) Begin(name, owner, email string) organisation.Begun {
	s.t.Helper()
	begun, err := s.App.Organisations.CreateWithOwner(s.t.Context(), organisation.CreateWithOwner{Name: name, OwnerName: owner, OwnerEmail: email})
	if err != nil {
		s.t.Fatalf("begin %s: %v", name, err)
	}
	return begun
}

// Person adds somebody to the organisation and signs them in.
func (s *Scenario) Person(name string, role authz.Role) *Browser {
	s.t.Helper()
	return s.PersonOf(s.Organisation, name, role)
}

// PersonOf adds somebody to any organisation and signs them in.
func (s *Scenario) PersonOf(organisation id.ID, name string, role authz.Role) *Browser {
	s.t.Helper()
	email := strings.ToLower(name) + "@example.test"
	if organisation != s.Organisation { // another account, also where the name is the same
		email = strings.ToLower(name + "." + string(organisation) + "@example.test")
	}
	made, err := s.App.Users.Enrol(tenant.AsSystem(s.t.Context(), organisation), user.Enrol{Name: name, Email: email, Role: role})
	if err != nil {
		s.t.Fatalf("bring %s in: %v", name, err)
	}
	return s.signedIn(organisation, made, name, email)
}

// Work runs the jobs that are due until none is, and fails the test when one fails.
func (s *Scenario) Work() {
	s.t.Helper()
	if err := s.worker.Drain(s.t.Context()); err != nil {
		s.t.Fatalf("at %s: %v", s.Clock.Now().Format(time.DateTime), err)
	}
}

// Stumble runs the jobs some rounds, five seconds apart, and takes it that they fail: what is outside is in trouble.
func (s *Scenario) Stumble(rounds int) {
	s.t.Helper()
	for range rounds {
		_ = s.worker.Drain(s.t.Context())
		s.Clock.Advance(5 * time.Second)
	}
}

// Advance lets time pass: each timer fires and each job runs at its time.
func (s *Scenario) Advance(d time.Duration) {
	s.t.Helper()
	s.Work()
	until := s.Clock.Now().Add(d)
	for {
		var due *time.Time
		err := s.App.DB.Pool().QueryRow(s.t.Context(), "SELECT min(due_at) FROM control.timer WHERE due_at <= $1", until).Scan(&due)
		if err != nil {
			s.t.Fatalf("look for the next timer: %v", err)
		}
		if due == nil {
			break
		}
		s.Clock.Advance(max(0, due.Sub(s.Clock.Now())))
		if _, err := s.App.Timers.Fire(s.t.Context()); err != nil {
			s.t.Fatalf("fire timers: %v", err)
		}
		s.Work()
	}
	s.Clock.Advance(until.Sub(s.Clock.Now()))
	s.Work()
}

// System returns a context in which Muster itself acts for the organisation.
func (s *Scenario) System() context.Context {
	return tenant.AsSystem(s.t.Context(), s.Organisation)
}

// Device lets a browser of the person show notifications; its name is how the push service knows it.
func (s *Scenario) Device(b *Browser, name string) {
	s.t.Helper()
	there := s.Pushes.Subscribe(s.t, name)
	_, err := s.App.Notifications.SubscribeDevice(b.Context(), notification.SubscribeDevice{
		Endpoint: "https://" + pushHost + "/push/" + name, P256DH: there.P256dh, Auth: there.Auth, Device: name,
	})
	if err != nil {
		s.t.Fatalf("subscribe %s: %v", name, err)
	}
}

// Pushed returns the titles of what a device was shown, the oldest first.
func (s *Scenario) Pushed(device string) []string {
	var titles []string
	for _, one := range s.Pushes.Notifications() {
		if one.Browser == device {
			titles = append(titles, one.Title)
		}
	}
	return titles
}

// Mailed returns the subjects of the mails to somebody, the oldest first.
func (s *Scenario) Mailed(b *Browser) []string {
	var subjects []string
	for _, one := range s.Mails.Mails() {
		if one.To == b.Email {
			subjects = append(subjects, one.Subject)
		}
	}
	return subjects
}
