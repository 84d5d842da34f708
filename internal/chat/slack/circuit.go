package slack

import (
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
)

// When a workspace's circuit opens and closes. Trouble makes it suspect; only when Slack then fails the simplest of calls
// (auth.test) too does it open, so that the trouble of a single method opens nothing.
const (
	suspectFailures = 3               // calls in a row that had no answer, or an answer of 5xx
	suspectLimited  = 3               // methods that were answered with 429 ...
	limitedWithin   = time.Minute     // ... within this time
	firstProbe      = 5 * time.Second // after opening; each probe that fails doubles it ...
	lastProbe       = time.Minute     // ... up to this
	probeTimeout    = 3 * time.Second
	// openTimeout is how long an urgent call is tried while the circuit is open.
	openTimeout = 2 * time.Second
)

// circuit knows of each workspace whether Slack answers.
type circuit struct {
	clock clock.Clock

	mu    sync.Mutex
	lines map[string]*line
}

// line is one workspace.
type line struct {
	told     bool      // the first answer since the program began was passed on
	open     bool      // Slack does not answer
	since    time.Time // when the first call of the row failed
	failures int
	limited  map[string]time.Time
	probing  bool
	rest     time.Duration
	again    time.Time // when the next probe is due
}

func (c *circuit) line(team string) *line {
	l, known := c.lines[team]
	if !known {
		l = &line{limited: map[string]time.Time{}}
		c.lines[team] = l
	}
	return l
}

// enter says what a call finds: the way is free, it is to probe first, or it has to wait. An urgent call does neither.
func (c *circuit) enter(team string, urgent bool) (open, probe bool, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, now := c.line(team), c.clock.Now()
	switch {
	case !l.open:
		return false, false, 0
	case urgent:
		return true, false, 0
	case l.probing || l.again.After(now):
		return true, false, max(l.again.Sub(now), time.Second)
	default:
		l.probing = true
		return true, true, 0
	}
}

// answered notes that Slack answered, and reports whether the world is to be told so for the first time, and whether a
// probe is to find out if what seemed to be down is up again.
func (c *circuit) answered(team string) (first, suspect bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.line(team)
	if l.open {
		suspect = !l.probing
		l.probing = true
		return false, suspect
	}
	l.failures, first = 0, !l.told
	l.told = true
	return first, false
}

// doubt makes the next probe tell what it finds, whatever was told before.
func (c *circuit) doubt(team string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line(team).told = false
}

// failed notes that Slack did not answer, limited that it did with 429; both report whether a probe is to find out why.
func (c *circuit) failed(team string) (suspect bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.line(team)
	if l.failures++; l.failures == 1 {
		l.since = c.clock.Now()
	}
	return c.suspect(l, l.failures >= suspectFailures)
}

func (c *circuit) limited(team, method string) (suspect bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, now := c.line(team), c.clock.Now()
	l.limited[method] = now
	for method, at := range l.limited {
		if now.Sub(at) > limitedWithin {
			delete(l.limited, method)
		}
	}
	if len(l.limited) == suspectLimited && l.failures == 0 {
		l.since = now
	}
	return c.suspect(l, len(l.limited) >= suspectLimited)
}

func (c *circuit) suspect(l *line, enough bool) bool {
	if l.open || l.probing || !enough {
		return false
	}
	l.probing = true
	return true
}

// change is what a probe changed.
type change int

const (
	unchanged change = iota
	wentDown
	cameUp
)

// probed notes what a probe found.
func (c *circuit) probed(team string, answers bool) (what change, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, now := c.line(team), c.clock.Now()
	l.probing = false
	if answers {
		if l.open || !l.told {
			what = cameUp
		}
		*l = line{told: true, limited: map[string]time.Time{}}
		return what, time.Time{}
	}
	if !l.open {
		l.open, l.rest, what = true, firstProbe, wentDown
		if l.since.IsZero() {
			l.since = now
		}
	} else {
		l.rest = min(2*l.rest, lastProbe)
	}
	l.again = now.Add(l.rest)
	return what, l.since
}
