package rest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// Failure is the body of every answer that is no success.
type Failure struct {
	Type      string     `json:"type" doc:"What sort of failure it is; programs branch on it." example:"validation_error"`
	Status    int        `json:"status" doc:"The status of the answer again." example:"422"`
	RequestID string     `json:"request_id" doc:"Names this request in Muster's log; send it along when you ask about a failure."`
	Errors    []Mistake  `json:"errors" doc:"What was wrong, one entry each."`
	RateLimit *RateLimit `json:"rate_limit,omitempty" doc:"Only when the key has sent too many requests."`
}

// Mistake is one thing that was wrong.
type Mistake struct {
	Code     string            `json:"code" doc:"Stable, for programs." example:"is_required"`
	Message  string            `json:"message" doc:"A sentence for people: what was wrong, and what would be right."`
	Source   *Source           `json:"source,omitempty" doc:"Where in the request it was, if anywhere."`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Source is where in a request a mistake is.
type Source struct {
	Field   string `json:"field" doc:"The field or the query parameter." example:"severity_id"`
	Pointer string `json:"pointer,omitempty" doc:"A JSON pointer (RFC 6901) into the body." example:"/severity_id"`
}

// RateLimit says how a key's requests are limited.
type RateLimit struct {
	Name       string `json:"name" doc:"Which limit it was."`
	Limit      int    `json:"limit" doc:"How many requests are allowed in a minute."`
	Remaining  int    `json:"remaining" doc:"How many are left now."`
	RetryAfter string `json:"retry_after" doc:"When to try again."`
}

// refusal is an answer for which problem has no kind.
type refusal struct {
	status              int
	kind, code, message string
	limit               *RateLimit
}

// Error is the sentence for people.
func (r refusal) Error() string { return r.message }

// query marks the mistakes of query parameters, which have no pointer into a body.
type query struct{ problem.List }

// wireOf is how a kind of problem is answered.
func wireOf(kind problem.Kind) (status int, name string) {
	switch kind {
	case problem.Invalid:
		return http.StatusUnprocessableEntity, "validation_error"
	case problem.Unauthenticated:
		return http.StatusUnauthorized, "authentication_error"
	case problem.Forbidden:
		return http.StatusForbidden, "resource_forbidden"
	case problem.NotFound:
		return http.StatusNotFound, "not_found"
	case problem.Conflict:
		return http.StatusConflict, "conflict"
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge, "payload_too_large"
	case problem.TooMany:
		return http.StatusTooManyRequests, "too_many_requests"
	case problem.Unavailable:
		return http.StatusServiceUnavailable, "api_error"
	default:
		return http.StatusInternalServerError, "api_error"
	}
}

// Fail answers with an error: the client's mistakes as they are, ours without their cause, which goes to the log.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, err error) {
	body := failure(r.Context(), err)
	body.RequestID = httpx.RequestOf(r.Context()).ID
	if r.Method == http.MethodGet || r.Method == http.MethodDelete { // there is no body to point into
		for n := range body.Errors {
			if source := body.Errors[n].Source; source != nil {
				source.Pointer = ""
			}
		}
	}
	if body.Status >= http.StatusInternalServerError {
		slog.ErrorContext(r.Context(), "an operation of the API failed", "method", r.Method, "path", r.URL.Path, "request", body.RequestID, "error", err)
	}
	if body.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Muster"`)
	}
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	answer(w, body.Status, text)
}

// failure words an error for programs.
func failure(ctx context.Context, err error) Failure {
	if refused, ok := errors.AsType[refusal](err); ok {
		return Failure{Type: refused.kind, Status: refused.status, Errors: []Mistake{{Code: refused.code, Message: refused.message}}, RateLimit: refused.limit}
	}
	if stale, ok := errors.AsType[*problem.Stale](err); ok {
		return Failure{Type: "conflict", Status: http.StatusConflict, Errors: []Mistake{{Code: "stale", Message: stale.Error()}}}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if cause := context.Cause(ctx); errors.Is(cause, httpx.ErrSlow) {
			err = cause
		}
	}
	asked, inQuery := errors.AsType[query](err)
	all := problem.All(err)
	if inQuery {
		all = asked.List
	}
	kind := all[0].Kind
	// What a field names and is not there is a mistake in the request; only what was asked for itself is answered with 404.
	if kind == problem.NotFound && all[0].Field != "" {
		kind = problem.Invalid
	}
	status, name := wireOf(kind)
	body := Failure{Type: name, Status: status}
	for _, one := range all {
		mistake := Mistake{Code: one.Code, Message: one.Message}
		if one.Field != "" {
			mistake.Source = &Source{Field: one.Field}
			if !inQuery {
				mistake.Source.Pointer = pointer(one.Field)
			}
		}
		body.Errors = append(body.Errors, mistake)
	}
	return body
}

// pointer turns "roles[2].assignee" into "/roles/2/assignee".
func pointer(field string) string {
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(field)
}

// Rename gives the fields that an error names the names that they have on the wire; an empty name takes the field away.
func Rename(err error, names map[string]string) error {
	if err == nil {
		return nil
	}
	all := problem.All(err)
	renamed := make(problem.List, len(all))
	for n, one := range all {
		if one.Kind == problem.Internal {
			return err
		}
		changed := *one
		if name, ok := names[one.Field]; ok && one.Field != "" {
			changed.Field = name
		}
		renamed[n] = &changed
	}
	return renamed
}

// slowDown refuses a request that came too soon.
func slowDown(w http.ResponseWriter, message string, retry time.Duration, limit *RateLimit) error {
	seconds := max(1, int(math.Ceil(retry.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return refusal{status: http.StatusTooManyRequests, kind: "too_many_requests", code: "too_many_requests", message: message + " Try again in " + strconv.Itoa(seconds) + " s.", limit: limit}
}
