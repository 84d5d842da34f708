package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Note keeps that an operator did something that is not about jobs, beside what they did to those.
func (c *Control) Note(ctx context.Context, by Operator, action, target string) error {
	_, err := c.act(ctx, by, action, target, func(pgx.Tx) (int64, error) { return 0, nil })
	return err
}
