package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// stop is where the pump calls: an endpoint of an organisation.
type stop struct{ organisation, endpoint id.ID }

// Pump sends to every endpoint by itself, so that a slow one keeps no other waiting.
type Pump struct {
	service *Service

	mu    sync.Mutex
	known map[stop]time.Time // the endpoints that are sent to, and when something is due there; zero when nothing waits
	busy  map[stop]bool      // being visited; true when something moved meanwhile
}

const (
	// round is how often the pump looks for what was put off, and every fifth time for what nobody told it.
	round    = time.Second
	thorough = 5
)

// NewPump returns the pump of all organisations.
func NewPump(service *Service) *Pump {
	return &Pump{service: service, known: map[stop]time.Time{}, busy: map[stop]bool{}}
}

// Run sends until ctx ends. hub tells what moves; what it misses is found on a later round.
func (p *Pump) Run(ctx context.Context, hub *live.Hub) {
	heard := hub.SubscribeAll()
	defer heard.Close()
	ticker := time.NewTicker(round)
	defer ticker.Stop()
	for rounds := 0; ; {
		select {
		case <-ctx.Done():
			return
		case signal := <-heard.C:
			if concerns(signal.Kind) {
				p.moved(ctx, signal.Organisation)
			}
		case <-ticker.C:
			p.look(ctx, rounds%thorough == 0)
			rounds++
		}
	}
}

// concerns reports whether endpoints may be told of events of the kind.
func concerns(kind string) bool {
	noun, _, _ := strings.Cut(kind, ".")
	return noun == "incident" || noun == "action" || noun == "follow_up"
}

// moved visits the endpoints of an organisation in which something happened.
func (p *Pump) moved(ctx context.Context, organisation id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at := range p.known {
		if at.organisation == organisation {
			p.call(ctx, at)
		}
	}
}

// look visits where something is due; all finds what nobody told the pump as well.
func (p *Pump) look(ctx context.Context, all bool) {
	enabled, err := p.service.enabled(ctx)
	if err != nil {
		if ctx.Err() == nil {
			slog.WarnContext(ctx, "webhooks were not looked over; the next round will", "error", err)
		}
		return
	}
	now := p.service.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	known := make(map[stop]time.Time, len(enabled))
	for _, at := range enabled {
		due, seen := p.known[at]
		known[at] = due
		if all || !seen || !due.IsZero() && !now.Before(due) {
			p.call(ctx, at)
		}
	}
	p.known = known
}

// call begins a visit, or lets the one that is on its way go round once more. The pump is locked.
func (p *Pump) call(ctx context.Context, at stop) {
	if _, visiting := p.busy[at]; visiting {
		p.busy[at] = true
		return
	}
	p.busy[at] = false
	supervise.Go(ctx, "send webhooks", func(ctx context.Context) { p.visit(ctx, at) })
}

func (p *Pump) visit(ctx context.Context, at stop) {
	for {
		next, err := p.service.visit(tenant.AsSystem(ctx, at.organisation), at.endpoint)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "webhooks wait for the next round", "organisation", at.organisation, "endpoint", at.endpoint, "error", err)
		}
		p.mu.Lock()
		if _, known := p.known[at]; known && err == nil {
			p.known[at] = next
		}
		again := p.busy[at] && err == nil && ctx.Err() == nil
		if again {
			p.busy[at] = false
		} else {
			delete(p.busy, at)
		}
		p.mu.Unlock()
		if !again {
			return
		}
	}
}

// enabled lists the endpoints of all organisations that are sent to.
func (s *Service) enabled(ctx context.Context) ([]stop, error) {
	var all []stop
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Enabled(ctx)
		for _, row := range rows {
			all = append(all, stop{id.ID(row.OrganisationID), id.ID(row.EndpointID)})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the webhooks that are sent to: %w", err)
	}
	return all, nil
}

// Deliver sends everything that is due by now, of all organisations, one endpoint after the other.
func (s *Service) Deliver(ctx context.Context) error {
	enabled, err := s.enabled(ctx)
	for _, at := range enabled {
		_, failure := s.visit(tenant.AsSystem(ctx, at.organisation), at.endpoint)
		err = errors.Join(err, failure)
	}
	return err
}
