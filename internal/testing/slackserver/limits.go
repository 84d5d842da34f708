package slackserver

import (
	"slices"
	"time"
)

// meter counts calls against Slack's rate limits.
type meter struct {
	on       bool
	limited  int
	windows  map[string][]time.Time // method and workspace: the calls of the last minute
	channels map[string]bucket
}

// bucket lets postBurst posts through at once and then one a second.
type bucket struct {
	left float64
	at   time.Time
}

const postBurst = 4

// Limits switches the rate limits on or off; a new stand-in has them off.
func (s *Server) Limits(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter = meter{on: on, limited: s.meter.limited, windows: map[string][]time.Time{}, channels: map[string]bucket{}}
}

// Limited counts the calls that were answered with 429 because they came too fast.
func (s *Server) Limited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meter.limited
}

// over counts a call and returns how long it has to wait when it came too early; a refused call counts for nothing.
func (s *Server) over(name string, tier int, t *token, channel string) time.Duration {
	if !s.meter.on {
		return 0
	}
	now := s.clock.Now()
	if name == "chat.postMessage" {
		tier = s.postsAMinute
	}
	wait := s.window(name+" "+t.team, tier, now)
	if wait == 0 && name == "chat.postMessage" {
		wait = s.bucket(t.team+" "+channel, now)
	}
	if wait > 0 {
		s.meter.limited++
		return wait
	}
	if tier > 0 {
		key := name + " " + t.team
		s.meter.windows[key] = append(s.meter.windows[key], now)
	}
	return 0
}

func (s *Server) window(key string, tier int, now time.Time) time.Duration {
	if tier == 0 {
		return 0
	}
	calls := slices.DeleteFunc(s.meter.windows[key], func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	s.meter.windows[key] = calls
	if len(calls) < tier {
		return 0
	}
	return max(calls[0].Add(time.Minute).Sub(now), time.Second)
}

func (s *Server) bucket(key string, now time.Time) time.Duration {
	b, known := s.meter.channels[key]
	if !known {
		b = bucket{left: postBurst, at: now}
	}
	b.left, b.at = min(postBurst, b.left+now.Sub(b.at).Seconds()), now
	if b.left < 1 {
		s.meter.channels[key] = b
		return max(time.Duration((1-b.left)*float64(time.Second)), time.Millisecond)
	}
	b.left--
	s.meter.channels[key] = b
	return 0
}
