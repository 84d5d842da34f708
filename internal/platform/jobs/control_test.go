package jobs

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/supervise"
)

var operator = Operator{ID: "operator", Name: "Demo Operator"}

func (h *house) control(t *testing.T) *Control {
	t.Helper()
	c, err := NewControl(h.DB.Pool(), h.queue, h.bus)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// state is what the operators' page shows of a queue.
func state(t *testing.T, c *Control, queue event.Queue) QueueState {
	t.Helper()
	queues, err := c.Queues(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queues {
		if q.Queue == queue {
			return q
		}
	}
	t.Fatalf("no queue %s", queue)
	return QueueState{}
}

func TestPausedQueueWaitsUntilItIsResumed(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	c := h.control(t)
	if err := c.PauseQueue(t.Context(), operator, event.Chat); err != nil {
		t.Fatal(err)
	}
	h.run(t, h.worker())
	h.ask(t, "both")
	h.eventually(t, 30*time.Second, "the other queue goes on", `SELECT count(*) = 1 FROM muster.event_handled`)
	if s := state(t, c, event.Chat); !s.Paused || s.Waiting != 1 || s.Oldest.IsZero() {
		t.Errorf("the paused queue shows %+v", s)
	}
	if err := c.ResumeQueue(t.Context(), operator, event.Chat); err != nil {
		t.Fatal(err)
	}
	h.eventually(t, 30*time.Second, "the resumed queue goes on", `SELECT count(*) = 2 FROM muster.event_handled`)
	actions, err := c.Actions(t.Context(), 10)
	if err != nil || len(actions) != 2 || actions[0].Action != "resume" || actions[0].Operator != operator.Name {
		t.Errorf("operators did %+v (%v)", actions, err)
	}
}

func TestMissedWordOfAResumedQueueIsRepeated(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	if err := h.control(t).PauseQueue(t.Context(), operator, event.Chat); err != nil {
		t.Fatal(err)
	}
	w := h.worker()
	h.run(t, w)
	h.ask(t, "both")
	h.eventually(t, 30*time.Second, "the other queue goes on", `SELECT count(*) = 1 FROM muster.event_handled`)
	h.exec(t, `UPDATE river.river_queue SET paused_at = NULL`) // nobody is told
	if err := w.repeatPauses(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.eventually(t, 30*time.Second, "the resumed queue goes on", `SELECT count(*) = 2 FROM muster.event_handled`)
}

func TestSupervisorsRecordsAreCopiedOnce(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	file := filepath.Join(t.TempDir(), "crashes.jsonl")
	for _, name := range []string{"web-1", "worker-1"} {
		if err := supervise.Record(file, supervise.Death{Instance: name, Role: "web", Kind: supervise.Crash, Status: "exit status 2", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	w := NewWorker(Options{DB: h.DB, Bus: h.bus, Clock: h.clock, Instance: "test", CrashFile: file})
	for range 2 {
		if err := w.copyDeaths(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if crashes, err := h.control(t).Crashes(t.Context(), 10); err != nil || len(crashes) != 2 {
		t.Errorf("the database holds %d records (%v)", len(crashes), err)
	}
}

func TestPausedKindSleepsWithoutLosingAttempts(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	c := h.control(t)
	kind := Kind{Event: "test.asked", Subscriber: "worker"}
	if err := c.PauseKind(t.Context(), operator, kind); err != nil {
		t.Fatal(err)
	}
	h.run(t, h.worker())
	h.ask(t, "both")
	h.eventually(t, 30*time.Second, "the paused kind sleeps and the other is done",
		`SELECT count(*) FILTER (WHERE state = 'scheduled' AND attempt = 0) = 1 AND count(*) FILTER (WHERE state = 'completed') = 1 FROM river.river_job`)
	if s := state(t, c, event.Chat); len(s.Kinds) != 1 || !s.Kinds[0].Paused || s.Sleeping != 1 {
		t.Errorf("the queue shows %+v", s)
	}
	if paused, err := c.PausedKinds(t.Context()); err != nil || len(paused) != 1 || paused[0].Kind != kind || paused[0].By != operator.Name {
		t.Errorf("paused are %+v (%v)", paused, err)
	}
	if err := c.ResumeKind(t.Context(), operator, kind); err != nil {
		t.Fatal(err)
	}
	h.eventually(t, 30*time.Second, "the resumed kind is done", `SELECT count(*) = 2 FROM muster.event_handled`)
}

func TestReplayAndClearFailures(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	c, w := h.control(t), h.worker()
	h.ask(t, "fail", "both")
	if err := w.Drain(t.Context()); err == nil {
		t.Fatal("nothing failed")
	}
	failures, err := c.Failures(t.Context(), 10)
	if err != nil || len(failures) != 1 || failures[0].GivenUp || failures[0].Attempt != 1 || failures[0].Error == "" {
		t.Fatalf("failures are %+v (%v)", failures, err)
	}
	if n, err := c.Replay(t.Context(), operator, Selection{Job: failures[0].Job}); err != nil || n != 1 {
		t.Fatalf("replayed %d (%v)", n, err)
	}
	if err := w.Drain(t.Context()); err == nil {
		t.Fatal("the replayed job did not run")
	}
	h.exec(t, `UPDATE river.river_job SET state = 'discarded', finalized_at = now() WHERE state = 'retryable'`)
	if s := state(t, c, event.Chat); s.GivenUp != 1 {
		t.Errorf("the queue shows %+v", s)
	}
	if n, err := c.Replay(t.Context(), operator, Selection{Kind: Kind{Event: "test.asked", Subscriber: "worker"}}); err != nil || n != 1 {
		t.Fatalf("replayed %d of what was given up (%v)", n, err)
	}
	if attempt := one[int](t, h, `SELECT attempt FROM river.river_job WHERE state = 'available'`); attempt != 0 {
		t.Errorf("what was given up begins at attempt %d", attempt)
	}
	if n, err := c.Clear(t.Context(), operator, Selection{Queue: event.Chat}, false); err != nil || n != 1 {
		t.Fatalf("cleared %d (%v)", n, err)
	}
	if failures, err := c.Failures(t.Context(), 10); err != nil || len(failures) != 0 {
		t.Errorf("after clearing %+v (%v)", failures, err)
	}
	if _, err := c.Clear(t.Context(), operator, Selection{}, true); err == nil {
		t.Error("a selection of nothing cleared")
	}
}

func TestClearingTheUnsafeNeedsASecondWord(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	c := h.control(t)
	h.ask(t, "both")
	if s := state(t, c, event.Bulk); len(s.Kinds) != 1 || !s.Kinds[0].Unsafe {
		t.Errorf("the queue shows %+v", s)
	}
	var conflict *problem.Error
	if n, err := c.Clear(t.Context(), operator, Selection{Queue: event.Bulk}, false); !errors.As(err, &conflict) || conflict.Kind != problem.Conflict {
		t.Fatalf("cleared %d (%v)", n, err)
	}
	if n, err := c.Clear(t.Context(), operator, Selection{Queue: event.Bulk}, true); err != nil || n != 1 {
		t.Fatalf("cleared %d (%v)", n, err)
	}
	if s := state(t, c, event.Chat); s.Waiting != 1 {
		t.Errorf("the other queue shows %+v", s)
	}
}

func TestReplayedFromQuarantineRunsAlone(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	c, w := h.control(t), h.worker()
	h.ask(t, "good")
	h.exec(t, `UPDATE river.river_job SET queue = 'lone', metadata = '{"suspect": {"queue": "chat", "deaths": 1}}'`)
	if job, err := w.claim(t.Context(), claimSuspect, true); err != nil || job == nil {
		t.Fatal(job, err)
	}
	w.loneDied(t.Context(), supervise.Death{Instance: w.options.Instance, Role: "lone", Kind: supervise.Crash, Status: "exit status 2", Output: "fatal\x00words", At: time.Now()})
	held, err := c.Quarantined(t.Context())
	if err != nil || len(held) != 1 || held[0].Deaths != 2 || held[0].Output != "fatal?words" {
		t.Fatalf("the quarantine holds %+v (%v)", held, err)
	}
	if err := c.ReplayQuarantined(t.Context(), operator, held[0].Job); err != nil {
		t.Fatal(err)
	}
	if err := c.ReplayQuarantined(t.Context(), operator, held[0].Job); err == nil {
		t.Error("replayed twice")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.RunLone(ctx) }()
	h.eventually(t, 30*time.Second, "it has run alone and is back in its queue",
		`SELECT count(*) = 1 FROM river.river_job WHERE state = 'completed' AND queue = 'chat' AND NOT metadata ? 'suspect'`)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if crashes, err := c.Crashes(t.Context(), 10); err != nil || len(crashes) != 1 || crashes[0].Status != "exit status 2" {
		t.Errorf("crashes are %+v (%v)", crashes, err)
	}
}
