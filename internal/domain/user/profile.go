package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// ChangeProfile is the name and time zone of the person who acts.
type ChangeProfile struct{ Name, Zone string }

// ChangeProfile changes how the person who acts is called in this organisation and in which zone they read times.
func (s *Service) ChangeProfile(ctx context.Context, cmd ChangeProfile) error {
	var wrong problem.List
	name, err := ParseName(cmd.Name)
	wrong = append(wrong, problem.All(err)...)
	zone, err := ParseZone(cmd.Zone)
	wrong = append(wrong, problem.All(err)...)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.changeOwn(ctx, func(ctx context.Context, tx pgx.Tx, me User) (before, after any, err error) {
		if me.Name == name && me.Zone == zone {
			return nil, nil, nil
		}
		err = db.New(tx).UpdateUserProfile(ctx, db.UpdateUserProfileParams{ID: me.ID, Name: name, TimeZone: zone, UpdatedAt: s.clock.Now()})
		return map[string]string{"name": me.Name, "time_zone": me.Zone}, map[string]string{"name": name, "time_zone": zone}, err
	})
}

// SetAvatar sets the blob key of the picture of the person who acts; empty shows their initials.
func (s *Service) SetAvatar(ctx context.Context, key string) error {
	return s.changeOwn(ctx, func(ctx context.Context, tx pgx.Tx, me User) (before, after any, err error) {
		if me.AvatarKey == key {
			return nil, nil, nil
		}
		var stored *string
		if key != "" {
			stored = &key
		}
		err = db.New(tx).UpdateUserAvatar(ctx, db.UpdateUserAvatarParams{ID: me.ID, AvatarKey: stored, UpdatedAt: s.clock.Now()})
		return map[string]bool{"picture": me.AvatarKey != ""}, map[string]bool{"picture": key != ""}, err
	})
}

// changeOwn locks the user who acts and lets fn change them; where fn answers nil values nothing changed.
func (s *Service) changeOwn(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, me User) (before, after any, err error)) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockUser(ctx, scope.Actor.ID)
		if err != nil {
			return missing(err)
		}
		before, after, err := fn(ctx, tx, read(row))
		if err != nil {
			return fmt.Errorf("change the profile: %w", err)
		}
		if after == nil {
			return nil
		}
		err = audit.Write(ctx, tx, s.clock.Now(), audit.Entry{Action: "user.profile_changed", TargetType: "user", TargetID: id.ID(row.ID), Before: before, After: after})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, ProfileChanged{User: row.ID})
	})
}
