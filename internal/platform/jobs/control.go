package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Safety tells which work may be thrown away; *event.Bus knows.
type Safety interface {
	UnsafeToClear(kind, subscriber string) bool
}

// Operator is who looks after the installation and acts on its queues.
type Operator struct {
	ID   id.ID
	Name string
}

// Control is what operators see of the queues and do to them. Whoever calls it has made sure that they are operators.
type Control struct {
	pool   *pgxpool.Pool
	queue  *Queue
	safety Safety
	client *river.Client[pgx.Tx]
}

// NewControl returns the operators' view of the queue.
func NewControl(pool *pgxpool.Pool, queue *Queue, safety Safety) (*Control, error) {
	client, err := river.NewClient(listeningDriver(pool, pool), &river.Config{Schema: postgres.QueueSchema, Logger: riverLog()})
	if err != nil {
		return nil, fmt.Errorf("prepare the control of the queues: %w", err)
	}
	return &Control{pool: pool, queue: queue, safety: safety, client: client}, nil
}

// Selection is the work that an operator means: one job, or all of a queue, of a kind, or of a kind in a queue.
type Selection struct {
	Job   int64
	Queue event.Queue
	Kind  Kind
}

// String is how people and the record of actions read it.
func (s Selection) String() string {
	switch {
	case s.Job != 0:
		return fmt.Sprintf("job %d", s.Job)
	case s.Kind == Kind{}:
		return fmt.Sprintf("queue %s", s.Queue)
	case s.Queue == "":
		return s.Kind.String()
	}
	return fmt.Sprintf("%s in queue %s", s.Kind, s.Queue)
}

func (s Selection) check() error {
	if s == (Selection{}) {
		return problem.New(problem.Invalid, "nothing_selected", "Name a job, a queue or a kind.")
	}
	return nil
}

// selected restricts river_job j to a selection by the arguments $1 to $4.
const selected = `j.kind = '` + deliverKind + `'
	AND ($1::bigint = 0 OR j.id = $1)
	AND ($2::text = '' OR coalesce(j.metadata->'suspect'->>'queue', j.queue) = $2)
	AND ($3::text = '' OR j.args->>'kind' = $3) AND ($4::text = '' OR j.args->>'subscriber' = $4)`

// givenUp holds for a job j that failed for good and was neither quarantined nor cleared.
const givenUp = `(j.state = 'discarded' OR j.state = 'cancelled' AND cardinality(j.errors) > 0 AND NOT j.metadata ?| ARRAY['quarantined', 'cleared'])`

func (s Selection) arguments() []any {
	return []any{s.Job, string(s.Queue), s.Kind.Event, s.Kind.Subscriber}
}

// act does what an operator asked in a transaction, and keeps who did what to how much.
func (c *Control) act(ctx context.Context, by Operator, action, target string, do func(tx pgx.Tx) (touched int64, err error)) (int64, error) {
	var touched int64
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) (err error) {
		if touched, err = do(tx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO control.operator_action (operator_id, operator_name, action, target, touched) VALUES ($1, $2, $3, $4, $5)`,
			string(by.ID), by.Name, action, target, touched)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", action, target, err)
	}
	slog.InfoContext(ctx, "an operator acted on the queues", "operator", by.ID, "action", action, "target", target, "touched", touched)
	return touched, nil
}

// wake lets the workers look at once at what an operator made due.
func (c *Control) wake(ctx context.Context) {
	queues := []string{}
	for _, queue := range event.Queues() {
		queues = append(queues, string(queue))
	}
	if err := notifyQueues(ctx, c.pool, queues); err != nil {
		slog.WarnContext(ctx, "the workers were not woken; their poll finds the jobs", "error", err)
	}
}

// Action is one thing that an operator did.
type Action struct {
	Operator string
	Action   string
	Target   string
	// Touched is how many jobs it changed.
	Touched int64
	At      time.Time
}

// Actions lists what operators did, newest first.
func (c *Control) Actions(ctx context.Context, most int) ([]Action, error) {
	return list[Action](ctx, c.pool, "what operators did",
		`SELECT operator_name, action, target, touched, at FROM control.operator_action ORDER BY id DESC LIMIT $1`, most)
}

// list reads rows into structs by the order of their fields.
func list[T any](ctx context.Context, pool *pgxpool.Pool, what, sql string, arguments ...any) ([]T, error) {
	rows, err := pool.Query(ctx, sql, arguments...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	return found, nil
}
