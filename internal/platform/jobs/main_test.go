package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// TestMain makes the test binary its own worker and its own lone process: dying is only real in a process that can die.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(supervise.ChildPrefix+"ROLE") == loneRole:
		process(func(ctx context.Context, w *Worker) error { return w.RunLone(ctx) })
	case os.Getenv("JOBS_TEST_URL") != "":
		process(func(ctx context.Context, w *Worker) error { return w.Run(ctx) })
	default:
		os.Exit(m.Run())
	}
}

func process(run func(context.Context, *Worker) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, err := supervise.Attach(ctx)
	if err == nil {
		var db *postgres.DB
		if db, err = postgres.Open(ctx, postgres.Options{URL: os.Getenv("JOBS_TEST_URL"), Connections: 8}); err == nil {
			bus := event.NewBus(db, clock.System{}, nil, silence{})
			subscribe(bus, db)
			err = run(ctx, NewWorker(Options{DB: db, Bus: bus, Clock: clock.System{}, Lone: []string{os.Args[0]}, Drain: 5 * time.Second}))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

type silence struct{}

func (silence) Signal(event.Record) {}

// asked is the event of these tests: it says what its subscriber shall do.
type asked struct {
	Do string `json:"do"`
}

func (asked) Kind() string           { return "test.asked" }
func (asked) Version() int           { return 1 }
func (asked) Subject() event.Subject { return event.Subject{ID: "subject"} }

// subscribe lets "worker" do what the event asks. Each run leaves a row in ran, so that several processes can be watched.
func subscribe(bus *event.Bus, db *postgres.DB) {
	event.After(bus, "worker", func(ctx context.Context, r event.Record, e asked) error {
		if _, err := db.Pool().Exec(ctx, `INSERT INTO ran (event, do_what, pid) VALUES ($1, $2, $3)`, string(r.ID), e.Do, os.Getpid()); err != nil {
			return err
		}
		switch e.Do {
		case "fail":
			return errors.New("as asked")
		case "panic":
			panic("as asked")
		case "die":
			// Nobody can recover this: the panic is in a goroutine of its own.
			go func() { panic("poison") }()
			<-ctx.Done()
		case "leave":
			os.Exit(0)
		case "wait":
			return waitFor(ctx, db)
		}
		return nil
	}, event.On(event.Chat))
	event.After(bus, "pager", func(ctx context.Context, r event.Record, e asked) error {
		if _, err := db.Pool().Exec(ctx, `INSERT INTO ran (event, do_what, pid) VALUES ($1, $2, $3)`, string(r.ID), e.Do, os.Getpid()); err != nil {
			return err
		}
		if e.Do == "page to death" {
			os.Exit(1)
		}
		return problem.Field("number", "unknown", "as asked")
	}, event.On(event.Chat), event.Page(), event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e asked) (bool, error) {
		return strings.HasPrefix(e.Do, "page"), nil
	}))
	event.After(bus, "slow reader", func(context.Context, event.Record, asked) error { return nil }, event.On(event.Bulk),
		event.UnsafeToClear(), event.When(func(_ context.Context, _ pgx.Tx, _ event.Record, e asked) (bool, error) { return e.Do == "both", nil }))
}

// waitFor blocks until the test opens the gate, so that jobs are surely running when a process is killed.
func waitFor(ctx context.Context, db *postgres.DB) error {
	for {
		var open bool
		if err := db.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT FROM gate)`).Scan(&open); err != nil || open {
			return err
		}
		rest(ctx, 50*time.Millisecond)
	}
}

// house is a database with a bus, a queue and an organisation.
type house struct {
	*testdb.Database
	bus          *event.Bus
	queue        *Queue
	clock        clock.Clock
	organisation id.ID
}

func build(t *testing.T, c clock.Clock) *house {
	t.Helper()
	h := &house{Database: testdb.New(t), clock: c}
	h.organisation = h.Organisation(t, "Jobs")
	queue, err := NewQueue(h.DB.Pool(), c)
	if err != nil {
		t.Fatal(err)
	}
	h.queue = queue
	h.bus = event.NewBus(h.DB, c, queue, silence{})
	subscribe(h.bus, h.DB)
	h.exec(t, `CREATE TABLE ran (event text, do_what text, pid integer, at timestamptz DEFAULT clock_timestamp()); CREATE TABLE gate (open boolean)`)
	return h
}

func (h *house) exec(t *testing.T, sql string, arguments ...any) {
	t.Helper()
	if _, err := h.DB.Pool().Exec(t.Context(), sql, arguments...); err != nil {
		t.Fatal(err)
	}
}

// one reads a single value.
func one[T any](t *testing.T, h *house, sql string, arguments ...any) T {
	t.Helper()
	var value T
	if err := h.DB.Pool().QueryRow(t.Context(), sql, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// eventually waits until the query answers yes.
func (h *house) eventually(t *testing.T, within time.Duration, what, sql string, arguments ...any) {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); {
		if one[bool](t, h, sql, arguments...) {
			return
		}
		rest(t.Context(), 20*time.Millisecond)
	}
	rows, _ := h.DB.Pool().Query(t.Context(), `SELECT row_to_json(j)::text FROM river.river_job j WHERE state <> 'completed' LIMIT 5`)
	left, _ := pgx.CollectRows(rows, pgx.RowTo[string])
	t.Fatalf("after %s not yet: %s; not completed: %s", within, what, left)
}

// ask publishes in a tenant transaction, as a verb does.
func (h *house) ask(t *testing.T, does ...string) {
	t.Helper()
	ctx := tenant.AsSystem(t.Context(), h.organisation)
	err := h.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, do := range does {
			if err := h.bus.Publish(ctx, tx, asked{Do: do}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) worker() *Worker {
	return NewWorker(Options{DB: h.DB, Bus: h.bus, Clock: h.clock, Instance: "test-" + string(id.New(time.Now()))})
}

// run starts a worker that ends with the test.
func (h *house) run(t *testing.T, w *Worker) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	})
}
