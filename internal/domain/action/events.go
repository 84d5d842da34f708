package action

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// What is that which every event of an action carries.
type What struct {
	incident.About
	Action id.ID `json:"action"`
	// Description is kept in the activity log and not with the event.
	Description string `json:"-"`
}

// Subject is the action.
func (w What) Subject() event.Subject { return w.Of(w.Action) }

// ActionCreated says that an action was added.
type ActionCreated struct {
	What
	Assignee id.ID `json:"assignee,omitempty"`
	// Due is by when it is to be done; nil for no particular time.
	Due *time.Time `json:"due,omitempty"`
}

// Kind names the event.
func (ActionCreated) Kind() string { return "action.created" }

// ActionAssigned says that somebody else, or nobody, does an action now.
type ActionAssigned struct {
	What
	From id.ID `json:"from,omitempty"`
	To   id.ID `json:"to,omitempty"`
}

// Kind names the event.
func (ActionAssigned) Kind() string { return "action.assigned" }

// ActionCompleted says that an action is done.
type ActionCompleted struct{ What }

// Kind names the event.
func (ActionCompleted) Kind() string { return "action.completed" }

// ActionReopened says that an action is to be done after all.
type ActionReopened struct{ What }

// Kind names the event.
func (ActionReopened) Kind() string { return "action.reopened" }

// ActionNotDoing says that an action is not going to be done, or only after the incident.
type ActionNotDoing struct {
	What
	// FollowUp is what it was turned into.
	FollowUp id.ID `json:"follow_up,omitempty"`
}

// Kind names the event.
func (ActionNotDoing) Kind() string { return "action.not_doing" }

// ActionEdited says that an action says something else.
type ActionEdited struct{ What }

// Kind names the event.
func (ActionEdited) Kind() string { return "action.edited" }

// ActionDeleted says that an action is gone.
type ActionDeleted struct{ What }

// Kind names the event.
func (ActionDeleted) Kind() string { return "action.deleted" }

// ActionDueSet says that an action is due at another time, or at none.
type ActionDueSet struct {
	What
	Due *time.Time `json:"due,omitempty"`
}

// Kind names the event.
func (ActionDueSet) Kind() string { return "action.due_set" }

// ActionDue says that the time has come by which an action was to be done.
type ActionDue struct {
	What
	Due time.Time `json:"due"`
}

// Kind names the event.
func (ActionDue) Kind() string { return "action.due" }
