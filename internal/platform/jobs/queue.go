package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// Queue puts deliveries into River within the transaction that publishes their event; it implements event.Enqueuer.
type Queue struct {
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
	clock  clock.Clock

	mu     sync.Mutex
	due    map[string]struct{}
	waking bool
}

// NewQueue returns a queue over the database of pool. A clock that is not the machine's dates the jobs.
func NewQueue(pool *pgxpool.Pool, clock clock.Clock) (*Queue, error) {
	client, err := river.NewClient(silentDriver(pool), &river.Config{
		Schema: postgres.QueueSchema, Logger: riverLog(), MaxAttempts: maxAttempts, Test: river.TestConfig{Time: riverTime(clock)},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the queue: %w", err)
	}
	return &Queue{pool: pool, client: client, clock: clock, due: map[string]struct{}{}}, nil
}

// Enqueue puts the deliveries into the queue in one insert, and wakes the workers once the transaction is committed.
func (q *Queue) Enqueue(ctx context.Context, tx pgx.Tx, deliveries []event.Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	about, err := json.Marshal(metadata{Trace: telemetry.Inject(ctx)})
	if err != nil {
		return fmt.Errorf("write a job's metadata: %w", err)
	}
	inserts := make([]river.InsertManyParams, len(deliveries))
	for n, d := range deliveries {
		inserts[n] = river.InsertManyParams{
			Args:       arguments{Organisation: d.Organisation, Event: d.Event, EventKind: d.Kind, Subscriber: d.Subscriber},
			InsertOpts: &river.InsertOpts{Queue: string(d.Queue), Metadata: about},
		}
		if d.Page {
			inserts[n].InsertOpts.MaxAttempts = pageAttempts
		}
	}
	if _, err := q.client.InsertManyTx(ctx, tx, inserts); err != nil {
		return fmt.Errorf("queue %d deliveries: %w", len(deliveries), err)
	}
	postgres.AfterCommit(ctx, func() { q.wake(deliveries) })
	return nil
}

// wake tells the workers of all processes that something is due. Notifications serialise commits, so they are sent
// after the commit, by one goroutine at most, and those that gather meanwhile go out together.
func (q *Queue) wake(deliveries []event.Delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range deliveries {
		q.due[string(d.Queue)] = struct{}{}
	}
	if !q.waking {
		q.waking = true
		supervise.Go(context.Background(), "wake the workers", q.notify)
	}
}

func (q *Queue) notify(ctx context.Context) {
	for {
		q.mu.Lock()
		queues := slices.Sorted(maps.Keys(q.due))
		clear(q.due)
		q.waking = len(queues) > 0
		q.mu.Unlock()
		if len(queues) == 0 {
			return
		}
		if err := notifyQueues(ctx, q.pool, queues); err != nil {
			slog.WarnContext(ctx, "the workers were not woken; their poll finds the jobs", "error", err)
		}
	}
}

// notifyQueues sends what River's producers listen for.
func notifyQueues(ctx context.Context, pool *pgxpool.Pool, queues []string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := pool.Exec(ctx, `SELECT pg_notify($1, json_build_object('queue', name)::text) FROM unnest($2::text[]) name`,
		postgres.QueueSchema+".river_insert", queues)
	if err != nil {
		return fmt.Errorf("notify the queues: %w", err)
	}
	return nil
}
