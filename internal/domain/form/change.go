package form

import (
	"context"

	"github.com/musterhq/muster/internal/domain/form/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// turn is what a verb works with.
type turn struct {
	setting.Turn
	q *db.Queries
}

// change runs a verb on what is asked of incidents.
func (s *Service) change(ctx context.Context, noun string, fn func(ctx context.Context, t turn) (setting.Change, error)) error {
	_, err := s.settings.Set(ctx, authz.UpdateOrganisation, noun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		return fn(ctx, turn{Turn: t, q: db.New(t.Tx)})
	})
	return err
}

// errStale tells an editor that somebody else changed the same thing meanwhile.
var errStale = problem.New(problem.Conflict, "stale", "Somebody else changed this while you did. What is there now is shown; make your change again.")
