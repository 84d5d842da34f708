package slack

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/clock"
)

// Priority is how much a call matters to somebody who waits for it.
type Priority int

// The priorities: what adorns, what is said, and what a person looks at while it is done.
const (
	Nice Priority = iota - 1
	Normal
	Urgent
)

type priorityKey struct{}

// WithPriority gives the calls made with the context another priority than their method's own.
func WithPriority(ctx context.Context, priority Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, priority)
}

// pace is how fast something may go on: burst at once, perMinute after.
type pace struct{ burst, perMinute float64 }

// tier keeps within a number of calls in any one minute: a fifth at once and the rest of them spread over the minute.
func tier(calls float64) pace {
	return pace{burst: max(1, calls/5), perMinute: calls - max(1, calls/5)}
}

// Slack's tiers (https://docs.slack.dev/apis/web-api/rate-limits). A few methods have rules of their own: posting goes once
// a second in a channel with short bursts, and "several hundred" times a minute in a workspace.
var (
	tier2 = tier(20)
	tier3 = tier(50)
	tier4 = tier(100)

	posting    = pace{burst: 20, perMinute: 280}
	perChannel = pace{burst: 3, perMinute: 60}
	special    = pace{burst: 50, perMinute: 250}
)

// methods are how fast each may be called and how much it matters.
var methods = map[string]struct {
	pace     pace
	priority Priority
}{
	"auth.test":                    {special, Normal},
	"bookmarks.add":                {tier2, Nice},
	"bookmarks.edit":               {tier2, Nice},
	"bookmarks.list":               {tier3, Nice},
	"bookmarks.remove":             {tier2, Nice},
	"chat.delete":                  {tier3, Normal},
	"chat.getPermalink":            {special, Nice},
	"chat.postEphemeral":           {tier4, Urgent},
	"chat.postMessage":             {posting, Normal},
	"chat.unfurl":                  {tier3, Normal},
	"chat.update":                  {tier3, Normal},
	"conversations.archive":        {tier2, Nice},
	"conversations.create":         {tier2, Normal},
	"conversations.history":        {tier3, Normal},
	"conversations.info":           {tier3, Nice},
	"conversations.invite":         {tier3, Normal},
	"conversations.join":           {tier3, Normal},
	"conversations.kick":           {tier3, Nice},
	"conversations.list":           {tier2, Nice},
	"conversations.members":        {tier4, Nice},
	"conversations.open":           {tier3, Normal},
	"conversations.rename":         {tier2, Nice},
	"conversations.replies":        {tier3, Normal},
	"conversations.setPurpose":     {tier2, Nice},
	"conversations.setTopic":       {tier2, Nice},
	"conversations.unarchive":      {tier2, Nice},
	"files.completeUploadExternal": {tier4, Normal},
	"files.getUploadURLExternal":   {tier4, Normal},
	"files.info":                   {tier4, Normal},
	"pins.add":                     {tier2, Normal},
	"pins.list":                    {tier2, Nice},
	"pins.remove":                  {tier2, Normal},
	"reactions.add":                {tier3, Normal},
	"reactions.get":                {tier3, Nice},
	"reactions.remove":             {tier2, Normal},
	"users.conversations":          {tier3, Normal},
	"users.info":                   {tier4, Normal},
	"users.list":                   {tier2, Nice},
	"users.lookupByEmail":          {tier3, Normal},
	"views.open":                   {tier4, Urgent},
	"views.publish":                {tier4, Nice},
	"views.push":                   {tier4, Urgent},
	"views.update":                 {tier4, Urgent},
	"files.upload":                 {special, Normal}, // to the address that was given, which no tier is told of
	"files.download":               {special, Normal},
	"response_url":                 {special, Urgent},
}

// errPaced is the reason to wait although Slack has not been asked.
var errPaced = errors.New("slack: the next call would come too early")

// limits keeps calls within what Slack takes, before Slack has to say so. Urgent calls find room that others leave, and
// who waits is served by priority and then in order.
type limits struct {
	clock    clock.Clock
	patience time.Duration // longer waits are left to the caller
	off      bool

	mu      sync.Mutex
	tickets int
	buckets map[string]*bucket
}

type bucket struct {
	pace    pace
	tokens  float64
	at      time.Time
	until   time.Time // Slack said to wait
	waiting []turn
}

type turn struct {
	priority Priority
	ticket   int
}

func (t turn) before(other turn) bool {
	return t.priority > other.priority || t.priority == other.priority && t.ticket < other.ticket
}

