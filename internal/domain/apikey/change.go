package apikey

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/apikey/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/secrets"
)

// Create makes a key.
type Create struct {
	What
	// PerMinute is how many requests it has a minute, DefaultPerMinute when 0.
	PerMinute int
}

// Edit replaces what is said of a key. Version is the one that the editor saw, 0 is not checked.
type Edit struct {
	Key id.ID
	What
	// PerMinute is how many requests it has a minute; 0 leaves it.
	PerMinute int
	Version   int32
}

// mostPerMinute is more than one process answers.
const mostPerMinute = 1_000_000

// Rotate gives a key a new secret. The old one goes on for Grace, up to MostGrace.
type Rotate struct {
	Key   id.ID
	Grace time.Duration
}

// MostGrace is how long a secret that was replaced goes on at most.
const MostGrace = time.Hour

const prefix = "inc_"

func random() []byte {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails (https://pkg.go.dev/crypto/rand#Read)
	return bits
}

// Create makes a key and returns it with its secret, which is not shown again.
func (s *Service) Create(ctx context.Context, cmd Create) (made Key, token string, err error) {
	what, err := cmd.checked()
	if err != nil {
		return Key{}, "", err
	}
	perMinute, err := checkedPace(cmp.Or(cmd.PerMinute, DefaultPerMinute))
	if err != nil {
		return Key{}, "", err
	}
	_, err = s.book.Set(ctx, authz.CreateAPIKeys, noun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		scope, err := tenant.From(ctx)
		if err != nil {
			return setting.Change{}, err
		}
		if err := mayGive(scope.Permissions, what); err != nil {
			return setting.Change{}, err
		}
		q := db.New(t.Tx)
		sponsor, err := sponsorOf(ctx, q, scope.Actor)
		if err != nil {
			return setting.Change{}, err
		}
		row := db.InsertParams{
			ID: id.New(t.At), Name: what.Name, Comments: what.Comments, Roles: namesOf(what.Roles), TeamRoles: namesOf(what.TeamRoles), TeamIds: what.Teams,
			PerMinute: perMinute, CreatedByType: string(scope.Actor.Type), CreatedByID: scope.Actor.ID, CreatedByName: scope.Actor.Name, SponsorID: sponsor, At: t.At,
		}
		if err := q.Insert(ctx, row); err != nil {
			return setting.Change{}, fmt.Errorf("write an API key: %w", err)
		}
		if token, err = issue(ctx, t, row.ID, 0); err != nil {
			return setting.Change{}, err
		}
		made, err = one(ctx, t.Tx, row.ID)
		return setting.Change{What: "created", ID: row.ID, After: told(what, perMinute)}, err
	})
	return made, token, err
}

func checkedPace(perMinute int) (int32, error) {
	if perMinute < 1 || perMinute > mostPerMinute {
		return 0, problem.Field("per_minute", "out_of_range", "A key has 1 to %d requests a minute.", mostPerMinute)
	}
	return int32(perMinute), nil //nolint:gosec // bounded
}

// told is what the audit log keeps of a key.
func told(w What, perMinute int32) map[string]any {
	out := map[string]any{"name": w.Name, "roles": w.Roles, "per_minute": perMinute}
	if len(w.TeamRoles) > 0 {
		out["team_roles"], out["teams"] = w.TeamRoles, w.Teams
	}
	return out
}

// issue makes a new secret for a key.
func issue(ctx context.Context, t setting.Turn, key id.ID, grace time.Duration) (string, error) {
	token := secret()
	if _, err := t.Tx.Exec(ctx, "SELECT control.issue_api_key($1, $2, $3, $4)", key, secrets.HashToken(token), t.At, t.At.Add(grace)); err != nil {
		return "", fmt.Errorf("write the secret of an API key: %w", err)
	}
	return token, nil
}

// change locks a key, lets fn change it, and writes down what that was.
func (s *Service) change(ctx context.Context, permission authz.Permission, key id.ID, fn func(ctx context.Context, t setting.Turn, scope tenant.Scope, q *db.Queries, row *db.MusterApiKey) (setting.Change, error)) error {
	_, err := s.book.Set(ctx, permission, noun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		scope, err := tenant.From(ctx)
		if err != nil {
			return setting.Change{}, err
		}
		if !key.Valid() {
			return setting.Change{}, missing
		}
		q := db.New(t.Tx)
		row, err := q.Lock(ctx, key)
		if postgres.None(err) {
			return setting.Change{}, missing
		}
		if err != nil {
			return setting.Change{}, fmt.Errorf("lock an API key: %w", err)
		}
		did, err := fn(ctx, t, scope, q, &row)
		if err != nil || did.What == "" {
			return did, err
		}
		did.ID = key
		err = q.Update(ctx, db.UpdateParams{
			Name: row.Name, Comments: row.Comments, Roles: row.Roles, TeamRoles: row.TeamRoles, TeamIds: row.TeamIds, SponsorID: row.SponsorID,
			PerMinute: row.PerMinute, IssuedAt: row.IssuedAt, RevokedAt: row.RevokedAt, At: t.At, ID: key,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write an API key: %w", err)
		}
		return did, nil
	})
	return err
}

