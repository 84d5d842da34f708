package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// UpdateFeed says which updates a feed holds.
type UpdateFeed struct {
	// Incident is one incident, empty for all that the actor may see.
	Incident id.ID
	// After is the last update of the page before.
	After id.ID
	// Count is the most updates on a page.
	Count int
}

// FedUpdate is an update as a feed tells of it: the status and the severity that the incident had after it.
type FedUpdate struct {
	ID, Incident     id.ID
	Message          string // as it was typed
	Author           tenant.Actor
	Status, Severity id.ID // no severity where the incident had none
	// Into is the incident that a merged one lives on in.
	Into id.ID
	At   time.Time
}

// UpdateFeed returns updates in the order in which they were made, one more than asked for when there are more.
func (s *Service) UpdateFeed(ctx context.Context, f UpdateFeed) ([]FedUpdate, error) {
	var feed []FedUpdate
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if !f.Incident.Empty() {
			if _, err := Find(ctx, tx, f.Incident); err != nil {
				return err
			}
		}
		rows, err := q.UpdateFeed(ctx, db.UpdateFeedParams{After: string(f.After), Incident: string(f.Incident), Count: int32(f.Count) + 1}) //nolint:gosec // a page is small
		if err != nil {
			return fmt.Errorf("read the updates: %w", err)
		}
		for _, row := range rows {
			feed = append(feed, FedUpdate{
				ID: row.ID, Incident: row.IncidentID, Message: row.MessageSource, Author: tenant.Actor{Type: tenant.ActorType(row.AuthorType), ID: row.AuthorID, Name: row.AuthorName},
				Status: row.ToStatusID, Severity: row.ToSeverityID, Into: id.ID(row.IntoID), At: row.CreatedAt,
			})
		}
		return nil
	})
	return feed, err
}

// Ever are all statuses and severities that there ever were, by their ids.
type Ever struct {
	Statuses   map[id.ID]Status
	Severities map[id.ID]Severity
}

// Ever returns all statuses and severities, those that were archived too: what was written about them goes on naming them.
func (s *Service) Ever(ctx context.Context) (Ever, error) {
	ever := Ever{Statuses: map[id.ID]Status{}, Severities: map[id.ID]Severity{}}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		statuses, err := q.Statuses(ctx, true)
		if err != nil {
			return fmt.Errorf("read the statuses: %w", err)
		}
		for _, row := range statuses {
			ever.Statuses[row.ID] = statusOf(row)
		}
		severities, err := q.Severities(ctx, true)
		if err != nil {
			return fmt.Errorf("read the severities: %w", err)
		}
		for _, row := range severities {
			ever.Severities[row.ID] = severityOf(row)
		}
		return nil
	})
	return ever, err
}
