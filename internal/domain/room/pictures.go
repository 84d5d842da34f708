package room

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
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
