package redaction

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Find says where a secret stands, among what the actor may see, and changes nothing.
func (s *Service) Find(ctx context.Context, secret Secret) (Report, error) {
	scope, secrets, err := begin(ctx, secret)
	if err != nil {
		return Report{}, err
	}
	var w *work
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := allow(ctx, tx, scope, secret.Incident); err != nil {
			return err
		}
		w = newWork(tx, secret.Incident, secrets, s.clock.Now())
		_, err := w.pass(ctx, false)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	return w.report(), nil
}

// passes bounds how often everything is looked through again for what was written meanwhile.
const passes = 5

// Redact removes a secret from every text of the incident or of the organisation that the actor may see, in one
// transaction, and returns in how many places it stood. The log and the audit log say that it was done, and not what.
func (s *Service) Redact(ctx context.Context, secret Secret) (Report, error) {
	scope, secrets, err := begin(ctx, secret)
	if err != nil {
		return Report{}, err
	}
	var w *work
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if !secret.Incident.Empty() {
			if _, err := incident.Lock(ctx, tx, secret.Incident); err != nil {
				return err
			}
		}
		if err := allow(ctx, tx, scope, secret.Incident); err != nil {
			return err
		}
		w = newWork(tx, secret.Incident, secrets, s.clock.Now())
		for range passes {
			changed, err := w.pass(ctx, true)
			if err != nil {
				return err
			}
			if changed == 0 {
				break
			}
		}
		return s.tell(ctx, tx, secret.Incident, w)
	})
	if err != nil {
		return Report{}, err
	}
	return w.report(), nil
}

func begin(ctx context.Context, secret Secret) (tenant.Scope, []string, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return scope, nil, err
	}
	if !secret.Incident.Empty() && !secret.Incident.Valid() {
		return scope, nil, problem.Missing("incident")
	}
	secrets, err := sought(secret.Text)
	return scope, secrets, err
}

// tell lets rooms and logs know, one event for each incident that was touched.
func (s *Service) tell(ctx context.Context, tx pgx.Tx, where id.ID, w *work) error {
	report := w.report()
	if report.Total == 0 {
		return nil
	}
	counts := map[string]int{}
	for _, p := range report.Places {
		counts[p.Called] = p.Count
	}
	entry := audit.Entry{Action: "redaction.done", TargetType: "organisation", After: map[string]any{"places": report.Total, "incidents": report.Incidents, "kinds": counts}}
	if scope, err := tenant.From(ctx); err == nil {
		entry.TargetID = scope.Organisation
	}
	var touched []id.ID
	for inc := range w.touched {
		touched = append(touched, inc)
	}
	slices.Sort(touched)
	for _, inc := range touched {
		held, err := incident.Find(ctx, tx, inc)
		if err != nil {
			return err
		}
		if inc == where {
			entry.TargetType, entry.TargetID, entry.Incident, entry.Private = "incident", inc, inc, held.Private
		}
		t := w.touched[inc]
		if err := s.rooms.Redacted(ctx, tx, inc, t.messages, t.activities); err != nil {
			return err
		}
		if err := s.bus.Publish(ctx, tx, Redacted{About: held.About(), Places: t.places}); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, s.clock.Now(), entry)
}
