// Package escalation calls for people until somebody answers: by everything that they have, one after the other, and by
// the pager that the organisation has elsewhere.
package escalation

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/timer"
)

// State is how an escalation stands.
type State string

// The states. An expired one can still be acknowledged: late is better than never.
const (
	Pending  State = "pending"
	Answered State = "acknowledged"
	Unheard  State = "expired"
	Called   State = "canceled"
)

// TargetState is how far it is with one of those to be reached.
type TargetState string

// The states of a target.
const (
	TargetWaiting  TargetState = "waiting"
	TargetReaching TargetState = "reaching"
	TargetAnswered TargetState = "answered"
	TargetPassed   TargetState = "passed"
)

// Escalation is a call for somebody.
type Escalation struct {
	ID, Incident id.ID
	Message      string
	// Wait is how long a target has to answer before the next one is tried.
	Wait  time.Duration
	State State
	// Position is the target that is being reached.
	Position int
	Creator  tenant.Actor
	// By is who acknowledged or canceled it, In the pager where they did; empty for Muster itself.
	By        tenant.Actor
	In        string
	EndedAt   *time.Time
	CreatedAt time.Time
	Targets   []Target

	private bool
	round   int
}

// Target is a person or a pager that is to be reached.
type Target struct {
	// Person is nil for a pager, Pager empty for a person.
	Person *incident.Person
	Pager  id.ID
	Kind   Kind
	// Name is that of then.
	Name      string
	State     TargetState
	ReachedAt *time.Time
	// Unreachable says that no way led to them.
	Unreachable bool
	Attempts    []Attempt

	// awaited says that nobody answered yet: what did not get through is tried again.
	readsBack, awaited bool
}

// Attempt is what came of one way to reach a target.
type Attempt struct {
	// Resolving ones told a pager that nobody is needed any more.
	Resolving bool
	Round     int
	// Method is push, mail, or the kind of the pager; Label names the device.
	Method, Label string
	// State is waiting (to be tried again), sent or failed; Answer says why.
	State, Answer string
	Tries         int
	At            time.Time

	target, reference string
}

// Names are whom the escalation calls for, in order: "Maya Berg, then PagerDuty".
func (e Escalation) Names() string {
	names := make([]string, len(e.Targets))
	for n, t := range e.Targets {
		names[n] = t.Name
	}
	return strings.Join(names, ", then ")
}

// Next is when the target that is being reached has had its time; the zero time when nothing is waited for.
func (e Escalation) Next() time.Time {
	if e.State != Pending || e.Position >= len(e.Targets) || e.Targets[e.Position].ReachedAt == nil {
		return time.Time{}
	}
	return e.Targets[e.Position].ReachedAt.Add(e.Wait)
}

// Open reports whether it can be acknowledged.
func (e Escalation) Open() bool { return e.State == Pending || e.State == Unheard }

// Needs is what the service works with.
type Needs struct {
	Incidents     *incident.Service
	Notifications *notification.Service
	Keys          *secrets.Keys
	Timers        *timer.Timers
	// Client reaches the addresses of pagers, which people give.
	Client *http.Client
	// Address makes a full address of a path in the organisation of ctx.
	Address func(ctx context.Context, path string) (string, error)
}

// Service runs the verbs and reads of escalations and pagers.
type Service struct {
	db    *postgres.DB
	bus   *event.Bus
	clock clock.Clock
	needs Needs
}

const (
	// stepTimer moves an escalation on, checkTimer asks pagers after answers.
	stepTimer  = "escalation.step"
	checkTimer = "escalation.check"
)

// New returns the service and takes the timers of escalations in its care.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, needs Needs) *Service {
	s := &Service{db: db, bus: bus, clock: clock, needs: needs}
	needs.Timers.Handle(stepTimer, hold, s.step)
	needs.Timers.Handle(checkTimer, hold, s.checkDue)
	return s
}

// Subscribe lets escalations reach people and pagers, and end with their incident.
func (s *Service) Subscribe(bus *event.Bus) {
	urgent := []event.Option{event.On(event.Chat), event.Page()}
	s.log(bus)
	event.Within(bus, "escalation", s.incidentMoved)
	event.After(bus, "escalation.reach", s.reach, urgent...)
	event.After(bus, "escalation.check", s.check)
	event.After(bus, "escalation.tell", s.tellAcknowledged, urgent...)
	event.After(bus, "escalation.tell", s.tellCanceled, urgent...)
	event.After(bus, "escalation.tell", s.tellExpired, urgent...)
	event.After(bus, "escalation.resolve", s.resolveAcknowledged)
	event.After(bus, "escalation.resolve", s.resolveCanceled)
	event.After(bus, "escalation.resolve", s.resolveOver, event.When(isOver))
}

// turn is what a verb on one escalation works with: the transaction, the incident and the escalation locked in it.
type turn struct {
	scope tenant.Scope
	tx    pgx.Tx
	q     *db.Queries
	inc   incident.Held
	esc   Escalation
	at    time.Time
}

func (t turn) call() Call {
	return Call{About: t.inc.About(), Escalation: t.esc.ID, Names: t.esc.Names()}
}

// audited writes the entry of a verb into the audit log.
func (t turn) audited(ctx context.Context, action string, after any) error {
	return audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: action, TargetType: "escalation", TargetID: t.esc.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"state": t.esc.State}, After: after,
	})
}

// on authorises a verb on one escalation, locks its incident and then itself, and runs fn.
func (s *Service) on(ctx context.Context, permission authz.Permission, escalation id.ID, fn func(ctx context.Context, t turn) error) error {
	scope, err := tenant.Require(ctx, permission)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		t := turn{scope: scope, tx: tx, q: db.New(tx), at: s.clock.Now()}
		found, err := find(ctx, t.q, escalation)
		if err != nil {
			return err
		}
		if t.inc, err = incident.Lock(ctx, tx, found.IncidentID); err != nil {
			return err
		}
		if t.esc, err = locked(ctx, t.q, escalation); err != nil {
			return err
		}
		return fn(ctx, t)
	})
}

func find(ctx context.Context, q *db.Queries, escalation id.ID) (db.MusterEscalation, error) {
	if !escalation.Valid() {
		return db.MusterEscalation{}, problem.Missing("escalation")
	}
	row, err := q.Escalation(ctx, escalation)
	if postgres.None(err) {
		return row, problem.Missing("escalation")
	}
	if err != nil {
		return row, fmt.Errorf("read the escalation: %w", err)
	}
	return row, nil
}

func locked(ctx context.Context, q *db.Queries, escalation id.ID) (Escalation, error) {
	row, err := q.LockEscalation(ctx, escalation)
	if err != nil {
		return Escalation{}, fmt.Errorf("lock the escalation: %w", err)
	}
	all, err := whole(ctx, q, []db.MusterEscalation{row})
	if err != nil {
		return Escalation{}, err
	}
	return all[0], nil
}

// hold takes the locks of a verb for a timer; what is gone needs none.
func hold(ctx context.Context, tx pgx.Tx, subject id.ID) error {
	row, err := db.New(tx).Escalation(ctx, subject)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the escalation: %w", err)
	}
	_, err = incident.Lock(ctx, tx, row.IncidentID)
	return err
}
