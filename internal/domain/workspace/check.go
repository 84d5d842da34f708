package workspace

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Checked is what a live check of a workspace found.
type Checked struct {
	Workspace Workspace
	// Took is how long Slack took to answer.
	Took time.Duration
}

// Check asks Slack whether the workspace still lets Muster in and what it allows, and keeps what it says.
func (s *Service) Check(ctx context.Context, team string) (Checked, error) {
	if _, err := manage(ctx); err != nil {
		return Checked{}, err
	}
	credentials, err := s.Token(ctx, team)
	if err != nil {
		return Checked{}, err
	}
	asking, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	tested, err := s.needs.App.Test(asking, credentials.Token)
	if slack.Gone(err) {
		if err := s.Revoked(ctx, team, string(TokenGone)); err != nil {
			return Checked{}, err
		}
		w, err := s.Get(ctx, team)
		return Checked{Workspace: w}, err
	}
	if err != nil {
		return Checked{}, problem.New(problem.Unavailable, "slack_away", "Slack does not answer. What is to be sent waits and goes out in its order.").Because(err)
	}
	if len(tested.Scopes) > 0 {
		if err := s.keepScopes(ctx, team, tested.Scopes); err != nil {
			return Checked{}, err
		}
	}
	w, err := s.Get(ctx, team)
	return Checked{Workspace: w, Took: tested.Took}, err
}

func (s *Service) keepScopes(ctx context.Context, team string, scopes []string) error {
	w, err := s.Get(ctx, team)
	if err != nil || slices.Equal(w.Scopes, scopes) {
		return err
	}
	return s.change(ctx, w.Team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if err := db.New(tx).SetWorkspaceScopes(ctx, db.SetWorkspaceScopesParams{ID: row.ID, Scopes: scopes}); err != nil {
			return fmt.Errorf("store what the Slack workspace allows: %w", err)
		}
		return s.bus.Publish(ctx, tx, Changed{about(w)})
	})
}

// SetJoining says what people of a workspace become who act for the first time.
type SetJoining struct {
	Team string
	// Role is responder or viewer; empty when they must be invited.
	Role authz.Role
}

// SetJoining changes what people of a workspace become who act for the first time. Guests never join by themselves.
func (s *Service) SetJoining(ctx context.Context, cmd SetJoining) error {
	if _, err := manage(ctx); err != nil {
		return err
	}
	if cmd.Role != "" && cmd.Role != authz.Responder && cmd.Role != authz.Viewer {
		return problem.Field("joining", "invalid_role", "Choose responder, viewer, or that people must be invited.")
	}
	w, err := s.Get(ctx, cmd.Team)
	if err != nil {
		return err
	}
	return s.change(ctx, w.Team, func(ctx context.Context, tx pgx.Tx, row db.MusterSlackWorkspace) error {
		if row.Joining == string(cmd.Role) {
			return nil
		}
		if err := db.New(tx).SetWorkspaceJoining(ctx, db.SetWorkspaceJoiningParams{ID: row.ID, Joining: string(cmd.Role)}); err != nil {
			return fmt.Errorf("store who may join: %w", err)
		}
		err := audit.Write(ctx, tx, s.clock.Now(), audit.Entry{
			Action: "slack_workspace.joining_changed", TargetType: "slack_workspace", TargetID: row.ID,
			Before: map[string]string{"joining": row.Joining}, After: map[string]string{"joining": string(cmd.Role)},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, Changed{about(w)})
	})
}
