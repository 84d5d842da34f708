package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Severities lists the severities in use, the mildest first.
func (s *Service) Severities(ctx context.Context) ([]Severity, error) {
	return listOf(ctx, s, authz.ViewSeverities, func(ctx context.Context, q *db.Queries) ([]db.MusterSeverity, error) { return q.Severities(ctx, false) }, severityOf)
}

// Statuses lists the statuses in use by rank.
func (s *Service) Statuses(ctx context.Context) ([]Status, error) {
	return listOf(ctx, s, authz.ViewStatuses, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentStatus, error) {
		return q.Statuses(ctx, false)
	}, statusOf)
}

// Roles lists the roles in use by rank.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	return listOf(ctx, s, authz.ViewRoles, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentRole, error) { return q.Roles(ctx, false) }, roleOf)
}

// SettingNames are the names of all severities, statuses, roles, types and timestamps by their ids, with those that were
// archived: what was written about them goes on naming them.
func (s *Service) SettingNames(ctx context.Context) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := q.SettingNames(ctx)
		if err != nil {
			return fmt.Errorf("read the names of the settings: %w", err)
		}
		for _, row := range rows {
			names[row.ID] = row.Name
		}
		return nil
	})
	return names, err
}

func listOf[Row, View any](ctx context.Context, s *Service, permission authz.Permission, query func(context.Context, *db.Queries) ([]Row, error), view func(Row) View) ([]View, error) {
	var views []View
	err := s.readAs(ctx, permission, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		rows, err := query(ctx, q)
		if err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		for _, row := range rows {
			views = append(views, view(row))
		}
		return nil
	})
	return views, err
}

// desk is what the verbs on the lists work with.
type desk struct {
	setting.Turn
	q *db.Queries
}

// set runs a verb on one of the lists.
func (s *Service) set(ctx context.Context, permission authz.Permission, noun string, fn func(ctx context.Context, t desk) (setting.Change, error)) (Outcome, error) {
	return outcome(s.settings.Set(ctx, permission, noun, func(ctx context.Context, t setting.Turn) (setting.Change, error) {
		return fn(ctx, desk{Turn: t, q: db.New(t.Tx)})
	}))
}

func outcome(changed bool, err error) (Outcome, error) { return Outcome{Changed: changed}, err }
