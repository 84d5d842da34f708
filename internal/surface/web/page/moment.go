package page

import (
	"bytes"
	"context"
	"net/http"
)

// Moment makes everything that handle reads one transaction: what the page shows belongs together, and it costs one
// beginning and one end instead of one for each thing that is read. What handle wants to write belongs into After. The
// answer goes out when the transaction is over, so that no slow reader holds a connection to the database.
func (f *Frame) Moment(handle Handler) Handler {
	if f.Reads == nil {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		// What is read once a process has a transaction of its own, and must not wait for a connection while holding one.
		if _, err := f.PushKey(r.Context()); err != nil {
			return err
		}
		var answer held
		var later laters
		err := f.Reads(context.WithValue(r.Context(), laterKey{}, &later), func(ctx context.Context) error {
			answer, later = held{header: w.Header().Clone()}, nil // once more after a deadlock is from the beginning
			return handle(&answer, r.WithContext(ctx))
		})
		if err != nil {
			return err
		}
		for _, do := range later {
			do(r.Context())
		}
		for name, values := range answer.header {
			w.Header()[name] = values
		}
		if answer.status != 0 {
			w.WriteHeader(answer.status)
		}
		_, err = w.Write(answer.body.Bytes())
		return err
	}
}

type laterKey struct{}

type laters []func(ctx context.Context)

// After does what writes when the page's moment is over and before its answer goes out; at once where there is none.
func After(ctx context.Context, do func(ctx context.Context)) {
	if later, within := ctx.Value(laterKey{}).(*laters); within {
		*later = append(*later, do)
		return
	}
	do(ctx)
}

// held is an answer that has not gone out yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header of the answer.
func (h *held) Header() http.Header { return h.header }

// WriteHeader notes the first status.
func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write keeps a part of the body.
func (h *held) Write(part []byte) (int, error) { return h.body.Write(part) }
