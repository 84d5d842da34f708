package operators

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/testing/testdb"
)

type happened struct{}

func (happened) Kind() string           { return "test.happened" }
func (happened) Version() int           { return 1 }
func (happened) Subject() event.Subject { return event.Subject{ID: "subject"} }

type silence struct{}

func (silence) Signal(event.Record) {}

// desk is the operators' pages over a database with a failed delivery, a waiting one, a quarantined one and a crash.
func desk(t *testing.T) (*http.ServeMux, *testdb.Database) {
	t.Helper()
	d, c := testdb.New(t), clock.System{}
	queue, err := jobs.NewQueue(d.DB.Pool(), c)
	if err != nil {
		t.Fatal(err)
	}
	bus := event.NewBus(d.DB, c, queue, silence{})
	event.After(bus, "mail", func(context.Context, event.Record, happened) error { return errors.New("the server said <no>") }, event.UnsafeToClear())
	organisation := d.Organisation(t, "Operators")
	publish := func() {
		err := d.DB.Write(tenant.AsSystem(t.Context(), organisation), func(ctx context.Context, tx pgx.Tx) error { return bus.Publish(ctx, tx, happened{}) })
		if err != nil {
			t.Fatal(err)
		}
	}
	publish()
	if err := jobs.NewWorker(jobs.Options{DB: d.DB, Bus: bus, Clock: c, Instance: "worker-1"}).Drain(t.Context()); err == nil {
		t.Fatal("the delivery did not fail")
	}
	publish()
	for _, sql := range []string{
		`INSERT INTO control.crash VALUES ('lone-1', 'lone', 7, 'crash', 'exit status 2', 10, 'panic: poison', now())`,
		`INSERT INTO control.quarantine SELECT 77, id, 'event', 'test.happened', 'mail', 'default', 2, 'lone-1', now() FROM control.organisation`,
	} {
		if _, err := d.DB.Pool().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	control, err := jobs.NewControl(d.DB.Pool(), queue, bus)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	New(Needs{
		Control: control, Clock: c,
		Frame: &page.Frame{
			Nav:     func(context.Context) (layout.Nav, error) { return layout.Nav{}, nil },
			PushKey: func(context.Context) (string, error) { return "", nil },
		},
		Errors: func() []telemetry.Fault {
			return []telemetry.Fault{{At: time.Now(), Message: "a delivery failed", Error: "boom"}}
		},
	}).Routes(mux)
	return mux, d
}

// ask sends a request as an operator and returns the status and the body, or where it leads.
func ask(t *testing.T, mux *http.ServeMux, method, path string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r = r.WithContext(page.WithViewer(r.Context(), page.Viewer{Account: "account", Name: "Demo Operator", Operator: true}))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if to := w.Header().Get("Location"); to != "" {
		return w.Code, to
	}
	return w.Code, w.Body.String()
}

func TestOverviewShowsWhatWentWrong(t *testing.T) {
	t.Parallel()
	mux, _ := desk(t)
	status, body := ask(t, mux, "GET", "/operators", nil)
	if status != 200 {
		t.Fatal(status, body)
	}
	for _, want := range []string{"mail after test.happened", "unsafe to clear", "the server said &lt;no&gt;", "panic: poison", "exit status 2", "worker-1", "a delivery failed"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestNobodyElseFindsThePages(t *testing.T) {
	t.Parallel()
	mux, _ := desk(t)
	for _, viewer := range []page.Viewer{{}, {Account: "account", Name: "Owner"}} {
		for _, path := range []string{"GET /operators", "PUT /operators/pause", "POST /operators/replays", "POST /operators/clearings", "DELETE /operators/quarantine/77"} {
			method, path, _ := strings.Cut(path, " ")
			r := httptest.NewRequest(method, path, nil)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r.WithContext(page.WithViewer(r.Context(), viewer)))
			if w.Code != 404 {
				t.Errorf("%s %s answers %d to someone who is no operator", method, path, w.Code)
			}
		}
	}
}

func TestPauseAndResumeFromThePage(t *testing.T) {
	t.Parallel()
	mux, _ := desk(t)
	kind := url.Values{"event": {"test.happened"}, "subscriber": {"mail"}, "queue": {"default"}}
	for _, form := range []url.Values{{"queue": {"bulk"}}, kind} {
		if status, to := ask(t, mux, "PUT", "/operators/pause", form); status != 303 || to != "/operators" {
			t.Fatal(status, to)
		}
	}
	if _, body := ask(t, mux, "GET", "/operators", nil); strings.Count(body, "Resume") != 3 { // the queue, the kind in its queue, and among the paused kinds
		t.Errorf("the page offers to resume %d times", strings.Count(body, "Resume"))
	}
	if status, _ := ask(t, mux, "DELETE", "/operators/pause?"+kind.Encode(), nil); status != 303 {
		t.Fatal(status)
	}
	if _, body := ask(t, mux, "GET", "/operators", nil); strings.Count(body, "Resume") != 1 || !strings.Contains(body, "Demo Operator") {
		t.Errorf("after resuming the kind the page offers to resume %d times", strings.Count(body, "Resume"))
	}
	if status, _ := ask(t, mux, "PUT", "/operators/pause", url.Values{"queue": {"none"}}); status != 404 {
		t.Errorf("a queue that is not answers %d", status)
	}
}

func TestClearingAsksAndIsHeldToTheAnswer(t *testing.T) {
	t.Parallel()
	mux, _ := desk(t)
	status, body := ask(t, mux, "GET", "/operators/clearings/new?queue=default", nil)
	if status != 200 || !strings.Contains(body, "Up to 2 jobs") || !strings.Contains(body, `name="knowing"`) {
		t.Fatal(status, body)
	}
	if status, body := ask(t, mux, "POST", "/operators/clearings", url.Values{"queue": {"default"}}); status != 409 {
		t.Fatal(status, body)
	}
	if status, to := ask(t, mux, "POST", "/operators/clearings", url.Values{"queue": {"default"}, "knowing": {"on"}}); status != 303 || to != "/operators" {
		t.Fatal(status, to)
	}
	if status, _ := ask(t, mux, "GET", "/operators/clearings/new?queue=default", nil); status != 404 {
		t.Errorf("nothing is left to clear, and yet it answers %d", status)
	}
}

func TestReplayAndDropFromThePage(t *testing.T) {
	t.Parallel()
	mux, d := desk(t)
	if status, to := ask(t, mux, "POST", "/operators/replays", url.Values{"queue": {"default"}}); status != 303 || to != "/operators" {
		t.Fatal(status, to)
	}
	if status, to := ask(t, mux, "DELETE", "/operators/quarantine/77", nil); status != 303 {
		t.Fatal(status, to)
	}
	if status, _ := ask(t, mux, "POST", "/operators/quarantine/77/replays", nil); status != 404 {
		t.Errorf("what was dropped is replayed with %d", status)
	}
	var acted int
	if err := d.DB.Pool().QueryRow(t.Context(), `SELECT count(*) FROM control.operator_action WHERE operator_id = 'account'`).Scan(&acted); err != nil || acted != 2 {
		t.Errorf("%d actions are kept (%v), want 2", acted, err)
	}
}
