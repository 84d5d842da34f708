package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// work is one job that is being run.
type work struct {
	id       int64
	delivery event.Delivery
	attempt  int
	trace    string
	waited   time.Duration
	suspect  *suspect
}

// perform runs one delivery: within the trace of the verb that caused it, with panics recovered, logged and observed.
func (w *Worker) perform(ctx context.Context, job work) (err error) {
	d := job.delivery
	ctx, end := telemetry.Begin(tenant.AsSystem(telemetry.Extract(ctx, job.trace), d.Organisation), "job "+d.Subscriber+", after "+d.Kind)
	started := time.Now()
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Panicked(ctx, d.Subscriber+", after "+d.Kind, value)
		}
		end(err)
		took := time.Since(started)
		w.report(ctx, job, took, err)
		if w.options.Observer != nil {
			w.options.Observer.Delivered(d, max(job.waited, 0), took, err)
		}
	}()
	return w.options.Bus.Deliver(ctx, d)
}

// pages reports whether a delivery calls for somebody.
func (w *Worker) pages(d event.Delivery) bool { return w.options.Bus.Pages(d.Kind, d.Subscriber) }

// givesUp reports whether a failure was the last.
func (w *Worker) givesUp(job work, err error) bool {
	page := w.pages(job.delivery)
	return hopeless(err) && !page || job.attempt >= attemptsOf(page)
}

// report logs a delivery: a failure that will be tried again is a warning, one that was the last is an error.
func (w *Worker) report(ctx context.Context, job work, took time.Duration, err error) {
	attrs := []any{
		"job", job.id, "event", job.delivery.Event, "kind", job.delivery.Kind, "subscriber", job.delivery.Subscriber,
		"attempt", job.attempt, "took", took.Round(time.Microsecond),
	}
	switch {
	case err == nil:
		slog.DebugContext(ctx, "delivered", attrs...)
	case w.givesUp(job, err):
		slog.ErrorContext(ctx, "a delivery failed and is given up", append(attrs, "error", err)...)
	default:
		slog.WarnContext(ctx, "a delivery failed and will be tried again", append(attrs, "error", err)...)
	}
}
