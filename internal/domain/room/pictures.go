package room

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Pictures returns the pictures of messages by the message's id, those that the actor may see.
func (s *Service) Pictures(ctx context.Context, messages []id.ID) (map[id.ID][]File, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	found := map[id.ID][]File{}
	if len(messages) == 0 {
		return found, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Files(ctx, id.Strings(messages))
		for _, row := range rows {
			found[row.MessageID] = append(found[row.MessageID], fileOf(row))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read pictures: %w", err)
	}
	for _, files := range found {
		for n := range files {
			if err := s.signFile(ctx, &files[n]); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// Open gives the content of a picture that one of the reads returned, to be closed after use.
func (s *Service) Open(ctx context.Context, file File) (io.ReadCloser, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	content, _, err := s.blobs.Get(ctx, file.key)
	if err != nil {
		return nil, fmt.Errorf("open a picture: %w", err)
	}
	return content, nil
}

// Content gives a file of a room by its id, for chat platforms that show it too; it is to be closed after use.
func (s *Service) Content(ctx context.Context, file id.ID) (name, mediaType string, size int64, content io.ReadCloser, err error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return "", "", 0, nil, err
	}
	var row db.BlobRow
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		row, err = db.New(tx).Blob(ctx, file)
		return err
	})
	if postgres.None(err) {
		return "", "", 0, nil, problem.Missing("file")
	}
	if err != nil {
		return "", "", 0, nil, fmt.Errorf("read a file: %w", err)
	}
	content, _, err = s.blobs.Get(ctx, row.Key)
	if err != nil {
		return "", "", 0, nil, fmt.Errorf("open a file: %w", err)
	}
	return row.Name, row.MediaType, row.SizeBytes, content, nil
}
