package announcement

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe notes, with each change of what posts tell of, that they may have to be changed too.
func (s *Service) Subscribe(bus *event.Bus) {
	marks[incident.Declared](s, bus)
	marks[incident.Accepted](s, bus)
	marks[incident.StatusChanged](s, bus)
	marks[incident.SeverityChanged](s, bus)
	marks[incident.TypeChanged](s, bus)
	marks[incident.FieldChanged](s, bus)
	marks[incident.RoleAssigned](s, bus)
	marks[incident.Renamed](s, bus)
	marks[incident.SummaryChanged](s, bus)
	marks[incident.UpdateSent](s, bus)
	marks[incident.UpdateEdited](s, bus)
	marks[incident.Closed](s, bus)
	marks[incident.Reopened](s, bus)
	marks[incident.Paused](s, bus)
	marks[incident.Resumed](s, bus)
	marks[incident.Declined](s, bus)
	marks[incident.Canceled](s, bus)
	marks[incident.Merged](s, bus)
	marks[incident.QuietChanged](s, bus)
	marks[incident.TimestampSet](s, bus)
	marks[incident.MadePrivate](s, bus)
	marks[incident.MadePublic](s, bus)
	marks[redaction.Redacted](s, bus)
	s.follow(bus)
}

func marks[E event.Event](s *Service, bus *event.Bus) {
	event.Within(bus, "announcement.mark", func(ctx context.Context, tx pgx.Tx, r event.Record, _ E) error {
		if err := db.New(tx).Mark(ctx, db.MarkParams{IncidentID: r.Subject.Stream, At: s.clock.Now()}); err != nil {
			return fmt.Errorf("note that announcements may change: %w", err)
		}
		return nil
	})
}
