package jobs

import (
	"context"
	"errors"

	"github.com/musterhq/muster/internal/platform/event"
)

// Drain runs all that is due now, one after the other and the most urgent first, until nothing is due any more, what
// they queue in turn included. It is how tests with a clock of their own move on, in a process where Run does not.
// The error joins those of the deliveries; these are tried again when their pause is over, as ever.
func (w *Worker) Drain(ctx context.Context) error {
	if err := w.beat(ctx, false); err != nil {
		return err
	}
	queues := []string{}
	for _, queue := range event.Queues() {
		queues = append(queues, string(queue))
	}
	var failures []error
	for {
		job, err := w.claim(ctx, claimDue, queues)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		if job == nil {
			return errors.Join(failures...)
		}
		failure := w.performInTime(ctx, *job)
		if failure != nil {
			failures = append(failures, failure)
		}
		if err := w.finish(ctx, job, failure); err != nil {
			return errors.Join(append(failures, err)...)
		}
	}
}

// performInTime is perform with the deadline that River sets otherwise.
func (w *Worker) performInTime(ctx context.Context, job work) error {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	return w.perform(ctx, job)
}
