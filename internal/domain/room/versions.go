package room

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Version is what a message said until an edit.
type Version struct {
	Number    int
	Document  richtext.Document
	WrittenAt time.Time
}

// Versions returns what a message said before, the oldest first; a message that was never edited has none.
func (s *Service) Versions(ctx context.Context, message id.ID) ([]Version, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var versions []Version
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if _, err := q.One(ctx, message); postgres.None(err) {
			return problem.Missing("message")
		} else if err != nil {
			return fmt.Errorf("look for a message: %w", err)
		}
		rows, err := q.Versions(ctx, message)
		if err != nil {
			return fmt.Errorf("read what a message said: %w", err)
		}
		for _, row := range rows {
			said := plain(db.MusterRoomMessage{Source: row.Source, Document: row.Document}, "")
			versions = append(versions, Version{Number: int(row.Version), Document: said.Document, WrittenAt: row.WrittenAt})
		}
		return nil
	})
	return versions, err
}
