package httpx

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// FormLimit is how many bytes a request may have where nothing else is said.
const FormLimit = 1 << 20

// RenderError answers a request with an error in the form that its client wants.
type RenderError func(w http.ResponseWriter, r *http.Request, err error)

// Recover turns a panic of a handler into a report and an answer; a half-sent answer is cut off so that nobody takes it for whole.
func Recover(render RenderError) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := observe(w)
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(http.ErrAbortHandler)
				}
				err := supervise.Panicked(r.Context(), "http "+r.Method+" "+RequestOf(r.Context()).Pattern(), value)
				if seen.status != 0 {
					panic(http.ErrAbortHandler)
				}
				render(w, r, err)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

// LimitBody bounds the bytes of request bodies; limit says how many a request may have, FormLimit when it is nil or says 0.
func LimitBody(limit func(*http.Request) int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			most := int64(0)
			if limit != nil {
				most = limit(r)
			}
			if most == 0 {
				most = FormLimit
			}
			r.Body = http.MaxBytesReader(w, r.Body, most)
			next.ServeHTTP(w, r)
		})
	}
}

// MethodOverride lets a form, which can only POST, send PUT, PATCH or DELETE by its field _method, or by that query parameter when the form carries files.
func MethodOverride(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			wanted := r.URL.Query().Get("_method")
			if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
				// A body that cannot be read is left to the handler, which parses it again and words the error.
				if err := r.ParseForm(); err == nil && r.PostForm.Get("_method") != "" {
					wanted = r.PostForm.Get("_method")
				}
			}
			switch wanted = strings.ToUpper(wanted); wanted {
			case http.MethodPut, http.MethodPatch, http.MethodDelete:
				r.Method = wanted
			}
		}
		next.ServeHTTP(w, r)
	})
}

// ErrSlow is the cause of the end of a request that took longer than its deadline.
var ErrSlow = problem.New(problem.Unavailable, "too_slow", "This took too long, so it was stopped. Try again in a moment.")

// Deadline ends the work on a request after d, with ErrSlow as the cause; Live lifts it.
func Deadline(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancelCause(r.Context())
			defer cancel(nil)
			timer := time.AfterFunc(d, func() { cancel(ErrSlow) })
			defer timer.Stop()
			known := RequestOf(ctx)
			known.mu.Lock()
			known.deadlines = append(known.deadlines, timer)
			known.mu.Unlock()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// Live lifts every deadline from the request; a handler that streams calls it before its first byte.
func Live(w http.ResponseWriter, r *http.Request) {
	known := RequestOf(r.Context())
	known.mu.Lock()
	for _, timer := range known.deadlines {
		timer.Stop()
	}
	known.mu.Unlock()
	control := http.NewResponseController(w)
	// Writers that know no deadlines, as those of tests, have none to lift.
	_ = control.SetWriteDeadline(time.Time{})
	_ = control.SetReadDeadline(time.Time{})
}

// AccessLog writes one line per request when it is over, without the query, which may hold secrets. Quiet routes are logged at debug level.
func AccessLog(log *slog.Logger, quiet ...string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun := time.Now()
			seen := observe(w)
			method := r.Method
			defer func() {
				known := RequestOf(r.Context())
				known.mu.Lock()
				attrs := append([]slog.Attr{
					slog.String("method", method), slog.String("path", r.URL.Path), slog.String("route", known.pattern),
					slog.Int("status", seen.Status()), slog.Int64("bytes", seen.bytes),
					slog.Duration("took", time.Since(begun).Round(time.Microsecond)), slog.String("client", known.Client.String()),
				}, known.attrs...)
				known.mu.Unlock()
				log.LogAttrs(r.Context(), accessLevel(seen.Status(), r.URL.Path, quiet), "request", attrs...)
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

func accessLevel(status int, path string, quiet []string) slog.Level {
	if status >= 500 {
		return slog.LevelWarn // whoever made the answer has logged the error itself
	}
	for _, prefix := range quiet {
		if strings.HasPrefix(path, prefix) {
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

// NewServer returns a server with limits on slow clients; Live lifts them for a stream.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
}
