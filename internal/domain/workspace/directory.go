package workspace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/workspace/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// UsersOf returns the users who have an id in Slack, one for each workspace in which it stands for another.
func (s *Service) UsersOf(ctx context.Context, slackUser string) ([]id.ID, error) {
	if _, err := tenant.Require(ctx, authz.ViewUsers); err != nil {
		return nil, err
	}
	users := []id.ID{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).UsersOfSlack(ctx, slackUser)
		if err != nil {
			return fmt.Errorf("read people of Slack: %w", err)
		}
		users = append(users, rows...)
		return nil
	})
	return users, err
}
