package incident

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Aside tells why an incident is not being worked on: it is paused, or was declined, merged or canceled.
type Aside struct {
	Category Category
	// Reason is what was said, empty for nothing.
	Reason string
	// Until is when a paused incident wakes; nil when somebody takes it up again.
	Until *time.Time
	// Into is the incident that a merged one lives on in; nil when the reader may not see it.
	Into *Brief
	// IntoName is that incident's name.
	IntoName string
	By       tenant.Actor
	At       time.Time
}

// Relation is how another incident belongs to this one.
type Relation string

// The relations: one that was merged into this, the one that this was merged into, the one from whose room this was declared, one declared from this room.
const (
	MergedHere   Relation = "merged"
	MergedThere  Relation = "merged_into"
	DeclaredFrom Relation = "source"
	DeclaredHere Relation = "declared"
)

// Related is another incident that belongs to this one.
type Related struct {
	Relation Relation
	Brief
	Name string
	// Message is the message from which the one or the other was declared.
	Message id.ID
}

// maxReason is how many characters a reason has at most.
const maxReason = 500

func checkReason(reason string, required bool, ask string) (string, error) {
	reason = oneLine(reason)
	if reason == "" && required {
		return "", problem.Field("reason", "is_required", "%s", ask)
	}
	if n := utf8.RuneCountInString(reason); n > maxReason {
		return "", problem.Field("reason", "too_long", "The reason has %d characters; %d is the most.", n, maxReason)
	}
	return reason, nil
}

// because is what goes with a change of status: the update that made it, or the decision behind it.
type because struct {
	update id.ID
	reason string
	// until is when a pause ends, in so many minutes.
	until   *time.Time
	minutes int
	into    *Held
	// woken tells that nobody took the incident up again: its pause was over.
	woken bool
}

// audited is what the audit log keeps of a move to a status.
func (b because) audited(to id.ID) map[string]any {
	after := map[string]any{"status": to}
	if b.reason != "" {
		after["reason"] = b.reason
	}
	if b.until != nil {
		after["until"] = b.until
	}
	if b.into != nil {
		after["into"] = b.into.ID
	}
	return after
}

// aside reports whether an incident of the category has a row that tells why it is not being worked on.
func (c Category) aside() bool { return c == CategoryPaused || c.dismissed() }

// setAside notes why an incident is put aside, or that it is not any longer, and sets the clock for the end of a pause.
func (s *Service) setAside(ctx context.Context, t turn, to Category, why because) error {
	if t.inc.Category == CategoryPaused || to == CategoryPaused {
		if err := s.setWake(ctx, t, to, why); err != nil {
			return err
		}
	}
	if !to.aside() {
		if !t.inc.Category.aside() {
			return nil
		}
		return t.q.ClearAside(ctx, t.inc.ID)
	}
	from := t.inc.Status
	if t.inc.Category.aside() { // what it was before it was put aside the first time
		if before, err := t.q.Aside(ctx, t.inc.ID); err == nil {
			from = before.FromStatusID
		} else if !postgres.None(err) {
			return fmt.Errorf("read why the incident is put aside: %w", err)
		}
	}
	row := db.SetAsideParams{
		IncidentID: t.inc.ID, Private: t.inc.Private, Category: string(to), Reason: why.reason, UntilAt: why.until, FromStatusID: from,
		ByType: string(t.scope.Actor.Type), ByID: t.scope.Actor.ID, ByName: t.scope.Actor.Name, At: t.at,
	}
	if why.into != nil {
		row.IntoID = why.into.ID
	}
	if err := t.q.SetAside(ctx, row); err != nil {
		return fmt.Errorf("note why the incident is put aside: %w", err)
	}
	if to != CategoryPaused || t.inc.Category == CategoryPaused {
		return nil
	}
	if due := t.inc.NextUpdateDueAt; due != nil && why.update.Empty() { // an update keeps the promise itself
		return holdPromise(ctx, t, true, max(due.Sub(t.at), 0))
	}
	return nil
}

func (s *Service) setWake(ctx context.Context, t turn, to Category, why because) error {
	if to != CategoryPaused || why.until == nil {
		return s.timers.Clear(ctx, t.tx, wakeTimer, t.inc.ID)
	}
	return s.timers.Set(ctx, t.tx, wakeTimer, t.inc.ID, *why.until)
}

