// Package workspace owns the Slack workspaces that an organisation has connected: how Muster comes in and is let out
// again, whether Slack answers, and which of its people is who in Muster.
package workspace

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/auth"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Needs are what the service works with.
type Needs struct {
	Users *user.Service
	Auth  *auth.Service
	Keys  *secrets.Keys
	Blobs blob.Store
	// App is Muster's app at Slack; without a client id nothing can be connected.
	App slack.App
	// Pictures fetches icons and people's pictures from where Slack keeps them.
	Pictures *http.Client
	// URL is the address of the installation, without a slash at its end.
	URL string
}

// Directory tells of the people of connected workspaces, within Slack's limits.
type Directory interface {
	// People returns a page of a workspace's people and where the next one begins, empty after the last.
	People(ctx context.Context, team, cursor string) (people []slack.Profile, next string, err error)
	// Person returns one of them.
	Person(ctx context.Context, team, user string) (slack.Profile, error)
}

// Service keeps connected workspaces and their people.
type Service struct {
	db        *postgres.DB
	bus       *event.Bus
	clock     clock.Clock
	needs     Needs
	directory Directory

	mu   sync.Mutex
	held map[held]opened
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock, needs Needs) *Service {
	return &Service{db: db, bus: bus, clock: clock, needs: needs, held: map[held]opened{}}
}

// Look makes the service ask directory for people; it is given later because it speaks with the service's tokens.
func (s *Service) Look(directory Directory) { s.directory = directory }

// Configured reports whether there is an app at Slack to connect workspaces to.
func (s *Service) Configured() bool { return s.needs.App.ClientID != "" }

// AppAddress is a page of Slack's that makes the app for this Muster, and socket says that it is for Socket Mode, because
// Slack sends to https addresses only.
func (s *Service) AppAddress() (address string, socket bool, err error) {
	socket = !strings.HasPrefix(s.needs.URL, "https://")
	address, err = slack.CreateAddress(slack.Manifest(slack.ManifestOptions{URL: s.needs.URL, Socket: socket, Name: "Muster"}))
	return address, socket, err
}

// State is whether Muster can speak to a workspace.
type State string

// The states of a workspace.
const (
	Active  State = "active"
	Revoked State = "revoked"
)

// Workspace is a connected Slack workspace, or an Enterprise Grid when the whole of it is.
type Workspace struct {
	ID id.ID
	// Team is Slack's id, Enterprise that of the Grid it belongs to, and Wide says that it is the Grid itself.
	Team, Enterprise string
	Wide             bool
	Name, URL        string
	// IconKey is the blob key of its icon, empty for none.
	IconKey string
	AppID   string
	BotUser string
	// Scopes are granted, Missing needed and not granted.
	Scopes  []string
	Missing []slack.Scope
	State   State
	// RevokedFor says why it is revoked: one of the Reasons.
	RevokedAt   *time.Time
	RevokedFor  Reason
	InstalledBy id.ID
	InstalledAt time.Time
	// DownSince is since when Slack has not answered, nil while it does.
	DownSince  *time.Time
	DownReason string
	// Joining is what people become who act for the first time; empty when they must be invited.
	Joining authz.Role
	// PeopleReadAt is when all of its people were read last.
	PeopleReadAt *time.Time
}

func read(row db.MusterSlackWorkspace) Workspace {
	w := Workspace{
		ID: row.ID, Team: string(row.TeamID), Enterprise: string(row.EnterpriseID), Wide: row.IsEnterprise, Name: row.Name, URL: row.URL, IconKey: row.IconKey,
		AppID: string(row.AppID), BotUser: string(row.BotUserID), Scopes: row.Scopes, State: State(row.State), RevokedAt: row.RevokedAt, RevokedFor: Reason(row.RevokedReason),
		InstalledBy: row.InstalledByID, InstalledAt: row.InstalledAt, DownSince: row.DownSince, DownReason: row.DownReason, Joining: authz.Role(row.Joining), PeopleReadAt: row.PeopleReadAt,
	}
	if w.State == Active {
		w.Missing = slack.MissingScopes(row.Scopes)
	}
	return w
}

// ByTeam returns the organisation that a Slack workspace or Enterprise Grid is connected to, by the first of its ids
// that is known. It needs no tenant: what Slack sends is known by its team before anything else.
func (s *Service) ByTeam(ctx context.Context, teams ...string) (id.ID, error) {
	var organisation id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT organisation_id FROM control.slack_team WHERE team_id = ANY ($1) ORDER BY array_position($1, team_id::text) LIMIT 1", teams).Scan(&organisation)
	})
	if postgres.None(err) {
		return "", problem.Missing("Slack workspace")
	}
	if err != nil {
		return "", fmt.Errorf("find the organisation of a Slack workspace: %w", err)
	}
	return organisation, nil
}

// All lists the workspaces of the organisation, those that are connected first.
func (s *Service) All(ctx context.Context) ([]Workspace, error) {
	if _, err := tenant.From(ctx); err != nil {
		return nil, err
	}
	var all []Workspace
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Workspaces(ctx)
		if err != nil {
			return fmt.Errorf("list Slack workspaces: %w", err)
		}
		for _, row := range rows {
			all = append(all, read(row))
		}
		return nil
	})
	return all, err
}

// Get returns the workspace of a team; for one of an Enterprise Grid that is connected as a whole, the Grid.
func (s *Service) Get(ctx context.Context, team string) (Workspace, error) {
	row, err := s.row(ctx, team)
	return read(row), err
}

func (s *Service) row(ctx context.Context, team string) (db.MusterSlackWorkspace, error) {
	if _, err := tenant.From(ctx); err != nil {
		return db.MusterSlackWorkspace{}, err
	}
	var row db.MusterSlackWorkspace
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		row, err = db.New(tx).WorkspaceOf(ctx, team)
		return missing(err)
	})
	return row, err
}

// missing turns a query without a row into the answer for a stranger.
func missing(err error) error {
	if postgres.None(err) {
		return problem.Missing("Slack workspace")
	}
	if err != nil {
		return fmt.Errorf("read the Slack workspace: %w", err)
	}
	return nil
}

// asMuster goes on in the same organisation as Muster itself: what Slack does is nobody's deed.
func asMuster(ctx context.Context) (context.Context, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	return tenant.AsSystem(ctx, scope.Organisation), nil
}

// manage requires the right to connect things to the organisation.
func manage(ctx context.Context) (tenant.Scope, error) {
	return tenant.Require(ctx, authz.UpdateOrganisation)
}
