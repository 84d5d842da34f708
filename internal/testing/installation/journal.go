package installation

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// journal keeps the end of what the processes write, and which process has which role.
type journal struct {
	mu     sync.Mutex
	rest   []byte
	lines  []string
	faults []string
	pids   map[string]int
	// requests is nil where nobody asks for them.
	requests []Request
}

// Request is one that was answered, by the log of the process that did.
type Request struct {
	Path string
	Took time.Duration
}

const (
	mostLines  = 400
	mostFaults = 1000
)

func newJournal() *journal { return &journal{pids: map[string]int{}} }

// Write takes output in any pieces.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		line, rest, whole := bytes.Cut(j.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		j.take(string(line))
		j.rest = bytes.Clone(rest)
	}
}

func (j *journal) take(line string) {
	j.lines = append(j.lines, line)
	if len(j.lines) > 2*mostLines {
		j.lines = append([]string(nil), j.lines[mostLines:]...)
	}
	var entry struct {
		Level, Msg, Role, Path string
		PID                    int
		Took                   time.Duration
	}
	if json.Unmarshal([]byte(line), &entry) != nil {
		return
	}
	if entry.Msg == "started" && entry.Role != "" {
		j.pids[entry.Role] = entry.PID
	}
	if entry.Msg == "request" && j.requests != nil {
		j.requests = append(j.requests, Request{Path: entry.Path, Took: entry.Took})
	}
	if entry.Level == "ERROR" && len(j.faults) < mostFaults {
		j.faults = append(j.faults, line)
	}
}

// answered returns the requests since the last time that it was asked, and listens from the first time on.
func (j *journal) answered() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := j.requests
	j.requests = []Request{}
	return all
}

func (j *journal) pid(role string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pids[role]
}

func (j *journal) tail() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines[max(0, len(j.lines)-60):], "\n")
}

func (j *journal) errors() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.faults...)
}
