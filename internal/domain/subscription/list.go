package subscription

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/subscription/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Mine lists what the actor is subscribed to: everything, severities, types, then incidents.
func (s *Service) Mine(ctx context.Context) ([]Subscription, error) {
	scope, err := self(ctx)
	if err != nil {
		return nil, err
	}
	var list []Subscription
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Mine(ctx, scope.Actor.ID)
		if err != nil {
			return fmt.Errorf("read the subscriptions: %w", err)
		}
		for _, row := range rows {
			list = append(list, view(row))
		}
		return nil
	})
	return list, err
}

func view(row db.MineRow) Subscription {
	one := row.MusterSubscription
	v := Subscription{
		ID: one.ID, Scope: Scope(one.Scope), Incident: one.IncidentID, Type: one.TypeID, Severity: one.SeverityID, Mail: one.Mail, Push: one.Push, At: one.CreatedAt,
	}
	for _, name := range []*string{row.IncidentName, row.TypeName, row.SeverityName} {
		if name != nil {
			v.Name = *name
		}
	}
	if row.Number != nil {
		v.Reference = incident.Reference(*row.Number)
	}
	if row.StatusCategory != nil {
		v.Over = !incident.Category(*row.StatusCategory).Ongoing()
	}
	return v
}

// Of lists what the actor is subscribed to of which the incident is part, the one that names it first; empty when they
// hear nothing of it.
func (s *Service) Of(ctx context.Context, in id.ID) ([]Subscription, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var list []Subscription
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		inc, err := incident.Find(ctx, tx, in)
		if err != nil {
			return err
		}
		list, err = s.matching(ctx, db.New(tx), scope.Actor.ID, inc)
		return err
	})
	return list, err
}

// Hears reports whether somebody with these subscriptions, as Of lists them, is told of the incident.
func Hears(matching []Subscription) bool {
	return len(matching) > 0 && !matching[0].Silent()
}
