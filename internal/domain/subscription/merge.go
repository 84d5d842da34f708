package subscription

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// SubscribeTo lets those who follow an incident follow the one that it lives on in.
func (s *Service) SubscribeTo(bus *event.Bus) {
	event.Within(bus, "subscription.merged", s.merged)
}

func (s *Service) merged(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.Merged) error {
	into, err := incident.Find(ctx, tx, e.Into)
	if err != nil {
		return err
	}
	q, at := db.New(tx), s.clock.Now()
	rows, err := q.Subscribers(ctx, e.Incident)
	if err != nil {
		return fmt.Errorf("read who subscribed: %w", err)
	}
	for _, row := range rows {
		_, err := q.PutNew(ctx, db.PutNewParams{ID: id.New(at), UserID: row.UserID, IncidentID: into.ID, Private: into.Private, Mail: row.Mail, Push: row.Push, At: at})
		if err != nil {
			return fmt.Errorf("let a subscriber follow: %w", err)
		}
	}
	return nil
}
