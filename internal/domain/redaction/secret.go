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
	return s.find(ctx, scope, secret.Incident, s.everywhere(secrets))
}

// search looks through what it is about, and when it writes takes it out.
type search func(ctx context.Context, w *work, write bool) error

// everywhere looks for the texts in all that the incident or the organisation holds, and in copies.
func (s *Service) everywhere(secrets []string) search {
	return func(ctx context.Context, w *work, write bool) error {
		w.secrets = secrets
		if err := w.through(ctx, write); err != nil {
			return err
		}
		return s.follow(ctx, w, write)
	}
}

func (s *Service) find(ctx context.Context, scope tenant.Scope, inc id.ID, look search) (Report, error) {
	var w *work
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := allow(ctx, tx, scope, inc); err != nil {
			return err
		}
		w = newWork(tx, inc, s.clock.Now())
		return look(ctx, w, false)
	})
	if err != nil {
		return Report{}, err
	}
	return w.report(), nil
}

// passes bounds how often everything is looked through again for what was written meanwhile.
const passes = 5

// Redact removes a secret from every text of the incident or of the organisation that the actor may see, and from the
// copies of its messages in other incidents, in one transaction, and returns in how many places it stood. The log and the audit log say that it was done, and not what.
func (s *Service) Redact(ctx context.Context, secret Secret) (Report, error) {
	scope, secrets, err := begin(ctx, secret)
	if err != nil {
		return Report{}, err
	}
	return s.redact(ctx, scope, secret.Incident, s.everywhere(secrets))
}

func (s *Service) redact(ctx context.Context, scope tenant.Scope, inc id.ID, look search) (Report, error) {
	var w *work
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if !inc.Empty() {
			if _, err := incident.Lock(ctx, tx, inc); err != nil {
				return err
			}
		}
		if err := allow(ctx, tx, scope, inc); err != nil {
			return err
		}
		w = newWork(tx, inc, s.clock.Now())
		if err := look(ctx, w, true); err != nil {
			return err
		}
		return s.tell(ctx, tx, inc, w)
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
		if err := s.tellOf(ctx, tx, held, w.touched[inc]); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, s.clock.Now(), entry)
}

// tellOf lets browsers and the log of one incident know.
func (s *Service) tellOf(ctx context.Context, tx pgx.Tx, held incident.Held, t *touch) error {
	if err := s.rooms.Redacted(ctx, tx, held.ID, t.messages, t.activities); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, Redacted{About: held.About(), Places: t.places})
}
