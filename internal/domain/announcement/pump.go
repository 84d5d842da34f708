package announcement

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/supervise"
)

const (
	// round is how often the pump looks; what changes within it becomes one edit.
	round = time.Second
	// abreast is how many incidents are announced at a time.
	abreast = 4
)

// Run announces what is due in the organisations that have channels, until ctx ends.
func (s *Service) Run(ctx context.Context, organisations func(ctx context.Context) ([]id.ID, error)) {
	supervise.Apart(ctx, "announce", round, organisations, func(ctx context.Context, organisation id.ID) error {
		return s.Announce(tenant.AsSystem(ctx, organisation))
	})
}

// Announce makes the posts of the organisation that are due as their incidents are.
func (s *Service) Announce(ctx context.Context) error {
	var due []id.ID
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		due, err = db.New(tx).Due(ctx, s.clock.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("look for announcements that are due: %w", err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var troubles []error
	free := make(chan struct{}, abreast)
	for _, inc := range due {
		free <- struct{}{}
		wg.Add(1)
		supervise.Go(ctx, "announce an incident", func(ctx context.Context) {
			defer func() { <-free; wg.Done() }()
			if err := s.visit(ctx, inc); err != nil {
				mu.Lock()
				troubles = append(troubles, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(troubles...)
}
