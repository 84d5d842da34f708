package supervise

import "time"

var backoff = []time.Duration{0, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// Backoff is how long to wait before the start after so many quick deaths in a row: none at first, 2 s at most.
func Backoff(deaths int) time.Duration {
	return backoff[min(max(deaths, 0), len(backoff)-1)]
}
