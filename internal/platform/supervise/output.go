package supervise

import (
	"bytes"
	"io"
	"sync"
)

const kept = 64 << 10

// output passes on what a child writes, whole lines at a time, and keeps the end of it.
type output struct {
	to   *shared
	line []byte
	end  []byte
}

// shared is a writer that several children use.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func (o *output) Write(p []byte) (int, error) {
	o.end = append(o.end, p...)
	if len(o.end) > 2*kept {
		o.end = append(o.end[:0], o.end[len(o.end)-kept:]...)
	}
	o.line = append(o.line, p...)
	if whole := bytes.LastIndexByte(o.line, '\n') + 1; whole > 0 || len(o.line) > kept {
		if whole == 0 {
			whole = len(o.line)
		}
		// A reader of the log that went away must not stop the child from writing.
		_, _ = o.to.Write(o.line[:whole])
		o.line = append(o.line[:0], o.line[whole:]...)
	}
	return len(p), nil
}

// close passes on an unfinished last line and gives the end of all.
func (o *output) close() []byte {
	if len(o.line) > 0 {
		_, _ = o.to.Write(append(o.line, '\n'))
	}
	return o.end[max(0, len(o.end)-kept):]
}

// head reads to the end and keeps the beginning, where the Go runtime says what happened.
func head(r io.Reader) []byte {
	text, _ := io.ReadAll(io.LimitReader(r, kept))
	_, _ = io.Copy(io.Discard, r)
	return text
}
