package room

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// unposted is how long an upload that no message shows is kept, and sweepAtOnce how many go at a time.
const (
	unposted    = 24 * time.Hour
	sweepAtOnce = 500
)

// Sweep deletes the uploads of all organisations that no message has shown for a day.
func (s *Service) Sweep(ctx context.Context) error {
	var organisations []id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM control.organisation ORDER BY id")
		if err != nil {
			return err
		}
		organisations, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	if err != nil {
		return fmt.Errorf("list the organisations: %w", err)
	}
	var failed error
	for _, organisation := range organisations { // one that fails must not keep the others waiting
		failed = errors.Join(failed, s.sweep(tenant.AsSystem(ctx, organisation)))
	}
	return failed
}

// sweep deletes what is due in one organisation.
func (s *Service) sweep(ctx context.Context) error {
	before := s.clock.Now().Add(-unposted)
	var due []id.ID
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		due, err = db.New(tx).Unposted(ctx, db.UnpostedParams{Before: &before, Count: sweepAtOnce})
		return err
	})
	if err != nil {
		return fmt.Errorf("look for uploads that no message shows: %w", err)
	}
	var failed error
	for _, upload := range due {
		failed = errors.Join(failed, s.sweepOne(ctx, upload, before))
	}
	return failed
}

// sweepOne deletes the row first: a crash after it leaves bytes that nobody can reach, and never a message without its file.
func (s *Service) sweepOne(ctx context.Context, upload id.ID, before time.Time) error {
	var gone db.SweepRow
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		gone, err = db.New(tx).Sweep(ctx, db.SweepParams{ID: upload, Before: &before})
		return err
	})
	if postgres.None(err) { // a message shows it meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep the upload %s: %w", upload, err)
	}
	keys := []string{gone.Key}
	if gone.ThumbnailKey != nil {
		keys = append(keys, *gone.ThumbnailKey)
	}
	for _, key := range keys {
		if err := s.blobs.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete a swept file: %w", err)
		}
	}
	return nil
}
