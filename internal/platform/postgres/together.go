package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Together reads things that do not need each other within the read-only transaction of ctx: what all of them ask next
// goes to the database in one round trip. They take turns and never run at the same moment, so they may write to what
// surrounds them. The first error ends all. Outside of such a transaction they run one after the other.
func Together(ctx context.Context, reads ...func(ctx context.Context) error) error {
	state := current(ctx)
	if state == nil || !state.readOnly || len(reads) < 2 {
		for _, read := range reads {
			if err := read(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	if state.known == nil {
		state.known = map[seen]any{}
	}
	turns := make([]*turn, len(reads))
	for n, read := range reads {
		turns[n] = begin(ctx, state, read)
	}
	defer func() {
		for _, t := range turns {
			t.stop()
		}
	}()
	return take(ctx, state, turns)
}

// turn is one of those that read together. Next runs it until it asks, and says that it is done by answering false.
type turn struct {
	tx   *pooled
	next func() ([]*asked, bool)
	stop func()
	err  error
}

// asked is a statement that waits for the others' ones, to be sent with them.
type asked struct {
	sql  string
	args []any
	// answers has the result of the statement next when its turn goes on.
	answers pgx.BatchResults
}

func begin(ctx context.Context, state *open, read func(ctx context.Context) error) *turn {
	t := &turn{tx: &pooled{Tx: state.tx}}
	t.next, t.stop = iter.Pull(func(yield func([]*asked) bool) {
		t.tx.yield = yield
		same := *state // the same transaction, but for how it is asked and who asks
		same.tx, same.after = t.tx, nil
		t.err = read(context.WithValue(ctx, txKey{}, &same))
		state.after = append(state.after, same.after...)
	})
	return t
}

// take gives each its turn until all are done.
func take(ctx context.Context, state *open, turns []*turn) error {
	var answers pgx.BatchResults
	settle := func() error {
		if answers == nil {
			return nil
		}
		err := answers.Close()
		answers = nil
		return err
	}
	defer func() { _ = settle() }()
	var alone []*turn
	for len(turns) > 0 {
		var asks []*asked
		var going []*turn
		for _, t := range turns {
			ask, more := t.next()
			switch {
			case !more && t.err != nil:
				return t.err
			case !more:
			case ask == nil:
				alone = append(alone, t)
			default:
				asks, going = append(asks, ask...), append(going, t)
			}
		}
		if err := settle(); err != nil {
			return err
		}
		if len(asks) > 0 {
			var err error
			if answers, err = send(ctx, state.tx, asks); err != nil {
				return err
			}
		}
		turns = going
	}
	for _, t := range alone {
		if err := isolate(state.tx); err != nil {
			return err
		}
		t.tx.alone = true
		if t.next(); t.err != nil {
			return t.err
		}
	}
	return nil
}

// send asks everything in one round trip, with that of those around who read together as well. What it returns is to be
// closed when all have read their answers.
func send(ctx context.Context, tx pgx.Tx, asks []*asked) (pgx.BatchResults, error) {
	if within, is := tx.(*pooled); is && !within.alone {
		if !within.yield(asks) {
			return nil, errLeft
		}
		return nil, nil
	}
	batch := &pgx.Batch{}
	for _, ask := range asks {
		batch.Queue(ask.sql, ask.args...)
	}
	answers := tx.SendBatch(ctx, batch)
	for _, ask := range asks {
		ask.answers = answers
	}
	return answers, nil
}

// isolate waits until nobody around asks anything any more.
func isolate(tx pgx.Tx) error {
	within, is := tx.(*pooled)
	if !is || within.alone {
		return nil
	}
	if !within.yield(nil) {
		return errLeft
	}
	return nil
}

var errLeft = errors.New("what was read together failed elsewhere")

// pooled is a transaction whose queries wait for those of others.
type pooled struct {
	pgx.Tx
	yield func([]*asked) bool
	// alone says that the others are done.
	alone bool
}

// Query asks when the others ask.
func (p *pooled) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if p.alone {
		return p.Tx.Query(ctx, sql, args...)
	}
	ask := &asked{sql: sql, args: args}
	if !p.yield([]*asked{ask}) {
		return nil, errLeft
	}
	return ask.answers.Query()
}

// QueryRow asks when the others ask.
func (p *pooled) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if p.alone {
		return p.Tx.QueryRow(ctx, sql, args...)
	}
	ask := &asked{sql: sql, args: args}
	if !p.yield([]*asked{ask}) {
		return left{}
	}
	return ask.answers.QueryRow()
}

// Exec waits until the others are done: it may change what they see, as does going on as another actor.
func (p *pooled) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := isolate(p); err != nil {
		return pgconn.CommandTag{}, err
	}
	return p.Tx.Exec(ctx, sql, args...)
}

// left is the row of somebody who was stopped.
type left struct{}

// Scan says so.
func (left) Scan(...any) error { return errLeft }
