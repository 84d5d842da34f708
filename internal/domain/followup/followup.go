// Package followup keeps what is to be done after an incident.
package followup

import (
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
)

// Status is how far a follow-up is.
type Status string

// The statuses; a deleted follow-up is kept for the log and shown nowhere.
const (
	Outstanding Status = "outstanding"
	Done        Status = "completed"
	Dropped     Status = "not_doing"
	Gone        Status = "deleted"
)

// FollowUp is one thing to do after an incident.
type FollowUp struct {
	ID, Incident id.ID
	// IncidentReference and IncidentName are those of the incident.
	IncidentReference, IncidentName string
	Title, Description              string
	Status                          Status
	// Priority is nil where nobody said; Urgent tells that it is the first of the list.
	Priority *Priority
	Urgent   bool
	Labels   []string
	Assignee *incident.Person
	// Due is the day by the end of which it is to be done, at midnight UTC; nil for none.
	Due         *time.Time
	Action      id.ID
	Message     id.ID
	Creator     tenant.Actor
	CompletedAt *time.Time
	// Issue is where it is worked on in another tracker; its zero value for nowhere.
	Issue     Issue
	Version   int32
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Assigned is the id of who does it, empty for nobody.
func (f FollowUp) Assigned() id.ID {
	if f.Assignee == nil {
		return ""
	}
	return f.Assignee.ID
}

// Service runs the verbs and reads of follow-ups.
type Service struct {
	db     *postgres.DB
	bus    *event.Bus
	clock  clock.Clock
	timers *timer.Timers
	// settings are where changes of the priorities are written.
	settings *setting.Book
}

// New returns the service and takes the timers of due follow-ups in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, timers *timer.Timers) *Service {
	s := &Service{db: db, bus: bus, clock: clock, timers: timers, settings: setting.New(db, bus, clock)}
	timers.Handle(dueTimer, hold, s.remind)
	return s
}
