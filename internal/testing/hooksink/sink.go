// Package hooksink stands in for whoever receives webhooks: one HTTP server on 127.0.0.1 that keeps what arrives, checks
// signatures in its own way, and can be told to be in trouble.
package hooksink

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Request is one request that arrived.
type Request struct {
	ID, Timestamp, Signature string
	Header                   http.Header
	Body                     []byte
	// Type is the event_type of the body, Payload what stands under it.
	Type    string
	Payload map[string]any
}

// Sink is the running receiver.
type Sink struct {
	server *httptest.Server

	mu       sync.Mutex
	requests []Request
	answer   func(w http.ResponseWriter, r Request)
}

// New starts a receiver that takes everything and stops with the test.
func New(t testing.TB) *Sink {
	s := &Sink{}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// URL is where it listens.
func (s *Sink) URL() string { return s.server.URL + "/muster" }

// Close stops it: connections are refused from now on.
func (s *Sink) Close() { s.server.Close() }

// Answer lets requests be answered by fn; nil takes them.
func (s *Sink) Answer(fn func(w http.ResponseWriter, r Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// Refuse lets requests be answered with a status.
func (s *Sink) Refuse(status int) {
	s.Answer(func(w http.ResponseWriter, _ Request) { w.WriteHeader(status) })
}

// Requests returns what arrived, the oldest first.
func (s *Sink) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Types returns the event types of what arrived.
func (s *Sink) Types() []string {
	var types []string
	for _, one := range s.Requests() {
		types = append(types, one.Type)
	}
	return types
}

// Forget lets what arrived be gone.
func (s *Sink) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// ServeHTTP keeps a request and answers it.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	got := Request{
		ID: r.Header.Get("webhook-id"), Timestamp: r.Header.Get("webhook-timestamp"), Signature: r.Header.Get("webhook-signature"), Header: r.Header, Body: body,
	}
	var whole map[string]any
	if json.Unmarshal(body, &whole) == nil {
		got.Type, _ = whole["event_type"].(string)
		got.Payload, _ = whole[got.Type].(map[string]any)
	}
	s.mu.Lock()
	s.requests = append(s.requests, got)
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		answer(w, got)
	}
}

// SignedBy reports whether one of the request's signatures is made with the secret, as the Standard Webhooks
// specification tells receivers to check.
func (r Request) SignedBy(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, r.ID+"."+r.Timestamp+"."+string(r.Body))
	for _, one := range strings.Split(r.Signature, " ") {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "v1,"))
		if err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return true
		}
	}
	return false
}
