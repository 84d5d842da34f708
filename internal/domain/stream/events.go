package stream

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// What is that which every event of a stream carries.
type What struct {
	incident.About
	Stream id.ID `json:"stream"`
	// Name is kept in the activity log and not with the event.
	Name string `json:"-"`
}

// Subject is the stream.
func (w What) Subject() event.Subject { return w.Of(w.Stream) }

// Opened says that a part of the work goes on by itself.
type Opened struct {
	What
	Lead id.ID `json:"lead,omitempty"`
}

// Kind names the event.
func (Opened) Kind() string { return "stream.opened" }

// Renamed says that it has another name; Was is the one before.
type Renamed struct {
	What
	Was string `json:"-"`
}

// Kind names the event.
func (Renamed) Kind() string { return "stream.renamed" }

// LeadAssigned says that somebody else leads it.
type LeadAssigned struct {
	What
	From id.ID `json:"from,omitempty"`
	To   id.ID `json:"to"`
}

// Kind names the event.
func (LeadAssigned) Kind() string { return "stream.lead_assigned" }

// UpdateSent says that there is news of it, for the whole incident.
type UpdateSent struct {
	What
	Update id.ID `json:"update"`
	// Text is the news in one line, within the transaction.
	Text string `json:"-"`
}

// Kind names the event.
func (UpdateSent) Kind() string { return "stream.update_sent" }

// Closed says that its part of the work is done.
type Closed struct {
	What
	// Outcome is what came of it, within the transaction.
	Outcome string `json:"-"`
}

// Kind names the event.
func (Closed) Kind() string { return "stream.closed" }

// Reopened says that the work on it goes on.
type Reopened struct{ What }

// Kind names the event.
func (Reopened) Kind() string { return "stream.reopened" }
