package httpx

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Middleware wraps a handler in another.
type Middleware func(http.Handler) http.Handler

// Chain wraps the handler so that the first middleware is the outermost.
func Chain(handler http.Handler, doors ...Middleware) http.Handler {
	for n := len(doors) - 1; n >= 0; n-- {
		if doors[n] != nil {
			handler = doors[n](handler)
		}
	}
	return handler
}

// Request is what the doors learned about a request.
type Request struct {
	ID     string     // of the request, from a trusted proxy or made here
	Client netip.Addr // the real client's address, invalid when it is unknown
	Secure bool       // whether the client speaks https to us or to a trusted proxy

	mu        sync.Mutex
	pattern   string
	attrs     []slog.Attr
	deadlines []*time.Timer
}

type requestKey struct{}

// RequestOf returns what is known about the request that ctx belongs to; outside of requests it is empty, never nil.
func RequestOf(ctx context.Context) *Request {
	if known, ok := ctx.Value(requestKey{}).(*Request); ok {
		return known
	}
	return &Request{}
}

// WithRequestID returns a context of work that goes on behalf of a request, as a job does.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, &Request{ID: id})
}

// Annotate adds attributes to the access log line of the request, for what only inner handlers know.
func Annotate(ctx context.Context, attrs ...slog.Attr) {
	known := RequestOf(ctx)
	known.mu.Lock()
	defer known.mu.Unlock()
	known.attrs = append(known.attrs, attrs...)
}

// Pattern returns the route that served the request, such as "GET /incidents/{ref}"; it is empty before routing.
func (r *Request) Pattern() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pattern
}

// Routed remembers which pattern of the mux served a request, for the log, traces and metrics outside of it.
func Routed(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := RequestOf(r.Context())
		defer func() {
			known.mu.Lock()
			known.pattern = r.Pattern
			known.mu.Unlock()
		}()
		mux.ServeHTTP(w, r)
	})
}

// Identify gives each request an id, answers it in X-Request-Id, and finds the client's real address and scheme.
// Forwarding headers are believed only from peers in trusted.
func Identify(trusted []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer := peerOf(r)
			proxied := peer.IsValid() && within(peer, trusted)
			known := &Request{Client: peer, Secure: r.TLS != nil}
			if proxied {
				known.Client = forwarded(r.Header.Values("X-Forwarded-For"), peer, trusted)
				known.Secure = known.Secure || r.Header.Get("X-Forwarded-Proto") == "https"
				known.ID = wellFormed(r.Header.Get("X-Request-Id"))
			}
			if known.ID == "" {
				known.ID = rand.Text()
			}
			w.Header().Set("X-Request-Id", known.ID)
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, known)))
		})
	}
}

func peerOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(host)
	return addr.WithZone("").Unmap()
}

// forwarded walks the chain from our side and stops at the first address that is not one of our proxies: what lies before it can be invented.
func forwarded(headers []string, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	chain := strings.Split(strings.Join(headers, ","), ",")
	client := peer
	for n := len(chain) - 1; n >= 0; n-- {
		text := strings.TrimSpace(chain[n])
		addr, err := netip.ParseAddr(text)
		if err != nil {
			port, portErr := netip.ParseAddrPort(text)
			if portErr != nil {
				return client
			}
			addr = port.Addr()
		}
		client = addr.WithZone("").Unmap()
		if !within(client, trusted) {
			return client
		}
	}
	return client
}

func wellFormed(id string) string {
	if len(id) == 0 || len(id) > 64 {
		return ""
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			return ""
		}
	}
	return id
}
