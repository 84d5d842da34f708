package scenario

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// queries notes the round trips to the database.
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
