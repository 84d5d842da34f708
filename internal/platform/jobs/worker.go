package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// Deliverer runs a subscriber for an event; *event.Bus is one.
type Deliverer interface {
	Deliver(ctx context.Context, d event.Delivery) error
	// Pages reports whether the subscriber calls for somebody.
	Pages(kind, subscriber string) bool
}

// Observer is told of work, for metrics. Its methods are called from many goroutines and must be quick.
type Observer interface {
	// Delivered tells how long a delivery waited to be run, how long it took, and its error if it failed.
	Delivered(d event.Delivery, waited, took time.Duration, err error)
	// Quarantined tells of a delivery that is kept from running because it kills.
	Quarantined(d event.Delivery)
}

// Options say what a worker runs and how.
type Options struct {
	DB    *postgres.DB
	Bus   Deliverer
	Clock clock.Clock
	// Queues is how many deliveries of each queue run at once in this process; nil means Concurrency.
	Queues map[event.Queue]int
	// Listen is a direct pool for LISTEN where DB goes through a pooler; nil means DB.
	Listen *pgxpool.Pool
	// Instance names this run of the process, unlike any other; empty means supervise.Instance().
	Instance string
	// Lone is the command of the process that runs suspects alone: one that ends up in Worker.RunLone. Without it
	// this worker leaves suspects to others.
	Lone []string
	// CrashFile holds the supervisor's records of deaths, which are copied to the database; empty means none.
	CrashFile string
	// Timeout bounds one delivery; 0 means a minute.
	Timeout time.Duration
	// Drain is how long running deliveries may go on after the worker was told to stop; 0 means 20 s. A supervisor
	// must grant some seconds more.
	Drain time.Duration
	// Observer may be nil.
	Observer Observer
}

// Concurrency is how many deliveries of each queue a worker runs at once by default.
func Concurrency() map[event.Queue]int {
	return map[event.Queue]int{event.Chat: 10, event.Default: 8, event.Webhooks: 6, event.Bulk: 2}
}

// cooldown is the least time between two fetches of a queue, by urgency.
var cooldown = map[event.Queue]time.Duration{event.Chat: 5 * time.Millisecond, event.Default: 20 * time.Millisecond}

// pausedFor is how long a job of a paused kind sleeps; resuming wakes it.
const pausedFor = time.Minute

// Worker runs deliveries.
type Worker struct {
	options Options
	pool    *pgxpool.Pool

	// heard is set when a process died whose record is to be copied.
	heard atomic.Bool

	mu     sync.Mutex
	paused map[Kind]bool
	// active are the jobs that run here.
	active map[int64]bool
}

// NewWorker returns a worker; Run, RunLone or Drain puts it to work.
func NewWorker(options Options) *Worker {
	if options.Queues == nil {
		options.Queues = Concurrency()
	}
	if options.Listen == nil {
		options.Listen = options.DB.Pool()
	}
	if options.Instance == "" {
		options.Instance = supervise.Instance()
	}
	if options.Timeout == 0 {
		options.Timeout = time.Minute
	}
	if options.Drain == 0 {
		options.Drain = 20 * time.Second
	}
	return &Worker{options: options, pool: options.DB.Pool(), active: map[int64]bool{}}
}

// Run works until the context ends, and then lets running deliveries finish within Options.Drain.
func (w *Worker) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	client, err := w.client()
	if err != nil {
		return err
	}
	// The lease comes first: what runs without one is taken for the work of the dead.
	if err := w.beat(ctx, false); err != nil {
		return err
	}
	if err := w.readPaused(ctx); err != nil {
		return err
	}
	detached := context.WithoutCancel(ctx)
	if err := client.Start(detached); err != nil {
		return fmt.Errorf("start the queues: %w", err)
	}
	slog.InfoContext(ctx, "working", "instance", w.options.Instance)
	beating, stopBeating := context.WithCancel(detached)
	defer stopBeating()
	// Without one of these a worker does harm, so it stops when any of them does.
	var background sync.WaitGroup
	keep := func(ctx context.Context, where string, fn func(context.Context)) {
		background.Add(1)
		supervise.Go(ctx, where, func(ctx context.Context) {
			defer background.Done()
			defer stop()
			fn(ctx)
		})
	}
	keep(beating, "beat the worker's lease", w.keepLease)
	keep(ctx, "give back the work of the dead", w.hearDeaths)
	keep(ctx, "run suspects alone", w.watchSuspects)

	<-ctx.Done()
	stopping, cancel := context.WithTimeout(detached, w.options.Drain+5*time.Second)
	defer cancel()
	err = client.Stop(stopping)
	stopBeating()
	background.Wait()
	if err != nil {
		return fmt.Errorf("drain the queues: %w", err)
	}
	return w.leave(stopping)
}

func (w *Worker) client() (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &carrier{worker: w})
	queues := map[string]river.QueueConfig{}
	for name, most := range w.options.Queues {
		queues[string(name)] = river.QueueConfig{MaxWorkers: most, FetchCooldown: cooldown[name]}
	}
	client, err := river.NewClient(listeningDriver(w.pool, w.options.Listen), &river.Config{
		ID: w.options.Instance, Schema: postgres.QueueSchema, Logger: riverLog(), Queues: queues, Workers: workers,
		MaxAttempts: maxAttempts, RetryPolicy: retry{w.options.Clock}, JobTimeout: w.options.Timeout,
		JobStuckHandler: stuck, SoftStopTimeout: w.options.Drain,
		// What was given up is kept as long as what was tried to the last.
		CancelledJobRetentionPeriod: 7 * 24 * time.Hour,
		Test:                        river.TestConfig{Time: riverTime(w.options.Clock)},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the queues: %w", err)
	}
	return client, nil
}

// stuck opens another place in the queue for a delivery that does not stop at its deadline.
func stuck(ctx context.Context, params river.JobStuckHandlerParams) river.JobStuckHandlerResult {
	slog.ErrorContext(ctx, "a delivery does not stop at its deadline", "job", params.ID, "queue", params.Queue, "stuck", params.TotalStuckJobs)
	return river.JobStuckHandlerResult{AddWorkerSlot: true}
}

// carrier is what River calls for each job.
type carrier struct {
	river.WorkerDefaults[arguments]
	worker *Worker
}

// Work delivers, and tells River what to do after a failure.
func (c *carrier) Work(ctx context.Context, job *river.Job[arguments]) error {
	if c.worker.isPaused(Kind{Event: job.Args.EventKind, Subscriber: job.Args.Subscriber}) {
		return river.JobSnooze(pausedFor)
	}
	defer c.worker.hold(job.ID)()
	about, err := readMetadata(job.Metadata)
	if err != nil {
		return err
	}
	waited := c.worker.options.Clock.Now().Sub(job.ScheduledAt)
	err = c.worker.perform(ctx, work{id: job.ID, delivery: job.Args.delivery(job.Queue), attempt: job.Attempt, trace: about.Trace, waited: waited})
	if hopeless(err) && !c.worker.pages(job.Args.delivery(job.Queue)) {
		return river.JobCancel(err)
	}
	return err
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