// take waits for a turn, or answers with *chat.Later when that takes longer than the patience.
func (l *limits) take(ctx context.Context, c call) error {
	if l.off {
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tickets++
	mine := turn{c.priority, l.tickets}
	buckets := l.of(c)
	defer func() {
		for _, b := range buckets {
			b.waiting = slices.DeleteFunc(b.waiting, func(t turn) bool { return t == mine })
		}
	}()
	began := l.clock.Now()
	for {
		now := l.clock.Now()
		var rest time.Duration
		for _, b := range buckets {
			rest = max(rest, b.rest(now, mine))
		}
		if rest == 0 {
			for _, b := range buckets {
				b.tokens--
			}
			return nil
		}
		if now.Add(rest).Sub(began) > l.patience {
			return &chat.Later{After: rest, Err: errPaced, Paced: true}
		}
		for _, b := range buckets {
			if !slices.Contains(b.waiting, mine) {
				b.waiting = append(b.waiting, mine)
			}
		}
		if err := l.sleep(ctx, rest); err != nil {
			return err
		}
	}
}

// sleep waits without the lock.
func (l *limits) sleep(ctx context.Context, rest time.Duration) error {
	l.mu.Unlock()
	defer l.mu.Lock()
	return sleep(ctx, rest)
}

func sleep(ctx context.Context, rest time.Duration) error {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause keeps a method from being called for as long as Slack asked. Posting is limited by the channel as well, and Slack
// does not say which limit it was: the channel rests, and the whole method when two of them have to.
func (l *limits) pause(c call, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	buckets := l.of(c)
	if len(buckets) > 1 {
		method := buckets[0]
		if method.until.After(now) || !l.resting(c, now) {
			buckets = buckets[1:]
		}
	}
	for _, b := range buckets {
		if until := now.Add(after); until.After(b.until) {
			b.until, b.at, b.tokens = until, until, min(b.tokens, 1+b.left(Normal))
		}
	}
}

// resting reports whether another channel of the workspace rests.
func (l *limits) resting(c call, now time.Time) bool {
	own := c.team + " " + c.method + " " + c.channel
	for key, b := range l.buckets {
		if b.pace == perChannel && key != own && b.until.After(now) && key[:len(c.team)+1] == c.team+" " {
			return true
		}
	}
	return false
}

// mostBuckets is how many are kept before those that are full are dropped.
const mostBuckets = 2000

// of returns the buckets that a call draws from.
func (l *limits) of(c call) []*bucket {
	method, known := methods[c.method]
	if !known {
		method.pace = tier2
	}
	found := []*bucket{l.bucket(c.team+" "+c.method, method.pace)}
	if c.method == "chat.postMessage" && c.channel != "" {
		found = append(found, l.bucket(c.team+" "+c.method+" "+c.channel, perChannel))
	}
	return found
}

func (l *limits) bucket(key string, p pace) *bucket {
	if b, known := l.buckets[key]; known {
		return b
	}
	now := l.clock.Now()
	if len(l.buckets) >= mostBuckets {
		for key, b := range l.buckets {
			b.refill(now)
			if b.tokens >= b.pace.burst && len(b.waiting) == 0 {
				delete(l.buckets, key)
			}
		}
	}
	b := &bucket{pace: p, tokens: p.burst, at: now}
	l.buckets[key] = b
	return b
}

func (b *bucket) refill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.pace.burst, b.tokens+passed.Minutes()*b.pace.perMinute)
		b.at = now
	}
}

// rest returns how long a turn has to wait from now.
func (b *bucket) rest(now time.Time, mine turn) time.Duration {
	if b.until.After(now) {
		return b.until.Sub(now)
	}
	b.refill(now)
	need := 1 + b.left(mine.priority)
	for _, other := range b.waiting {
		if other.before(mine) {
			need++
		}
	}
	// A hair under is enough: the sum of many small refills is not exact.
	if short := need - b.tokens; short > 1e-9 {
		return time.Duration(math.Ceil(short/b.pace.perMinute*float64(time.Minute)/float64(time.Microsecond))) * time.Microsecond
	}
	return 0
}

// left is what a priority leaves to those above it.
func (b *bucket) left(priority Priority) float64 {
	switch priority {
	case Urgent:
		return 0
	case Normal:
		return min(b.pace.burst-1, b.pace.burst*0.1)
	default:
		return min(b.pace.burst-1, b.pace.burst*0.4)
	}
}
