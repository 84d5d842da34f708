package export

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/export/internal/db"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe begins with exports when they are asked for, and lets none hold what was redacted.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "export", func(context.Context, event.Record, Requested) error {
		s.nudge()
		return nil
	}, event.On(event.Bulk))
	event.After(bus, "export archives", func(ctx context.Context, _ event.Record, _ Ended) error { return s.tidy(ctx) }, event.On(event.Bulk))
	event.Within(bus, "exports", func(ctx context.Context, tx pgx.Tx, _ event.Record, _ redaction.Redacted) error {
		return s.withdraw(ctx, tx)
	})
	event.Within(bus, "exports", func(ctx context.Context, tx pgx.Tx, _ event.Record, _ redaction.FileRemoved) error {
		return s.withdraw(ctx, tx)
	})
}

// withdraw keeps what is redacted from being downloaded: an archive that is there is not given out any more, and one that
// is being made begins anew.
func (s *Service) withdraw(ctx context.Context, tx pgx.Tx) error {
	count, err := db.New(tx).RestartExports(ctx, "Something was redacted since. Make another one; the archive is deleted.")
	if err != nil {
		return fmt.Errorf("withdraw exports: %w", err)
	}
	if count == 0 {
		return nil
	}
	return s.Bus.Publish(ctx, tx, Ended{})
}

// Sweep lets go of archives that are older than they are kept.
func (s *Service) Sweep(ctx context.Context) error {
	organisations, err := s.Organisations(ctx)
	for _, one := range organisations {
		err = errors.Join(err, s.expire(tenant.AsSystem(ctx, one)))
	}
	return err
}

func (s *Service) expire(ctx context.Context) error {
	at := s.Clock.Now()
	err := s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).ExpireExports(ctx, &at) })
	if err != nil {
		return fmt.Errorf("end old exports: %w", err)
	}
	return s.tidy(ctx)
}

// tidy deletes archives that nobody may download any more.
func (s *Service) tidy(ctx context.Context) error {
	var done []db.DoneArchivesRow
	err := s.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		done, err = db.New(tx).DoneArchives(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("find archives to delete: %w", err)
	}
	for _, one := range done {
		if err := s.Blobs.Delete(ctx, one.ArchiveKey); err != nil {
			return err
		}
		if err := s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).ForgetArchive(ctx, one.ID) }); err != nil {
			return fmt.Errorf("forget an archive: %w", err)
		}
	}
	return nil
}
