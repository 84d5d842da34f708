package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// outside is a webhook and an error service; it keeps what it is sent.
type outside struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string][]string // by path
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{bodies: map[string][]string{}}
	o.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		defer o.mu.Unlock()
		o.bodies[r.URL.Path] = append(o.bodies[r.URL.Path], string(body))
	}))
	t.Cleanup(o.Close)
	return o
}

// The tests that follow set what a process has one of, the log and the tracer, so none of them is parallel.

func TestErrorsReachOperatorsBeforeTheProcessEnds(t *testing.T) {
	o := newOutside(t)
	cfg, err := config.Read("MUSTER_DATA="+t.TempDir(), "MUSTER_DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "MUSTER_SECRET_KEY="+secrets.Generate(),
		"MUSTER_OPERATOR_WEBHOOK="+o.URL+"/hook", "MUSTER_SENTRY_DSN="+strings.Replace(o.URL, "://", "://key@", 1)+"/7", "MUSTER_LOG=error,json")
	if err != nil {
		t.Fatal(err)
	}
	previous := slog.Default()
	defer slog.SetDefault(previous)
	watched, err := app.Watch(t.Context(), cfg, "worker")
	if err != nil {
		t.Fatal(err)
	}
	slog.ErrorContext(t.Context(), "a delivery kills its process and is quarantined", "where", "announce, after incident.declared", "error", errors.New("exit status 2"))
	watched.Stop(t.Context())
	var alert struct {
		Text  string            `json:"text"`
		Facts map[string]string `json:"facts"`
	}
	if hooks := o.bodies["/hook"]; len(hooks) != 1 || json.Unmarshal([]byte(hooks[0]), &alert) != nil {
		t.Fatalf("the webhook was given %v", o.bodies)
	}
	if !strings.Contains(alert.Text, "is quarantined") || alert.Facts["Where"] != "announce, after incident.declared" || alert.Facts["process"] != "worker" {
		t.Errorf("operators are told %+v", alert)
	}
	if reports := o.bodies["/api/7/envelope/"]; len(reports) != 1 || !strings.Contains(reports[0], "quarantined") {
		t.Errorf("the error service was given %v", o.bodies)
	}
}

func TestOneClickIsOneTrace(t *testing.T) {
	cfg, err := config.Read("MUSTER_DATA="+t.TempDir(), "MUSTER_DATABASE_URL="+testdb.New(t).URL, "MUSTER_SECRET_KEY="+secrets.Generate(), "MUSTER_DEV=true", "MUSTER_LOG=error,json")
	if err != nil {
		t.Fatal(err)
	}
	previous := slog.Default()
	defer slog.SetDefault(previous)
	watched, err := app.Watch(t.Context(), cfg, "web")
	if err != nil {
		t.Fatal(err)
	}
	s := scenario.New(t)
	s.Owner.Post("/incidents", url.Values{"name": {"Search is down"}, "key": {"k1"}}).Is(http.StatusOK)
	s.Work()
	watched.Stop(context.WithoutCancel(t.Context()))

	journal, err := telemetry.NewJournal(filepath.Join(cfg.Data, "traces"), "reader")
	if err != nil {
		t.Fatal(err)
	}
	traces, err := journal.Recent(1)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(traces, func(one telemetry.Trace) bool { return one.Name == "POST /incidents" })
	if at < 0 {
		t.Fatalf("no trace of the click among %d", len(traces))
	}
	depth := map[string]int{}
	for _, span := range traces[at].Spans {
		name, _, _ := strings.Cut(span.Name, ",")
		depth[name] = span.Depth
	}
	for name, want := range map[string]int{"POST /incidents": 0, "incident.Declare": 1, "publish incident.declared": 2, "job chatops.declared_card": 3} {
		if got, there := depth[name]; !there || got != want {
			t.Errorf("%s is at depth %d (there: %v), want %d, in %v", name, got, there, want, depth)
		}
	}
}
