// Package stream answers GET /live: the one server-sent event stream of a browser, over which pages learn what moved.
//
// Topics are "incident:ID" for everything in the order of one incident, "room:ID" for who has its room open, and the first word of an event's kind
// ("incident", "action", "user") for what lists show: such a message names nothing, and of a private incident it comes
// to those with access alone. Each message is one JSON object; a page that was away reads rooms by their number and
// fetches its regions again.
package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Message is what a browser receives.
type Message struct {
	Topic string `json:"topic"`
	Kind  string `json:"kind"`
	Seq   int64  `json:"seq,omitempty"`
	ID    id.ID  `json:"id,omitempty"`
	// HTML is the rendered message of a room, the same for every reader.
	HTML string `json:"html,omitempty"`
}

// Options are what the stream needs from the rest of the house.
type Options struct {
	DB  *postgres.DB
	Hub *live.Hub
	// Permit says whether the viewer in ctx may hear of an incident.
	Permit func(ctx context.Context, incident id.ID) error
	// Again looks the viewer's session up again; Unauthenticated ends the stream, as when it is another's by now.
	Again func(r *http.Request) error
	// Render makes the HTML of a room's signal, or answers empty where there is none to push.
	Render func(ctx context.Context, signal live.Signal) (string, error)
	// Presence is told who has which incident's room open.
	Presence *live.Presence
}

// Stream serves the live stream.
type Stream struct {
	options Options
	pushed  *rendered
}

// New returns the stream.
func New(options Options) *Stream {
	return &Stream{options: options, pushed: newRendered(options.Render)}
}

// Routes registers the stream.
func (s *Stream) Routes(mux *http.ServeMux) { mux.HandleFunc("GET /live", s.serve) }

// mostTopics bounds what one browser may listen to.
const mostTopics = 50

// words are the topics that are no incident: first words of kinds that change what pages list.
var words = []string{"incident", "incident_settings", "action", "user", "operators", "export"}

// membership are the kinds after which somebody may have less to hear than before.
var membership = []string{"auth.sessions_ended", "user.deactivated", "user.role_changed"}

// shutting are the kinds after which somebody may not see an incident any more.
var shutting = []string{"incident.made_private", "incident.access_revoked"}

// Gone is the kind of the message that an incident is not the viewer's to see any more: its page leaves.
const Gone = "gone"

// connection is one browser that listens.
type connection struct {
	w      http.ResponseWriter
	flush  *http.ResponseController
	words  map[string]bool  // topics by the first word of a kind
	topics map[id.ID]string // topics by incident
	rooms  map[id.ID]func() // incidents whose room is open, each with what says that it is left
	seen   map[id.ID]int64  // the last number that was sent, by incident
}

func (s *Stream) serve(w http.ResponseWriter, r *http.Request) {
	viewer, ok := page.ViewerOf(r.Context())
	if !ok {
		http.Error(w, "Please sign in.", http.StatusUnauthorized)
		return
	}
	// Subscribed first, so that nothing falls between where the incidents stand and what is heard.
	subscription := s.options.Hub.Subscribe(viewer.Organisation)
	defer subscription.Close()
	c := &connection{w: w, flush: http.NewResponseController(w), words: map[string]bool{}, topics: map[id.ID]string{}, rooms: map[id.ID]func(){}, seen: map[id.ID]int64{}}
	if err := s.admit(r.Context(), c, r.URL.Query().Get("topics")); err != nil {
		status := http.StatusNotFound
		if problem.Is(err, problem.Unavailable) {
			status = http.StatusServiceUnavailable
		}
		http.Error(w, "One of the topics is not there.", status)
		return
	}
	httpx.Live(w, r)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if err := c.write(": connected\n\nretry: 1000\n\n"); err != nil {
		return
	}
	for incident := range c.rooms {
		out := s.options.Presence.Enter(viewer.Organisation, incident, viewer.User)
		defer out()
		c.rooms[incident] = out
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case signal := <-subscription.C:
			if err := s.pass(r, c, signal); err != nil {
				slog.DebugContext(r.Context(), "a live stream ended", "error", err)
				return
			}
		}
	}
}

// admit reads the topics that the browser asked for and checks each; where each incident stands now is its start.
func (s *Stream) admit(ctx context.Context, c *connection, asked string) error {
	for n, topic := range strings.Split(asked, ",") {
		if n >= mostTopics {
			return problem.New(problem.Invalid, "too_many_topics", "A browser listens to %d topics at most.", mostTopics)
		}
		what, incident, found := strings.Cut(topic, ":")
		if !found || what != "incident" && what != "room" {
			c.words[topic] = slices.Contains(words, topic)
			continue
		}
		if err := s.options.Permit(ctx, id.ID(incident)); err != nil {
			return err
		}
		if what == "room" {
			c.rooms[id.ID(incident)] = func() {}
		}
		c.topics[id.ID(incident)] = "incident:" + incident
	}
	return s.stands(ctx, c, func(incident id.ID, at int64) error {
		c.seen[incident] = at
		return nil
	})
}

