// Package apikey has the keys with which programs use the public API, and the addresses from which they may.
package apikey

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/apikey/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Service runs the verbs and reads of API keys.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
	book  *setting.Book
}

// New returns the service over db.
func New(db *postgres.DB, bus *event.Bus, clock clock.Clock) *Service {
	return &Service{db: db, clock: clock, book: setting.New(db, bus, clock)}
}

// Key is an API key, without its secret.
type Key struct {
	ID             id.ID
	Name, Comments string
	// Roles hold everywhere, TeamRoles only for what belongs to the teams with the ids Teams.
	Roles, TeamRoles []authz.KeyRole
	Teams            []string
	// PerMinute is how many requests it has a minute.
	PerMinute int
	CreatedBy tenant.Actor
	// Sponsor answers for the key; nil for whoever runs the installation.
	Sponsor *Sponsor
	// IssuedAt is when its secret was made, LastUsedAt when a request came with it, to the minute.
	CreatedAt, IssuedAt time.Time
	LastUsedAt          *time.Time
	Version             int32
}

// Sponsor is the person who answers for a key. It may do no more than they may at the moment of each request.
type Sponsor struct {
	ID   id.ID
	Name string
	Role authz.Role
}

// Held lists the roles of the key of which its sponsor may not do everything, so that it does not either.
func (k Key) Held() []authz.KeyRole {
	var held []authz.KeyRole
	for _, role := range slices.Concat(k.Roles, k.TeamRoles) {
		if k.Sponsor != nil && !k.Sponsor.Role.Permissions().Covers(authz.OfKeyRoles(role)) {
			held = append(held, role)
		}
	}
	return held
}

// DefaultPerMinute is how many requests a key has a minute.
const DefaultPerMinute = 1200

const (
	mostName     = 200
	mostComments = 5000
	mostTeams    = 100
	noun         = "api_key"
)

// List says which keys to list, the newest first.
type List struct {
	// After is the last key of the page before.
	After id.ID
	// Count is how many at most, 25 when 0.
	Count int
}

// List lists the keys in use, and whether there are more.
func (s *Service) List(ctx context.Context, cmd List) (keys []Key, more bool, err error) {
	if _, err := tenant.Require(ctx, authz.ViewAPIKeys); err != nil {
		return nil, false, err
	}
	params := db.KeysParams{Count: 25}
	if cmd.Count > 0 {
		params.Count = int32(min(cmd.Count, 1000)) //nolint:gosec // bounded
	}
	wanted := int(params.Count)
	params.Count++
	if !cmd.After.Empty() {
		after := string(cmd.After)
		params.After = &after
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Keys(ctx, params)
		if err != nil {
			return fmt.Errorf("list the API keys: %w", err)
		}
		more = len(rows) > wanted
		for _, row := range rows[:min(len(rows), wanted)] {
			keys = append(keys, keyOf(db.KeyRow(row)))
		}
		return nil
	})
	return keys, more, err
}

// Get returns one key.
func (s *Service) Get(ctx context.Context, key id.ID) (Key, error) {
	if _, err := tenant.Require(ctx, authz.ViewAPIKeys); err != nil {
		return Key{}, err
	}
	return s.get(ctx, key)
}

// Own returns the key that acts, whatever it may do.
func (s *Service) Own(ctx context.Context) (Key, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return Key{}, err
	}
	if scope.Actor.Type != tenant.APIKey {
		return Key{}, missing
	}
	return s.get(ctx, scope.Actor.ID)
}

var missing = problem.Missing("API key")

func (s *Service) get(ctx context.Context, key id.ID) (found Key, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		found, err = one(ctx, tx, key)
		return err
	})
	return found, err
}

func one(ctx context.Context, tx pgx.Tx, key id.ID) (Key, error) {
	if !key.Valid() {
		return Key{}, missing
	}
	row, err := db.New(tx).Key(ctx, key)
	if postgres.None(err) {
		return Key{}, missing
	}
	if err != nil {
		return Key{}, fmt.Errorf("read an API key: %w", err)
	}
	return keyOf(row), nil
}

