package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

const (
	// Kept is how long what was sent can be looked at, keptCount how much of it at one endpoint.
	Kept      = 30 * 24 * time.Hour
	keptCount = 10_000
	// sweepAtOnce is how many deliveries one statement deletes.
	sweepAtOnce = 1000
)

// Sweep deletes the deliveries of all organisations that were kept long enough.
func (s *Service) Sweep(ctx context.Context) error {
	var organisations []id.ID
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM control.organisation ORDER BY id")
		if err != nil {
			return err
		}
		organisations, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	if err != nil {
		return fmt.Errorf("list the organisations: %w", err)
	}
	var failed error
	for _, organisation := range organisations { // one that fails must not keep the others waiting
		failed = errors.Join(failed, s.sweep(tenant.AsSystem(ctx, organisation)))
	}
	return failed
}

func (s *Service) sweep(ctx context.Context) error {
	var endpoints []db.EverEndpointsRow
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		endpoints, err = db.New(tx).EverEndpoints(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("list webhook endpoints: %w", err)
	}
	for _, endpoint := range endpoints {
		params := db.SweepDeliveriesParams{Endpoint: endpoint.ID, Before: s.clock.Now().Add(-Kept), Keep: keptCount, Most: sweepAtOnce}
		if endpoint.DeletedAt != nil {
			params.Keep = 0
		}
		for more := true; more; {
			err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
				n, err := db.New(tx).SweepDeliveries(ctx, params)
				more = n == sweepAtOnce
				return err
			})
			if err != nil {
				return fmt.Errorf("sweep deliveries: %w", err)
			}
		}
	}
	return nil
}
