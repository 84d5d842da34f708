package nudge

import (
	"github.com/musterhq/muster/internal/domain/incident"
)

// Raised says that an incident is reminded of something it lacks.
type Raised struct {
	incident.About
	Nudge Kind `json:"nudge"`
	// Card counts the nudges of the incident, of every kind, from 1.
	Card int `json:"card"`
}

// Kind names the event.
func (Raised) Kind() string { return "nudge.raised" }

// Settled says that the nudge which showed is not needed any more: its cause is gone, somebody is at it, or it was
// dismissed.
type Settled struct {
	incident.About
	Nudge Kind `json:"nudge"`
}

// Kind names the event.
func (Settled) Kind() string { return "nudge.settled" }
