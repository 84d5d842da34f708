package escalation

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Call is what every event of an escalation carries.
type Call struct {
	incident.About
	Escalation id.ID `json:"escalation"`
	// Names are whom it calls for; they are kept in the activity log.
	Names string `json:"-"`
}

// Subject is the escalation.
func (c Call) Subject() event.Subject { return c.Of(c.Escalation) }

// Created says that somebody is needed.
type Created struct{ Call }

// Kind names the event.
func (Created) Kind() string { return "escalation.created" }

// TargetPaged says that a target is to be reached now, for the Round-th time from 1.
type TargetPaged struct {
	Call
	Position int `json:"position"`
	Round    int `json:"round"`
}

// Kind names the event.
func (TargetPaged) Kind() string { return "escalation.target_paged" }

// Attempted says that something came of trying to reach a target.
type Attempted struct {
	Call
	Position int `json:"position"`
}

// Kind names the event.
func (Attempted) Kind() string { return "escalation.attempted" }

// CheckDue says that pagers are to be asked whether somebody acknowledged there, for the Check-th time from 1.
type CheckDue struct {
	Call
	Check int `json:"check"`
}

// Kind names the event.
func (CheckDue) Kind() string { return "escalation.check_due" }

// Acknowledged says that somebody answered.
type Acknowledged struct {
	Call
	// In names the pager where they did; empty for Muster itself. It is kept in the activity log.
	In string `json:"-"`
	// Pager is that pager.
	Pager id.ID `json:"pager,omitempty"`
}

// Kind names the event.
func (Acknowledged) Kind() string { return "escalation.acknowledged" }

// Expired says that nobody answered and nobody is left to try.
type Expired struct{ Call }

// Kind names the event.
func (Expired) Kind() string { return "escalation.expired" }

// Canceled says that nobody is needed any more.
type Canceled struct{ Call }

// Kind names the event.
func (Canceled) Kind() string { return "escalation.canceled" }
