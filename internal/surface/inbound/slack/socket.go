package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	slackgo "github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// Socket is how Slack is reached where it cannot reach Muster: by a connection from here (Socket Mode,
// https://docs.slack.dev/apis/events-api/using-socket-mode).
type Socket struct {
	Token string       // of the app
	URL   string       // of the Web API, with a slash at its end
	HTTP  *http.Client // that asks for a connection
}

const (
	// silence is how long a connection may be still: Slack pings far more often.
	silence = 90 * time.Second
	// gap is after how long without a connection what happened meanwhile is read from the channels' history.
	gap = 5 * time.Second
	// longestPause bounds the pauses between connections that fail.
	longestPause = 30 * time.Second
	// inHand is how many commands and forms of one connection are taken at once.
	inHand = 100
)

// Listen keeps a connection to Slack until ctx ends. When Slack asks for another one, that is made before the old one goes.
func (d *Doors) Listen(ctx context.Context, socket Socket) {
	var lost silenceSince
	for failures := 0; ctx.Err() == nil; {
		began := time.Now()
		again := make(chan error, 2)
		supervise.Go(ctx, "hear Slack", func(ctx context.Context) {
			err := errPanicked
			defer func() { again <- err }()
			err = d.hear(ctx, socket, func() { again <- nil }, func() { d.heardAgain(ctx, lost.end()) })
		})
		select {
		case <-ctx.Done():
			return
		case err := <-again:
			if err == nil || time.Since(began) > time.Minute {
				failures = 0
			}
			if err == nil {
				continue
			}
			slog.WarnContext(ctx, "the connection to Slack is lost; there is another one soon", "error", err)
			lost.begin()
			select {
			case <-ctx.Done():
			case <-time.After(min(supervise.Backoff(failures), longestPause)):
			}
			failures++
		}
	}
}

// silenceSince is since when there was no connection; zero while there is one.
type silenceSince struct {
	mu sync.Mutex
	at time.Time
}

func (s *silenceSince) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() {
		s.at = time.Now()
	}
}

func (s *silenceSince) end() (lasted time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() {
		lasted = time.Since(s.at)
	}
	s.at = time.Time{}
	return lasted
}

// heardAgain reads from the channels what happened in a silence that was long enough for Slack to give up telling it.
func (d *Doors) heardAgain(ctx context.Context, silent time.Duration) {
	if silent < gap {
		return
	}
	if err := d.CatchUp(ctx); err != nil {
		slog.WarnContext(ctx, "what happened in Slack without a connection is not read", "error", err)
	}
}

// link is one connection.
type link struct {
	*Doors
	conn    *websocket.Conn
	writing sync.Mutex
	free    chan struct{}
}

// envelope is something that came over a connection.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Answers bool            `json:"accepts_response_payload"`
	Reason  string          `json:"reason"`
}

// hear takes what comes over one connection until it ends; hello is called when it stands, next when Slack wants another one.
func (d *Doors) hear(ctx context.Context, socket Socket, next, hello func()) error {
	api := slackgo.New("", slackgo.OptionAppLevelToken(socket.Token), slackgo.OptionHTTPClient(socket.HTTP), slackgo.OptionAPIURL(socket.URL))
	asking, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	_, address, err := api.StartSocketModeContext(asking)
	if err != nil {
		return fmt.Errorf("ask Slack for a connection: %w", err)
	}
	conn, answer, err := websocket.DefaultDialer.DialContext(asking, address, nil)
	if err != nil {
		return fmt.Errorf("connect to Slack: %w", err)
	}
	defer func() { _ = conn.Close() }()
	_ = answer.Body.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	l := &link{Doors: d, conn: conn, free: make(chan struct{}, inHand)}
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	conn.SetPingHandler(func(text string) error {
		_ = conn.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(5*time.Second))
		return alive()
	})
	for {
		if err := alive(); err != nil {
			return err
		}
		var got envelope
		if err := conn.ReadJSON(&got); err != nil {
			if next == nil || ctx.Err() != nil { // it was asked to go
				return nil
			}
			return fmt.Errorf("read from Slack: %w", err)
		}
		switch got.Type {
		case "hello":
			hello()
		case "disconnect":
			if next != nil {
				next()
				next = nil
			}
		case "events_api": // one after the other, as they happened
			l.take(ctx, got)
		default:
			l.free <- struct{}{}
			supervise.Go(ctx, "take what came over the connection to Slack", func(ctx context.Context) {
				defer func() { <-l.free }()
				l.take(ctx, got)
			})
		}
	}
}

// take keeps what came and acknowledges it; what could not be kept is not acknowledged, and Slack sends it again.
func (l *link) take(ctx context.Context, got envelope) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := l.open(ctx, got)
	switch {
	case errors.Is(err, errUnreadable):
		slog.WarnContext(ctx, "something from Slack cannot be read", "type", got.Type, "error", err)
	case err != nil:
		slog.ErrorContext(ctx, "something from Slack was not kept; Slack sends it again", "type", got.Type, "error", err)
		return
	}
	reply := map[string]any{"envelope_id": got.ID}
	if got.Answers && answer != nil {
		reply["payload"] = answer
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	if err := l.conn.WriteJSON(reply); err != nil {
		slog.WarnContext(ctx, "something from Slack was not acknowledged; Slack sends it again", "error", err)
	}
}

func (l *link) open(ctx context.Context, got envelope) (any, error) {
	switch got.Type {
	case "events_api":
		return l.events(ctx, got.Payload)
	case "interactive":
		return l.interaction(ctx, got.Payload)
	case "slash_commands":
		var fields map[string]any
		if err := json.Unmarshal(got.Payload, &fields); err != nil {
			return nil, errors.Join(errUnreadable, err)
		}
		form := url.Values{}
		for name, value := range fields {
			if text, is := value.(string); is {
				form.Set(name, text)
			}
		}
		return l.commands(ctx, []byte(form.Encode()))
	default:
		return nil, nil
	}
}
