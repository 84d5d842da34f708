package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// InstalledPath is where Slack sends an administrator back to.
const InstalledPath = "/settings/slack/installed"

// stateLasts is how long somebody may take in Slack.
const stateLasts = 15 * time.Minute

var notConfigured = problem.New(problem.Conflict, "slack_not_configured", "Muster has no app at Slack yet. Whoever runs Muster sets it up; docs/slack.md says how.")

// Begin returns the address at Slack where the person who acts lets Muster into a workspace. The way back works in their
// session only; team preselects a workspace, or is empty.
func (s *Service) Begin(ctx context.Context, session id.ID, team string) (string, error) {
	scope, err := manage(ctx)
	if err != nil {
		return "", err
	}
	if !s.Configured() {
		return "", notConfigured
	}
	return s.needs.App.InstallAddress(s.state(installPurpose, installBinding(scope, session)), s.needs.URL+InstalledPath, team), nil
}

const installPurpose = "slack install"

func installBinding(scope tenant.Scope, session id.ID) string {
	return strings.Join([]string{string(scope.Organisation), string(scope.Actor.ID), string(session)}, "/")
}

// state makes what Slack hands back unchanged: a nonce and a signature over it and what the way back is bound to.
func (s *Service) state(purpose, binding string) string {
	nonce := secrets.NewToken("")
	expires := s.clock.Now().Add(stateLasts)
	return strings.Join([]string{nonce, strconv.FormatInt(expires.Unix(), 10), s.needs.Keys.Sign(purpose, nonce+"/"+binding, expires)}, ".")
}

var stateWrong = problem.New(problem.Conflict, "slack_state", "This way back from Slack was begun somewhere else, or more than 15 minutes ago. Nothing was changed; begin again here.")

// verify checks a state and returns its nonce.
func (s *Service) verify(purpose, binding, state string) (nonce string, err error) {
	parts := strings.Split(state, ".")
	if len(parts) != 3 {
		return "", stateWrong
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || s.needs.Keys.Verify(purpose, parts[0]+"/"+binding, time.Unix(seconds, 0), parts[2], s.clock.Now()) != nil {
		return "", stateWrong
	}
	return parts[0], nil
}

// Install is what Slack sent back with the person who let Muster in.
type Install struct {
	Session     id.ID
	State, Code string
	// Refused is Slack's word when they did not.
	Refused string
}

// Install connects the workspace that let Muster in. A workspace that was connected before keeps its people and what
// they are linked to. It belongs to one organisation at a time.
func (s *Service) Install(ctx context.Context, cmd Install) (Workspace, error) {
	scope, err := manage(ctx)
	if err != nil {
		return Workspace{}, err
	}
	if _, err := s.verify(installPurpose, installBinding(scope, cmd.Session), cmd.State); err != nil {
		return Workspace{}, err
	}
	if cmd.Refused != "" || cmd.Code == "" {
		return Workspace{}, problem.New(problem.Conflict, "slack_refused", "Nothing was connected: Muster was not allowed into the workspace. If Slack asks an administrator first, connect once they have agreed.")
	}
	made, err := s.needs.App.Install(ctx, cmd.Code, s.needs.URL+InstalledPath)
	if err != nil {
		return Workspace{}, refused(err)
	}
	sealed, err := s.needs.Keys.Seal([]byte(made.Token), string(scope.Organisation), sealPurpose(made.Team))
	if err != nil {
		return Workspace{}, fmt.Errorf("seal the token of a Slack workspace: %w", err)
	}
	var after Workspace
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, again, err := s.connect(ctx, tx, scope, made, sealed)
		if err != nil {
			return err
		}
		after = read(row)
		return s.tellConnected(ctx, tx, after, again)
	})
	if err == nil {
		s.forget(scope.Organisation)
	}
	return after, err
}

