package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// ChangeStatus moves an incident on, or back.
type ChangeStatus struct {
	Incident, Status id.ID
	// Gaps lets it end by that though fields are missing that must be known before.
	Gaps bool
}

// ChangeStatus sets the status; into a closed one it closes the incident, out of one it reopens it.
func (s *Service) ChangeStatus(ctx context.Context, cmd ChangeStatus) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		move, err := statusMove(ctx, t, cmd.Status)
		if err != nil || !move.needed {
			return err
		}
		if ending(t.inc, move) {
			if err := s.fillIn(ctx, t, form.Resolve, t.inc.as(cmd.Status, ""), true, nil, cmd.Gaps); err != nil {
				return err
			}
		}
		out.Changed = true
		return s.applyStatus(ctx, t, move, because{})
	})
	return out, err
}

// move is what a change of status comes to.
type move struct {
	needed bool
	to     Status
	// closes and reopens tell that the incident ends by it or begins again.
	closes, reopens bool
	// set and clear name the timestamps that follow from it.
	set, clear []string
}

func statusMove(ctx context.Context, t turn, to id.ID) (move, error) {
	if to == t.inc.Status {
		return move{}, nil
	}
	status, err := usableStatus(ctx, t.q, to)
	if err != nil {
		return move{}, err
	}
	return decideStatus(t.inc, status)
}

// reachable lists where an incident can go from each category by a plain change of status. Declining, merging,
// canceling and triage are decisions of their own.
var reachable = map[Category][]Category{
	CategoryTriage:   {CategoryLive, CategoryClosed},
	CategoryLive:     {CategoryLive, CategoryLearning, CategoryPaused, CategoryClosed},
	CategoryPaused:   {CategoryLive, CategoryLearning, CategoryClosed},
	CategoryLearning: {CategoryLive, CategoryLearning, CategoryClosed},
	CategoryClosed:   {CategoryLive, CategoryLearning, CategoryClosed},
	CategoryDeclined: {CategoryLive},
	CategoryMerged:   {CategoryLive},
	CategoryCanceled: {CategoryLive},
}

// entering names the timestamps that are set by coming into a category, unless they are set already.
var entering = map[Category][]string{
	CategoryLive:     {"accepted"},
	CategoryLearning: {"accepted", "resolved"},
	CategoryClosed:   {"resolved", "closed"},
	CategoryDeclined: {"declined"},
	CategoryMerged:   {"merged"},
	CategoryCanceled: {"canceled"},
}

// leaving names the timestamps that no longer hold when an incident is in a category again.
var leaving = map[Category][]string{
	CategoryTriage:   {"declined", "merged", "canceled"},
	CategoryLive:     {"resolved", "closed", "declined", "merged", "canceled"},
	CategoryPaused:   {"resolved", "closed", "declined", "merged", "canceled"},
	CategoryLearning: {"closed", "declined", "merged", "canceled"},
}

func decideStatus(inc Held, to Status) (move, error) {
	if to.ID == inc.Status {
		return move{}, nil
	}
	if !slices.Contains(reachable[inc.Category], to.Category) {
		return move{}, problem.New(problem.Conflict, "unreachable_status", "An incident in %s cannot be set to %s.",
			strings.ToLower(inc.Category.Label()), to.Name)
	}
	return moved(inc, to), nil
}

// moved is the move of an incident to a status, whoever decided it.
func moved(inc Held, to Status) move {
	return move{
		needed: true, to: to,
		closes:  to.Category.over() && !inc.Category.over(),
		reopens: inc.Category.over() && !to.Category.over(),
		set:     entering[to.Category], clear: leaving[to.Category],
	}
}

// applyStatus writes a move, with the decision behind it where there is one.
func (s *Service) applyStatus(ctx context.Context, t turn, m move, why because) error {
	promised, err := promiseAfter(ctx, t, m.to.Category)
	if err != nil {
		return err
	}
	if err := s.setAside(ctx, t, m.to.Category, why); err != nil {
		return err
	}
	closedAt := t.inc.ClosedAt
	if m.closes {
		closedAt = &t.at
	}
	if m.reopens {
		closedAt = nil
	}
	err = t.q.SetStatus(ctx, db.SetStatusParams{StatusID: m.to.ID, StatusCategory: string(m.to.Category), ClosedAt: closedAt, At: t.at, ID: t.inc.ID})
	if err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	if err := t.q.ClearTimestamps(ctx, db.ClearTimestampsParams{IncidentID: t.inc.ID, SetBy: m.clear}); err != nil {
		return fmt.Errorf("clear timestamps: %w", err)
	}
	if err := t.q.SetTimestamps(ctx, db.SetTimestampsParams{IncidentID: t.inc.ID, Private: t.inc.Private, At: t.at, SetBy: m.set}); err != nil {
		return fmt.Errorf("set timestamps: %w", err)
	}
	if m.to.Category != CategoryLive || promised != nil { // nobody waits for updates on what is not live
		if err := s.setReminder(ctx, t, promised); err != nil {
			return err
		}
	}
	decided, action := decision(t.inc, m, why)
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: action, TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"status": t.inc.Status}, After: why.audited(m.to.ID),
	})
	if err != nil {
		return err
	}
	err = s.bus.Publish(ctx, t.tx, StatusChanged{
		About: t.inc.About(), From: t.inc.Status, To: m.to.ID, FromCategory: t.inc.Category, ToCategory: m.to.Category,
		Update: why.update, Decided: decided != nil,
	})
	if err != nil || decided == nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, decided)
}

// usableStatus reads a status that an incident may be given.
func usableStatus(ctx context.Context, q *db.Queries, status id.ID) (Status, error) {
	if !status.Valid() {
		return Status{}, unknown("status", "status")
	}
	row, err := q.StatusByID(ctx, status)
	if postgres.None(err) {
		return Status{}, unknown("status", "status")
	}
	if err != nil {
		return Status{}, fmt.Errorf("read the status: %w", err)
	}
	if row.ArchivedAt != nil {
		return Status{}, problem.Field("status", "archived", "The status %s is archived. Choose another.", row.Name)
	}
	return statusOf(row), nil
}

// firstStatus reads the first status of a category.
func firstStatus(ctx context.Context, q *db.Queries, category Category) (Status, error) {
	row, err := q.FirstStatus(ctx, string(category))
	if err != nil {
		return Status{}, fmt.Errorf("read the first status of %s: %w", category, err)
	}
	return statusOf(row), nil
}
