package incident_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// fire lets three processes look for due timers at the same moment and returns how many fired.
func (w *world) fire() int {
	w.t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for range 3 {
		timers := timer.New(w.DB, w.clock)
		incident.New(w.DB, w.bus, w.clock, timers)
		wg.Go(func() {
			n, err := timers.Fire(w.t.Context())
			if err != nil {
				w.t.Errorf("fire: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
		})
	}
	wg.Wait()
	return total
}

// reminded counts the reminders so far.
func (w *world) reminded() int {
	n := 0
	for _, kind := range w.happened() {
		if kind == "incident.update_due" {
			n++
		}
	}
	return n
}

// TestReminderThatFiresDoesNotHoldAnUpdateUp lets the timer fire in the middle of a verb that then moves the timer.
func TestReminderThatFiresDoesNotHoldAnUpdateUp(t *testing.T) {
	t.Parallel()
	w := join(t, testdb.New(t))
	inc := w.declare("Payments fail")
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Soon more.", NextMinutes: 30}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(30 * time.Minute)
	var fired sync.WaitGroup
	err := w.DB.Write(w.as, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Lock(ctx, tx, inc); err != nil {
			return err
		}
		fired.Go(func() {
			if n, err := w.timers.Fire(t.Context()); n != 0 || err != nil {
				t.Errorf("%d timers fired that had been moved, %v", n, err)
			}
		})
		for waits := false; !waits; {
			err := w.DB.Pool().QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '100ms'"); err != nil {
			return err
		}
		return w.timers.Set(ctx, tx, "incident.update_due", inc, w.clock.Now().Add(time.Hour))
	})
	if err != nil {
		t.Errorf("the verb had to wait for the timer that waits for it: %v", err)
	}
	fired.Wait()
}

func TestReminderComesExactlyOnceOverSeveralProcesses(t *testing.T) {
	t.Parallel()
	w := join(t, testdb.New(t)) // timers are looked for in a whole database
	inc := w.declare("Payments fail")
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Soon more.", NextMinutes: 30}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(30*time.Minute - time.Microsecond)
	if n := w.fire(); n != 0 || w.reminded() != 0 {
		t.Errorf("%d timers fired too early", n)
	}
	for want := 1; want <= incident.Reminders; want++ {
		w.clock.Advance(time.Microsecond)
		if n := w.fire(); n != 1 || w.reminded() != want {
			t.Errorf("reminder %d: %d timers fired, %d reminders in all", want, n, w.reminded())
		}
		w.clock.Advance(incident.RemindEvery - time.Microsecond)
		if n := w.fire(); n != 0 {
			t.Errorf("after reminder %d, %d timers fired too early", want, n)
		}
	}
	w.clock.Advance(24 * time.Hour)
	if n := w.fire(); n != 0 || w.reminded() != incident.Reminders {
		t.Errorf("%d reminders in all", w.reminded())
	}
	needed, err := w.incidents.NeedsYou(w.as)
	if err != nil || len(needed) != 1 || needed[0].ID != inc {
		t.Errorf("the lead is shown %+v, %v", needed, err)
	}
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Here it is.", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(15 * time.Minute)
	if n := w.fire(); n != 1 {
		t.Errorf("a new promise fired %d timers", n)
	}
}

func TestReminderSnoozedAndSkipped(t *testing.T) {
	t.Parallel()
	w := join(t, testdb.New(t)) // timers are looked for in a whole database
	inc := w.declare("Payments fail")
	if _, err := w.incidents.SnoozeReminder(w.as, incident.SnoozeReminder{Incident: inc, Minutes: 5}); problem.All(err)[0].Code != "no_reminder" {
		t.Errorf("snoozed what was not promised: %v", err)
	}
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Soon more.", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(15 * time.Minute)
	w.fire()
	if out, err := w.incidents.SnoozeReminder(w.as, incident.SnoozeReminder{Incident: inc, Minutes: 20}); err != nil || !out.Changed {
		t.Fatalf("snooze: %+v, %v", out, err)
	}
	if got := w.get(inc); got.Reminders != 0 || !got.NextUpdateDueAt.Equal(w.clock.Now().Add(20*time.Minute)) {
		t.Errorf("after snoozing: %d reminders, due %v", got.Reminders, got.NextUpdateDueAt)
	}
	w.clock.Advance(19 * time.Minute)
	if n := w.fire(); n != 0 {
		t.Error("a snoozed reminder came too early")
	}
	w.clock.Advance(time.Minute)
	if n := w.fire(); n != 1 || w.reminded() != 2 {
		t.Errorf("after the snooze %d fired", n)
	}
	if out, err := w.incidents.SkipReminder(w.as, incident.SkipReminder{Incident: inc}); err != nil || !out.Changed {
		t.Fatalf("skip: %+v, %v", out, err)
	}
	w.clock.Advance(time.Hour)
	if n := w.fire(); n != 0 || w.get(inc).NextUpdateDueAt != nil {
		t.Errorf("a skipped reminder fired %d times", n)
	}
	if out, err := w.incidents.SkipReminder(w.as, incident.SkipReminder{Incident: inc}); err != nil || out.Changed {
		t.Errorf("skipped again: %+v, %v", out, err)
	}
}

func TestPausedIncidentIsNotRemindedOf(t *testing.T) {
	t.Parallel()
	w := join(t, testdb.New(t)) // timers are looked for in a whole database
	inc := w.declare("Payments fail")
	if _, err := w.incidents.SendUpdate(w.as, incident.SendUpdate{Incident: inc, Message: "Soon more.", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.incidents.ChangeStatus(w.as, incident.ChangeStatus{Incident: inc, Status: w.status("Paused")}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if n := w.fire(); n != 0 || w.reminded() != 0 {
		t.Errorf("%d timers fired, %d reminders", n, w.reminded())
	}
}
