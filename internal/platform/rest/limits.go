package rest

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/ratelimit"
)

// DefaultPerMinute is how many requests a key has a minute where nothing else is said.
const DefaultPerMinute = 1200

// limits counts the requests of each key in this process: with n processes a key has up to n times its limit, and no
// request pays a round trip to the database for being counted.
type limits struct {
	clock clock.Clock
	mu    sync.Mutex
	byPer map[int]*ratelimit.Limiter
}

// take counts a request of the caller, says in headers what is left, and refuses what is too much.
func (l *limits) take(w http.ResponseWriter, caller Caller) error {
	per := caller.PerMinute
	if per <= 0 {
		per = DefaultPerMinute
	}
	every := time.Minute / time.Duration(per)
	taken := l.of(per, every).Take(caller.Key.String())
	full := time.Duration(per-taken.Remaining) * every
	header := w.Header()
	header.Set("X-RateLimit-Limit", strconv.Itoa(per))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(taken.Remaining))
	header.Set("X-RateLimit-Used", strconv.Itoa(per-taken.Remaining))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(l.clock.Now().Add(full).Unix(), 10))
	if taken.Allowed {
		return nil
	}
	return slowDown(w, "The key has sent more than "+strconv.Itoa(per)+" requests in a minute.", taken.Retry, &RateLimit{
		Name: "api_key", Limit: per, Remaining: taken.Remaining, RetryAfter: l.clock.Now().Add(taken.Retry).UTC().Format(time.RFC3339),
	})
}

func (l *limits) of(per int, every time.Duration) *ratelimit.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byPer == nil {
		l.byPer = map[int]*ratelimit.Limiter{}
	}
	if l.byPer[per] == nil {
		l.byPer[per] = ratelimit.New(ratelimit.Limit{Burst: per, Every: every, Keys: 10_000}, l.clock)
	}
	return l.byPer[per]
}