// before returns the status that an incident had when it was put aside, or the first live one where that is gone.
func (s *Service) before(ctx context.Context, t turn) (Status, error) {
	row, err := t.q.Aside(ctx, t.inc.ID)
	if postgres.None(err) {
		return firstStatus(ctx, t.q, CategoryLive)
	}
	if err != nil {
		return Status{}, fmt.Errorf("read why the incident is put aside: %w", err)
	}
	status, err := usableStatus(ctx, t.q, row.FromStatusID)
	if problem.Is(err, problem.Invalid) || (err == nil && (status.Category == CategoryClosed || status.Category.aside())) {
		return firstStatus(ctx, t.q, CategoryLive)
	}
	return status, err
}

// decision is what a move is called: the event that tells of it and the action of its audit entry. A plain change of
// status has no event of its own.
func decision(inc Held, m move, why because) (event.Event, string) {
	about := inc.About()
	switch to := m.to.Category; {
	case to == CategoryDeclined:
		return Declined{About: about, Reason: why.reason}, "incident.declined"
	case to == CategoryCanceled:
		return Canceled{About: about, Reason: why.reason}, "incident.canceled"
	case to == CategoryMerged && why.into != nil:
		return Merged{About: about, Into: why.into.ID, Told: titled(*why.into)}, "incident.merged"
	case to == CategoryPaused:
		return Paused{About: about, Until: why.until, Minutes: why.minutes, Update: why.update, Reason: why.reason}, "incident.paused"
	case m.closes:
		return Closed{About: about, Status: m.to.ID, Update: why.update}, "incident.closed"
	case m.reopens:
		return Reopened{About: about, Status: m.to.ID, Update: why.update}, "incident.reopened"
	case inc.Category == CategoryPaused:
		return Resumed{About: about, Status: m.to.ID, Update: why.update, Woken: why.woken}, "incident.resumed"
	case inc.Category == CategoryTriage && to == CategoryLive:
		return Accepted{About: about, Status: m.to.ID, Update: why.update}, "incident.accepted"
	default:
		return nil, "incident.status_changed"
	}
}

// readAside completes an incident with why it is put aside.
func readAside(ctx context.Context, q *db.Queries, view *Incident) error {
	if !view.Status.Category.aside() {
		return nil
	}
	row, err := q.Aside(ctx, view.ID)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read why the incident is put aside: %w", err)
	}
	a := Aside{
		Category: Category(row.Category), Reason: row.Reason, Until: row.UntilAt, At: row.At,
		By: tenant.Actor{Type: tenant.ActorType(row.ByType), ID: row.ByID, Name: row.ByName},
	}
	if row.IntoName != nil {
		into := briefOf(row.IntoID, row.IntoNumber)
		a.Into, a.IntoName = &into, *row.IntoName
	}
	view.Aside = &a
	return nil
}

// Related lists the incidents that belong to one: merged into it, or declared from a message in the other's room.
func (s *Service) Related(ctx context.Context, incident id.ID) ([]Related, error) {
	var all []Related
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := Find(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := q.Related(ctx, incident)
		if err != nil {
			return fmt.Errorf("read what belongs to the incident: %w", err)
		}
		for _, row := range rows {
			all = append(all, Related{Relation: Relation(row.Relation), Brief: briefOf(row.ID, row.Number), Name: row.Name, Message: id.ID(row.MessageID)})
		}
		return nil
	})
	return all, err
}

// MergedInto is the incident in which one lives on; nil for one that was not merged, or when the reader may not see the other.
func (s *Service) MergedInto(ctx context.Context, incident id.ID) (*Related, error) {
	var into *Related
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := Find(ctx, tx, incident); err != nil {
			return err
		}
		row, err := q.Aside(ctx, incident)
		if postgres.None(err) || err == nil && row.IntoName == nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what the incident was merged into: %w", err)
		}
		into = &Related{Relation: MergedThere, Brief: briefOf(row.IntoID, row.IntoNumber), Name: *row.IntoName}
		return nil
	})
	return into, err
}

func briefOf(incident id.ID, number *int64) Brief {
	b := Brief{ID: incident}
	if number != nil {
		b.Number, b.Reference = *number, Reference(*number)
	}
	return b
}
