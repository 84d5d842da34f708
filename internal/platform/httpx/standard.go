package httpx

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Doors says how requests are let in.
type Doors struct {
	Log     *slog.Logger
	Trusted []netip.Prefix            // proxies whose forwarding headers are believed
	Origins []string                  // other origins whose pages may change things, "https://host"
	Images  []string                  // other origins that pictures are loaded from, as that of a bucket
	Errors  RenderError               // words refusals and failures
	Limit   func(*http.Request) int64 // bytes of a body, see LimitBody
	Timeout time.Duration             // of a request that is no stream, 30 s when zero
	Quiet   []string                  // path prefixes that are logged at debug level
	Observe Middleware                // traces and metrics, may be nil
	Signed  []string                  // path prefixes at which the handler alone reads bodies: they are signed, or of programs
}

// Open wraps the router in every door, in the one order that works: whoever reports stands outside of whoever may fail.
func (d Doors) Open(mux http.Handler) (http.Handler, error) {
	protect, err := Protect(d.Origins, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Errors(w, r, problem.New(problem.Forbidden, "cross_origin", "This request came from another site's page, so it was refused. Open the page again and retry."))
	}))
	if err != nil {
		return nil, err
	}
	if d.Timeout == 0 {
		d.Timeout = 30 * time.Second
	}
	return Chain(Routed(mux), Identify(d.Trusted), d.Observe, AccessLog(d.Log, d.Quiet...), Headers(d.Images...), Compress, Recover(d.Errors),
		protect, Deadline(d.Timeout), LimitBody(d.Limit), except(d.Signed, MethodOverride)), nil
}

// except leaves a middleware out for some paths.
func except(prefixes []string, middleware Middleware) Middleware {
	return func(next http.Handler) http.Handler {
		with := middleware(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, prefix := range prefixes {
				if strings.HasPrefix(r.URL.Path, prefix) {
					next.ServeHTTP(w, r)
					return
				}
			}
			with.ServeHTTP(w, r)
		})
	}
}
