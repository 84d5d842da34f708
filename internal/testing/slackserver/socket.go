package slackserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one connection of Socket Mode.
type socket struct {
	conn    *websocket.Conn
	writing sync.Mutex
	mu      sync.Mutex
	waiting map[string]chan json.RawMessage // by envelope
	gone    chan struct{}
}

func connectionsOpen(c *call) (object, error) {
	ticket := c.s.fresh("ticket")
	c.s.grants[ticket] = &grant{}
	address := strings.Replace(base(c.r), "http", "ws", 1) + "/link?ticket=" + ticket + "&app_id=" + c.s.app.ID
	return object{"url": address}, nil
}

// socket takes a connection of Socket Mode whose ticket is good, and at most ten of them.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	_, good := s.grants[ticket]
	delete(s.grants, ticket)
	full := len(s.stream.sockets) >= 10
	s.mu.Unlock()
	if !good || full {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	link := &socket{conn: conn, waiting: map[string]chan json.RawMessage{}, gone: make(chan struct{})}
	s.mu.Lock()
	s.stream.sockets = append(s.stream.sockets, link)
	s.stream.listened = true
	count := len(s.stream.sockets)
	s.mu.Unlock()
	_ = link.write(object{
		"type": "hello", "num_connections": count, "connection_info": object{"app_id": s.app.ID},
		"debug_info": object{"host": "applink-standin", "build_number": 1, "approximate_connection_time": 18060},
	})
	go link.ping(s)
	s.mu.Lock()
	s.nudge()
	s.touch()
	s.mu.Unlock()
	link.read()
	s.mu.Lock()
	s.stream.sockets = slices.DeleteFunc(s.stream.sockets, func(one *socket) bool { return one == link })
	s.touch()
	s.mu.Unlock()
}

func (l *socket) write(value any) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.conn.SetWriteDeadline(time.Now().Add(3 * time.Second))
	return l.conn.WriteJSON(value)
}

// ping keeps the connection warm as Slack does.
func (l *socket) ping(s *Server) {
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = l.conn.WriteControl(websocket.PingMessage, []byte("Ping from the stand-in"), time.Now().Add(time.Second))
		case <-l.gone:
			return
		case <-s.closed:
			return
		}
	}
}

// read takes acknowledgements until the connection ends.
func (l *socket) read() {
	defer close(l.gone)
	defer func() { _ = l.conn.Close() }()
	for {
		var ack struct {
			Envelope string          `json:"envelope_id"`
			Payload  json.RawMessage `json:"payload"`
		}
		if err := l.conn.ReadJSON(&ack); err != nil {
			return
		}
		l.mu.Lock()
		if waiting := l.waiting[ack.Envelope]; waiting != nil {
			waiting <- ack.Payload
			delete(l.waiting, ack.Envelope)
		}
		l.mu.Unlock()
	}
}

var errUnacknowledged = errors.New("not acknowledged in time")

// ask sends an envelope and waits for its acknowledgement.
func (l *socket) ask(s *Server, kind string, payload any, answers bool, d *Delivery) (json.RawMessage, error) {
	s.mu.Lock()
	id := strings.ToLower(s.fresh("envelope-"))
	s.mu.Unlock()
	envelope := object{"type": kind, "envelope_id": id, "payload": payload, "accepts_response_payload": answers}
	if d != nil {
		envelope["retry_attempt"], envelope["retry_reason"] = d.Attempts, d.Failed
	}
	waiting := make(chan json.RawMessage, 1)
	l.mu.Lock()
	l.waiting[id] = waiting
	l.mu.Unlock()
	if err := l.write(envelope); err != nil {
		return nil, err
	}
	select {
	case answer := <-waiting:
		return answer, nil
	case <-time.After(s.patience):
	case <-l.gone:
	case <-s.closed:
	}
	l.mu.Lock()
	delete(l.waiting, id)
	l.mu.Unlock()
	return nil, errUnacknowledged
}

// link chooses the connection for the next envelope, or none.
func (s *Server) link() *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.stream.sockets) == 0 {
		return nil
	}
	s.stream.turn++
	return s.stream.sockets[s.stream.turn%len(s.stream.sockets)]
}

// Sockets counts the connections of Socket Mode.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.stream.sockets)
}

// Refresh asks every connection to be made anew, as Slack does every few hours, and closes it.
func (s *Server) Refresh() {
	s.mu.Lock()
	old := slices.Clone(s.stream.sockets)
	s.stream.sockets = nil
	s.mu.Unlock()
	for _, link := range old {
		_ = link.write(object{"type": "disconnect", "reason": "refresh_requested", "debug_info": object{"host": "applink-standin"}})
		_ = link.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	}
}

// CutSockets breaks every connection without a word.
func (s *Server) CutSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutSockets()
}

func (s *Server) cutSockets() {
	for _, link := range s.stream.sockets {
		_ = link.conn.NetConn().Close()
	}
	s.stream.sockets = nil
}
