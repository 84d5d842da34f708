package incident

import (
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
)

// DurationMetric is the time between two of the organisation's timestamps, with a name of its own.
type DurationMetric struct {
	ID   id.ID
	Name string
	// From and To are timestamps.
	From, To  id.ID
	Rank      int32
	Version   int32
	CreatedAt time.Time
	UpdatedAt time.Time
}

// DurationState tells whether a duration is known; the words are the public API's.
type DurationState string

// The states of a duration: known, without one of its timestamps, still going on, or ending before it begins.
const (
	DurationKnown       DurationState = "success"
	DurationMissing     DurationState = "timestamps_missing"
	DurationCalculating DurationState = "calculating"
	DurationInvalid     DurationState = "invalid_timestamps"
)

// DurationValue is a duration of one incident; Took is 0 unless it is known.
type DurationValue struct {
	Metric DurationMetric
	State  DurationState
	Took   time.Duration
	// Since is when one that is still going on began.
	Since *time.Time
}

// measure works the durations out from the moments of an incident; ongoing ones wait for their end.
func measure(metrics []DurationMetric, values []TimestampValue, ongoing bool) []DurationValue {
	at := map[id.ID]time.Time{}
	for _, v := range values {
		at[v.ID] = v.At
	}
	measured := make([]DurationValue, 0, len(metrics))
	for _, m := range metrics {
		from, begun := at[m.From]
		to, ended := at[m.To]
		value := DurationValue{Metric: m, State: DurationMissing}
		switch {
		case begun && ended && to.Before(from):
			value.State = DurationInvalid
		case begun && ended:
			value.State, value.Took = DurationKnown, to.Sub(from)
		case begun && ongoing:
			value.State, value.Since = DurationCalculating, &from
		}
		measured = append(measured, value)
	}
	return measured
}
