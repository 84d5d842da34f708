package room

import (
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// MessagePosted is that somebody, or Muster, said something.
type MessagePosted struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	// Mentions are the people named in it.
	Mentions []id.ID `json:"mentions"`
	Private  bool    `json:"private"`
	// Thread is the message that it replies to.
	Thread id.ID `json:"thread,omitempty"`
}

// MessageEdited is that the words of a message changed.
type MessageEdited struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	// Mentions are the people named in it who were not before.
	Mentions []id.ID `json:"mentions"`
	Private  bool    `json:"private"`
}

// MessageDeleted is that a message was taken back.
type MessageDeleted struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	Private  bool  `json:"private"`
	// Pinned tells those who hear of it at once that the message was on the timeline.
	Pinned bool `json:"-"`
}

// ReactionChanged is that somebody reacted to a message or took that back.
type ReactionChanged struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	Private  bool  `json:"private"`
}

// MessagePinned is that a message was marked as worth keeping.
type MessagePinned struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	// PostedAt is when it was said, which is its place in the timeline.
	PostedAt time.Time `json:"posted_at"`
	Private  bool      `json:"private"`
}

// MessageUnpinned is that a message is no longer marked.
type MessageUnpinned struct {
	Incident id.ID `json:"incident"`
	Message  id.ID `json:"message"`
	Private  bool  `json:"private"`
}

// Kind names the fact.
func (MessagePosted) Kind() string { return "room.message_posted" }

// Kind names the fact.
func (MessageEdited) Kind() string { return "room.message_edited" }

// Kind names the fact.
func (MessageDeleted) Kind() string { return "room.message_deleted" }

// Kind names the fact.
func (ReactionChanged) Kind() string { return "room.reaction_changed" }

// Kind names the fact.
func (MessagePinned) Kind() string { return "room.message_pinned" }

// Kind names the fact.
func (MessageUnpinned) Kind() string { return "room.message_unpinned" }

// Version is the payload's.
func (MessagePosted) Version() int { return 1 }

// Version is the payload's.
func (MessageEdited) Version() int { return 1 }

// Version is the payload's.
func (MessageDeleted) Version() int { return 1 }

// Version is the payload's.
func (ReactionChanged) Version() int { return 1 }

// Version is the payload's.
func (MessagePinned) Version() int { return 1 }

// Version is the payload's.
func (MessageUnpinned) Version() int { return 1 }

// Subject is the message in its incident.
func (e MessagePosted) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

// Subject is the message in its incident.
func (e MessageEdited) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

// Subject is the message in its incident.
func (e MessageDeleted) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

// Subject is the message in its incident.
func (e ReactionChanged) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

// Subject is the message in its incident.
func (e MessagePinned) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

// Subject is the message in its incident.
func (e MessageUnpinned) Subject() event.Subject { return subject(e.Incident, e.Message, e.Private) }

func subject(incident, message id.ID, private bool) event.Subject {
	return event.Subject{ID: message, Stream: incident, Private: private}
}
