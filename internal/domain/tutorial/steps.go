package tutorial

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/tutorial/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Key names a step.
type Key string

// The steps, in the order in which they are offered; they can be done in any.
const (
	Severity  Key = "severity"
	Say       Key = "pin"
	Act       Key = "action"
	Tell      Key = "update"
	Customers Key = "customers"
	Close     Key = "close"
)

// Step is one thing to do, and whether it was done.
type Step struct {
	Key   Key
	Title string
	// How says it in one sentence, with what to press and what to type.
	How string
	// Command does the same in the room in one line.
	Command string
	Done    bool
}

func steps() []Step {
	return []Step{
		{Key: Severity, Title: "Say how bad it is", How: "Press the severity under the name, or S. On a phone, the room takes it in one line.", Command: "/severity minor"},
		{Key: Say, Title: "Pin something worth keeping", How: "Write in the room what you see, then pin your message: it goes on the timeline."},
		{Key: Act, Title: "Take an action, and finish it", How: "Press A and write what is to be done. Then mark it done.", Command: "/action Ask the supplier when someone comes @me"},
		{Key: Tell, Title: "Send an update", How: "Press U: where it stands, and when you will say more. Muster reminds you then.", Command: "/update The supplier comes at noon. --next 30m"},
		{Key: Customers, Title: "Say what customers may be told", How: "Press W, and write it in plain words: no names of systems. Support and sales read it without coming into the room."},
		{Key: Close, Title: "Close it", How: "When it is over, close it with a last update. It can always be reopened.", Command: "/close There is coffee again."},
	}
}

// Subscribe ticks the steps off as they are done, in the transaction of the act.
func (s *Service) Subscribe(bus *event.Bus) {
	tick(s, bus, Severity, func(incident.SeverityChanged) bool { return true })
	tick(s, bus, Say, func(room.MessagePinned) bool { return true })
	tick(s, bus, Act, func(action.ActionCompleted) bool { return true })
	tick(s, bus, Tell, func(incident.UpdateSent) bool { return true })
	tick(s, bus, Customers, func(customers.TextChanged) bool { return true })
	tick(s, bus, Close, func(incident.Closed) bool { return true })
}

// tick ties a step to an event. In an incident that is no tutorial it is one look at an empty index.
func tick[E event.Event](s *Service, bus *event.Bus, step Key, counts func(E) bool) {
	event.Within(bus, "tutorial", func(ctx context.Context, tx pgx.Tx, r event.Record, e E) error {
		if !r.Subject.Private || !counts(e) { // a tutorial is always private
			return nil
		}
		q := db.New(tx)
		done, err := q.Tick(ctx, db.TickParams{IncidentID: r.Subject.Stream, Step: string(step), At: r.OccurredAt})
		if err != nil {
			return fmt.Errorf("tick a step of the tutorial off: %w", err)
		}
		if done == 0 {
			return nil
		}
		if step == Close {
			if _, err := q.End(ctx, db.EndParams{IncidentID: r.Subject.Stream, At: r.OccurredAt}); err != nil {
				return fmt.Errorf("end the tutorial: %w", err)
			}
		}
		return s.bus.Publish(ctx, tx, StepDone{Incident: r.Subject.Stream, Step: step})
	})
}

// StepDone says that somebody did a step of their tutorial.
type StepDone struct {
	Incident id.ID `json:"incident"`
	Step     Key   `json:"step"`
}

// Kind names the event.
func (StepDone) Kind() string { return "tutorial.step_done" }

// Version is 1 so far.
func (StepDone) Version() int { return 1 }

// Subject is the tutorial's incident.
func (e StepDone) Subject() event.Subject {
	return event.Subject{ID: e.Incident, Stream: e.Incident, Private: true}
}