// Edit replaces what is said of a key. Whoever may give its roles answers for it from then on.
func (s *Service) Edit(ctx context.Context, cmd Edit) (edited Key, err error) {
	what, err := cmd.checked()
	if err != nil {
		return Key{}, err
	}
	perMinute, err := checkedPace(cmp.Or(cmd.PerMinute, DefaultPerMinute))
	if err != nil {
		return Key{}, err
	}
	err = s.change(ctx, authz.UpdateAPIKeys, cmd.Key, func(ctx context.Context, _ setting.Turn, scope tenant.Scope, q *db.Queries, row *db.MusterApiKey) (setting.Change, error) {
		if cmd.Version > 0 && cmd.Version != row.RowVersion {
			return setting.Change{}, problem.New(problem.Conflict, "stale", "Somebody else changed the key %s while you did. Look at it, and make your change again.", row.Name)
		}
		before, was := whatOf(*row), row.PerMinute
		switch err := mayGive(scope.Permissions, what); {
		case err == nil:
			if row.SponsorID, err = sponsorOf(ctx, q, scope.Actor); err != nil {
				return setting.Change{}, err
			}
		case !before.sameRoles(what):
			return setting.Change{}, err
		}
		if cmd.PerMinute != 0 {
			row.PerMinute = perMinute
		}
		row.Name, row.Comments, row.Roles, row.TeamRoles, row.TeamIds = what.Name, what.Comments, namesOf(what.Roles), namesOf(what.TeamRoles), what.Teams
		return setting.Change{What: "edited", Before: told(before, was), After: told(what, row.PerMinute)}, nil
	})
	if err != nil {
		return Key{}, err
	}
	return s.get(ctx, cmd.Key)
}

func whatOf(row db.MusterApiKey) What {
	return What{Name: row.Name, Comments: row.Comments, Roles: rolesOf(row.Roles), TeamRoles: rolesOf(row.TeamRoles), Teams: row.TeamIds}
}

func (w What) sameRoles(other What) bool {
	return slices.Equal(w.Roles, other.Roles) && slices.Equal(w.TeamRoles, other.TeamRoles) && slices.Equal(w.Teams, other.Teams)
}

// Rotate gives a key a new secret and returns it; it is not shown again. Whoever sees it answers for the key from then
// on, and must be able to give it its roles.
func (s *Service) Rotate(ctx context.Context, cmd Rotate) (rotated Key, token string, err error) {
	if cmd.Grace < 0 || cmd.Grace > MostGrace {
		return Key{}, "", problem.Field("grace_period_minutes", "out_of_range", "The old secret can go on for 0 to %d minutes.", int(MostGrace.Minutes()))
	}
	err = s.change(ctx, authz.RotateAPIKeys, cmd.Key, func(ctx context.Context, t setting.Turn, scope tenant.Scope, q *db.Queries, row *db.MusterApiKey) (setting.Change, error) {
		if !scope.Permissions.Covers(authz.OfKeyRoles(slices.Concat(rolesOf(row.Roles), rolesOf(row.TeamRoles))...)) {
			return setting.Change{}, problem.New(problem.Forbidden, "beyond_yours", "The key %s may do more than you may, so that its new secret is not for you. Ask an owner to rotate it.", row.Name)
		}
		var err error
		if row.SponsorID, err = sponsorOf(ctx, q, scope.Actor); err != nil {
			return setting.Change{}, err
		}
		if token, err = issue(ctx, t, row.ID, cmd.Grace); err != nil {
			return setting.Change{}, err
		}
		row.IssuedAt = t.At
		return setting.Change{What: "rotated", After: map[string]any{"name": row.Name, "grace_period_minutes": int(cmd.Grace.Minutes())}}, nil
	})
	if err != nil {
		return Key{}, "", err
	}
	rotated, err = s.get(ctx, cmd.Key)
	return rotated, token, err
}

// Revoke ends a key: no request with it is answered any more.
func (s *Service) Revoke(ctx context.Context, key id.ID) error {
	return s.change(ctx, authz.DestroyAPIKeys, key, func(ctx context.Context, t setting.Turn, _ tenant.Scope, _ *db.Queries, row *db.MusterApiKey) (setting.Change, error) {
		if _, err := t.Tx.Exec(ctx, "SELECT control.revoke_api_key($1)", key); err != nil {
			return setting.Change{}, fmt.Errorf("take the secrets of an API key away: %w", err)
		}
		row.RevokedAt = &t.At
		return setting.Change{What: "revoked", Before: told(whatOf(*row), row.PerMinute)}, nil
	})
}
