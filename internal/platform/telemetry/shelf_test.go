package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func answered(t *testing.T, handler http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("the figures answer %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestOneProcessAnswersForAll(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "metrics")
	web, worker := NewMetrics(), NewMetrics()
	web.Published("incident.declared")
	worker.Published("incident.declared")
	worker.Job("announce", "chat", "ok", time.Second)
	worker.Waited("chat", time.Second)
	if err := NewShelf(folder, "worker", "worker-1", worker).lay(); err != nil {
		t.Fatal(err)
	}
	shelf := NewShelf(folder, "web", "web-1", web)
	if err := shelf.lay(); err != nil { // what lies there of this process is not counted twice
		t.Fatal(err)
	}
	figures := answered(t, shelf.Handler())
	for _, line := range []string{
		`muster_events_total{kind="incident.declared",process="web",run="web-1"} 1`,
		`muster_events_total{kind="incident.declared",process="worker",run="worker-1"} 1`,
		`muster_job_seconds_count{kind="announce",outcome="ok",process="worker",queue="chat",run="worker-1"} 1`,
		`muster_job_wait_seconds_bucket{process="worker",queue="chat",run="worker-1",le="0.5"} 0`,
		`muster_job_wait_seconds_bucket{process="worker",queue="chat",run="worker-1",le="1"} 1`,
	} {
		if strings.Count(figures, line+"\n") != 1 {
			t.Errorf("the figures do not say once: %s", line)
		}
	}
}

func TestFiguresOfTheDeadAreClearedAway(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	dead := NewShelf(folder, "worker", "worker-1", NewMetrics())
	if err := dead.lay(); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * figuresAge)
	if err := os.Chtimes(dead.path(), long, long); err != nil {
		t.Fatal(err)
	}
	if figures := answered(t, NewShelf(folder, "web", "web-1", NewMetrics()).Handler()); strings.Contains(figures, "worker-1") {
		t.Error("a process that is long gone is still counted")
	}
	if _, err := os.Stat(dead.path()); !errors.Is(err, os.ErrNotExist) {
		t.Error("its file is left")
	}
}

func TestOrderlyEndTakesTheFiguresAway(t *testing.T) {
	t.Parallel()
	shelf := NewShelf(t.TempDir(), "clock", "clock-1", NewMetrics())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	shelf.Keep(ctx)
	if _, err := os.Stat(shelf.path()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the figures are left")
	}
}
