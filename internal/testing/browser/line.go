package browser

import (
	"io"
	"net"
	"sync"
	"time"
)

// Line leads to a server and can be cut, as when a train enters a tunnel.
type Line struct {
	// URL is where the server is at this end.
	URL string

	to       string
	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	cut      bool
}

// NewLine lays a line to the address, host and port, until the test ends.
func NewLine(t Test, to string) *Line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("lay a line: %v", err)
	}
	l := &Line{URL: "http://" + listener.Addr().String(), to: to, listener: listener, open: map[net.Conn]bool{}}
	go l.serve()
	t.Cleanup(func() {
		_ = listener.Close()
		l.Cut()
	})
	return l
}

// Cut ends every connection, and each new one at once.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for conn := range l.open {
		_ = conn.Close()
	}
	clear(l.open)
}

// Mend lets connections through again.
func (l *Line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = false
}

func (l *Line) serve() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.DialTimeout("tcp", l.to, 5*time.Second)
		if err != nil || !l.keep(near, far) {
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
			continue
		}
		go l.join(near, far)
		go l.join(far, near)
	}
}

// keep notes the two ends, unless the line is cut.
func (l *Line) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		if !l.cut {
			l.open[end] = true
		}
	}
	return !l.cut
}

func (l *Line) join(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = from.Close(), to.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, from)
}
