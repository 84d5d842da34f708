// Package ratelimit slows down whoever asks too often, within one process and without a database.
package ratelimit

import (
	"container/list"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
)

// Limit is how often one key may ask: Burst times at once, and again after each Every. Keys bounds how many keys are remembered.
type Limit struct {
	Burst int
	Every time.Duration
	Keys  int
}

// Limiter keeps a token bucket for each of the keys that asked last.
type Limiter struct {
	limit Limit
	clock clock.Clock

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of *bucket, who asked last in front
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

// New returns a limiter in which every bucket is full.
func New(limit Limit, clk clock.Clock) *Limiter {
	return &Limiter{limit: limit, clock: clk, byKey: map[string]*list.Element{}, recent: list.New()}
}

// Taken is what came of asking for a token.
type Taken struct {
	Allowed bool
	// Remaining is how many tokens are left, Retry how long it takes until there is one when none was.
	Remaining int
	Retry     time.Duration
}

// Allow takes a token of the key; without one it says how long it takes until there is one.
func (l *Limiter) Allow(key string) (allowed bool, retry time.Duration) {
	taken := l.Take(key)
	return taken.Allowed, taken.Retry
}

// Take takes a token of the key, and says how many are left.
func (l *Limiter) Take(key string) Taken {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	now := l.clock.Now()
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(float64(l.limit.Burst), b.tokens+float64(passed)/float64(l.limit.Every))
		b.at = now
	}
	// A hair under one token is one: the sum of many small refills is not exact.
	if b.tokens < 1-1e-9 {
		return Taken{Retry: time.Duration((1 - b.tokens) * float64(l.limit.Every)).Round(time.Microsecond)}
	}
	b.tokens = max(0, b.tokens-1)
	return Taken{Allowed: true, Remaining: int(b.tokens + 1e-9)}
}

func (l *Limiter) bucket(key string) *bucket {
	if found, ok := l.byKey[key]; ok {
		l.recent.MoveToFront(found)
		return found.Value.(*bucket)
	}
	if l.recent.Len() >= l.limit.Keys {
		oldest := l.recent.Back()
		l.recent.Remove(oldest)
		delete(l.byKey, oldest.Value.(*bucket).key)
	}
	made := &bucket{key: key, tokens: float64(l.limit.Burst), at: l.clock.Now()}
	l.byKey[key] = l.recent.PushFront(made)
	return made
}
