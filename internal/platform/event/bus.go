package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// Queue is how urgent a subscriber's work is.
type Queue string

// The queues, from most to least urgent.
const (
	Chat     Queue = "chat"
	Default  Queue = "default"
	Webhooks Queue = "webhooks"
	Bulk     Queue = "bulk"
)

// Queues lists the queues, from most to least urgent.
func Queues() []Queue { return []Queue{Chat, Default, Webhooks, Bulk} }

// Delivery is one event on its way to one subscriber; it is what a job carries.
type Delivery struct {
	Organisation id.ID
	Event        id.ID
	// Kind is the event's kind, Subscriber the name given to After.
	Kind       string
	Subscriber string
	Queue      Queue
	// Page marks work by which somebody is called.
	Page bool
}

// Enqueuer puts deliveries into the job queue within the transaction, all in one insert.
type Enqueuer interface {
	Enqueue(ctx context.Context, tx pgx.Tx, deliveries []Delivery) error
}

// Signaller tells other processes, after the commit, that a stream or the organisation moved.
type Signaller interface {
	Signal(record Record)
}

// Bus stores events and hands them to subscribers.
type Bus struct {
	db     *postgres.DB
	clock  clock.Clock
	queue  Enqueuer
	signal Signaller
	within map[string][]within
	after  map[string][]after
}

type within struct {
	name string
	run  func(ctx context.Context, tx pgx.Tx, r Record, e Event) error
}

type after struct {
	name   string
	queue  Queue
	unsafe bool
	page   bool
	wants  func(ctx context.Context, tx pgx.Tx, r Record, e Event) (bool, error)
	run    func(ctx context.Context, r Record, payload json.RawMessage) error
}

// NewBus returns a bus that stores through db, queues through queue and signals through signal.
func NewBus(db *postgres.DB, clock clock.Clock, queue Enqueuer, signal Signaller) *Bus {
	return &Bus{db: db, clock: clock, queue: queue, signal: signal, within: map[string][]within{}, after: map[string][]after{}}
}

// Within subscribes fn to events of type E in the transaction that publishes them; its error undoes the whole verb.
func Within[E Event](b *Bus, name string, fn func(ctx context.Context, tx pgx.Tx, r Record, e E) error) {
	var zero E
	b.within[zero.Kind()] = append(b.within[zero.Kind()], within{name: name, run: func(ctx context.Context, tx pgx.Tx, r Record, e Event) error {
		return fn(ctx, tx, r, e.(E))
	}})
}

// Option changes how a subscriber of After is served.
type Option func(*after)

// On sets the queue of the subscriber; without it work is on Default.
func On(queue Queue) Option { return func(a *after) { a.queue = queue } }

// UnsafeToClear marks work whose loss would be noticed outside: operators are warned before they clear it.
func UnsafeToClear() Option { return func(a *after) { a.unsafe = true } }

// Page marks work by which somebody is called: it is tried until it is done, never long apart, and never quarantined.
// fn itself knows when nobody needs to be called any more.
func Page() Option { return func(a *after) { a.unsafe, a.page = true, true } }

// When filters within the publishing transaction: where fn answers no, no job is made.
func When[E Event](fn func(ctx context.Context, tx pgx.Tx, r Record, e E) (bool, error)) Option {
	return func(a *after) {
		a.wants = func(ctx context.Context, tx pgx.Tx, r Record, e Event) (bool, error) { return fn(ctx, tx, r, e.(E)) }
	}
}

// After subscribes fn to events of type E as a job after the commit, at least once, tried again with growing pauses.
// fn is idempotent: its record's id is the key that it gives to whatever it writes or sends.
func After[E Event](b *Bus, name string, fn func(ctx context.Context, r Record, e E) error, options ...Option) {
	var zero E
	a := after{name: name, queue: Default, run: func(ctx context.Context, r Record, payload json.RawMessage) error {
		var e E
		if err := json.Unmarshal(payload, &e); err != nil {
			return fmt.Errorf("read the payload of %s version %d: %w", r.Kind, r.Version, err)
		}
		return fn(ctx, r, e)
	}}
	for _, option := range options {
		option(&a)
	}
	b.after[zero.Kind()] = append(b.after[zero.Kind()], a)
}

// Publish stores the event in the transaction, runs those subscribed within it and queues the others.
func (b *Bus) Publish(ctx context.Context, tx pgx.Tx, e Event) error {
	return b.PublishAt(ctx, tx, b.clock.Now(), e)
}

// PublishAt is Publish for a fact that occurred at another moment than it is recorded.
func (b *Bus) PublishAt(ctx context.Context, tx pgx.Tx, occurred time.Time, e Event) (err error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	ctx, end := telemetry.Step(ctx, func() string { return "publish " + e.Kind() })
	defer func() { end(err) }()
	now := b.clock.Now()
	r := Record{
		ID: id.New(now), Organisation: scope.Organisation, Kind: e.Kind(), Version: e.Version(), Subject: e.Subject(),
		Actor: scope.Actor, Trace: telemetry.Inject(ctx), OccurredAt: occurred, RecordedAt: now,
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the payload of %s: %w", r.Kind, err)
	}
	if err := b.store(ctx, tx, &r, payload); err != nil {
		return err
	}
	for _, s := range b.within[r.Kind] {
		if err := s.run(ctx, tx, r, e); err != nil {
			return fmt.Errorf("%s, on %s: %w", s.name, r.Kind, err)
		}
	}
	if err := b.enqueue(ctx, tx, r, e); err != nil {
		return err
	}
	postgres.AfterCommit(ctx, func() { b.signal.Signal(r) })
	return nil
}

func (b *Bus) store(ctx context.Context, tx pgx.Tx, r *Record, payload []byte) error {
	var stream *string
	var seq *int64
	if !r.Subject.Stream.Empty() {
		next, err := Next(ctx, tx, r.Subject.Stream)
		if err != nil {
			return err
		}
		r.Seq = next
		text := string(r.Subject.Stream)
		stream, seq = &text, &next
	}
	_, err := tx.Exec(ctx, `INSERT INTO muster.event (organisation_id, id, kind, version, incident_id, private, seq, subject_id,
			actor_type, actor_id, actor_name, trace, payload, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		string(r.Organisation), string(r.ID), r.Kind, r.Version, stream, r.Subject.Private, seq, string(r.Subject.ID),
		string(r.Actor.Type), string(r.Actor.ID), r.Actor.Name, r.Trace, payload, r.OccurredAt, r.RecordedAt)
	if err != nil {
		return fmt.Errorf("store %s: %w", r.Kind, err)
	}
	return nil
}

func (b *Bus) enqueue(ctx context.Context, tx pgx.Tx, r Record, e Event) error {
	var deliveries []Delivery
	for _, s := range b.after[r.Kind] {
		if s.wants != nil {
			wanted, err := s.wants(ctx, tx, r, e)
			if err != nil {
				return fmt.Errorf("ask %s whether it wants %s: %w", s.name, r.Kind, err)
			}
			if !wanted {
				continue
			}
		}
		deliveries = append(deliveries, Delivery{Organisation: r.Organisation, Event: r.ID, Kind: r.Kind, Subscriber: s.name, Queue: s.queue, Page: s.page})
	}
	if len(deliveries) == 0 {
		return nil
	}
	return b.queue.Enqueue(ctx, tx, deliveries)
}
