package subscription

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Changed says that somebody hears of more, of less, or in another way.
type Changed struct {
	Who id.ID `json:"who"`
	// Incident is set when it is about that one.
	Incident id.ID `json:"incident,omitempty"`
	Private  bool  `json:"-"`
}

// Kind names the event.
func (Changed) Kind() string { return "subscription.changed" }

// Version is 1 so far.
func (Changed) Version() int { return 1 }

// Subject is who subscribes; it is nobody's news but theirs, so it belongs to no incident's stream.
func (e Changed) Subject() event.Subject { return event.Subject{ID: e.Who} }

// DigestDue says that a person's digest is to be sent.
type DigestDue struct {
	User   id.ID `json:"user"`
	Digest id.ID `json:"digest"`
}

// Kind names the event.
func (DigestDue) Kind() string { return "subscription.digest_due" }

// Version is 1 so far.
func (DigestDue) Version() int { return 1 }

// Subject is the digest.
func (e DigestDue) Subject() event.Subject { return event.Subject{ID: e.Digest} }
