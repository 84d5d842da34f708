package incident

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// MadePrivate says that an incident is hidden from all but those who were kept.
type MadePrivate struct {
	About
	Kept []id.ID `json:"kept"`
}

// Kind names the event.
func (MadePrivate) Kind() string { return "incident.made_private" }

// Subject is the incident. The signal of it goes to everyone, so that it goes from the pages of those who may not see
// it any more; the stored event is as private as the incident.
func (e MadePrivate) Subject() event.Subject {
	return event.Subject{ID: e.Incident, Stream: e.Incident}
}

// MadePublic says that everyone in the organisation sees an incident which was private.
type MadePublic struct{ About }

// Kind names the event.
func (MadePublic) Kind() string { return "incident.made_public" }

// AccessGranted says that somebody sees a private incident from now on. An owner who took it over, because nobody saw it
// any more, did so themselves and gave a reason.
type AccessGranted struct {
	About
	User id.ID `json:"user"`
	// Reason is kept in the activity log.
	Reason string `json:"-"`
}

// Kind names the event.
func (AccessGranted) Kind() string { return "incident.access_granted" }

// Subject is the user.
func (e AccessGranted) Subject() event.Subject { return e.Of(e.User) }

// AccessRevoked says that somebody does not see a private incident any more.
type AccessRevoked struct {
	About
	User id.ID `json:"user"`
}

// Kind names the event.
func (AccessRevoked) Kind() string { return "incident.access_revoked" }

// Subject is the user.
func (e AccessRevoked) Subject() event.Subject { return e.Of(e.User) }

// AccessSought says that somebody asked to be let into an incident by what they were given: its number or its id. It
// does not say whether there is one, and belongs to none.
type AccessSought struct {
	User     id.ID `json:"user"`
	Number   int64 `json:"number,omitempty"`
	Incident id.ID `json:"incident,omitempty"`
}

// Kind names the event.
func (AccessSought) Kind() string { return "access.sought" }

// Version is 1 so far.
func (AccessSought) Version() int { return 1 }

// Subject is the user.
func (e AccessSought) Subject() event.Subject { return event.Subject{ID: e.User} }

// AccessRequested says that somebody wants to see a private incident.
type AccessRequested struct {
	About
	Request id.ID `json:"request"`
	User    id.ID `json:"user"`
}

// Kind names the event.
func (AccessRequested) Kind() string { return "incident.access_requested" }

// Subject is the user.
func (e AccessRequested) Subject() event.Subject { return e.Of(e.User) }

// AccessDenied says that somebody who asked is not let in.
type AccessDenied struct {
	About
	Request id.ID `json:"request"`
	User    id.ID `json:"user"`
}

// Kind names the event.
func (AccessDenied) Kind() string { return "incident.access_denied" }

// Subject is the user.
func (e AccessDenied) Subject() event.Subject { return e.Of(e.User) }
