package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// tracing starts a tracer for one test; the tests of this package that use it cannot run in parallel.
func tracing(t *testing.T, setup Tracing) (stop func()) {
	t.Helper()
	end, err := StartTracing(t.Context(), setup)
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			if err := end(context.Background()); err != nil {
				t.Error(err)
			}
			otel.SetTracerProvider(noop.NewTracerProvider())
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestTraceRunsThroughRequestEventAndJob(t *testing.T) {
	folder := t.TempDir()
	web, err := NewJournal(folder, "web")
	if err != nil {
		t.Fatal(err)
	}
	metrics := NewMetrics()
	var carried string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /incidents/{ref}", func(w http.ResponseWriter, r *http.Request) {
		_, end := Begin(r.Context(), "incident.AssignRole")
		end(nil)
		carried = Inject(r.Context())
		w.WriteHeader(http.StatusSeeOther)
	})
	stop := tracing(t, Tracing{Process: "web", Journal: web})
	handler, err := httpx.Doors{Log: slog.New(slog.DiscardHandler), Errors: func(http.ResponseWriter, *http.Request, error) {}, Observe: Observe(metrics)}.Open(mux)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/incidents/17", nil)
	r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	stop()

	worker, err := NewJournal(folder, "worker")
	if err != nil {
		t.Fatal(err)
	}
	stop = tracing(t, Tracing{Process: "worker", Journal: worker})
	_, end := Begin(Extract(t.Context(), carried), "job announce")
	end(errors.New("chat is away"))
	stop()

	traces, err := worker.Recent(1)
	if err != nil || len(traces) != 1 {
		t.Fatalf("%d traces, %v", len(traces), err)
	}
	type step struct {
		Name, Process string
		Depth         int
		Failed        bool
	}
	var got []step
	for _, span := range traces[0].Spans {
		got = append(got, step{span.Name, span.Process, span.Depth, span.Failed})
	}
	want := []step{{"POST /incidents/{ref}", "web", 0, false}, {"incident.AssignRole", "web", 1, false}, {"job announce", "worker", 1, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !traces[0].Failed || traces[0].Name != "POST /incidents/{ref}" || traces[0].ID == "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("trace %+v", traces[0])
	}
	figures := answered(t, NewShelf(t.TempDir(), "web", "web-1", metrics).Handler())
	if line := `muster_http_request_seconds_count{method="POST",process="web",route="POST /incidents/{ref}",run="web-1",status="303"} 1`; !strings.Contains(figures, line) {
		t.Errorf("the figures lack %s", line)
	}
}

func TestRequestsOfStrangersDoNotFillTheFigures(t *testing.T) {
	metrics := NewMetrics()
	handler := httpx.Chain(httpx.Routed(http.NewServeMux()), httpx.Identify(nil), Observe(metrics))
	for _, path := range []string{"/a", "/b"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("INVENTED", path, nil))
	}
	figures := answered(t, NewShelf(t.TempDir(), "web", "web-1", metrics).Handler())
	if line := `muster_http_request_seconds_count{method="other",process="web",route="none",run="web-1",status="404"} 2`; !strings.Contains(figures, line) {
		t.Errorf("the figures lack %s", line)
	}
}

func TestTracesReachTheCollectorWithItsPassword(t *testing.T) {
	type arrival struct{ path, user, password string }
	arrived := make(chan arrival, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			arrived <- arrival{r.URL.Path, user, password}
		}
	}))
	defer collector.Close()
	stop := tracing(t, Tracing{Process: "web", Endpoint: strings.Replace(collector.URL, "://", "://demo:demo%2Fpassword@", 1), Share: 1})
	_, end := Begin(t.Context(), "work")
	end(nil)
	stop()
	if got, want := <-arrived, (arrival{"/v1/traces", "demo", "demo/password"}); got != want {
		t.Errorf("arrived %+v, want %+v", got, want)
	}
}

func TestWithoutADestinationNothingIsRecordedAndLogsNameTheTrace(t *testing.T) {
	tracing(t, Tracing{Process: "web"})
	request, end := Begin(t.Context(), "request")
	defer end(nil)
	job, endJob := Begin(Extract(t.Context(), Inject(request)), "job")
	defer endJob(nil)
	if trace.SpanFromContext(request).IsRecording() || trace.SpanFromContext(job).IsRecording() {
		t.Error("something is recorded")
	}
	lines := map[string]string{}
	for name, ctx := range map[string]context.Context{"request": request, "job": job} {
		var out bytes.Buffer
		NewLog(&out, Log{}).InfoContext(ctx, name)
		var line struct {
			Trace string `json:"trace_id"`
		}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		lines[name] = line.Trace
	}
	if lines["request"] == "" || lines["request"] != lines["job"] {
		t.Errorf("the lines name the traces %v", lines)
	}
}

func TestStepIsSeenOnlyWithinATrace(t *testing.T) {
	journal, err := NewJournal(t.TempDir(), "web")
	if err != nil {
		t.Fatal(err)
	}
	stop := tracing(t, Tracing{Process: "web", Journal: journal})
	_, end := Step(t.Context(), func() string { return "alone" })
	end(nil)
	ctx, endRequest := Begin(t.Context(), "request")
	_, end = Step(ctx, func() string { return "within" })
	end(nil)
	endRequest(nil)
	stop()
	traces, err := journal.Recent(1)
	if err != nil || len(traces) != 1 || len(traces[0].Spans) != 2 || traces[0].Spans[1].Name != "within" {
		t.Errorf("%+v, %v", traces, err)
	}
	if traces, err := journal.Recent(3); err != nil || len(traces) != 0 {
		t.Errorf("a trace of two steps is among those of three: %+v, %v", traces, err)
	}
}

func TestJournalForgetsOldFilesAndSkipsHalfLines(t *testing.T) {
	folder := t.TempDir()
	journal, err := NewJournal(folder, "web")
	if err != nil {
		t.Fatal(err)
	}
	old, half := folder+"/worker-1.jsonl", folder+"/worker-2.jsonl"
	line := `{"trace":"t1","id":"s1","name":"job","process":"worker","begun":"2026-01-01T00:00:00Z","took":1000}` + "\n"
	for _, path := range []string{old, half} {
		if err := os.WriteFile(path, []byte(line+`{"trace":"t2","id"`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * journalAge)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	traces, err := journal.Recent(1)
	if err != nil || len(traces) != 1 || len(traces[0].Spans) != 1 || traces[0].Took != time.Microsecond {
		t.Errorf("%+v, %v", traces, err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file of a process long gone is left")
	}
}

func TestJournalStaysSmall(t *testing.T) {
	folder := t.TempDir()
	journal, err := NewJournal(folder, "web")
	if err != nil {
		t.Fatal(err)
	}
	stop := tracing(t, Tracing{Process: "web", Journal: journal})
	long := strings.Repeat("x", 10_000)
	for range 3 * journalBytes / len(long) {
		_, end := Begin(t.Context(), long)
		end(nil)
	}
	stop()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if info, _ := file.Info(); info.Size() > journalBytes+2*int64(len(long)) {
			t.Errorf("%s has %d bytes", file.Name(), info.Size())
		}
	}
	if traces, err := journal.Recent(1); err != nil || len(traces) != journalTraces {
		t.Errorf("%d traces, %v", len(traces), err)
	}
}
