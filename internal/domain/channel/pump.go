package channel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// Pump visits channels as soon as something moves in their incidents, several at once, each by one.
type Pump struct {
	service *Service
	// organisations lists those with a workspace.
	organisations func(ctx context.Context) ([]id.ID, error)

	mu    sync.Mutex
	known map[id.ID]bool // the organisations of the last round
	busy  map[stop]bool  // being visited; true when something moved meanwhile
	free  chan struct{}  // a token for each visit that may begin
}

// stop is where the pump calls: the channel of an incident.
type stop struct{ organisation, conversation id.ID }

const (
	// atOnce is how many channels are visited at the same time.
	atOnce = 8
	// round is how often the pump looks for what was put off, and every fifteenth time for what nobody told it.
	round   = time.Second
	fifteen = 15
)

// NewPump returns the pump of the organisations that have channels.
func NewPump(service *Service, organisations func(ctx context.Context) ([]id.ID, error)) *Pump {
	return &Pump{service: service, organisations: organisations, busy: map[stop]bool{}, free: make(chan struct{}, atOnce)}
}

// Run visits until ctx ends. hub tells what moves; what it misses is found on the next round.
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
			if !signal.Stream.Empty() {
				p.moved(ctx, signal.Organisation, signal.Stream)
			}
		case <-ticker.C:
			p.look(ctx, rounds%fifteen == 0)
			rounds++
		}
	}
}

// moved visits the channel of an incident in which something happened.
func (p *Pump) moved(ctx context.Context, organisation, incident id.ID) {
	p.mu.Lock()
	known := p.known[organisation]
	p.mu.Unlock()
	if !known {
		return
	}
	supervise.Go(ctx, "find a channel", func(ctx context.Context) {
		channel, err := p.service.Of(tenant.AsSystem(ctx, organisation), incident)
		if err == nil && (channel.State == Opening || channel.State == Opened) {
			p.call(ctx, stop{organisation, channel.ID})
		}
	})
}

// look visits whatever is due; thorough looks for channels that are behind their rooms too.
func (p *Pump) look(ctx context.Context, thorough bool) {
	organisations, err := p.organisations(ctx)
	if err != nil {
		slog.WarnContext(ctx, "channels were not looked over; the next round will", "error", err)
		return
	}
	known := map[id.ID]bool{}
	for _, organisation := range organisations {
		known[organisation] = true
	}
	p.mu.Lock()
	p.known = known
	p.mu.Unlock()
	for _, organisation := range organisations {
		due, err := p.service.due(tenant.AsSystem(ctx, organisation), thorough)
		if err != nil {
			slog.WarnContext(ctx, "the channels of an organisation were not looked over; the next round will", "organisation", organisation, "error", err)
			continue
		}
		for _, conversation := range due {
			p.call(ctx, stop{organisation, conversation})
		}
	}
}

// call begins a visit, or lets the one that is on its way go round once more.
func (p *Pump) call(ctx context.Context, at stop) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, visiting := p.busy[at]; visiting {
		p.busy[at] = true
		return
	}
	p.busy[at] = false
	supervise.Go(ctx, "tend a channel", func(ctx context.Context) { p.visit(ctx, at) })
}

func (p *Pump) visit(ctx context.Context, at stop) {
	select {
	case p.free <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-p.free }()
	for {
		_, err := p.service.visit(tenant.AsSystem(ctx, at.organisation), at.conversation)
		p.mu.Lock()
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
