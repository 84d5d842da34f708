package workspace

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
)

// Down tells that Slack does not answer for a workspace, as whoever calls it found out; every process knows then. It is
// told once, however many find out.
func (s *Service) Down(ctx context.Context, team string, since time.Time, reason string) error {
	return s.tide(ctx, team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if State(row.State) != Active || row.DownSince != nil {
			return nil
		}
		err := db.New(tx).SetWorkspaceDown(ctx, db.SetWorkspaceDownParams{ID: row.ID, DownSince: &since, DownReason: reason})
		if err != nil {
			return fmt.Errorf("store that Slack does not answer: %w", err)
		}
		return s.bus.Publish(ctx, tx, WentDown{About: about(read(row)), Since: since})
	})
}

// Up tells that Slack answers again.
func (s *Service) Up(ctx context.Context, team string) error {
	return s.tide(ctx, team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if row.DownSince == nil {
			return nil
		}
		if err := db.New(tx).SetWorkspaceDown(ctx, db.SetWorkspaceDownParams{ID: row.ID}); err != nil {
			return fmt.Errorf("store that Slack answers again: %w", err)
		}
		return s.bus.Publish(ctx, tx, CameBack{About: about(read(row)), Since: *row.DownSince})
	})
}

func (s *Service) tide(ctx context.Context, team string, fn func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error) error {
	ctx, err := asMuster(ctx)
	if err != nil {
		return err
	}
	row, err := s.row(ctx, team)
	if err != nil {
		return err
	}
	return s.change(ctx, string(row.TeamID), fn)
}
