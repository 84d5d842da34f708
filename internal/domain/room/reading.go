package room

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
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
		q, now := db.New(tx), s.clock.Now()
		seat, err := q.Seat(ctx, db.SeatParams{UserID: scope.Actor.ID, IncidentID: cmd.Incident})
		if postgres.None(err) {
			return problem.Missing("incident")
		}
		if err != nil {
			return fmt.Errorf("look for the incident: %w", err)
		}
		if !seat.Seated { // who reads without taking part is an observer
			if err := takePart(ctx, tx, cmd.Incident, scope.Actor.ID, incident.Observer, now); err != nil {
				return err
			}
		}
		read := db.SetReadParams{IncidentID: string(cmd.Incident), UserID: string(scope.Actor.ID), Private: seat.Private, Seq: cmd.Seq, ReadAt: now}
		if err := q.SetRead(ctx, read); err != nil {
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

// Readers returns how far each person has read an incident's room, those who never looked left out.
func (s *Service) Readers(ctx context.Context, incident id.ID) (map[id.ID]int64, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	read := map[id.ID]int64{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := db.New(tx).Readers(ctx, incident)
		for _, row := range rows {
			read[row.UserID] = row.Seq
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return read, nil
}
