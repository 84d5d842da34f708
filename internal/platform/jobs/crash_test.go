package jobs

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// spawn starts a worker as a process of its own.
func (h *house) spawn(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JOBS_TEST_URL="+h.URL)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("worker %d said:\n%s", cmd.Process.Pid, said.String())
		}
	})
	return cmd
}

// supervised keeps a worker process running, as the product does.
func (h *house) supervised(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var said bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		supervise.Run(ctx, supervise.Options{
			Roles: []string{"worker"}, Command: func(string) []string { return []string{os.Args[0]} },
			Env: []string{"JOBS_TEST_URL=" + h.URL}, Output: &said, Drain: 10 * time.Second,
		}, nil)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		if t.Failed() {
			t.Logf("the processes said:\n%s", said.String())
		}
	})
}

func TestPoisonAmongGoodJobs(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]string{"a panic that nobody recovers": "die", "an exit in the middle": "leave"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, clock.System{})
			asks := slices.Repeat([]string{"good"}, 101)
			asks[50] = poison
			h.ask(t, asks...)
			h.supervised(t)
			h.eventually(t, 30*time.Second, "the poison is quarantined", `SELECT count(*) = 1 FROM control.quarantine`)
			h.eventually(t, 30*time.Second, "all good jobs are completed", `SELECT count(*) = 100 FROM river.river_job WHERE state = 'completed'`)
			if n := one[int](t, h, `SELECT count(DISTINCT event) FROM ran WHERE do_what = 'good'`); n != 100 {
				t.Errorf("%d of 100 good jobs ran", n)
			}
			if deaths := one[int](t, h, `SELECT deaths FROM control.quarantine`); deaths != 2 {
				t.Errorf("quarantined after %d deaths", deaths)
			}
			if n := one[int](t, h, `SELECT count(*) FROM river.river_job j JOIN control.quarantine q ON q.job_id = j.id WHERE j.state = 'cancelled' AND j.attempt = 1`); n != 1 {
				t.Errorf("the quarantined job is still in the queue")
			}
			if n := one[int](t, h, `SELECT count(*) FROM muster.event_handled`); n != 100 {
				t.Errorf("%d deliveries count as handled, want the 100 good ones", n)
			}
			said := one[string](t, h, `SELECT c.output FROM control.crash c JOIN control.quarantine q ON q.crash_instance = c.instance`)
			if poison == "die" && !strings.Contains(said, "panic: poison") {
				t.Errorf("the record of the crash does not hold its last words: %q", said)
			}
		})
	}
}

func TestKillFromOutsideBlamesNobody(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	h.ask(t, slices.Repeat([]string{"wait"}, 30)...)
	first := h.spawn(t)
	h.eventually(t, 10*time.Second, "ten jobs run", `SELECT count(*) = 10 FROM river.river_job WHERE state = 'running'`)
	second := h.spawn(t)
	h.eventually(t, 10*time.Second, "twenty jobs run in two processes", `SELECT count(*) = 20 FROM river.river_job WHERE state = 'running'`)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// Nobody says that it died: its lease has to run out. The test moves the last beat instead of waiting.
	dead := one[string](t, h, `UPDATE control.worker SET beat_at = beat_at - interval '10 s' WHERE pid = $1 RETURNING instance`, first.Process.Pid)
	h.eventually(t, 12*time.Second, "a suspect runs alone", `SELECT count(*) = 1 FROM river.river_job WHERE state = 'running' AND queue = 'lone'`)
	if n := one[int](t, h, `SELECT count(*) FROM river.river_job WHERE $1 = ANY (attempted_by) AND queue = 'lone'`, dead); n != 10 {
		t.Errorf("%d jobs of the dead process are suspects, want all 10", n)
	}
	if n := one[int](t, h, `SELECT count(*) FROM river.river_job WHERE metadata ? 'suspect' AND attempted_by[cardinality(attempted_by)] IN (SELECT instance FROM control.worker WHERE pid = $1)`, second.Process.Pid); n != 0 {
		t.Errorf("%d jobs of the living process are suspected", n)
	}
	// Now the lone process is killed twice from outside while the same suspect runs.
	for range 2 {
		pid := one[int](t, h, `SELECT w.pid FROM control.worker w JOIN river.river_job j ON attempted_by[cardinality(attempted_by)] = w.instance WHERE j.queue = 'lone' AND j.state = 'running'`)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		h.eventually(t, 10*time.Second, "the next lone process runs a suspect",
			`SELECT EXISTS (SELECT FROM control.worker w JOIN river.river_job j ON attempted_by[cardinality(attempted_by)] = w.instance WHERE j.queue = 'lone' AND j.state = 'running' AND w.pid <> $1)`, pid)
	}
	h.exec(t, `INSERT INTO gate VALUES (true)`)
	h.eventually(t, 130*time.Second, "all are completed", `SELECT count(*) = 30 FROM river.river_job WHERE state = 'completed' AND attempt = 1 AND queue = 'chat' AND NOT metadata ? 'suspect'`)
	if n := one[int](t, h, `SELECT count(*) FROM control.quarantine`); n != 0 {
		t.Errorf("%d innocent jobs are quarantined", n)
	}
}

