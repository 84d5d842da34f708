package room

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// MarkRead says that the actor has read a room up to a number.
type MarkRead struct {
	Incident id.ID
	Seq      int64
}

// MarkRead moves how far the actor has read, only ever forward. It is the one verb without an entry in the audit log:
// it changes nothing for anybody else, and happens with every message.
func (s *Service) MarkRead(ctx context.Context, cmd MarkRead) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	if scope.Actor.Type != tenant.User {
		return problem.New(problem.Forbidden, "people_only", "Only people read rooms.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, cmd.Incident); err != nil {
			return err
		}
		read := db.SetReadParams{UserID: scope.Actor.ID, Seq: cmd.Seq, ReadAt: s.clock.Now(), IncidentID: cmd.Incident}
		if err := db.New(tx).SetRead(ctx, read); err != nil {
			return fmt.Errorf("mark a room as read: %w", err)
		}
		return nil
	})
}

// Reading is how far somebody has read a room.
type Reading struct {
	// ReadSeq is the number of the last message read, 0 for none.
	ReadSeq int64
	// Unread counts what others said since, 100 at most; event lines do not count.
	Unread int
}

// Reading returns how far the actor has read an incident's room.
func (s *Service) Reading(ctx context.Context, incident id.ID) (Reading, error) {
	all, err := s.readings(ctx, []id.ID{incident})
	return all[incident], err
}

// Unread counts for each of the incidents what others said since the actor looked, 100 at most.
func (s *Service) Unread(ctx context.Context, incidents []id.ID) (map[id.ID]int, error) {
	all, err := s.readings(ctx, incidents)
	counts := make(map[id.ID]int, len(all))
	for incident, reading := range all {
		counts[incident] = reading.Unread
	}
	return counts, err
}

func (s *Service) readings(ctx context.Context, incidents []id.ID) (map[id.ID]Reading, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil || len(incidents) == 0 {
		return nil, err
	}
	found := make(map[id.ID]Reading, len(incidents))
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Reading(ctx, db.ReadingParams{Incidents: id.Strings(incidents), UserID: scope.Actor.ID})
		for _, row := range rows {
			found[id.ID(row.IncidentID)] = Reading{ReadSeq: row.ReadSeq, Unread: int(row.Unread)}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what is unread: %w", err)
	}
	return found, nil
}