// refused says what an administrator can do about Slack's refusal.
func refused(err error) error {
	switch slack.Said(err) {
	case "":
		return problem.New(problem.Unavailable, "slack_away", "Slack does not answer. Nothing was changed; try again in a minute.").Because(err)
	case "invalid_code", "code_already_used", "code_expired":
		return problem.New(problem.Conflict, "slack_code_used", "This way back from Slack was used already. If the workspace is not in the list, connect it again.").Because(err)
	case "bad_redirect_uri":
		return problem.New(problem.Conflict, "slack_redirect", "The Slack app does not know this address of Muster. Add it to the redirect URLs of the app, or see that MUSTER_URL is right.").Because(err)
	case "bad_client_secret", "invalid_client_id":
		return problem.New(problem.Conflict, "slack_secret", "Slack does not accept the app's client id and secret. Whoever runs Muster should look at MUSTER_SLACK_CLIENT_ID and MUSTER_SLACK_CLIENT_SECRET.").Because(err)
	default:
		return problem.New(problem.Conflict, "slack_said_no", "Slack says %q, and nothing was connected.", slack.Said(err)).Because(err)
	}
}

func sealPurpose(team string) string { return "slack/" + team }

// connect writes the workspace, under the lock of its team.
func (s *Service) connect(ctx context.Context, tx pgx.Tx, scope tenant.Scope, made slack.Installation, sealed []byte) (row db.MusterSlackWorkspace, again bool, err error) {
	if err := claim(ctx, tx, scope.Organisation, made); err != nil {
		return row, false, err
	}
	q, at := db.New(tx), s.clock.Now()
	row, err = q.LockWorkspace(ctx, made.Team)
	switch {
	case postgres.None(err):
		err = q.InsertWorkspace(ctx, db.InsertWorkspaceParams{
			ID: id.New(at), Team: made.Team, Enterprise: made.Enterprise, IsEnterprise: made.Wide, Name: made.Name, URL: made.URL, App: made.AppID, Bot: made.BotID,
			BotUser: made.BotUser, Scopes: made.Scopes, Token: sealed, InstalledByID: scope.Actor.ID, InstalledAt: at,
		})
	case err == nil:
		again = true
		err = q.ReinstallWorkspace(ctx, db.ReinstallWorkspaceParams{
			ID: row.ID, Enterprise: made.Enterprise, IsEnterprise: made.Wide, Name: made.Name, URL: made.URL, App: made.AppID, Bot: made.BotID,
			BotUser: made.BotUser, Scopes: made.Scopes, Token: sealed, InstalledByID: scope.Actor.ID, InstalledAt: at,
		})
	}
	if err != nil {
		return row, again, fmt.Errorf("store the Slack workspace: %w", err)
	}
	row, err = q.LockWorkspace(ctx, made.Team)
	return row, again, missing(err)
}

// claim makes the team the organisation's, unless it is another's. The token that was just made is not revoked then: it
// may be the very one that the other organisation speaks with.
func claim(ctx context.Context, tx pgx.Tx, organisation id.ID, made slack.Installation) error {
	if _, err := tx.Exec(ctx, "INSERT INTO control.slack_team (team_id, organisation_id) VALUES ($1, $2) ON CONFLICT (team_id) DO NOTHING", made.Team, organisation); err != nil {
		return fmt.Errorf("claim the Slack workspace: %w", err)
	}
	var owner id.ID
	if err := tx.QueryRow(ctx, "SELECT organisation_id FROM control.slack_team WHERE team_id = $1", made.Team).Scan(&owner); err != nil {
		return fmt.Errorf("read whose the Slack workspace is: %w", err)
	}
	if owner != organisation {
		return problem.New(problem.Conflict, "workspace_taken",
			"The Slack workspace %s is connected to another organisation on this Muster. Disconnect it there first, or choose another workspace.", made.Name)
	}
	return nil
}

func (s *Service) tellConnected(ctx context.Context, tx pgx.Tx, w Workspace, again bool) error {
	at := s.clock.Now()
	err := audit.Write(ctx, tx, at, audit.Entry{
		Action: "slack_workspace.connected", TargetType: "slack_workspace", TargetID: w.ID,
		After: map[string]any{"name": w.Name, "team": w.Team, "scopes": w.Scopes, "again": again},
	})
	if err != nil {
		return err
	}
	if err := s.bus.Publish(ctx, tx, Connected{About: about(w), Again: again}); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, PeopleDue{About: about(w), Begun: at})
}

func about(w Workspace) About { return About{Workspace: w.ID, Team: w.Team} }
