package main

import (
	"slices"
	"sync"
	"time"
)

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// percentile is the smallest duration that so many percent do not exceed.
func percentile(taken []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(taken))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// durations are gathered by several at once.
type durations struct {
	mu    sync.Mutex
	taken []time.Duration
}

func (d *durations) add(one time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = append(d.taken, one)
}

// abreast runs do for each of n workers at once until the time is over, and returns the first error.
func abreast(n int, span time.Duration, do func(worker, round int) error) error {
	var workers sync.WaitGroup
	failures := make(chan error, n)
	until := time.Now().Add(span)
	for worker := range n {
		workers.Go(func() {
			for round := 0; time.Now().Before(until); round++ {
				if err := do(worker, round); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	workers.Wait()
	close(failures)
	return <-failures
}
