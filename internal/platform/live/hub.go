package live

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// Hub hears the signals of all processes on one connection and hands them to those in this process who subscribed.
type Hub struct {
	url       string
	connected atomic.Bool
	mu        sync.Mutex
	listeners map[id.ID]map[*Subscription]struct{}
	// presence takes who is where, which is not handed to those who subscribed; nil where nobody asks.
	presence func(Signal)
}

// NewHub returns a hub that listens at url, which must lead to the server itself and not to a pooler.
func NewHub(url string) *Hub {
	return &Hub{url: url, listeners: map[id.ID]map[*Subscription]struct{}{}}
}

// Subscription receives the signals of one organisation.
type Subscription struct {
	// C yields signals; after missed ones it yields a Resync.
	C    <-chan Signal
	send chan Signal
	lost atomic.Bool
	stop func()
}

// Close ends the subscription.
func (s *Subscription) Close() { s.stop() }

const buffered = 256

// Subscribe starts receiving the organisation's signals.
func (h *Hub) Subscribe(organisation id.ID) *Subscription {
	send := make(chan Signal, buffered)
	s := &Subscription{C: send, send: send}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[organisation] == nil {
		h.listeners[organisation] = map[*Subscription]struct{}{}
	}
	h.listeners[organisation][s] = struct{}{}
	s.stop = func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.listeners[organisation], s)
		if len(h.listeners[organisation]) == 0 {
			delete(h.listeners, organisation)
		}
	}
	return s
}

// SubscribeAll starts receiving the signals of every organisation; a Resync or Beat comes without one.
func (h *Hub) SubscribeAll() *Subscription { return h.Subscribe("") }

// Connected reports whether signals are being heard at the moment.
func (h *Hub) Connected() bool { return h.connected.Load() }

// beat is how often everyone is asked to look for themselves, in case a signal was lost.
const beat = 15 * time.Second

// Run listens until ctx ends, connecting again with short pauses.
func (h *Hub) Run(ctx context.Context) {
	supervise.Go(ctx, "live beat", h.beat)
	pause := 50 * time.Millisecond
	for ctx.Err() == nil {
		started := time.Now()
		err := h.listen(ctx)
		h.connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > 5*time.Second {
			pause = 50 * time.Millisecond
		}
		slog.WarnContext(ctx, "live signals are not heard; connecting again", "error", err, "in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

func (h *Hub) beat(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			h.everyone(Signal{Kind: Beat})
		}
	}
}

func (h *Hub) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, h.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	h.connected.Store(true)
	h.everyone(Signal{Kind: Resync})
	for {
		note, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var signals []Signal
		if err := json.Unmarshal([]byte(note.Payload), &signals); err != nil {
			slog.WarnContext(ctx, "a signal could not be read", "error", err)
			continue
		}
		for _, s := range signals {
			h.take(s)
		}
	}
}

// take hands a signal of another process, or of this one, to those whom it concerns.
func (h *Hub) take(s Signal) {
	if s.Kind != presence {
		h.dispatch(s)
		return
	}
	h.mu.Lock()
	hear := h.presence
	h.mu.Unlock()
	if hear != nil {
		hear(s)
	}
}

func (h *Hub) hearPresence(hear func(Signal)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.presence = hear
}

func (h *Hub) dispatch(s Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for listener := range h.listeners[s.Organisation] {
		listener.offer(s)
	}
	for listener := range h.listeners[""] {
		listener.offer(s)
	}
}

func (h *Hub) everyone(s Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for organisation, listeners := range h.listeners {
		s.Organisation = organisation
		for listener := range listeners {
			listener.offer(s)
		}
	}
}

// offer never waits: a listener that is too slow is told, as soon as there is room, to read for itself.
func (s *Subscription) offer(signal Signal) {
	if s.lost.Load() {
		signal = Signal{Organisation: signal.Organisation, Kind: Resync}
	}
	select {
	case s.send <- signal:
		s.lost.Store(false)
	default:
		s.lost.Store(true)
	}
}