func TestGivingBackIsHarmlessToRepeat(t *testing.T) {
	t.Parallel()
	h := build(t, clock.NewManual(testdb.Start))
	w, other := h.worker(), h.worker()
	h.ask(t, "good", "good", "good")
	ctx := t.Context()
	for _, runner := range []*Worker{w, w, other} {
		if err := runner.beat(ctx, false); err != nil {
			t.Fatal(err)
		}
		if job, err := runner.claim(ctx, claimDue, []string{"chat"}); err != nil || job == nil {
			t.Fatal(job, err)
		}
	}
	for _, want := range []int{2, 0} {
		if n, err := other.reap(ctx, w.options.Instance); err != nil || n != want {
			t.Fatalf("gave back %d jobs (%v), want %d", n, err, want)
		}
	}
	if n, err := other.reap(ctx, ""); err != nil || n != 0 {
		t.Fatalf("gave back %d jobs of a living process (%v)", n, err)
	}
	h.exec(t, `UPDATE control.worker SET beat_at = beat_at - interval '11 s'`)
	if n, err := w.reap(ctx, ""); err != nil || n != 1 {
		t.Fatalf("gave back %d jobs of an expired lease (%v), want 1", n, err)
	}
	if n := one[int](t, h, `SELECT count(*) FROM river.river_job WHERE state = 'available' AND queue = 'lone' AND attempt = 0 AND metadata->'suspect'->>'queue' = 'chat'`); n != 3 {
		t.Errorf("%d jobs wait as suspects, want 3", n)
	}
}

func TestJobThatIsLostOnItsWayComesBack(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	w := h.worker()
	h.ask(t, "good", "wait")
	// As if the answer to a fetch never arrived: the database says running, and nobody runs it.
	if err := w.beat(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if job, err := w.claim(t.Context(), claimDue, []string{"chat"}); err != nil || job == nil {
		t.Fatal(job, err)
	}
	h.run(t, w)
	h.eventually(t, 12*time.Second, "the lost job ran", `SELECT count(*) = 1 FROM river.river_job WHERE state = 'completed' AND attempt = 1`)
	if n := one[int](t, h, `SELECT count(*) FROM ran WHERE do_what = 'wait'`); n != 1 {
		t.Errorf("the job that really runs was started %d times", n)
	}
	h.exec(t, `INSERT INTO gate VALUES (true)`)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		suspect suspect
		kind    supervise.Kind
		want    verdict
	}{
		"a signal says nothing":                         {suspect{Fresh: true, Deaths: 1}, supervise.Signal, verdict{deaths: 1}},
		"a crash of the only job counts":                {suspect{Fresh: true}, supervise.Crash, verdict{deaths: 1, first: true}},
		"the second crash is enough":                    {suspect{Fresh: true, Deaths: 1}, supervise.Crash, verdict{deaths: 2, first: true, quarantine: true}},
		"an exit in the middle of a job counts":         {suspect{Fresh: true}, supervise.Exit, verdict{deaths: 1, first: true}},
		"after other jobs it may have been one of them": {suspect{Deaths: 1}, supervise.Crash, verdict{deaths: 1, first: true}},
	} {
		if diff := cmp.Diff(c.want, judge(c.suspect, c.kind), cmp.AllowUnexported(verdict{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRiverTableIsAsWeKnowIt fails when an upgrade of River changes what our statements on its table rely on.
func TestRiverTableIsAsWeKnowIt(t *testing.T) {
	t.Parallel()
	h := build(t, clock.System{})
	columns := one[string](t, h, `SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY column_name) FROM information_schema.columns WHERE table_schema = 'river' AND table_name = 'river_job'`)
	want := "args jsonb, attempt int2, attempted_at timestamptz, attempted_by _text, created_at timestamptz, errors _jsonb, finalized_at timestamptz, id int8, kind text, " +
		"max_attempts int2, metadata jsonb, priority int2, queue text, scheduled_at timestamptz, state river_job_state, tags _varchar, unique_key bytea, unique_states bit"
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("the columns changed: read each statement on river.river_job again, then this list: %s", diff)
	}
	states := one[string](t, h, `SELECT string_agg(enumlabel, ', ' ORDER BY enumlabel) FROM pg_enum e JOIN pg_type y ON y.oid = e.enumtypid WHERE typname = 'river_job_state'`)
	if diff := cmp.Diff("available, cancelled, completed, discarded, pending, retryable, running, scheduled", states); diff != "" {
		t.Errorf("the states changed: %s", diff)
	}
	if n := one[int](t, h, `SELECT count(*) FROM pg_trigger WHERE tgrelid = 'river.river_job'::regclass AND NOT tgisinternal`); n != 0 {
		t.Errorf("River's table has %d triggers now", n)
	}
}
