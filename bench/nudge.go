package main

import (
	"context"
	"time"
)

// nudges measures one look of the clock through every organisation.
func (b *bench) nudges(ctx context.Context) error {
	a, err := b.here.App(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	var taken []time.Duration
	for range 5 {
		begun := time.Now()
		if err := a.Nudges.Sweep(ctx); err != nil {
			return err
		}
		taken = append(taken, time.Since(begun))
	}
	return b.tell("nudge.sweep", milliseconds(percentile(taken, 50)), "ms", "median of 5 looks through every organisation; the goal is below 1 s")
}
