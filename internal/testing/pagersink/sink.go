// Package pagersink stands in for PagerDuty, Opsgenie and a webhook in tests: one HTTP server on 127.0.0.1 that answers
// as they do, deduplicates as they do, and can be told to be in trouble.
package pagersink

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Token is the REST API key that the stand-in for PagerDuty takes.
const Token = "pagersink-token"

// Request is one request that arrived.
type Request struct {
	Host, Method, Path string
	Header             http.Header
	Body               []byte
	// Event is the body's JSON.
	Event map[string]any
	// Status is what was answered.
	Status int
}

// Alert is what a service keeps under one key, however often it was sent.
type Alert struct {
	Key            string
	Sent           int
	AcknowledgedBy string
	Closed         bool
}

// Sink is the running stand-in.
type Sink struct {
	server *httptest.Server

	mu       sync.Mutex
	requests []Request
	alerts   map[string]*Alert
	trouble  func(r Request) int
	reply    string
	lost     int
}

// New starts a stand-in that stops with the test.
func New(t testing.TB) *Sink {
	s := &Sink{alerts: map[string]*Alert{}}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// Client leads every request to the stand-in, whatever its address.
func (s *Sink) Client() *http.Client {
	at, _ := url.Parse(s.server.URL)
	return &http.Client{Timeout: 5 * time.Second, Transport: detour{at.Host}}
}

// URL is the stand-in's own address, where it is the webhook.
func (s *Sink) URL() string { return s.server.URL }

type detour struct{ host string }

// RoundTrip keeps the name that was meant and goes to the stand-in.
func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Scheme, r.URL.Host = "http", d.host
	return http.DefaultTransport.RoundTrip(r)
}

// Trouble lets requests be answered with a status of trouble; 0 takes them.
func (s *Sink) Trouble(fn func(r Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = fn
}

// LoseAnswers lets the next answers get lost on their way: the service did what it was asked, and the sender cannot know.
func (s *Sink) LoseAnswers(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = n
}

// Reply is what the webhook answers with.
func (s *Sink) Reply(body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = body
}

// Acknowledge lets somebody acknowledge everything that is open in the services.
func (s *Sink) Acknowledge(by string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, alert := range s.alerts {
		if !alert.Closed {
			alert.AcknowledgedBy = by
		}
	}
}

// Requests returns what arrived, the oldest first.
func (s *Sink) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Alerts returns what the services keep.
func (s *Sink) Alerts() map[string]Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]Alert{}
	for key, alert := range s.alerts {
		all[key] = *alert
	}
	return all
}

// ServeHTTP answers as the service does whose name the request bears.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	request := Request{Host: r.Host, Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body}
	_ = json.Unmarshal(body, &request.Event)
	s.mu.Lock()
	trouble := s.trouble
	s.mu.Unlock()
	status, answer := 0, ""
	if trouble != nil {
		status = trouble(request)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case status != 0:
	case strings.HasPrefix(r.Host, "events."):
		status, answer = s.enqueue(request.Event)
	case strings.HasSuffix(r.Host, "pagerduty.com"):
		status, answer = s.incidents(r)
	case strings.HasSuffix(r.Host, "opsgenie.com"):
		status, answer = s.opsgenie(r, request.Event)
	default:
		status, answer = http.StatusOK, s.reply
	}
	if s.lost > 0 {
		s.lost--
		status, answer = http.StatusGatewayTimeout, ""
	}
	request.Status = status
	s.requests = append(s.requests, request)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func text(event map[string]any, name string) string {
	value, _ := event[name].(string)
	return value
}

// keep is what deduplication comes to: an open alert of the same key is sent again, not made twice.
func (s *Sink) keep(key string) {
	alert := s.alerts[key]
	if alert == nil || alert.Closed {
		alert = &Alert{Key: key}
		s.alerts[key] = alert
	}
	alert.Sent++
}

func (s *Sink) enqueue(event map[string]any) (int, string) {
	if len(text(event, "routing_key")) != 32 {
		return http.StatusBadRequest, `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`
	}
	key := text(event, "dedup_key")
	switch text(event, "event_action") {
	case "trigger":
		payload, _ := event["payload"].(map[string]any)
		if text(payload, "summary") == "" || text(payload, "source") == "" || !strings.Contains("critical error warning info", text(payload, "severity")) {
			return http.StatusBadRequest, `{"status":"invalid event","message":"Event object is invalid","errors":["payload is incomplete"]}`
		}
		s.keep(key)
	case "resolve":
		if alert := s.alerts[key]; alert != nil {
			alert.Closed = true
		}
	default:
		return http.StatusBadRequest, `{"status":"invalid event","message":"Event object is invalid","errors":["event_action is not known"]}`
	}
	answer, _ := json.Marshal(map[string]string{"status": "success", "message": "Event processed", "dedup_key": key})
	return http.StatusAccepted, string(answer)
}

func (s *Sink) incidents(r *http.Request) (int, string) {
	if r.Header.Get("Authorization") != "Token token="+Token {
		return http.StatusUnauthorized, `{"error":{"message":"Invalid token"}}`
	}
	list := []map[string]any{}
	if alert := s.alerts[r.URL.Query().Get("incident_key")]; alert != nil {
		one := map[string]any{"status": "triggered", "acknowledgements": []any{}, "last_status_change_by": map[string]string{"summary": "Service"}}
		if alert.AcknowledgedBy != "" {
			one["status"] = "acknowledged"
			one["acknowledgements"] = []any{map[string]any{"acknowledger": map[string]string{"summary": alert.AcknowledgedBy}}}
		}
		if alert.Closed {
			one["status"] = "resolved"
		}
		list = append(list, one)
	}
	answer, _ := json.Marshal(map[string]any{"incidents": list})
	return http.StatusOK, string(answer)
}

func (s *Sink) opsgenie(r *http.Request, event map[string]any) (int, string) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "GenieKey ") {
		return http.StatusUnauthorized, `{"message":"Key format is not valid!"}`
	}
	key, closing := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v2/alerts/"), "/close")
	switch {
	case r.Method == http.MethodGet:
		alert := s.alerts[key]
		if alert == nil {
			return http.StatusNotFound, `{"message":"Alert does not exist"}`
		}
		status := "open"
		if alert.Closed {
			status = "closed"
		}
		answer, _ := json.Marshal(map[string]any{"data": map[string]any{
			"alias": key, "status": status, "acknowledged": alert.AcknowledgedBy != "", "owner": alert.AcknowledgedBy, "report": map[string]string{"acknowledgedBy": alert.AcknowledgedBy},
		}})
		return http.StatusOK, string(answer)
	case closing:
		if alert := s.alerts[key]; alert != nil {
			alert.Closed = true
		}
	case text(event, "message") == "" || len([]rune(text(event, "message"))) > 130:
		return http.StatusUnprocessableEntity, `{"message":"Request body is not processable. Please check the errors."}`
	default:
		s.keep(text(event, "alias"))
	}
	return http.StatusAccepted, `{"result":"Request will be processed","took":0.1,"requestId":"43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}`
}
