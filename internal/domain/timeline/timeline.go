// Package timeline keeps the activity log, in which everything is, and the timeline, which is the story told from it.
// Both write themselves, in the transaction of whatever happened.
package timeline

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Pins marks and unmarks messages of a room; a message is on the timeline for as long as it is pinned.
type Pins interface {
	Pin(ctx context.Context, cmd room.Pin) (room.Message, error)
	Unpin(ctx context.Context, cmd room.Unpin) (room.Message, error)
}

// Service writes and reads the log and the timeline.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
	pins  Pins
}

// New returns the service; pins are the rooms.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, pins Pins) *Service {
	return &Service{db: db, bus: bus, clock: clock, pins: pins}
}

// Activity is one thing that happened, with the names of then. Its id is that of the event.
type Activity struct {
	ID       id.ID
	Incident id.ID
	// Seq is its place in the incident's order, from 1.
	Seq     int64
	Kind    string
	Subject id.ID
	Actor   tenant.Actor
	Details Details
	At      time.Time
}

// Details are the names and values that a sentence about an activity needs.
type Details struct {
	// Role is the role that was given, Lead whether it is the one that leads.
	Role *Named `json:"role,omitempty"`
	Lead bool   `json:"lead,omitempty"`
	// From and To are the people that a role or an action went between.
	From       *Named `json:"from,omitempty"`
	To         *Named `json:"to,omitempty"`
	HandedOver bool   `json:"handed_over,omitempty"`
	Note       string `json:"note,omitempty"`
	// Severity and Status are set when they were changed, or set from the start.
	Severity *Shift `json:"severity,omitempty"`
	Status   *Shift `json:"status,omitempty"`
	// Text is what was written: a new name, what an action says; Was is what it was before.
	Text string `json:"text,omitempty"`
	Was  string `json:"was,omitempty"`
	// Timestamp is the moment that was set, Moment when it was; a moment that was cleared has none.
	Timestamp *Named     `json:"timestamp,omitempty"`
	Moment    *time.Time `json:"moment,omitempty"`
	// Other is another incident's name, empty where not everyone who reads the log may see it.
	Other string `json:"other,omitempty"`
	// Mode is how an incident was declared, when not as any other.
	Mode string `json:"mode,omitempty"`
	// FollowUp tells of an action that it went on as a follow-up.
	FollowUp bool `json:"follow_up,omitempty"`
	// On tells whether something was switched on.
	On bool `json:"on,omitempty"`
	// Field is a custom field that was changed, Text what it is now; Type is a change of the incident's type.
	Field *Named `json:"field,omitempty"`
	Type  *Shift `json:"type,omitempty"`
	// Stream is the part of the work that it is about, Text the news of it or what came of it.
	Stream *Named `json:"stream,omitempty"`
	// Count is in how many places something was redacted.
	Count int `json:"count,omitempty"`
	// Minutes is a promise or a pause, Reminder the number of a reminder.
	Minutes  int `json:"minutes,omitempty"`
	Reminder int `json:"reminder,omitempty"`
}

// Named is a person or a setting with the name that it had then.
type Named struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
	// Rank tells of severities which is the worse.
	Rank int32 `json:"rank,omitempty"`
}

// Shift is a change from one setting to another; From is nil where there was none.
type Shift struct {
	From *Named `json:"from,omitempty"`
	To   *Named `json:"to,omitempty"`
}
