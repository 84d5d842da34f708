package followup

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// What is that which every event of a follow-up carries.
type What struct {
	incident.About
	FollowUp id.ID `json:"follow_up"`
	// Title is kept in the activity log and not with the event.
	Title string `json:"-"`
}

// Subject is the follow-up.
func (w What) Subject() event.Subject { return w.Of(w.FollowUp) }

// Created says that there is something to do after the incident.
type Created struct {
	What
	Assignee id.ID `json:"assignee,omitempty"`
	// Action is the one that it was before.
	Action id.ID `json:"action,omitempty"`
}

// Kind names the event.
func (Created) Kind() string { return "follow_up.created" }

// Assigned says that somebody else, or nobody, does it now.
type Assigned struct {
	What
	From id.ID `json:"from,omitempty"`
	To   id.ID `json:"to,omitempty"`
}

// Kind names the event.
func (Assigned) Kind() string { return "follow_up.assigned" }

// Edited says that its words, priority, labels or due day are others.
type Edited struct{ What }

// Kind names the event.
func (Edited) Kind() string { return "follow_up.edited" }

// Completed says that it is done.
type Completed struct{ What }

// Kind names the event.
func (Completed) Kind() string { return "follow_up.completed" }

// Reopened says that it is to be done after all.
type Reopened struct{ What }

// Kind names the event.
func (Reopened) Kind() string { return "follow_up.reopened" }

// NotDoing says that it is not going to be done.
type NotDoing struct{ What }

// Kind names the event.
func (NotDoing) Kind() string { return "follow_up.not_doing" }

// Deleted says that it is gone.
type Deleted struct{ What }

// Kind names the event.
func (Deleted) Kind() string { return "follow_up.deleted" }

// Due says that the day has come by which it was to be done.
type Due struct {
	What
	Assignee id.ID `json:"assignee"`
}

// Kind names the event.
func (Due) Kind() string { return "follow_up.due" }