func keyOf(row db.KeyRow) Key {
	k := Key{
		ID: row.ID, Name: row.Name, Comments: row.Comments, Roles: rolesOf(row.Roles), TeamRoles: rolesOf(row.TeamRoles), Teams: row.TeamIds,
		PerMinute: int(row.PerMinute), CreatedBy: tenant.Actor{Type: tenant.ActorType(row.CreatedByType), ID: row.CreatedByID, Name: row.CreatedByName},
		CreatedAt: row.CreatedAt, IssuedAt: row.IssuedAt, LastUsedAt: row.LastUsedAt, Version: row.RowVersion,
	}
	if !row.SponsorID.Empty() {
		k.Sponsor = &Sponsor{ID: row.SponsorID, Name: row.SponsorName}
		if row.SponsorState == string(user.StateActive) {
			k.Sponsor.Role = authz.Role(row.SponsorRole)
		}
	}
	return k
}

func rolesOf(names []string) []authz.KeyRole {
	roles := make([]authz.KeyRole, len(names))
	for n, name := range names {
		roles[n] = authz.KeyRole(name)
	}
	return roles
}

func namesOf(roles []authz.KeyRole) []string {
	names := make([]string, len(roles))
	for n, role := range roles {
		names[n] = string(role)
	}
	return names
}

// What is what people say of a key.
type What struct {
	Name, Comments   string
	Roles, TeamRoles []authz.KeyRole
	Teams            []string
}

// checked tidies what was said of a key and names all that is wrong with it.
func (w What) checked() (What, error) {
	name, badName := setting.Label("name", w.Name, mostName, func(string) bool { return false })
	comments, badComments := setting.Text("comments", w.Comments, mostComments)
	wrong := append(problem.All(badName), problem.All(badComments)...)
	out := What{Name: name, Comments: comments, Teams: []string{}}
	for _, role := range w.Roles {
		if _, known := role.About(); !known {
			wrong = append(wrong, problem.Field("roles", "unknown", "There is no role %q. The roles are listed in docs/api-keys.md.", string(role)))
			continue
		}
		if !slices.Contains(out.Roles, role) {
			out.Roles = append(out.Roles, role)
		}
	}
	for _, role := range w.TeamRoles {
		if about, known := role.About(); !known || !about.Teams {
			wrong = append(wrong, problem.Field("team_roles", "unknown", "The role %q cannot be given for some teams only.", string(role)))
			continue
		}
		if !slices.Contains(out.TeamRoles, role) {
			out.TeamRoles = append(out.TeamRoles, role)
		}
	}
	for _, team := range w.Teams {
		if team = strings.TrimSpace(team); team != "" && !slices.Contains(out.Teams, team) {
			out.Teams = append(out.Teams, team)
		}
	}
	switch {
	case len(out.Teams) > mostTeams || slices.ContainsFunc(out.Teams, func(team string) bool { return len(team) > 200 || strings.ContainsRune(team, 0) }):
		wrong = append(wrong, problem.Field("teams", "invalid", "Name up to %d teams by their ids.", mostTeams))
	case len(out.TeamRoles) > 0 && len(out.Teams) == 0:
		wrong = append(wrong, problem.Field("teams", "is_required", "Say for which teams the roles in teams hold."))
	}
	return out, wrong.Err()
}

// mayGive refuses roles with which a key could do more than whoever gives them.
func mayGive(giver authz.Set, w What) error {
	var wrong problem.List
	for field, roles := range map[string][]authz.KeyRole{"roles": w.Roles, "team_roles": w.TeamRoles} {
		for _, role := range roles {
			if about, _ := role.About(); !giver.Covers(about.Permissions()) {
				wrong = append(wrong, problem.Field(field, "beyond_yours", "%s may do more than you may. Ask an owner to give it.", about.Name))
			}
		}
	}
	return wrong.Err()
}

// secret makes the secret of a key: a prefix that scanners of source code know, and 256 random bits.
func secret() string { return prefix + hex.EncodeToString(random()) }

// sponsorOf is who answers for what the actor makes: themselves, for a key whoever answers for it, and nobody for the
// installation.
func sponsorOf(ctx context.Context, q *db.Queries, by tenant.Actor) (id.ID, error) {
	switch by.Type {
	case tenant.User:
		return by.ID, nil
	case tenant.APIKey:
		sponsor, err := q.Sponsor(ctx, by.ID)
		if err != nil {
			return "", fmt.Errorf("find who answers for the key: %w", err)
		}
		return sponsor, nil
	default:
		return "", nil
	}
}
