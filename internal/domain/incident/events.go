package incident

import (
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// About is what every event of an incident carries. Payloads have ids only; texts that the activity log keeps travel
// in fields that are not stored with the event.
type About struct {
	Incident id.ID `json:"incident"`
	Private  bool  `json:"-"`
	// Unsaid keeps the event out of the room; the log has it all the same.
	Unsaid bool `json:"-"`
}

// Hushed reports whether the room says nothing of the event.
func (a About) Hushed() bool { return a.Unsaid }

// About returns what an event of this incident carries.
func (h Held) About() About { return About{Incident: h.ID, Private: h.Private, Unsaid: h.unsaid} }

// Version is 1 for every event of an incident so far.
func (About) Version() int { return 1 }

// Subject is the incident itself, for events that are about nothing smaller.
func (a About) Subject() event.Subject { return a.Of(a.Incident) }

// Of is the subject of an event about something smaller than the incident: a role, an update, an action.
func (a About) Of(subject id.ID) event.Subject {
	return event.Subject{ID: subject, Stream: a.Incident, Private: a.Private}
}

// Declared says that an incident began.
type Declared struct {
	About
	Type     id.ID    `json:"type"`
	Status   id.ID    `json:"status"`
	Category Category `json:"category"`
	Severity id.ID    `json:"severity,omitempty"`
	Lead     id.ID    `json:"lead,omitempty"`
	Reporter id.ID    `json:"reporter,omitempty"`
	Mode     Mode     `json:"mode"`
	Quiet    bool     `json:"quiet,omitempty"`
	// Message is the one in another room that it was declared from, and that comes along.
	Message id.ID `json:"message,omitempty"`
}

// Kind names the event.
func (Declared) Kind() string { return "incident.declared" }

// RoleAssigned says that a role was given, taken over, handed over or cleared.
type RoleAssigned struct {
	About
	Role id.ID `json:"role"`
	// From and To are who held the role before and after; empty for nobody.
	From       id.ID `json:"from,omitempty"`
	To         id.ID `json:"to,omitempty"`
	HandedOver bool  `json:"handed_over,omitempty"`
	// Note is what the one who hands over wrote for the next; it is kept in the activity log.
	Note string `json:"-"`
}

// Kind names the event.
func (RoleAssigned) Kind() string { return "incident.role_assigned" }

// Subject is the role.
func (e RoleAssigned) Subject() event.Subject { return e.Of(e.Role) }

// SeverityChanged says that an incident is judged differently; Update is set when an update said so.
type SeverityChanged struct {
	About
	From   id.ID `json:"from,omitempty"`
	To     id.ID `json:"to"`
	Update id.ID `json:"update,omitempty"`
}

// Kind names the event.
func (SeverityChanged) Kind() string { return "incident.severity_changed" }

// StatusChanged says that an incident moved on; Update is set when an update said so. Where the move is a decision with
// an event of its own, as Closed or Accepted, Decided is set and that event follows.
type StatusChanged struct {
	About
	From         id.ID    `json:"from"`
	To           id.ID    `json:"to"`
	FromCategory Category `json:"from_category"`
	ToCategory   Category `json:"to_category"`
	Update       id.ID    `json:"update,omitempty"`
	Decided      bool     `json:"decided,omitempty"`
}

// Kind names the event.
func (StatusChanged) Kind() string { return "incident.status_changed" }

// Closed says that an incident is over.
type Closed struct {
	About
	Status id.ID `json:"status"`
	Update id.ID `json:"update,omitempty"`
}

// Kind names the event.
func (Closed) Kind() string { return "incident.closed" }

// Reopened says that an incident which was over is not.
type Reopened struct {
	About
	Status id.ID `json:"status"`
	Update id.ID `json:"update,omitempty"`
}

// Kind names the event.
func (Reopened) Kind() string { return "incident.reopened" }

// DeclaredElsewhere says that another incident was declared from a message in this one's room.
type DeclaredElsewhere struct {
	About
	Message  id.ID `json:"message"`
	Declared id.ID `json:"declared"`
	// Told is the other's name for the log, empty where not everyone who reads it may see the other.
	Told string `json:"-"`
}

// Kind names the event.
func (DeclaredElsewhere) Kind() string { return "incident.declared_elsewhere" }

// Subject is the message.
func (e DeclaredElsewhere) Subject() event.Subject { return e.Of(e.Message) }

// Accepted says that what was looked at in triage is an incident.
type Accepted struct {
	About
	Status id.ID `json:"status"`
	Update id.ID `json:"update,omitempty"`
}

// Kind names the event.
func (Accepted) Kind() string { return "incident.accepted" }

// Declined says that what was looked at in triage is no incident.
type Declined struct {
	About
	Reason string `json:"-"`
}

// Kind names the event.
func (Declined) Kind() string { return "incident.declined" }

// Canceled says that an incident was none after all, or went away before it mattered.
type Canceled struct {
	About
	Reason string `json:"-"`
}

// Kind names the event.
func (Canceled) Kind() string { return "incident.canceled" }

// Merged says that an incident lives on in another. What belongs to it follows: whoever owns pins, attachments or
// subscriptions brings them there.
type Merged struct {
	About
	Into id.ID `json:"into"`
	// Told is the other's name for the log, empty where not everyone who reads it may see the other.
	Told string `json:"-"`
}

// Kind names the event.
func (Merged) Kind() string { return "incident.merged" }

// MergedIn says that another incident lives on in this one.
type MergedIn struct {
	About
	From id.ID  `json:"from"`
	Told string `json:"-"`
}

// Kind names the event.
func (MergedIn) Kind() string { return "incident.merged_in" }

// Subject is the other incident.
func (e MergedIn) Subject() event.Subject { return e.Of(e.From) }

// Paused says that an incident was put aside, until a time or until somebody takes it up again.
type Paused struct {
	About
	Until *time.Time `json:"until,omitempty"`
	// Minutes is how long the pause lasts, 0 for no end.
	Minutes int    `json:"minutes,omitempty"`
	Update  id.ID  `json:"update,omitempty"`
	Reason  string `json:"-"`
}

// Kind names the event.
func (Paused) Kind() string { return "incident.paused" }

// Resumed says that a paused incident is worked on again.
type Resumed struct {
	About
	Status id.ID `json:"status"`
	Update id.ID `json:"update,omitempty"`
	// Woken tells that nobody did it: the pause was over.
	Woken bool `json:"woken,omitempty"`
}

// Kind names the event.
func (Resumed) Kind() string { return "incident.resumed" }

// QuietChanged says that an incident is quiet from now on, or no longer.
type QuietChanged struct {
	About
	Quiet bool `json:"quiet"`
	// Severity is the one whose raising ended the quiet, empty when somebody did.
	Severity id.ID `json:"severity,omitempty"`
}

// Kind names the event.
func (QuietChanged) Kind() string { return "incident.quiet_changed" }

// Renamed says that an incident has another name.
type Renamed struct {
	About
	// From and To are the names; they are kept in the activity log.
	From string `json:"-"`
	To   string `json:"-"`
}

// Kind names the event.
func (Renamed) Kind() string { return "incident.renamed" }

// CallSet says that those who work on an incident talk somewhere else, or nowhere any longer.
type CallSet struct {
	About
	// To is the address, empty for none; it is kept in the activity log.
	To string `json:"-"`
}

// Kind names the event.
func (CallSet) Kind() string { return "incident.call_set" }

// SummaryChanged says that the summary was written or rewritten.
type SummaryChanged struct {
	About
	Mentioned []id.ID `json:"mentioned,omitempty"`
}

// Kind names the event.
func (SummaryChanged) Kind() string { return "incident.summary_changed" }

// UpdateSent says that an update was sent, and what it changed along the way.
type UpdateSent struct {
	About
	Update       id.ID `json:"update"`
	FromStatus   id.ID `json:"from_status,omitempty"`
	ToStatus     id.ID `json:"to_status,omitempty"`
	FromSeverity id.ID `json:"from_severity,omitempty"`
	ToSeverity   id.ID `json:"to_severity,omitempty"`
	// NextMinutes is in how long the next update was promised, 0 for no promise.
	NextMinutes int     `json:"next_minutes,omitempty"`
	Mentioned   []id.ID `json:"mentioned,omitempty"`
}

// Kind names the event.
func (UpdateSent) Kind() string { return "incident.update_sent" }

// Subject is the update.
func (e UpdateSent) Subject() event.Subject { return e.Of(e.Update) }

// UpdateEdited says that the words of an update were changed; who was told of it is not told again.
type UpdateEdited struct {
	About
	Update id.ID `json:"update"`
}

// Kind names the event.
func (UpdateEdited) Kind() string { return "incident.update_edited" }

// Subject is the update.
func (e UpdateEdited) Subject() event.Subject { return e.Of(e.Update) }

// UpdateDue says that a promised update has not come in time.
type UpdateDue struct {
	About
	Due time.Time `json:"due"`
	// Reminder counts from 1; the last one is Reminders.
	Reminder int `json:"reminder"`
}

// Kind names the event.
func (UpdateDue) Kind() string { return "incident.update_due" }

// ReminderSnoozed says that the next update is due later than promised.
type ReminderSnoozed struct {
	About
	Until   time.Time `json:"until"`
	Minutes int       `json:"minutes"`
}

// Kind names the event.
func (ReminderSnoozed) Kind() string { return "incident.reminder_snoozed" }

// ReminderSkipped says that the promised update is not to come.
type ReminderSkipped struct{ About }

// Kind names the event.
func (ReminderSkipped) Kind() string { return "incident.reminder_skipped" }

// Joined says that somebody takes part from now on; when the actor is another, because that one invited them.
type Joined struct {
	About
	User id.ID `json:"user"`
}

// Kind names the event.
func (Joined) Kind() string { return "incident.joined" }

// Subject is the user.
func (e Joined) Subject() event.Subject { return e.Of(e.User) }

// Left says that somebody only watches from now on.
type Left struct {
	About
	User id.ID `json:"user"`
}

// Kind names the event.
func (Left) Kind() string { return "incident.left" }

// Subject is the user.
func (e Left) Subject() event.Subject { return e.Of(e.User) }

// TimestampSet says that a moment of the incident was given by hand, corrected or cleared.
type TimestampSet struct {
	About
	Timestamp id.ID `json:"timestamp"`
	// From and To are the moment before and after; nil for none.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
}

// Kind names the event.
func (TimestampSet) Kind() string { return "incident.timestamp_set" }

// Subject is the timestamp.
func (e TimestampSet) Subject() event.Subject { return e.Of(e.Timestamp) }

// FieldChanged says that an incident has another value in a custom field.
type FieldChanged struct {
	About
	Field id.ID `json:"field"`
	// From and To are the values in words; they are kept in the activity log.
	From string `json:"-"`
	To   string `json:"-"`
}

// Kind names the event.
func (FieldChanged) Kind() string { return "incident.field_changed" }

// Subject is the custom field.
func (e FieldChanged) Subject() event.Subject { return e.Of(e.Field) }

// TypeChanged says that an incident is of another type.
type TypeChanged struct {
	About
	From id.ID `json:"from"`
	To   id.ID `json:"to"`
}

// Kind names the event.
func (TypeChanged) Kind() string { return "incident.type_changed" }
