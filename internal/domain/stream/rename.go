package stream

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// Rename gives a stream another name.
type Rename struct {
	Stream id.ID
	Name   string
}

// Rename gives a stream another name, which no other open one of the incident has.
func (s *Service) Rename(ctx context.Context, cmd Rename) (Stream, error) {
	return s.change(ctx, cmd.Stream, func(ctx context.Context, t turn) (event.Event, error) {
		others, err := t.q.OpenNames(ctx, t.inc.ID)
		if err != nil {
			return nil, fmt.Errorf("read the names of streams: %w", err)
		}
		name, err := decideName(cmd.Name, t.row.ID, others)
		if err != nil || name == t.row.Name {
			return nil, err
		}
		was := t.row.Name
		t.what.Name, t.row.Name = name, name
		return Renamed{What: t.what, Was: was}, nil
	})
}
