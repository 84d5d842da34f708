package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Portrait is how somebody is called and shown, and where they are.
type Portrait struct{ Name, Zone, AvatarKey string }

// Follow keeps a user in step with the chat platform that they came by.
type Follow struct {
	User id.ID
	// Was is what the platform told before, empty the first time, and Is what it tells now.
	Was, Is Portrait
}

// Follow changes of a user what they have not set themselves, and reports whether anything was. Only Muster itself may.
func (s *Service) Follow(ctx context.Context, cmd Follow) (bool, error) {
	scope, err := tenant.Require(ctx, authz.ManageUsers)
	if err != nil {
		return false, err
	}
	if scope.Actor.Type != tenant.System {
		return false, problem.New(problem.Forbidden, "not_yours", "People change their own profile.")
	}
	changed := false
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockUser(ctx, cmd.User)
		if err != nil {
			return missing(err)
		}
		before := read(row)
		had := Portrait{before.Name, before.Zone, before.AvatarKey}
		now := follow(had, cmd.Was, cmd.Is)
		if changed = now != had; !changed {
			return nil
		}
		at := s.clock.Now()
		if err := q.UpdateUserProfile(ctx, db.UpdateUserProfileParams{ID: row.ID, Name: now.Name, TimeZone: now.Zone, UpdatedAt: at}); err != nil {
			return fmt.Errorf("change the profile: %w", err)
		}
		if now.AvatarKey != had.AvatarKey {
			key := &now.AvatarKey
			if now.AvatarKey == "" {
				key = nil
			}
			if err := q.UpdateUserAvatar(ctx, db.UpdateUserAvatarParams{ID: row.ID, AvatarKey: key, UpdatedAt: at}); err != nil {
				return fmt.Errorf("change the picture: %w", err)
			}
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "user.profile_changed", TargetType: "user", TargetID: row.ID,
			Before: map[string]any{"name": had.Name, "time_zone": had.Zone, "picture": had.AvatarKey != ""},
			After:  map[string]any{"name": now.Name, "time_zone": now.Zone, "picture": now.AvatarKey != ""},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, ProfileChanged{User: row.ID})
	})
	return changed, err
}

// follow decides what somebody is called and shown as: what the platform says where they still are as it said before,
// or where they never said anything, and otherwise what they said themselves.
func follow(had, was, is Portrait) Portrait {
	now := had
	if name, err := ParseName(is.Name); err == nil && had.Name == was.Name {
		now.Name = name
	}
	if zone, err := ParseZone(is.Zone); err == nil && (had.Zone == was.Zone || had.Zone == "UTC") {
		now.Zone = zone
	}
	if had.AvatarKey == "" || had.AvatarKey == was.AvatarKey {
		now.AvatarKey = is.AvatarKey
	}
	return now
}
