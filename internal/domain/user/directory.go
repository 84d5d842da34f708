package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/user/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// largestReading is the most users that Directory returns at once.
const largestReading = 10_000

// Directory says which users to read, in the order of their ids: that never changes, so a reader of page after page
// misses nobody and meets nobody twice.
type Directory struct {
	// Email is one address, empty for all.
	Email string
	// Among are the users to choose from, nil for all.
	Among []id.ID
	// Inactive reads those too who cannot act: invited or deactivated.
	Inactive bool
	// After is the last user of the page before.
	After id.ID
	Count int
}

// Directory reads users, at most Count, and reports whether there are more.
func (s *Service) Directory(ctx context.Context, cmd Directory) (users []User, more bool, err error) {
	if _, err := tenant.Require(ctx, authz.ViewUsers); err != nil {
		return nil, false, err
	}
	count := min(max(cmd.Count, 1), largestReading)
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Directory(ctx, db.DirectoryParams{
			Email: strings.ToLower(strings.TrimSpace(cmd.Email)), Choose: cmd.Among != nil, Among: id.Strings(cmd.Among),
			Inactive: cmd.Inactive, After: string(cmd.After), Count: int32(count + 1), //nolint:gosec // at most largestReading
		})
		if err != nil {
			return fmt.Errorf("read users: %w", err)
		}
		for _, row := range rows {
			users = append(users, read(row))
		}
		return nil
	})
	if len(users) > count {
		return users[:count], true, err
	}
	return users, false, err
}
