package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// loneRole is the role of the process that runs suspects.
const loneRole = "lone"

// idleLooks is how many looks in a row must find no suspect before the lone process is ended.
const idleLooks = 3

// watchSuspects keeps a process of its own for suspects while there are any: one runs at a time, nothing else runs
// beside it, and what it kills is only that process. This one sees the death, and judges.
func (w *Worker) watchSuspects(ctx context.Context) {
	if len(w.options.Lone) == 0 {
		<-ctx.Done()
		return
	}
	var end func()
	idle := 0
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		waiting, err := w.suspects(ctx)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "suspects could not be looked for", "error", err)
			}
		case waiting && end == nil:
			end, idle = w.startLone(ctx), 0
		case waiting:
			idle = 0
		case end != nil:
			if idle++; idle >= idleLooks {
				end()
				end = nil
			}
		}
		select {
		case <-ctx.Done():
			if end != nil {
				end()
			}
			return
		case <-look.C:
		}
	}
}

// suspects reports whether a suspect waits that may run, or runs.
func (w *Worker) suspects(ctx context.Context) (bool, error) {
	var waiting bool
	err := w.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM river.river_job s
		WHERE queue = '`+loneQueue+`' AND (state = 'running' OR state = 'available' AND `+mayRun+`))`).Scan(&waiting)
	if err != nil {
		return false, fmt.Errorf("look for suspects: %w", err)
	}
	return waiting, nil
}

// startLone starts the lone process under a supervisor of its own, and returns what ends it: it may finish the job at
// hand within the time to drain.
func (w *Worker) startLone(ctx context.Context) (end func()) {
	slog.InfoContext(ctx, "running suspects alone")
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	supervise.Go(context.WithoutCancel(ctx), "supervise the lone process", func(detached context.Context) {
		defer close(ended)
		supervise.Run(running, supervise.Options{
			Roles:   []string{loneRole},
			Command: func(string) []string { return w.options.Lone },
			Output:  os.Stderr,
			Drain:   w.options.Drain,
			Died:    func(death supervise.Death) { w.loneDied(detached, death) },
		}, nil)
	})
	return func() {
		stop()
		<-ended
	}
}

// RunLone runs suspects one at a time until the context ends; the one at hand is brought to its end. It is what the
// process of Options.Lone does, and nothing else.
func (w *Worker) RunLone(ctx context.Context) error {
	detached := context.WithoutCancel(ctx)
	beating, stop := context.WithCancel(detached)
	defer stop()
	if err := w.beat(ctx, true); err != nil {
		return err
	}
	supervise.Go(beating, "beat the lone lease", w.keepLoneLease)
	for fresh := true; ctx.Err() == nil; {
		job, err := w.claim(ctx, claimSuspect, fresh)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the next suspect could not be claimed", "error", err)
		}
		if job == nil {
			rest(ctx, 200*time.Millisecond)
			continue
		}
		fresh = false
		if over := w.runSuspect(detached, job, err); !over {
			// The delivery still runs: another suspect beside it would not be alone.
			break
		}
	}
	return w.leave(detached)
}

// runSuspect brings one suspect to its end and reports whether it really ended, instead of ignoring its deadline.
func (w *Worker) runSuspect(ctx context.Context, job *work, failure error) (over bool) {
	over = true
	if failure == nil {
		done := make(chan error, 1)
		supervise.Go(ctx, "run a suspect", func(ctx context.Context) { done <- w.performInTime(ctx, *job) })
		select {
		case failure = <-done:
		case <-time.After(w.options.Timeout + 10*time.Second):
			over, failure = false, fmt.Errorf("the delivery does not stop at its deadline of %s", w.options.Timeout)
		}
	}
	// An end that cannot be written down would look like a death of the job's own making.
	for {
		err := w.finish(ctx, job, failure)
		if err == nil {
			return over
		}
		slog.WarnContext(ctx, "the outcome of a suspect waits for the database", "job", job.id, "error", err)
		rest(ctx, time.Second)
	}
}

func (w *Worker) keepLoneLease(ctx context.Context) {
	for ; ctx.Err() == nil; rest(ctx, beatEvery) {
		if err := w.beat(ctx, true); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the lone lease could not be tended", "error", err)
		}
	}
}

// rest waits, or less when the context ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
