// Package rest is the toolkit of the public API: typed operations, decoding with errors that name field and pointer,
// filters in brackets, pages by cursor, limits for each key, and the OpenAPI document made from the types.
package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/ratelimit"
)

// Caller is who a key lets in.
type Caller struct {
	// Key is the id of the key; the limit is counted by it.
	Key   id.ID
	Scope tenant.Scope
	// PerMinute is how many requests the key has a minute, DefaultPerMinute when zero.
	PerMinute int
}

// Options is what an API needs.
type Options struct {
	Clock clock.Clock
	// Authenticate finds who has a key and calls from an address; a problem of kind Unauthenticated refuses it.
	Authenticate func(ctx context.Context, secret string, from netip.Addr) (Caller, error)
	// Title, Version and Description introduce the document.
	Title, Version, Description string
	// Server is the address that the document names, "https://muster.example.com".
	Server string
}

// Op is what is known about an operation beside its types.
type Op struct {
	// ID is unique, "Severities V1#List"; what stands before # is the tag under which the document lists it.
	ID string
	// Method and Path are as net/http routes them: "GET", "/v1/severities/{id}".
	Method, Path string
	// Summary is a few words, Description whole sentences in Markdown.
	Summary, Description string
	// Status answers a success, 200 when zero.
	Status int
	// Scopes are all asked of the key before anything else happens.
	Scopes     []authz.Permission
	Deprecated bool
	// Public operations need no key.
	Public bool
}

// Tag is the family under which the operation is listed.
func (o Op) Tag() string { return strings.Split(o.ID, "#")[0] }

// Nothing is an input or an answer that has nothing in it.
type Nothing struct{}

// File is an answer that is sent as it is: a document of its own, already JSON.
type File []byte

// API is a set of operations, served over HTTP and described by a document.
type API struct {
	options    Options
	mux        *http.ServeMux
	operations []Operation
	limits     limits
	failures   *ratelimit.Limiter
}

// Operation is a registered operation with the types of what goes in and what comes out.
type Operation struct {
	Op
	In, Out reflect.Type
}

// New returns an API without operations.
func New(options Options) *API {
	return &API{
		options: options, mux: http.NewServeMux(), limits: limits{clock: options.Clock},
		failures: ratelimit.New(ratelimit.Limit{Burst: 120, Every: time.Second, Keys: 10_000}, options.Clock),
	}
}

// Operations lists what was registered, in that order.
func (a *API) Operations() []Operation { return a.operations }

// Add registers an operation. In is a struct whose fields are tagged path:"id", query:"page_size" or named Body; Out is
// what is answered as JSON, Nothing for no body. It panics on types that it cannot read, at the start of the program.
func Add[In, Out any](a *API, op Op, run func(ctx context.Context, in In) (Out, error)) {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	plan := planOf(reflect.TypeFor[In](), op)
	a.operations = append(a.operations, Operation{Op: op, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out]()})
	a.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) {
		ctx, err := a.admit(w, r, op)
		if err != nil {
			a.Fail(w, r, err)
			return
		}
		var in In
		if err := plan.read(w, r, reflect.ValueOf(&in).Elem()); err != nil {
			a.Fail(w, r, err)
			return
		}
		out, err := run(ctx, in)
		if err != nil {
			a.Fail(w, r, err)
			return
		}
		if _, nothing := any(out).(Nothing); nothing {
			w.WriteHeader(op.Status)
			return
		}
		if file, whole := any(out).(File); whole {
			answer(w, op.Status, file)
			return
		}
		fill(reflect.ValueOf(&out).Elem())
		body, err := json.Marshal(out)
		if err != nil {
			a.Fail(w, r, fmt.Errorf("write the answer of %s: %w", op.ID, err))
			return
		}
		answer(w, op.Status, body)
	})
}

// answer sends JSON.
func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who has gone away reads no answer
}

// ServeHTTP routes a request; what is no operation is answered with an error as any other.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Programs that put paths together out of parts leave a slash at the end.
	if path := r.URL.Path; len(path) > 1 && strings.HasSuffix(path, "/") {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = strings.TrimRight(path, "/"), ""
	}
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.Fail(w, r, a.unrouted(w, r))
		return
	}
	a.mux.ServeHTTP(w, r)
}

// unrouted says what is wrong with a request that no operation serves.
func (a *API) unrouted(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refusal{
			status: http.StatusMethodNotAllowed, kind: "method_not_allowed", code: "method_not_allowed",
			message: fmt.Sprintf("%s is not served here; use %s.", r.Method, strings.Join(allowed, " or ")),
		}
	}
	return problem.New(problem.NotFound, "not_found", "There is nothing at %s. Look the address up in /v1/openapiV3.json.", r.URL.Path)
}

// admit finds who calls, counts the call and asks for the operation's scopes.
func (a *API) admit(w http.ResponseWriter, r *http.Request, op Op) (context.Context, error) {
	ctx := r.Context()
	if op.Public {
		return ctx, nil
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if secret == "" || !strings.EqualFold(scheme, "Bearer") {
		return ctx, problem.New(problem.Unauthenticated, "missing_authorization_material", "The request has no key. Send the header “Authorization: Bearer inc_…”.")
	}
	known := httpx.RequestOf(ctx)
	caller, err := a.options.Authenticate(ctx, secret, known.Client)
	if problem.Is(err, problem.Unauthenticated) {
		if allowed, retry := a.failures.Allow(known.Client.String()); !allowed {
			return ctx, slowDown(w, "Too many requests with keys that are not valid came from your address.", retry, nil)
		}
		return ctx, err
	}
	if err != nil {
		return ctx, fmt.Errorf("authenticate a key: %w", err)
	}
	httpx.Annotate(ctx, slog.String("key", caller.Key.String()))
	if err := a.limits.take(w, caller); err != nil {
		return ctx, err
	}
	ctx = tenant.With(ctx, caller.Scope)
	for _, scope := range op.Scopes {
		if !caller.Scope.Permissions.Has(scope) {
			return ctx, problem.New(problem.Forbidden, "missing_scope", "The key may not do this: none of its roles has the scope %s. Give it one in Settings, API keys.", scope)
		}
	}
	return ctx, nil
}
