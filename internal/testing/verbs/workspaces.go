package verbs

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// slackWorld is a Slack workspace in which the member is somebody.
type slackWorld struct{ Team, SlackUser string }

var workspaces = map[string]Verb{
	"All": lists(func(ctx context.Context, a *app.App, _ *World) ([]workspace.Workspace, error) {
		return a.Workspaces.All(ctx)
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (workspace.Workspace, error) {
		return a.Workspaces.Get(ctx, w.Team)
	}),
	"Token": reads(func(ctx context.Context, a *app.App, w *World) (slack.Credentials, error) {
		return a.Workspaces.Token(ctx, w.Team)
	}),
	"SetJoining": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Workspaces.SetJoining(ctx, workspace.SetJoining{Team: w.Team, Role: authz.Viewer})
	}),
	"Down": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Workspaces.Down(ctx, w.Team, a.Clock.Now(), "timeout")
	}),
	"Up": reads(func(ctx context.Context, a *app.App, w *World) (any, error) { return nil, a.Workspaces.Up(ctx, w.Team) }),
	"Person": reads(func(ctx context.Context, a *app.App, w *World) (workspace.Member, error) {
		return a.Workspaces.Person(ctx, w.Team, w.SlackUser)
	}),
	"Members": reads(func(ctx context.Context, a *app.App, w *World) (map[string]workspace.Member, error) {
		return a.Workspaces.Members(ctx, w.Team, w.SlackUser)
	}),
	"SlackUser": reads(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Workspaces.SlackUser(ctx, w.Team, w.Member)
	}),
	"SlackUsers": reads(func(ctx context.Context, a *app.App, w *World) (map[id.ID]string, error) {
		return a.Workspaces.SlackUsers(ctx, w.Team, w.Member)
	}),
	"SlackIDs": reveals(func(ctx context.Context, a *app.App, w *World) (map[id.ID]string, error) {
		return a.Workspaces.SlackIDs(ctx, w.Member)
	}),
	"UsersOf": reveals(func(ctx context.Context, a *app.App, w *World) ([]id.ID, error) {
		return a.Workspaces.UsersOf(ctx, w.SlackUser)
	}),
	"Picture": reads(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Workspaces.Picture(ctx, w.Team, w.Member)
	}),
	"MemberChanged": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Workspaces.MemberChanged(ctx, w.Team, slack.Profile{ID: w.SlackUser, Name: Marker + " renamed"})
	}),
	"Crowds": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (map[string]workspace.Crowd, error) {
		return a.Workspaces.Crowds(ctx)
	})},
	"ByTeam":        outside("what Slack sends is known by its team before the tenant is; it answers with an id alone"),
	"Begin":         outside("there is no app at Slack here; its permission and its session are tested with the stand-in"),
	"Install":       outside("it speaks to Slack, which no transaction of a test can take back; its permission and state are tested with the stand-in"),
	"Disconnect":    outside("it speaks to Slack, which no transaction of a test can take back; its permission and tenant are tested with the stand-in"),
	"Revoked":       outside("it asks Slack whether that is so; its tenant is tested with the stand-in"),
	"Check":         outside("it asks Slack; its permission and tenant are tested with the stand-in"),
	"Act":           outside("that Slack vouches for the person is the right to it"),
	"SignIn":        outside("that Slack vouches for the person is the right to it"),
	"Sweep":         outside("for the clock"),
	"Organisations": outside("it answers with ids alone, for what works on all of them"),
}

// slack connects a workspace without asking Slack.
func (w *World) slack(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	w.Team, w.SlackUser = "T0"+Marker+string(w.Organisation), "U0"+Marker
	sealed, err := s.App.Keys.Seal([]byte("xoxb-"+Marker), string(w.Organisation), "slack/"+w.Team)
	if err != nil {
		t.Fatal(err)
	}
	err = s.App.DB.Write(w.Context, func(ctx context.Context, tx pgx.Tx) error {
		at := s.Clock.Now()
		if _, err := tx.Exec(ctx, "INSERT INTO control.slack_team (team_id, organisation_id) VALUES ($1, $2)", w.Team, w.Organisation); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO muster.slack_workspace (organisation_id, id, team_id, name, token, installed_by_id, installed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, w.Organisation, id.New(at), w.Team, Marker+" workspace", sealed, w.Owner, at)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO muster.slack_member (organisation_id, team_id, slack_user_id, user_id, name, checked_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, w.Organisation, w.Team, w.SlackUser, w.Member, Marker+" in Slack", at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
