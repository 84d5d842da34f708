// Package incident is the heart of the product: incidents, who does what in them, and how they change.
package incident

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/timer"
)

// Category is the part of an incident's life that a status belongs to.
type Category string

// The categories; which statuses are within live, learning and closed is for the organisation to say.
const (
	CategoryTriage   Category = "triage"
	CategoryLive     Category = "live"
	CategoryLearning Category = "learning"
	CategoryPaused   Category = "paused"
	CategoryClosed   Category = "closed"
	CategoryDeclined Category = "declined"
	CategoryMerged   Category = "merged"
	CategoryCanceled Category = "canceled"
)

// Categories lists the categories in the order of an incident's life.
func Categories() []Category {
	return []Category{
		CategoryTriage, CategoryLive, CategoryPaused, CategoryLearning, CategoryClosed,
		CategoryDeclined, CategoryMerged, CategoryCanceled,
	}
}

// Label returns the category's name for people.
func (c Category) Label() string {
	switch c {
	case CategoryTriage:
		return "Triage"
	case CategoryLive:
		return "Active"
	case CategoryLearning:
		return "Post-incident"
	case CategoryPaused:
		return "Paused"
	case CategoryClosed:
		return "Closed"
	case CategoryDeclined:
		return "Declined"
	case CategoryMerged:
		return "Merged"
	case CategoryCanceled:
		return "Canceled"
	default:
		return string(c)
	}
}

// Ongoing reports whether somebody may still be working on the problem itself.
func (c Category) Ongoing() bool {
	return c == CategoryTriage || c == CategoryLive || c == CategoryPaused
}

// dismissed reports whether the incident turned out to be none, or lives on in another.
func (c Category) dismissed() bool {
	return c == CategoryDeclined || c == CategoryMerged || c == CategoryCanceled
}

// over reports whether nothing more is done in an incident of the category.
func (c Category) over() bool { return c == CategoryClosed || c.dismissed() }

// alreadyOver refuses what only an incident that goes on can be.
func alreadyOver(inc Held) error {
	return problem.New(problem.Conflict, "incident_over", "The incident is over: it is %s. Reopen it first.", strings.ToLower(inc.Category.Label()))
}

// Mode says what sort of incident it is.
type Mode string

// The modes. Retrospective incidents were over when they were written down; test ones count for nothing;
// tutorials have no reference.
const (
	Standard      Mode = "standard"
	Retrospective Mode = "retrospective"
	Test          Mode = "test"
	Tutorial      Mode = "tutorial"
)

// Reference returns what people call the incident with this number, "INC-12", or nothing for 0.
func Reference(number int64) string {
	if number == 0 {
		return ""
	}
	return "INC-" + strconv.FormatInt(number, 10)
}

// Service runs the verbs and reads of incidents.
type Service struct {
	db     *postgres.DB
	bus    *event.Bus
	clock  clock.Clock
	timers *timer.Timers
	// settings are where changes of the organisation's lists are written.
	settings *setting.Book
	// reminders says how often an overdue update is reminded of; Reminders where it is nil.
	reminders func(ctx context.Context, tx pgx.Tx, held Held) (int, error)
}

// New returns the service and takes the timers of update reminders and of pauses in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, timers *timer.Timers) *Service {
	s := &Service{db: db, bus: bus, clock: clock, timers: timers, settings: setting.New(db, bus, clock)}
	timers.Handle(updateDueTimer, hold, s.remind)
	timers.Handle(wakeTimer, hold, s.wake)
	return s
}

// Outcome tells whether a verb changed anything; one that finds all as it was asked for writes nothing.
type Outcome struct{ Changed bool }

// Held is an incident's own row, as verbs need it.
type Held struct {
	ID             id.ID
	Number         int64
	Name           string
	SummarySource  string
	SummaryVersion int32
	Type           id.ID
	Status         id.ID
	Category       Category
	// Severity is empty when none is set.
	Severity id.ID
	Mode     Mode
	Private  bool
	// Quiet incidents are listed and marked; nothing nags, and nothing is announced.
	Quiet           bool
	ClosedAt        *time.Time
	NextUpdateDueAt *time.Time
	// Reminders counts how often the lead has been reminded of the update that is due.
	Reminders int
	// unsaid keeps what a verb does out of the room.
	unsaid bool
}

// Find reads the incident within a transaction, without a lock.
func Find(ctx context.Context, tx pgx.Tx, incident id.ID) (Held, error) {
	if !incident.Valid() {
		return Held{}, problem.Missing("incident")
	}
	return postgres.Once(ctx, foundAs(incident), func() (Held, error) {
		row, err := db.New(tx).FindIncident(ctx, incident)
		return held(row, err)
	})
}

func (h Held) brief() Brief {
	b := Brief{ID: h.ID, Number: h.Number}
	if h.Number > 0 {
		b.Reference = Reference(h.Number)
	}
	return b
}

// foundAs is the name under which a transaction remembers an incident that was found in it.
func foundAs(incident id.ID) string { return "incident " + string(incident) }

// Lock reads the incident within a transaction and keeps others from changing it until that ends.
func Lock(ctx context.Context, tx pgx.Tx, incident id.ID) (Held, error) {
	if !incident.Valid() {
		return Held{}, problem.Missing("incident")
	}
	q := db.New(tx)
	row, err := q.LockIncident(ctx, incident)
	if postgres.None(err) {
		// Whoever waited here while it was made private was judged by the grants from before the wait: look once more.
		row, err = q.LockIncident(ctx, incident)
	}
	h, err := held(db.FindIncidentRow(row), err)
	h.unsaid = unsaid(ctx)
	return h, err
}

func held(row db.FindIncidentRow, err error) (Held, error) {
	if postgres.None(err) {
		return Held{}, problem.Missing("incident")
	}
	if err != nil {
		return Held{}, fmt.Errorf("read the incident: %w", err)
	}
	h := Held{
		ID: row.ID, Name: row.Name, SummarySource: row.SummarySource, SummaryVersion: row.SummaryVersion,
		Type: row.TypeID, Status: row.StatusID, Category: Category(row.StatusCategory), Severity: row.SeverityID,
		Mode: Mode(row.Mode), Private: row.Private, Quiet: row.Quiet, ClosedAt: row.ClosedAt, NextUpdateDueAt: row.NextUpdateDueAt,
		Reminders: int(row.UpdateReminders),
	}
	if row.Number != nil {
		h.Number = *row.Number
	}
	return h, nil
}

// turn is what a verb on one incident works with: the transaction, and the incident locked in it.
type turn struct {
	scope tenant.Scope
	tx    pgx.Tx
	q     *db.Queries
	inc   Held
	at    time.Time
}

// on authorises a verb, opens its write transaction, locks the incident and runs fn, which fills out. A transaction
// that is tried again after a deadlock begins with an empty out.
func (s *Service) on(ctx context.Context, permission authz.Permission, incident id.ID, out *Outcome, fn func(ctx context.Context, t turn) error) error {
	scope, err := tenant.Require(ctx, permission)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		*out = Outcome{}
		inc, err := Lock(ctx, tx, incident)
		if err != nil {
			return err
		}
		return fn(ctx, turn{scope: scope, tx: tx, q: db.New(tx), inc: inc, at: s.clock.Now()})
	})
}

// optional is a text column that is NULL when there is no text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
