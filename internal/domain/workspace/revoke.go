package workspace

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Reason is why Muster can no longer speak to a workspace.
type Reason string

// The reasons.
const (
	ByHand      Reason = "disconnected"
	Uninstalled Reason = "app_uninstalled"
	TokenGone   Reason = "token_revoked"
)

// Disconnect takes Muster out of a workspace. Its people and what they are linked to are kept for the day when it comes
// back; the workspace may be connected to another organisation from now on.
func (s *Service) Disconnect(ctx context.Context, team string) error {
	if _, err := manage(ctx); err != nil {
		return err
	}
	row, err := s.row(ctx, team)
	if err != nil {
		return err
	}
	if err := s.revoke(ctx, string(row.TeamID), ByHand, time.Time{}); err != nil {
		return err
	}
	if State(row.State) != Active {
		return nil
	}
	token, err := s.unseal(row)
	if err != nil {
		slog.WarnContext(ctx, "a Slack workspace was disconnected here alone", "team", team, "error", err)
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.needs.App.Uninstall(asking, token); err != nil { // it is disconnected all the same
		slog.WarnContext(ctx, "Slack was not told that a workspace is disconnected", "team", team, "error", err)
	}
	return nil
}

// Revoked tells that Slack has taken Muster's access to a workspace away, as an event or a refused call said. What was
// said may be late: while the token still works, nothing changes.
func (s *Service) Revoked(ctx context.Context, team, reason string) error {
	ctx, err := asMuster(ctx)
	if err != nil {
		return err
	}
	row, err := s.row(ctx, team)
	if err != nil {
		return err
	}
	if State(row.State) != Active {
		return nil
	}
	token, err := s.unseal(row)
	if err != nil {
		return err
	}
	switch _, err := s.needs.App.Test(ctx, token); {
	case err == nil:
		return nil
	case !slack.Gone(err):
		return problem.New(problem.Unavailable, "slack_away", "Slack does not say whether its token still works.").Because(err)
	}
	why := TokenGone
	if Reason(reason) == Uninstalled {
		why = Uninstalled
	}
	return s.revoke(ctx, string(row.TeamID), why, row.InstalledAt)
}

// revoke ends the installation of that moment, or whichever there is.
func (s *Service) revoke(ctx context.Context, team string, reason Reason, installed time.Time) error {
	return s.change(ctx, team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if State(row.State) != Active || !installed.IsZero() && !row.InstalledAt.Equal(installed) {
			return nil
		}
		at := s.clock.Now()
		if err := db.New(tx).RevokeWorkspace(ctx, db.RevokeWorkspaceParams{ID: row.ID, RevokedAt: &at, RevokedReason: string(reason)}); err != nil {
			return fmt.Errorf("store that the Slack workspace is revoked: %w", err)
		}
		if _, err := tx.Exec(ctx, "DELETE FROM control.slack_team WHERE team_id = $1 AND organisation_id = muster.current_organisation()", team); err != nil {
			return fmt.Errorf("let go of the Slack workspace: %w", err)
		}
		err := audit.Write(ctx, tx, at, audit.Entry{
			Action: "slack_workspace.revoked", TargetType: "slack_workspace", TargetID: row.ID,
			Before: map[string]any{"name": row.Name, "team": team}, After: map[string]any{"reason": reason},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, Disconnected{About: about(read(row)), Reason: reason})
	})
}

// change locks the workspace of a team for fn, and forgets its token after.
func (s *Service) change(ctx context.Context, team string, fn func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockWorkspace(ctx, team)
		if err != nil {
			return missing(err)
		}
		return fn(ctx, tx, row)
	})
	if err == nil {
		s.forgetOf(ctx)
	}
	return err
}
