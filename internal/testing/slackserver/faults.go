package slackserver

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is something that goes wrong with calls of the Web API.
type Fault struct {
	Methods    []string      // which calls, also "response_url" and "files.download"; all when empty
	Status     int           // answer with this HTTP status; 429 comes with Retry-After
	Error      string        // answer with this word of Slack's
	RetryAfter int           // seconds, with 429; 30 when 0
	Delay      time.Duration // wait in real time before anything else; with CutAfter between the effect and the cut
	Cut        bool          // cut the connection before the call has had an effect
	CutAfter   bool          // let the call have its effect, and then cut the connection or answer with Status
	Times      int           // so many calls; no end when 0
	Until      time.Time     // until then on the stand-in's clock; no end when zero
}

type trouble struct {
	down   bool
	faults []*Fault
}

// Fail lets calls go wrong; the earlier of two faults that fit a call counts. It returns what ends it.
func (s *Server) Fail(f Fault) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble.faults = append(s.trouble.faults, &f)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.trouble.faults = slices.DeleteFunc(s.trouble.faults, func(one *Fault) bool { return one == &f })
	}
}

// Calm ends all faults.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = trouble{}
}

// Down makes the whole of Slack unreachable, or reachable again: calls are cut, sockets break and nothing is delivered.
func (s *Server) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble.down = down
	if down {
		s.cutSockets()
	}
	s.nudge()
	s.touch()
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble.down
}

// meet returns the fault that a call meets, and counts it.
func (s *Server) meet(name string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for i, f := range s.trouble.faults {
		if (len(f.Methods) > 0 && !slices.Contains(f.Methods, name)) || (!f.Until.IsZero() && !now.Before(f.Until)) {
			continue
		}
		met := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.trouble.faults = slices.Delete(s.trouble.faults, i, i+1)
			}
		}
		return &met
	}
	return nil
}

// endure waits as long as a fault says, and reports whether anybody still listens.
func (s *Server) endure(r *http.Request, f *Fault) bool {
	if f.Delay == 0 {
		return true
	}
	select {
	case <-time.After(f.Delay):
		return true
	case <-r.Context().Done():
		return false
	case <-s.closed:
		return false
	}
}

// fail answers as a fault says and returns the status.
func (s *Server) fail(w http.ResponseWriter, f *Fault) int {
	status, word := f.Status, f.Error
	if status == 0 {
		status = http.StatusOK
	}
	if word == "" {
		word = "internal_error"
	}
	if status == http.StatusTooManyRequests {
		after := f.RetryAfter
		if after == 0 {
			after = 30
		}
		w.Header().Set("Retry-After", strconv.Itoa(after))
		word = "ratelimited"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"ok": false, "error": word})
	return status
}
