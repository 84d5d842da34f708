package incident

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// ChangeSeverity judges an incident anew.
type ChangeSeverity struct{ Incident, Severity id.ID }

// ChangeSeverity sets the severity.
func (s *Service) ChangeSeverity(ctx context.Context, cmd ChangeSeverity) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		change, err := severityChange(ctx, t, cmd.Severity)
		if err != nil || change.to.Empty() {
			return err
		}
		out.Changed = true
		return s.applySeverity(ctx, t, change, "")
	})
	return out, err
}

// shift is a change from one setting to another; to is empty when nothing changes.
type shift struct {
	from, to id.ID
	// wakens tells that a quiet incident is quiet no longer by it.
	wakens bool
}

func severityChange(ctx context.Context, t turn, to id.ID) (shift, error) {
	if to == t.inc.Severity {
		if to.Empty() {
			return shift{}, problem.Field("severity", "is_required", "Choose a severity.")
		}
		return shift{}, nil
	}
	severity, err := usableSeverity(ctx, t.q, to)
	if err != nil {
		return shift{}, err
	}
	change := shift{from: t.inc.Severity, to: severity.ID}
	if !t.inc.Quiet {
		return change, nil
	}
	var before Severity
	if !t.inc.Severity.Empty() {
		row, err := t.q.SeverityByID(ctx, t.inc.Severity)
		if err != nil {
			return shift{}, fmt.Errorf("read the severity so far: %w", err)
		}
		before = severityOf(row)
	}
	change.wakens = wakens(t.inc, before, severity)
	return change, nil
}

func (s *Service) applySeverity(ctx context.Context, t turn, change shift, update id.ID) error {
	err := t.q.SetSeverity(ctx, db.SetSeverityParams{SeverityID: change.to, At: t.at, ID: t.inc.ID})
	if err != nil {
		return fmt.Errorf("write the severity: %w", err)
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.severity_changed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"severity": change.from}, After: map[string]any{"severity": change.to},
	})
	if err != nil {
		return err
	}
	err = s.bus.Publish(ctx, t.tx, SeverityChanged{About: t.inc.About(), From: change.from, To: change.to, Update: update})
	if err != nil || !change.wakens {
		return err
	}
	return s.applyQuiet(ctx, t, false, change.to)
}

// usableSeverity reads a severity that an incident may be given.
func usableSeverity(ctx context.Context, q *db.Queries, severity id.ID) (Severity, error) {
	if !severity.Valid() {
		return Severity{}, unknown("severity", "severity")
	}
	row, err := q.SeverityByID(ctx, severity)
	if postgres.None(err) {
		return Severity{}, unknown("severity", "severity")
	}
	if err != nil {
		return Severity{}, fmt.Errorf("read the severity: %w", err)
	}
	if row.ArchivedAt != nil {
		return Severity{}, problem.Field("severity", "archived", "The severity %s is archived. Choose another.", row.Name)
	}
	return severityOf(row), nil
}
