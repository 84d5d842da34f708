package workspace

import (
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// About names the workspace that an event is about.
type About struct {
	Workspace id.ID  `json:"workspace"`
	Team      string `json:"team"`
}

// Version is 1.
func (About) Version() int { return 1 }

// Subject is the workspace.
func (a About) Subject() event.Subject { return event.Subject{ID: a.Workspace} }

// Connected says that a workspace let Muster in, for the first time or again.
type Connected struct {
	About
	Again bool `json:"again"`
}

// Kind is "workspace.connected".
func (Connected) Kind() string { return "workspace.connected" }

// Disconnected says that Muster can no longer speak to a workspace.
type Disconnected struct {
	About
	Reason Reason `json:"reason"`
}

// Kind is "workspace.revoked".
func (Disconnected) Kind() string { return "workspace.revoked" }

// WentDown says that Slack has stopped answering for a workspace.
type WentDown struct {
	About
	Since time.Time `json:"since"`
}

// Kind is "workspace.went_down".
func (WentDown) Kind() string { return "workspace.went_down" }

// CameBack says that Slack answers again.
type CameBack struct {
	About
	Since time.Time `json:"since"`
}

// Kind is "workspace.came_back".
func (CameBack) Kind() string { return "workspace.came_back" }

// Changed says that a setting of a workspace changed, or what was found out of it.
type Changed struct{ About }

// Kind is "workspace.changed".
func (Changed) Kind() string { return "workspace.changed" }

// PeopleDue says that the people of a workspace are to be read, from a place in Slack's list on.
type PeopleDue struct {
	About
	Cursor string    `json:"cursor,omitempty"`
	Begun  time.Time `json:"begun"`
}

// Kind is "workspace.people_due".
func (PeopleDue) Kind() string { return "workspace.people_due" }

// PictureChanged says that somebody has another picture in Slack.
type PictureChanged struct {
	About
	Member string `json:"member"`
}

// Kind is "workspace.picture_changed".
func (PictureChanged) Kind() string { return "workspace.picture_changed" }
