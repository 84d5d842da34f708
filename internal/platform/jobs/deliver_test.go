package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/testing/testdb"
)

func TestNothingIsQueuedWhenTheVerbIsUndone(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	undone := errors.New("undone")
	err := h.DB.Write(tenant.AsSystem(t.Context(), h.organisation), func(ctx context.Context, tx pgx.Tx) error {
		if err := h.bus.Publish(ctx, tx, asked{Do: "good"}); err != nil {
			return err
		}
		var queued int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM river.river_job`).Scan(&queued); err != nil || queued != 1 {
			t.Errorf("within the transaction %d jobs are queued (%v), want 1", queued, err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if n := one[int](t, h, `SELECT count(*) FROM river.river_job`); n != 0 {
		t.Errorf("%d jobs are left of a verb that was undone", n)
	}
}

func TestWorkersDeliverOnceAndSoon(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	h.run(t, h.worker())
	h.eventually(t, 30*time.Second, "the worker holds a lease", `SELECT EXISTS (SELECT FROM control.worker)`)
	h.ask(t, "both")
	h.eventually(t, 30*time.Second, "both subscribers have dealt with it", `SELECT count(*) = 2 FROM muster.event_handled`)
	var took []time.Duration
	for n := range 15 {
		started := time.Now()
		h.ask(t, "good")
		h.eventually(t, 30*time.Second, "it ran", `SELECT count(*) = $1 FROM ran`, n+2)
		took = append(took, time.Since(started))
	}
	slices.Sort(took)
	t.Logf("from publishing to running: p50 %s, worst %s", took[len(took)/2], took[len(took)-1])
	// River polls each second: anything near that says that nobody woke the worker.
	if took[len(took)/2] > 400*time.Millisecond {
		t.Errorf("the middle delivery took %s from publishing to running", took[len(took)/2])
	}
	h.eventually(t, 30*time.Second, "all jobs are completed", `SELECT count(*) FILTER (WHERE state = 'completed') = 17 FROM river.river_job`)
	if n := one[int](t, h, `SELECT count(*) FROM ran`); n != 16 {
		t.Errorf("16 events ran %d times", n)
	}
}

func TestFailuresAreTriedAgainWithGrowingPauses(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(testdb.Start)
	h := build(t, c)
	w := h.worker()
	h.ask(t, "fail")
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		if err := w.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "as asked") {
			t.Fatalf("attempt %d: drain says %v", attempt, err)
		}
		if err := w.Drain(t.Context()); err != nil {
			t.Fatalf("attempt %d came again before its pause was over: %v", attempt, err)
		}
		if n := one[int](t, h, `SELECT count(*) FROM ran`); n != attempt {
			t.Fatalf("%d runs after attempt %d", n, attempt)
		}
		full := min(time.Hour, time.Second<<(attempt-1))
		if attempt < maxAttempts {
			wait := one[time.Time](t, h, `SELECT scheduled_at FROM river.river_job`).Sub(c.Now())
			if wait > full || wait < full*4/5 {
				t.Errorf("after attempt %d the pause is %s, want %s or up to a fifth less", attempt, wait, full)
			}
		}
		c.Advance(full)
	}
	if state := one[string](t, h, `SELECT state::text FROM river.river_job`); state != "discarded" {
		t.Errorf("after the last attempt the job is %s", state)
	}
}

func TestRiverRetriesByTheSamePauses(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	h.run(t, h.worker())
	h.ask(t, "panic")
	h.eventually(t, 30*time.Second, "it ran twice", `SELECT count(*) = 2 FROM ran`)
	if gap := one[time.Duration](t, h, `SELECT max(at) - min(at) FROM ran`); gap < 790*time.Millisecond {
		t.Errorf("the second run came %s after the first", gap)
	}
	h.eventually(t, 30*time.Second, "the panic is recorded", `SELECT errors[1]->>'error' LIKE '%panic in worker%as asked%' FROM river.river_job`)
}

func TestWhatTheEventIsAtFaultForIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(testdb.Start)
	h := build(t, c)
	event.After(h.bus, "strict", func(context.Context, event.Record, asked) error {
		return problem.Field("do", "unknown", "nobody can do this")
	})
	w := h.worker()
	h.ask(t, "good")
	if err := w.Drain(t.Context()); err == nil {
		t.Fatal("the strict subscriber did not fail")
	}
	if n := one[int](t, h, `SELECT count(*) FROM river.river_job WHERE args->>'subscriber' = 'strict' AND state = 'cancelled' AND cardinality(errors) = 1`); n != 1 {
		t.Errorf("%d jobs were given up, want 1", n)
	}
}

func TestHandledDeliveryIsNotRunTwice(t *testing.T) {
	t.Parallel()
	h := build(t, clock.NewManual(testdb.Start))
	w := h.worker()
	h.ask(t, "good")
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.exec(t, `UPDATE river.river_job SET state = 'available', finalized_at = NULL`)
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, h, `SELECT count(*) FROM ran`); n != 1 {
		t.Errorf("a handled delivery ran %d times", n)
	}
}

func TestDrainFollowsUrgency(t *testing.T) {
	t.Parallel()
	h := build(t, clock.NewManual(testdb.Start))
	h.ask(t, "both", "both")
	if err := h.worker().Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if order := one[string](t, h, `SELECT string_agg(args->>'subscriber', ',' ORDER BY finalized_at, attempted_at, queue DESC, id) FROM river.river_job`); order != "worker,worker,slow reader,slow reader" {
		t.Errorf("ran in the order %s", order)
	}
}
