package auth

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// LinkRequested says that somebody asked for a sign-in link: mail follows.
type LinkRequested struct {
	Link id.ID `json:"link"`
}

// Kind is "auth.link_requested".
func (LinkRequested) Kind() string { return "auth.link_requested" }

// Version is 1.
func (LinkRequested) Version() int { return 1 }

// Subject is the link.
func (e LinkRequested) Subject() event.Subject { return event.Subject{ID: e.Link} }

// SessionsEnded says that sessions of a user were revoked: whoever serves them something live looks again.
type SessionsEnded struct {
	User id.ID `json:"user"`
}

// Kind is "auth.sessions_ended".
func (SessionsEnded) Kind() string { return "auth.sessions_ended" }

// Version is 1.
func (SessionsEnded) Version() int { return 1 }

// Subject is the user.
func (e SessionsEnded) Subject() event.Subject { return event.Subject{ID: e.User} }
