package app

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/ratelimit"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// rememberedSessions bounds how many sessions each limit keeps in mind.
const rememberedSessions = 10_000

// dear are the requests that cost more than a page, and how often one session may send each: far more often than
// people do, so that only what went wild is stopped.
var dear = []struct {
	is    func(r *http.Request) bool
	limit ratelimit.Limit
}{
	{isUpload, ratelimit.Limit{Burst: 30, Every: 2 * time.Second, Keys: rememberedSessions}}, // pictures are decoded and scaled
	{func(r *http.Request) bool { return r.URL.Path == "/live" }, ratelimit.Limit{Burst: 60, Every: time.Second, Keys: rememberedSessions}},
	{func(r *http.Request) bool { return r.URL.Path == "/palette" }, ratelimit.Limit{Burst: 60, Every: 250 * time.Millisecond, Keys: rememberedSessions}},
}

// calm refuses a session that sends what is dear too often.
func (a *App) calm(next http.Handler) http.Handler {
	limiters := make([]*ratelimit.Limiter, len(dear))
	for n, one := range dear {
		limiters[n] = ratelimit.New(one.limit, a.Clock)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, _ := page.ViewerOf(r.Context())
		for n, one := range dear {
			if !one.is(r) {
				continue
			}
			if allowed, retry := limiters[n].Allow(string(viewer.Session)); !allowed {
				seconds := strconv.Itoa(int(math.Ceil(retry.Seconds())))
				w.Header().Set("Retry-After", seconds)
				page.Fail(w, r, problem.New(problem.TooMany, "too_many_requests", "That was too often in a short time. Try again in %s s.", seconds))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
