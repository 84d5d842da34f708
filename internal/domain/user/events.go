package user

import (
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Invited says that somebody was invited, or invited again: mail follows.
type Invited struct {
	User       id.ID `json:"user"`
	Invitation id.ID `json:"invitation"`
}

// Kind is "user.invited".
func (Invited) Kind() string { return "user.invited" }

// Version is 1.
func (Invited) Version() int { return 1 }

// Subject is the user.
func (e Invited) Subject() event.Subject { return event.Subject{ID: e.User} }

// InvitationRevoked says that an invitation does not hold any more.
type InvitationRevoked struct {
	User id.ID `json:"user"`
}

// Kind is "user.invitation_revoked".
func (InvitationRevoked) Kind() string { return "user.invitation_revoked" }

// Version is 1.
func (InvitationRevoked) Version() int { return 1 }

// Subject is the user.
func (e InvitationRevoked) Subject() event.Subject { return event.Subject{ID: e.User} }

// Joined says that somebody became an active user of the organisation.
type Joined struct {
	User id.ID `json:"user"`
}

// Kind is "user.joined".
func (Joined) Kind() string { return "user.joined" }

// Version is 1.
func (Joined) Version() int { return 1 }

// Subject is the user.
func (e Joined) Subject() event.Subject { return event.Subject{ID: e.User} }

// RoleChanged says that a user has another base role.
type RoleChanged struct {
	User id.ID  `json:"user"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Kind is "user.role_changed".
func (RoleChanged) Kind() string { return "user.role_changed" }

// Version is 1.
func (RoleChanged) Version() int { return 1 }

// Subject is the user.
func (e RoleChanged) Subject() event.Subject { return event.Subject{ID: e.User} }

// Deactivated says that a user can no longer act; their sessions in the organisation have ended.
type Deactivated struct {
	User id.ID `json:"user"`
}

// Kind is "user.deactivated".
func (Deactivated) Kind() string { return "user.deactivated" }

// Version is 1.
func (Deactivated) Version() int { return 1 }

// Subject is the user.
func (e Deactivated) Subject() event.Subject { return event.Subject{ID: e.User} }

// Reactivated says that a user may act again.
type Reactivated struct {
	User id.ID `json:"user"`
}

// Kind is "user.reactivated".
func (Reactivated) Kind() string { return "user.reactivated" }

// Version is 1.
func (Reactivated) Version() int { return 1 }

// Subject is the user.
func (e Reactivated) Subject() event.Subject { return event.Subject{ID: e.User} }

// ProfileChanged says that a user's name, time zone or picture changed.
type ProfileChanged struct {
	User id.ID `json:"user"`
}

// Kind is "user.profile_changed".
func (ProfileChanged) Kind() string { return "user.profile_changed" }

// Version is 1.
func (ProfileChanged) Version() int { return 1 }

// Subject is the user.
func (e ProfileChanged) Subject() event.Subject { return event.Subject{ID: e.User} }
