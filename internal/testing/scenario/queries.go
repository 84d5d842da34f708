package scenario

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Together marks a statement that was sent in the round trip of the one before it.
const Together = "together with "

// queries notes what is sent to the database.
type queries struct {
	mu   sync.Mutex
	sent []string
}

// TraceQueryStart notes one.
func (q *queries) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent = append(q.sent, data.SQL)
	return ctx
}

// TraceQueryEnd has nothing to note.
func (q *queries) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart notes several that are sent in one round trip.
func (q *queries) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	q.mu.Lock()
	defer q.mu.Unlock()
	for n, query := range data.Batch.QueuedQueries {
		sql := query.SQL
		if n > 0 {
			sql = Together + sql
		}
		q.sent = append(q.sent, sql)
	}
	return ctx
}

// TraceBatchQuery has nothing to note.
func (*queries) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd has nothing to note.
func (*queries) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// Queries returns what was sent to the database while do ran.
func (s *Scenario) Queries(do func()) []string {
	s.queries.mu.Lock()
	begun := len(s.queries.sent)
	s.queries.mu.Unlock()
	do()
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	return s.queries.sent[begun:]
}
