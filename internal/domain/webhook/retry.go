package webhook

import "time"

// pauses are between the attempts: eleven within a day.
var pauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 10 * time.Hour,
}

const (
	// patience is how long after the first attempt a delivery is tried.
	patience = 24 * time.Hour
	// spread is by how much of itself a pause is longer or shorter, at most.
	spread = 0.1
	// Forbearance is how long nothing may get through before an endpoint is switched off.
	Forbearance = 5 * 24 * time.Hour
)

// again says when a delivery is tried again after so many attempts that failed, the last of them at the given moment; it
// is given up when there is no again. chance, from 0 to 1, spreads the pauses; wait is how long the receiver asked for.
func again(tries int, begun, at time.Time, wait time.Duration, chance float64) (time.Time, bool) {
	end := begun.Add(patience)
	if tries < 1 || tries > len(pauses) || !at.Before(end) {
		return time.Time{}, false
	}
	pause := pauses[tries-1]
	pause += time.Duration(float64(pause) * spread * (2*chance - 1))
	next := at.Add(max(pause, wait))
	if next.After(end) {
		next = end
	}
	return next, true
}

// dead reports whether an endpoint at which a delivery is given up has had its time.
func dead(failingSince *time.Time, at time.Time) bool {
	return failingSince != nil && !at.Before(failingSince.Add(Forbearance))
}
