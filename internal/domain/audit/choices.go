package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Choices are what the log can be filtered by: what occurs in it and the actor may see.
type Choices struct {
	Actions []string
	// Actors are people and keys by the names that they had last, in no order.
	Actors []tenant.Actor
}

// mostActors bounds who is offered.
const mostActors = 1000

// Choices reads what can be filtered by, without reading the entries.
func (s *Service) Choices(ctx context.Context) (Choices, error) {
	if _, err := tenant.Require(ctx, authz.ViewAudit); err != nil {
		return Choices{}, err
	}
	var found Choices
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if found.Actions, err = q.Actions(ctx); err != nil {
			return err
		}
		actors, err := q.Actors(ctx, mostActors)
		for _, a := range actors {
			found.Actors = append(found.Actors, tenant.Actor{Type: tenant.ActorType(a.ActorType), ID: id.ID(a.ActorID), Name: a.ActorName})
		}
		return err
	})
	if err != nil {
		return Choices{}, fmt.Errorf("read what the audit log holds: %w", err)
	}
	return found, nil
}
