package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// sameVisit is how long somebody may look elsewhere without having been away.
const sameVisit = 30 * time.Minute

// Visit says that the actor has the incident before them.
type Visit struct{ Incident id.ID }

// Visitor is somebody who had an incident before them, last at the given moment.
type Visitor struct {
	Person
	SeenAt time.Time
}

// Visit notes when the actor looked at an incident. Like reading a room it has no entry in the audit log and no event:
// it changes nothing for anybody else, and happens with every page.
func (s *Service) Visit(ctx context.Context, cmd Visit) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	if scope.Actor.Type != tenant.User {
		return problem.New(problem.Forbidden, "people_only", "Only people look at incidents.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		inc, err := Find(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		q := db.New(tx)
		row, err := q.Visit(ctx, db.VisitParams{IncidentID: inc.ID, UserID: scope.Actor.ID})
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("read the last visit: %w", err)
		}
		at := s.clock.Now()
		err = q.SetVisit(ctx, db.SetVisitParams{
			IncidentID: inc.ID, UserID: scope.Actor.ID, Private: inc.Private, SeenAt: at, BeforeAt: before(row.SeenAt, row.BeforeAt, at),
		})
		if err != nil {
			return fmt.Errorf("write the visit: %w", err)
		}
		return nil
	})
}

// before returns until when somebody had the incident before them the time before this one; nil on the first visit.
func before(seen time.Time, earlier *time.Time, at time.Time) *time.Time {
	if seen.IsZero() || at.Sub(seen) <= sameVisit {
		return earlier
	}
	return &seen
}

// Since returns until when the reader had the incident before them the time before this one, nil where they never had.
func (y You) Since(now time.Time) *time.Time {
	if y.SeenAt == nil {
		return nil
	}
	return before(*y.SeenAt, y.BeforeAt, now)
}

// Visitors lists who had the incident before them, and when last, by name.
func (s *Service) Visitors(ctx context.Context, incident id.ID) ([]Visitor, error) {
	var visitors []Visitor
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := Find(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := q.Visits(ctx, incident)
		if err != nil {
			return fmt.Errorf("read who saw the incident: %w", err)
		}
		for _, row := range rows {
			visitors = append(visitors, Visitor{Person: *personOf(row.UserID, &row.Name, row.AvatarKey, &row.State), SeenAt: row.SeenAt})
		}
		return nil
	})
	return visitors, err
}

func later(a, b *time.Time) *time.Time {
	if a == nil || (b != nil && b.After(*a)) {
		return b
	}
	return a
}
