package jobs

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// TestPageIsTriedWithoutEnd lets a page fail far more often than other work is tried, also for what would be hopeless.
func TestPageIsTriedWithoutEnd(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(testdb.Start)
	h := build(t, c)
	w := h.worker()
	h.ask(t, "page")
	for attempt := range 3 * maxAttempts {
		_ = w.Drain(t.Context())
		if n := one[int](t, h, `SELECT count(*) FROM ran WHERE do_what = 'page'`); n != attempt+2 { // and the other subscriber's
			t.Fatalf("%d runs after attempt %d", n, attempt+1)
		}
		wait := one[time.Time](t, h, `SELECT scheduled_at FROM river.river_job WHERE state = 'retryable'`).Sub(c.Now())
		if wait > pagePause {
			t.Fatalf("after attempt %d it waits for %s", attempt+1, wait)
		}
		c.Advance(pagePause)
	}
}

// TestPageIsNeverQuarantined lets a page kill each process that runs it.
func TestPageIsNeverQuarantined(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	h.ask(t, "page to death", "good")
	h.supervised(t)
	h.eventually(t, 30*time.Second, "it was tried more often than a job that would be quarantined",
		`SELECT count(DISTINCT pid) > $1 FROM ran WHERE do_what = 'page to death'`, deathsToQuarantine+1)
	h.eventually(t, 30*time.Second, "it alone is still to be tried", `SELECT count(*) = 1 AND max(max_attempts) = $1 FROM river.river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`, pageAttempts)
	if n := one[int](t, h, `SELECT count(*) FROM control.quarantine`); n != 0 {
		t.Errorf("%d pages are quarantined", n)
	}
	h.eventually(t, 30*time.Second, "the innocent job is done", `SELECT count(*) >= 1 FROM ran WHERE do_what = 'good'`)
}
