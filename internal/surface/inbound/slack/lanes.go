package slack

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// lane is what is dealt with in order, one thing at a time over all processes: a channel, a form, somebody's Home tab.
type lane struct {
	organisation id.ID
	team, name   string
}

const (
	// handling is how long one delivery may take.
	handling = 90 * time.Second
	// mostAttempts is when a delivery is given up, and longestRest how long one rests at most in between.
	mostAttempts = 10
	longestRest  = 30 * time.Second
)

// errEarly is what was told before the thing that it is about: it is looked at again, and in the end it is about nothing.
var errEarly = errors.New("it is about a message that is not known yet")

const mostEarly = 5

// kick deals with a lane, or lets whoever does go round once more.
func (d *Doors) kick(ctx context.Context, at lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, going := d.lanes[at]; going {
		d.lanes[at] = true
		return
	}
	d.lanes[at] = false
	supervise.Go(context.WithoutCancel(ctx), "deal with what Slack sent", func(ctx context.Context) { d.walk(ctx, at) })
}

func (d *Doors) walk(ctx context.Context, at lane) {
	ctx = tenant.AsSystem(ctx, at.organisation)
	d.free <- struct{}{}
	defer func() { <-d.free }()
	for again := true; again; {
		d.clear(ctx, at)
		d.mu.Lock()
		if again = d.lanes[at]; again {
			d.lanes[at] = false
		} else {
			delete(d.lanes, at)
		}
		d.mu.Unlock()
	}
}

// clear deals with all that is due in a lane.
func (d *Doors) clear(ctx context.Context, at lane) {
	for {
		got, err := d.claim(ctx, at, "")
		if err != nil {
			slog.WarnContext(ctx, "what Slack sent was not taken; the sweeper comes by", "lane", at.name, "error", err)
			return
		}
		if got == nil {
			return
		}
		d.finish(ctx, *got, d.deal(ctx, *got))
	}
}

// begin deals with something that stands alone; with too much to do at once it is left for the sweeper.
func (d *Doors) begin(ctx context.Context, got delivery) {
	ctx = tenant.AsSystem(context.WithoutCancel(ctx), got.organisation)
	select {
	case d.alone <- struct{}{}:
	default:
		if err := d.settle(ctx, got, "waiting", d.Clock.Now(), "too much at once"); err != nil {
			slog.WarnContext(ctx, "what Slack sent waits longer than it should", "error", err)
		}
		return
	}
	supervise.Go(ctx, "deal with what somebody did in Slack", func(ctx context.Context) {
		defer func() { <-d.alone }()
		d.finish(ctx, got, d.deal(ctx, got))
	})
}

// errDeadly is a delivery in whose midst every process died that took it.
var errDeadly = errors.New("nobody who dealt with it came to an end")

// deal does what a delivery calls for.
func (d *Doors) deal(ctx context.Context, got delivery) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Panicked(ctx, "dealing with what Slack sent", value)
		}
	}()
	if got.attempts > mostAttempts {
		return errDeadly
	}
	ctx, cancel := context.WithTimeout(ctx, handling)
	defer cancel()
	switch got.kind {
	case ofEvent:
		e, err := platform.ParseEvent(got.payload)
		if err != nil {
			return err
		}
		return d.happened(ctx, got, e)
	case ofCatchUp:
		return d.catchUp(ctx, got)
	case ofCommand:
		c, err := platform.ParseCommand(got.payload)
		if err != nil {
			return err
		}
		return d.typed(ctx, got, c)
	default:
		in, err := platform.ParseInteractionJSON(got.payload)
		if err != nil {
			return err
		}
		return d.did(ctx, got, in)
	}
}

// finish writes down what became of a delivery. What no repetition changes is over; trouble is tried again after a rest.
func (d *Doors) finish(ctx context.Context, got delivery, err error) {
	state, again, trouble := "done", d.Clock.Now(), ""
	if err != nil {
		trouble = err.Error()
	}
	var later *chat.Later
	switch {
	case err == nil || settled(err):
	case errors.Is(err, errEarly) && got.attempts >= mostEarly:
	case errors.Is(err, errEarly): // what comes behind it in the lane may be what it waits for
		state, got.lane, again = "waiting", "", again.Add(time.Duration(got.attempts)*2*time.Second)
	case got.attempts >= mostAttempts:
		state = "failed"
		slog.ErrorContext(ctx, "something from Slack could not be dealt with and is given up", "kind", got.kind, "team", got.team, "lane", got.lane, "key", got.key, "error", err)
	case errors.As(err, &later) && later.After > 0:
		state, again = "waiting", again.Add(min(later.After, 5*time.Minute))
	default:
		state, again = "waiting", again.Add(min(time.Second<<(got.attempts-1), longestRest))
		slog.WarnContext(ctx, "something from Slack could not be dealt with and is tried again", "kind", got.kind, "attempt", got.attempts, "error", err)
	}
	if err := d.settle(ctx, got, state, again, trouble); err != nil {
		slog.WarnContext(ctx, "what became of something from Slack was not written down; it is dealt with once more", "error", err)
	}
}

// settled reports whether an error is an answer that stays the same.
func settled(err error) bool {
	for _, kind := range []problem.Kind{problem.Invalid, problem.NotFound, problem.Forbidden, problem.Conflict} {
		if problem.Is(err, kind) {
			return true
		}
	}
	return errors.Is(err, chat.ErrRefused)
}

func first(candidates ...string) string {
	for _, c := range candidates {
		if c != "" {
			return c
		}
	}
	return ""
}
