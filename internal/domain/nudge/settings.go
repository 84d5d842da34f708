package nudge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Setting is how an organisation wants a kind of nudge.
type Setting struct {
	Nature
	Rule
	// Changed tells that it is not as it comes.
	Changed bool
	// Types are the rules of types that have one of their own.
	Types []TypeRule
}

// TypeRule is a rule for incidents of one type.
type TypeRule struct {
	Type id.ID
	Rule
}

// Settings lists every kind of nudge as the organisation wants it.
func (s *Service) Settings(ctx context.Context) ([]Setting, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return nil, err
	}
	var rows []db.MusterNudgeSetting
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, err = db.New(tx).Settings(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the settings of nudges: %w", err)
	}
	var all []Setting
	for _, n := range natures {
		one := Setting{Nature: n, Rule: n.Initial}
		for _, row := range rows {
			switch {
			case row.Kind != string(n.Kind):
			case row.TypeID.Empty():
				one.Rule, one.Changed = ruleOf(row), true
			default:
				one.Types = append(one.Types, TypeRule{row.TypeID, ruleOf(row)})
			}
		}
		all = append(all, one)
	}
	return all, nil
}

func ruleOf(row db.MusterNudgeSetting) Rule {
	return Rule{Enabled: row.Enabled, Delay: time.Duration(row.DelayMinutes) * time.Minute, Most: int(row.Most), WorkingHours: row.WorkingHours}
}

// rules reads how the organisation wants its nudges.
func (s *Service) rules(ctx context.Context, tx pgx.Tx) (rules, error) {
	r := rules{set: map[Kind]Rule{}, of: map[typed]Rule{}, zone: time.UTC}
	rows, err := db.New(tx).Settings(ctx)
	if err != nil {
		return r, fmt.Errorf("read the settings of nudges: %w", err)
	}
	for _, row := range rows {
		if row.TypeID.Empty() {
			r.set[Kind(row.Kind)] = ruleOf(row)
		} else {
			r.of[typed{Kind(row.Kind), row.TypeID}] = ruleOf(row)
		}
	}
	here, err := s.organisations.Get(ctx)
	if err != nil {
		return r, err
	}
	if zone, err := time.LoadLocation(here.Zone); err == nil {
		r.zone = zone
	}
	return r, nil
}

// Change says how a kind of nudge is wanted: for all incidents, or for those of a type.
type Change struct {
	Nudge Kind
	Type  id.ID
	Rule
}

// Change sets the rule of a kind of nudge.
func (s *Service) Change(ctx context.Context, cmd Change) error {
	nature, err := check(cmd)
	if err != nil {
		return err
	}
	return s.set(ctx, cmd.Nudge, cmd.Type, func(ctx context.Context, q *db.Queries, at time.Time) (Rule, error) {
		if !cmd.Type.Empty() {
			if there, err := q.TypeExists(ctx, cmd.Type); err != nil || !there {
				return cmd.Rule, errors.Join(err, problem.Missing("incident type"))
			}
		}
		return cmd.Rule, q.PutSetting(ctx, db.PutSettingParams{
			ID: id.New(at), Kind: string(nature.Kind), TypeID: cmd.Type, Enabled: cmd.Enabled, DelayMinutes: int32(cmd.Delay / time.Minute),
			Most: int32(cmd.Most), WorkingHours: cmd.WorkingHours, At: at,
		})
	})
}

func check(cmd Change) (Nature, error) {
	nature, known := natureOf(cmd.Nudge)
	if !known {
		return nature, problem.Missing("nudge")
	}
	var all problem.List
	if minutes := cmd.Delay / time.Minute; minutes < 1 || minutes > longestDelay {
		all = append(all, problem.Field("delay", "out_of_range", "Wait for 1 minute to 14 days."))
	}
	if cmd.Most < 1 || cmd.Most > mostTimes {
		all = append(all, problem.Field("most", "out_of_range", "Nudge 1 to %d times. To have none, switch it off.", mostTimes))
	}
	return nature, all.Err()
}

// Reset is a kind of nudge, of all incidents or those of a type, that is to be as it comes.
type Reset struct {
	Nudge Kind
	Type  id.ID
}

// Reset forgets the rule that was set.
func (s *Service) Reset(ctx context.Context, cmd Reset) error {
	nature, known := natureOf(cmd.Nudge)
	if !known {
		return problem.Missing("nudge")
	}
	return s.set(ctx, cmd.Nudge, cmd.Type, func(ctx context.Context, q *db.Queries, _ time.Time) (Rule, error) {
		_, err := q.DropSetting(ctx, db.DropSettingParams{Kind: string(nature.Kind), TypeID: cmd.Type})
		return nature.Initial, err
	})
}

// set changes a rule and writes down what it was and is.
func (s *Service) set(ctx context.Context, kind Kind, of id.ID, do func(ctx context.Context, q *db.Queries, at time.Time) (Rule, error)) error {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		before, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		at := s.clock.Now()
		now, err := do(ctx, db.New(tx), at)
		if err != nil {
			return err
		}
		nature, _ := natureOf(kind)
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "nudge.changed", TargetType: "organisation", TargetID: scope.Organisation,
			Before: told(kind, of, before.rule(nature, of)), After: told(kind, of, now),
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, setting.Changed{Noun: "nudge", Change: "edited"})
	})
}

func told(kind Kind, of id.ID, r Rule) map[string]any {
	out := map[string]any{"nudge": kind, "enabled": r.Enabled, "delay_minutes": r.Delay / time.Minute, "most": r.Most, "working_hours": r.WorkingHours}
	if !of.Empty() {
		out["type"] = of
	}
	return out
}

// Reminders is how often the lead of the incident is reminded of an update that is due; 0 where that is switched off.
func (s *Service) Reminders(ctx context.Context, tx pgx.Tx, held incident.Held) (int, error) {
	if !s.features.Enabled(ctx, Wanted) {
		return 0, nil
	}
	r, err := s.rules(ctx, tx)
	if err != nil {
		return 0, err
	}
	nature, _ := natureOf(UpdateDue)
	rule := r.rule(nature, held.Type)
	if !rule.Enabled {
		return 0, nil
	}
	return rule.Most, nil
}
