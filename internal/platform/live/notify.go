// Package live tells every process, right after a commit, what moved, over Postgres LISTEN and NOTIFY.
//
// A signal is a hint and never the only way that news travels: whoever listens reads the rows by their number in the
// stream, again after each reconnection, and on a slow beat behind it all.
package live

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// channel is the name under which processes listen.
const channel = "muster_live"

// Signal says that something moved: ids only.
type Signal struct {
	Organisation id.ID  `json:"o"`
	Stream       id.ID  `json:"s,omitempty"`
	Seq          int64  `json:"n,omitempty"`
	Kind         string `json:"k"`
	Subject      id.ID  `json:"i,omitempty"`
	// State is what somebody does in the stream; only signals of presence have it.
	State State `json:"t,omitempty"`
	// Private marks what only those with access to the stream may hear of.
	Private bool `json:"p,omitempty"`
}

// Resync is the kind of the signal which says that some may have been missed: read again from where you are.
const Resync = "resync"

// Beat is the kind of the signal that comes every 15 s, in case another was lost: look whether you are behind.
const Beat = "beat"

// Notifier sends signals after commits, many in one NOTIFY, because each NOTIFY makes commits wait for one another.
type Notifier struct {
	pool    *pgxpool.Pool
	waiting chan Signal
}

// NewNotifier returns a notifier that sends over pool.
func NewNotifier(pool *pgxpool.Pool) *Notifier {
	return &Notifier{pool: pool, waiting: make(chan Signal, 4096)}
}

// Signal queues the news of an event; when the queue is full it is dropped, and the slow beat makes up for it.
func (n *Notifier) Signal(r event.Record) {
	n.Send(Signal{Organisation: r.Organisation, Stream: r.Subject.Stream, Seq: r.Seq, Kind: r.Kind, Subject: r.Subject.ID, Private: r.Subject.Private})
}

// Send queues a signal that no event stands behind, such as that someone is typing.
func (n *Notifier) Send(s Signal) {
	select {
	case n.waiting <- s:
	default:
	}
}

// most is how many signals go into one NOTIFY, whose payload is 8,000 bytes at most.
const most = 40

// Run sends until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-n.waiting:
			n.flush(ctx, append([]Signal{first}, n.drain(most-1)...))
		}
	}
}

func (n *Notifier) drain(limit int) []Signal {
	var more []Signal
	for len(more) < limit {
		select {
		case s := <-n.waiting:
			more = append(more, s)
		default:
			return more
		}
	}
	return more
}

func (n *Notifier) flush(ctx context.Context, signals []Signal) {
	payload, err := json.Marshal(signals)
	if err != nil {
		slog.ErrorContext(ctx, "signals could not be written", "error", err)
		return
	}
	if _, err := n.pool.Exec(ctx, "SELECT pg_notify($1, $2)", channel, string(payload)); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "signals were not sent; pages catch up by themselves", "error", err, "signals", len(signals))
	}
}