// pass writes what a signal means to this browser.
func (s *Stream) pass(r *http.Request, c *connection, signal live.Signal) error {
	switch signal.Kind {
	case live.Beat:
		return s.lookAgain(r, c)
	case live.Resync:
		return c.send(Message{Topic: "*", Kind: live.Resync})
	case live.PresenceChanged:
		return s.passPresence(r.Context(), c, signal)
	}
	if slices.Contains(membership, signal.Kind) {
		if err := s.lookAgain(r, c); err != nil {
			return err
		}
	}
	if topic, listens := c.topics[signal.Stream]; listens {
		err := s.stillSees(r.Context(), signal)
		switch {
		case problem.Is(err, problem.NotFound), problem.Is(err, problem.Forbidden):
			err = s.leave(c, signal.Stream)
		case err == nil:
			err = s.passOn(r.Context(), c, topic, signal)
		default: // nothing is sent unasked; the next beat makes up for it
			slog.WarnContext(r.Context(), "whether a reader still sees an incident could not be read", "error", err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return s.passWord(r.Context(), c, signal)
}

// passWord tells lists that something moved.
func (s *Stream) passWord(ctx context.Context, c *connection, signal live.Signal) error {
	word, _, _ := strings.Cut(signal.Kind, ".")
	viewer, _ := page.ViewerOf(ctx)
	switch {
	case slices.Contains(shutting, signal.Kind) && (!signal.Private || signal.Subject == viewer.User):
		// Lists let go of what their reader may not see any more; they are not told why.
		return c.send(Message{Topic: "*", Kind: live.Resync})
	case c.words[word] && s.heard(ctx, signal):
		return c.send(Message{Topic: word, Kind: signal.Kind})
	}
	return nil
}

// passOn sends what moved in an incident, with the rendered message where there is one.
func (s *Stream) passOn(ctx context.Context, c *connection, topic string, signal live.Signal) error {
	html, err := s.pushed.html(ctx, signal)
	if err != nil { // the page fetches it by its number instead
		slog.WarnContext(ctx, "a live message could not be rendered", "error", err)
	}
	c.seen[signal.Stream] = max(c.seen[signal.Stream], signal.Seq)
	return c.send(Message{Topic: topic, Kind: signal.Kind, Seq: signal.Seq, ID: signal.Subject, HTML: html})
}

// stillSees asks again before anything of a private incident is sent, because signals of several processes do not come
// in the order in which they were made: a message may come before the news that its reader was shut out.
func (s *Stream) stillSees(ctx context.Context, signal live.Signal) error {
	if !signal.Private && !slices.Contains(shutting, signal.Kind) {
		return nil
	}
	return s.options.Permit(ctx, signal.Stream)
}

// leave stops listening to an incident and lets its page know.
func (s *Stream) leave(c *connection, incident id.ID) error {
	topic := c.topics[incident]
	delete(c.topics, incident)
	delete(c.seen, incident)
	if out, there := c.rooms[incident]; there {
		out()
		delete(c.rooms, incident)
	}
	return c.send(Message{Topic: topic, Kind: Gone})
}

// passPresence tells who is in a room to those who have it open.
func (s *Stream) passPresence(ctx context.Context, c *connection, signal live.Signal) error {
	if _, open := c.rooms[signal.Stream]; !open {
		return nil
	}
	html, err := s.pushed.html(ctx, signal)
	if err != nil {
		slog.WarnContext(ctx, "who is in a room could not be rendered", "error", err)
		return nil
	}
	return c.send(Message{Topic: "room:" + string(signal.Stream), Kind: signal.Kind, HTML: html})
}

// heard reports whether the viewer may know that something moved at all.
func (s *Stream) heard(ctx context.Context, signal live.Signal) bool {
	return !signal.Private || s.options.Permit(ctx, signal.Stream) == nil
}

// lookAgain, on each beat, ends the stream of who may not listen any more and finds signals that were lost.
func (s *Stream) lookAgain(r *http.Request, c *connection) error {
	if err := s.options.Again(r); problem.Is(err, problem.Unauthenticated) || problem.Is(err, problem.Forbidden) {
		return fmt.Errorf("the session is over: %w", err)
	}
	for incident := range c.topics {
		if err := s.options.Permit(r.Context(), incident); problem.Is(err, problem.NotFound) {
			if err := s.leave(c, incident); err != nil {
				return err
			}
		}
	}
	err := s.stands(r.Context(), c, func(incident id.ID, at int64) error {
		if at <= c.seen[incident] {
			return nil
		}
		c.seen[incident] = at
		return c.send(Message{Topic: c.topics[incident], Kind: live.Resync})
	})
	if problem.Is(err, problem.Unavailable) { // the page has its own banner; the next beat looks again
		err = nil
	}
	if err != nil {
		return err
	}
	return c.write(": beat\n\n")
}

// stands tells how far each incident of the connection has come.
func (s *Stream) stands(ctx context.Context, c *connection, tell func(incident id.ID, at int64) error) error {
	if len(c.topics) == 0 {
		return nil
	}
	ids := make([]string, 0, len(c.topics))
	for incident := range c.topics {
		ids = append(ids, string(incident))
	}
	at := map[id.ID]int64{}
	err := s.options.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT stream_id, value FROM muster.stream
			WHERE organisation_id = muster.current_organisation() AND stream_id = ANY ($1)`, ids)
		if err != nil {
			return err
		}
		var stream id.ID
		var value int64
		_, err = pgx.ForEachRow(rows, []any{&stream, &value}, func() error {
			at[stream] = value
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("read how far the incidents are: %w", err)
	}
	for incident, value := range at {
		if err := tell(incident, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) send(m Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return c.write("data: " + string(text) + "\n\n")
}

func (c *connection) write(text string) error {
	if _, err := c.w.Write([]byte(text)); err != nil {
		return err
	}
	return c.flush.Flush()
}

// scope is the product's own view of the organisation: what is pushed was permitted when the topic was.
func scope(ctx context.Context, organisation id.ID) context.Context {
	return tenant.AsSystem(ctx, organisation)
}
