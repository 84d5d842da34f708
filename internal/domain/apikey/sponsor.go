package apikey

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/apikey/internal/db"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe keeps keys going when the person who answers for them leaves.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "apikey", s.passOn)
}

// passOn lets whoever deactivated a person answer for that person's keys, which programs go on to need; where that was
// no person, the owner who has been there longest does. A key goes on with no more than they may do.
func (s *Service) passOn(ctx context.Context, tx pgx.Tx, r event.Record, e user.Deactivated) error {
	q := db.New(tx)
	keys, err := q.LockSponsored(ctx, e.User)
	if err != nil {
		return fmt.Errorf("find the keys that somebody answered for: %w", err)
	}
	if len(keys) == 0 {
		return nil
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	next := scope.Actor.ID
	if scope.Actor.Type != tenant.User || next == e.User {
		if next, err = q.FirstOwner(ctx); err != nil {
			return fmt.Errorf("find an owner: %w", err)
		}
	}
	ids := make([]string, len(keys))
	for n, key := range keys {
		ids[n] = string(key.ID)
		err := audit.Write(ctx, tx, r.RecordedAt, audit.Entry{
			Action: "api_key.passed_on", TargetType: noun, TargetID: key.ID,
			Before: map[string]any{"name": key.Name, "answers": e.User}, After: map[string]any{"name": key.Name, "answers": next},
		})
		if err != nil {
			return err
		}
	}
	if err := q.PassOn(ctx, db.PassOnParams{SponsorID: string(next), At: r.RecordedAt, Ids: ids}); err != nil {
		return fmt.Errorf("pass the keys on: %w", err)
	}
	return nil
}
