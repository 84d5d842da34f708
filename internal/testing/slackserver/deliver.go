package slackserver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Endpoints are the addresses at which the app listens; empty ones are not called.
type Endpoints struct {
	Events, Commands, Interactions, Options string
}

// Delivery is an event on its way to the app.
type Delivery struct {
	ID       string // event_id
	Team     string
	Event    string // "message", "reaction_added"
	Body     []byte
	Attempts int
	Failed   string // why the last attempt failed
	due      time.Time
	again    bool // a double of one that arrived
}

// stream is everything that goes from Slack to the app.
type stream struct {
	wake     chan struct{}
	at       Endpoints
	queue    []*Delivery
	flying   int
	listened bool // whether the app ever listened; what happened before is told to nobody
	held     bool
	twice    bool
	sent     int
	missed   []Delivery
	sockets  []*socket
	turn     int
}

// retries are the waits before an event that was not acknowledged is sent again.
var retries = []time.Duration{0, time.Minute, 5 * time.Minute}

// Point says where the app listens and verifies the address for events as Slack does when one is saved.
func (s *Server) Point(at Endpoints) error {
	if at.Events != "" {
		if err := s.verify(at.Events); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.at = at
	s.stream.listened = s.stream.listened || at.Events != ""
	s.nudge()
	return nil
}

// Events is Point for the address of events alone.
func (s *Server) Events(address string) error {
	s.mu.Lock()
	at := s.stream.at
	s.mu.Unlock()
	at.Events = address
	return s.Point(at)
}

func (s *Server) verify(address string) error {
	challenge := "standin-challenge"
	body, _ := json.Marshal(object{"type": "url_verification", "challenge": challenge, "token": "standin-token"})
	status, answer, err := s.request(address, "application/json", body, nil)
	if err != nil {
		return fmt.Errorf("verify %s: %w", address, err)
	}
	var in struct{ Challenge string }
	_ = json.Unmarshal(answer, &in)
	if status != http.StatusOK || (in.Challenge != challenge && strings.TrimSpace(string(answer)) != challenge) {
		return fmt.Errorf("verify %s: answered %d %q, not with the challenge", address, status, answer)
	}
	return nil
}

// tell sends an event of a workspace to the app; the caller holds the lock.
func (s *Server) tell(team string, event object) {
	ws := s.workspaces[team]
	if !ws.Installed || !s.stream.listened {
		return
	}
	d := &Delivery{ID: s.fresh("Ev"), Team: team, due: s.clock.Now()}
	d.Event, _ = event["type"].(string)
	envelope := object{
		"token": "standin-token", "team_id": team, "api_app_id": s.app.ID, "event": event, "type": "event_callback", "event_id": d.ID,
		"event_time": s.clock.Now().Unix(), "is_ext_shared_channel": false, "event_context": "4-" + d.ID,
		"authorizations": []object{{"enterprise_id": none(ws.Enterprise), "team_id": team, "user_id": ws.BotUser, "is_bot": true, "is_enterprise_install": ws.orgWide}},
	}
	if ws.Enterprise != "" {
		envelope["enterprise_id"] = ws.Enterprise
	}
	d.Body, _ = json.Marshal(envelope)
	s.stream.queue = append(s.stream.queue, d)
	s.nudge()
}

// none writes an absent id as null.
func none(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// tellIn sends an event of a channel, if the app is in it.
func (s *Server) tellIn(ch *channel, event object) {
	if s.sees(ch) {
		s.tell(ch.Team, event)
	}
}

// nudge wakes the deliverer; the caller holds the lock.
func (s *Server) nudge() {
	select {
	case s.stream.wake <- struct{}{}:
	default:
	}
}

// Tick lets the stand-in look at its clock after a test has moved it: retries that are due go out.
func (s *Server) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nudge()
}

// Hold keeps events back until Release.
func (s *Server) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.held = true
}

// Release sends what was held back, the newest first when reversed.
func (s *Server) Release(reversed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream.held = false; reversed {
		slices.Reverse(s.stream.queue)
	}
	s.nudge()
}

// Twice sends every event a second time although it was acknowledged.
func (s *Server) Twice(twice bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.twice = twice
}

