package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// The tables of settings that people keep in an order.
const (
	severityTable  postgres.Ranked = "muster.severity"
	statusTable    postgres.Ranked = "muster.incident_status"
	roleTable      postgres.Ranked = "muster.incident_role"
	typeTable      postgres.Ranked = "muster.incident_type"
	timestampTable postgres.Ranked = "muster.incident_timestamp"
	durationTable  postgres.Ranked = "muster.duration_metric"
)

// Severities lists the severities in use, the mildest first.
func (s *Service) Severities(ctx context.Context) ([]Severity, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterSeverity, error) { return q.Severities(ctx, false) }, severityOf)
}

// Statuses lists the statuses in use by rank.
func (s *Service) Statuses(ctx context.Context) ([]Status, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentStatus, error) {
		return q.Statuses(ctx, false)
	}, statusOf)
}

// Roles lists the roles in use by rank.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentRole, error) { return q.Roles(ctx, false) }, roleOf)
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

func listOf[Row, View any](ctx context.Context, s *Service, query func(context.Context, *db.Queries) ([]Row, error), view func(Row) View) ([]View, error) {
	var views []View
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
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

// setting is what the verbs on severities, statuses and roles work with.
type setting struct {
	tx pgx.Tx
	q  *db.Queries
	at time.Time
}

// set authorises a verb on the settings, runs it, and writes down and publishes what it answers. A verb that changed
// nothing answers no change.
func (s *Service) set(ctx context.Context, permission authz.Permission, noun string, fn func(ctx context.Context, t setting) (settingChange, error)) (Outcome, error) {
	if _, err := tenant.Require(ctx, permission); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = Outcome{}
		t := setting{tx: tx, q: db.New(tx), at: s.clock.Now()}
		change, err := fn(ctx, t)
		if err != nil || change.change == "" {
			return err
		}
		out.Changed = true
		err = audit.Write(ctx, tx, t.at, audit.Entry{
			Action: noun + "." + change.change, TargetType: noun, TargetID: change.id, Before: change.before, After: change.after,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, SettingsChanged{Noun: noun, Change: change.change, ID: change.id})
	})
	return out, err
}

type settingChange struct {
	change        string
	id            id.ID
	before, after any
}

// checkLabel tidies a setting's name, and refuses one that another has already.
func checkLabel(name string, taken func(string) bool) (string, error) {
	name = strings.Join(strings.Fields(clean(name)), " ")
	switch {
	case name == "":
		return "", problem.Field("name", "is_required", "Give it a name.")
	case utf8.RuneCountInString(name) > 50:
		return "", problem.Field("name", "too_long", "The name has 50 characters at most.")
	case taken(strings.ToLower(name)):
		return "", problem.Field("name", "taken", "There is one with the name %s already.", name)
	}
	return name, nil
}

// checkAbout refuses a description that is too long.
func checkAbout(field, text string) error {
	if utf8.RuneCountInString(text) > 2000 {
		return problem.Field(field, "too_long", "This has 2,000 characters at most.")
	}
	return nil
}

// named is a setting's id with its name.
type named struct {
	id   id.ID
	name string
}

func namesOf[Row any](rows []Row, of func(Row) named) []named {
	all := make([]named, len(rows))
	for n, row := range rows {
		all[n] = of(row)
	}
	return all
}

// order puts the settings that lock finds in another order.
func (s *Service) order(ctx context.Context, permission authz.Permission, noun string, table postgres.Ranked, wanted []id.ID, lock func(context.Context, *db.Queries) ([]named, error)) (Outcome, error) {
	return s.set(ctx, permission, noun, func(ctx context.Context, t setting) (settingChange, error) {
		all, err := lock(ctx, t.q)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the settings: %w", err)
		}
		now, names := make([]id.ID, len(all)), map[id.ID]string{}
		for n, one := range all {
			now[n], names[one.id] = one.id, one.name
		}
		if err := checkOrder(now, wanted); err != nil || slices.Equal(now, wanted) {
			return settingChange{}, err
		}
		inWords := func(ids []id.ID) map[string]any {
			in := make([]string, len(ids))
			for n, one := range ids {
				in[n] = names[one]
			}
			return map[string]any{"order": in}
		}
		return settingChange{change: "ordered", id: wanted[0], before: inWords(now), after: inWords(wanted)}, table.Order(ctx, t.tx, wanted, t.at)
	})
}

// checkOrder makes sure that a new order names everything that is there, each once.
func checkOrder(present, wanted []id.ID) error {
	for _, one := range wanted {
		if !slices.Contains(present, one) {
			return problem.Missing("setting")
		}
	}
	a, b := slices.Sorted(slices.Values(present)), slices.Sorted(slices.Values(wanted))
	if !slices.Equal(a, b) {
		return problem.New(problem.Conflict, "stale", "The list changed while you were ordering it. Look at it again.")
	}
	return nil
}
