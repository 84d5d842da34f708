// Package httpx is how Muster speaks HTTP: guarded requests to addresses that people gave, and the doors that every request to Muster passes.
package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Limits of a request to an address that a person gave.
const (
	OutboundTimeout = 7 * time.Second
	OutboundBody    = 100_000 // bytes of an answer that are read
)

// ErrTransaction is the refusal to send a request while a database transaction is open.
var ErrTransaction = errors.New("httpx: a request inside a database transaction is refused")

// ErrTooLarge is what reading an answer beyond its limit gives.
var ErrTooLarge = errors.New("httpx: the answer is larger than is read")

// Outbound says what a client may reach; the zero value is the strict client for addresses that people give.
type Outbound struct {
	AllowPrivate bool           // take addresses of private networks too
	Allow        []netip.Prefix // ranges that are taken although they are private
	Timeout      time.Duration  // of the whole exchange, OutboundTimeout when zero
	MaxBody      int64          // bytes of an answer, OutboundBody when zero
}

// NewClient returns a client for addresses that people give: it connects only to addresses that were checked after they were resolved,
// follows no redirects, uses no proxy, reads a bounded answer in a bounded time and refuses to work inside a database transaction.
func NewClient(o Outbound) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = OutboundTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = OutboundBody
	}
	// The check sits between resolving and connecting, so a name that answers differently the second time gains nothing.
	dialer := &net.Dialer{Timeout: o.Timeout, Control: func(_, address string, _ syscall.RawConn) error { return o.check(address) }}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: outside{limit: o.MaxBody, next: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    o.Timeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// TrustedClient returns a client for addresses that the operator configured; it may reach private networks, but still not inside a transaction.
func TrustedClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: outside{next: http.DefaultTransport}}
}

func (o Outbound) check(address string) error {
	resolved, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("httpx: read the resolved address %q: %w", address, err)
	}
	addr := resolved.Addr()
	if o.AllowPrivate || Public(addr) || within(unwrap(addr), o.Allow) {
		return nil
	}
	return problem.Field("url", "address_refused", "This address leads into a private network (%s). Use a public address, or ask your operator to allow it.", addr)
}

// outside is the transport under every client: it guards transactions, schemes and the size of answers.
type outside struct {
	limit int64
	next  http.RoundTripper
}

// RoundTrip sends the request if it may be sent.
func (t outside) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := RefuseInTransaction(r.Context()); err != nil {
		return nil, err
	}
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, problem.Field("url", "scheme_refused", "The address must begin with https:// or http://.")
	}
	// The span is for us alone: strangers are not told our trace ids.
	ctx, span := otel.Tracer("muster").Start(r.Context(), r.Method+" "+r.URL.Hostname(), trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	answer, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		span.SetStatus(codes.Error, "no answer")
		return nil, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", answer.StatusCode))
	if t.limit == 0 {
		return answer, nil
	}
	answer.Body = &bounded{ReadCloser: answer.Body, left: t.limit}
	return answer, nil
}

// RefuseInTransaction returns ErrTransaction when the context holds an open transaction, and panics in tests so that no one overlooks it;
// everything that speaks to the network calls it first.
func RefuseInTransaction(ctx context.Context) error {
	if !InTransaction(ctx) {
		return nil
	}
	if testing.Testing() {
		panic(ErrTransaction)
	}
	return ErrTransaction
}

// WithoutAddress takes the address out of a client's error, for logs: many an address holds a secret.
func WithoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// bounded reads at most left bytes and then fails, unless the body ends there.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads within the limit.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		var one [1]byte
		if n, err := b.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