// Retry lets time pass until the next attempt of every event that the app has not taken.
func (s *Server) Retry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.stream.queue {
		d.due = s.clock.Now()
	}
	s.nudge()
}

// GiveUp lets time pass for the events that the app did not take: they are missed, without waiting for the last retry.
func (s *Server) GiveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.stream.queue {
		s.stream.missed = append(s.stream.missed, *d)
	}
	s.stream.queue = nil
	s.touch()
}

// Missed returns the events that the app never acknowledged, and forgets them.
func (s *Server) Missed() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	missed := s.stream.missed
	s.stream.missed = nil
	return missed
}

// Settled reports whether every event has been acknowledged or missed.
func (s *Server) Settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.stream.queue) == 0 && s.stream.flying == 0
}

// Delivered counts the events that were acknowledged.
func (s *Server) Delivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.sent
}

// deliver sends events one after the other until Close.
func (s *Server) deliver() {
	for {
		d, wait := s.due()
		if d != nil {
			s.attempt(d)
			continue
		}
		select {
		case <-s.stream.wake:
		case <-time.After(wait):
		case <-s.closed:
			return
		}
	}
}

// due takes the next event whose time has come, or says how long until one might be.
func (s *Server) due() (*Delivery, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := time.Minute
	if s.stream.held || s.trouble.down {
		return nil, wait
	}
	now := s.clock.Now()
	for i, d := range s.stream.queue {
		if !now.Before(d.due) {
			s.stream.queue = slices.Delete(s.stream.queue, i, i+1)
			s.stream.flying++
			return d, 0
		}
		wait = min(wait, d.due.Sub(now))
	}
	return nil, wait
}

// attempt sends an event once and decides what becomes of it.
func (s *Server) attempt(d *Delivery) {
	failed, stop := s.carry(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream.flying--
	defer s.touch()
	d.Attempts++
	d.Failed = failed
	switch {
	case failed == "" || d.again:
		if !d.again {
			s.stream.sent++
		}
		if s.stream.twice && !d.again {
			double := *d
			double.again, double.Failed = true, "http_timeout"
			s.stream.queue = append([]*Delivery{&double}, s.stream.queue...)
		}
	case stop || d.Attempts > len(retries):
		s.stream.missed = append(s.stream.missed, *d)
	default:
		d.due = s.clock.Now().Add(retries[d.Attempts-1])
		s.stream.queue = append([]*Delivery{d}, s.stream.queue...)
	}
}

// carry brings an event to the app over a socket or HTTP, and returns why that failed and whether to leave it at that.
func (s *Server) carry(d *Delivery) (failed string, stop bool) {
	if link := s.link(); link != nil {
		if _, err := link.ask(s, "events_api", json.RawMessage(d.Body), false, d); err != nil {
			return "timeout", false
		}
		return "", false
	}
	s.mu.Lock()
	address := s.stream.at.Events
	s.mu.Unlock()
	if address == "" {
		return "connection_failed", false
	}
	header := http.Header{}
	if d.Attempts > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(d.Attempts))
		header.Set("X-Slack-Retry-Reason", d.Failed)
	}
	status, _, err := s.request(address, "application/json", d.Body, header)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "http_timeout", false
	case errors.Is(err, errNoRetry):
		return "http_error", true
	case err != nil:
		return "connection_failed", false
	case status < 200 || status > 299:
		return "http_error", false
	}
	return "", false
}

var errNoRetry = errors.New("the app wants no retry")

// request sends one signed request to the app and waits as long as Slack does.
func (s *Server) request(address, kind string, body []byte, header http.Header) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	s.Sign(r, body)
	answer, err := s.out.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode > 299 && answer.Header.Get("X-Slack-No-Retry") == "1" {
		err = errNoRetry
	}
	return answer.StatusCode, text, err
}

// Sign puts Slack's signature for now on a request.
func (s *Server) Sign(r *http.Request, body []byte) {
	at := strconv.FormatInt(s.clock.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.app.SigningSecret))
	mac.Write([]byte("v0:" + at + ":"))
	mac.Write(body)
	r.Header.Set("X-Slack-Request-Timestamp", at)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
}
