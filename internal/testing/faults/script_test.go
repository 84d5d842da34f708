package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/installation"
)

// script is an incident that several people work on over HTTP, each insisting as their browser does: what is not
// acknowledged is sent again with the same key.
type script struct {
	t    *testing.T
	here *installation.Installation
	// over ends the writing; patience ends insisting.
	over     <-chan struct{}
	patience context.Context

	mu       sync.Mutex
	declared map[string]string // path by key
	said     map[string]said   // by key
	updated  map[string]string // path of the incident by key
	acted    map[string]string
	reminded []string // incidents whose update is due once
	reacted  map[string]bool
	again    int // how often something was sent again
}

type said struct{ author, message id.ID }

// participant is one who writes.
type participant struct {
	*installation.Person
	id   id.ID
	name string
}

func newScript(t *testing.T, here *installation.Installation, over <-chan struct{}, patience context.Context) *script {
	return &script{
		t: t, here: here, over: over, patience: patience,
		declared: map[string]string{}, said: map[string]said{}, updated: map[string]string{}, acted: map[string]string{}, reacted: map[string]bool{},
	}
}

// enough tells what is lacking for the script to prove something.
func (s *script) enough() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.said) < 100 || len(s.updated) < 10 || len(s.declared) < 10 || len(s.reminded) < 3 {
		return fmt.Errorf("there are %d messages, %d updates, %d incidents and %d reminders", len(s.said), len(s.updated), len(s.declared), len(s.reminded))
	}
	return nil
}

// insist sends until it is acknowledged; a refusal that no retry would change fails the test.
func (s *script) insist(p participant, method, path string, form url.Values) (installation.Answer, bool) {
	for {
		answer, err := p.Do(s.patience, method, path, form)
		switch {
		case s.patience.Err() != nil:
			s.t.Errorf("%s %s was never acknowledged", method, path)
			return answer, false
		case err != nil || answer.Status >= 500 || answer.Status == http.StatusTooManyRequests:
			s.mu.Lock()
			s.again++
			s.mu.Unlock()
			time.Sleep(40 * time.Millisecond)
		case answer.Status >= 300 || strings.HasPrefix(answer.Header.Get("Muster-Location"), "/login"):
			s.t.Errorf("%s %s %v is answered with %d: %s", method, path, form, answer.Status, answer.Body)
			return answer, false
		default:
			return answer, true
		}
	}
}

// loop does something again and again until writing is over.
func (s *script) loop(pause time.Duration, do func(n int) bool) {
	for n := 0; ; n++ {
		select {
		case <-s.over:
			return
		case <-time.After(pause/2 + rand.N(pause)):
		}
		if !do(n) {
			return
		}
	}
}

func (s *script) declare(p participant, name, key string) (string, bool) {
	answer, ok := s.insist(p, http.MethodPost, "/incidents", url.Values{"name": {name}, "key": {key}})
	if !ok {
		return "", false
	}
	where := answer.Header.Get("Muster-Location")
	if !strings.HasPrefix(where, "/incidents/") {
		s.t.Errorf("declaring with key %s is answered with %d and leads to %q", key, answer.Status, where)
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.declared[key] = where
	return where, true
}

var (
	messageID = regexp.MustCompile(`id="m-([0-9A-Z]{26})"`)
	oneLine   = regexp.MustCompile(`<li[^>]*id="m-([0-9A-Z]{26})"[^>]*>`)
	changed   = regexp.MustCompile(`data-changed="(\d+)"`)
	clientKey = regexp.MustCompile(`data-client-key="([^"]*)"`)
)

// talk posts messages, some of which mention somebody, and sometimes reacts to its own.
func (s *script) talk(p participant, where string, whom []participant) {
	s.loop(60*time.Millisecond, func(n int) bool {
		key, text := fmt.Sprintf("%s-%d", p.name, n), fmt.Sprintf("Message %d of %s", n, p.name)
		if n%10 == 3 {
			other := whom[n/10%len(whom)]
			text += fmt.Sprintf(" for @[%s](user:%s)", other.name, other.id)
		}
		answer, ok := s.insist(p, http.MethodPost, where+"/room/messages", url.Values{"text": {text}, "client_key": {key}})
		if !ok {
			return false
		}
		found := messageID.FindStringSubmatch(answer.Body)
		if found == nil {
			s.t.Errorf("message %s is acknowledged with %d without itself: %q", key, answer.Status, answer.Body)
			return false
		}
		s.mu.Lock()
		s.said[key] = said{author: p.id, message: id.ID(found[1])}
		s.mu.Unlock()
		if n%8 == 5 {
			if _, ok := s.insist(p, http.MethodPut, where+"/room/messages/"+found[1]+"/reactions/"+url.PathEscape("👀"), url.Values{}); !ok {
				return false
			}
			s.mu.Lock()
			s.reacted[found[1]] = true
			s.mu.Unlock()
		}
		return true
	})
}

// lead sends updates and makes actions.
func (s *script) lead(p participant, where string) {
	s.loop(250*time.Millisecond, func(n int) bool {
		key := fmt.Sprintf("%s-%d", p.name, n)
		if n%3 == 2 {
			if _, ok := s.insist(p, http.MethodPost, where+"/actions", url.Values{"description": {"Look into part " + key}, "key": {key}}); !ok {
				return false
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.acted[key] = where
			return true
		}
		return s.update(p, where, key)
	})
}

func (s *script) update(p participant, where, key string) bool {
	form := url.Values{"message": {"Update " + key}, "next": {"30"}, "key": {key}}
	if _, ok := s.insist(p, http.MethodPost, where+"/updates", form); !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updated[key] = where
	return true
}

// report declares incident after incident; every third one has an update that falls due at once.
func (s *script) report(p participant) {
	s.loop(300*time.Millisecond, func(n int) bool {
		key := fmt.Sprintf("declare-%s-%d", p.name, n)
		where, ok := s.declare(p, "Something is wrong, "+key, key)
		if !ok {
			return false
		}
		if n%3 != 1 {
			return true
		}
		if !s.update(p, where, key) {
			return false
		}
		if !s.fallDue(where) {
			return false
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reminded = append(s.reminded, where)
		return true
	})
}

// reader is a browser that has the room open: the live stream tells it that something moved, and it reads what it
// has not seen by its number.
type reader struct {
	s     *script
	who   participant
	where string
	topic string

	mu   sync.Mutex
	at   string
	seen map[string]int // how often each message came, by client key
	rows map[string]int // how often each state of each message came
}

func (r *reader) listen(ctx context.Context) {
	for ctx.Err() == nil {
		r.stream(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (r *reader) stream(ctx context.Context) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.who.URL+"/live?topics="+url.QueryEscape(r.topic), nil)
	if err != nil {
		r.s.t.Error(err)
		return
	}
	endless := *r.who.Client
	endless.Timeout = 0
	answer, err := endless.Do(request)
	if err != nil {
		return
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		if answer.StatusCode < 500 {
			r.s.t.Errorf("the live stream is refused with %d", answer.StatusCode)
		}
		return
	}
	buffer := make([]byte, 64<<10)
	for {
		if _, err := answer.Body.Read(buffer); err != nil {
			return
		}
		r.catchUp(ctx)
	}
}

// catchUp reads what was posted or changed since the last time.
func (r *reader) catchUp(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		answer, err := r.who.Do(ctx, http.MethodGet, r.where+"/room/messages?after="+r.at, nil)
		if err != nil || answer.Status != http.StatusOK {
			if err == nil && answer.Status < 500 {
				r.s.t.Errorf("reading after %s is refused with %d", r.at, answer.Status)
			}
			return
		}
		for _, line := range oneLine.FindAllStringSubmatch(answer.Body, -1) {
			state := changed.FindStringSubmatch(line[0])
			if state == nil {
				r.s.t.Errorf("a message without a number: %s", line[0])
				return
			}
			r.rows[line[1]+" at "+state[1]]++
			if key := clientKey.FindStringSubmatch(line[0]); key != nil {
				r.seen[key[1]]++
			}
		}
		r.at = answer.Header.Get("Muster-Latest")
		if answer.Header.Get("Muster-More") == "" {
			return
		}
	}
}

func (r *reader) lacks(all map[string]said) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing []string
	for key := range all {
		if r.seen[key] == 0 {
			missing = append(missing, key)
		}
	}
	return missing
}

// enrol brings people into the organisation and signs them in.
func enrol(t *testing.T, here *installation.Installation, organisation id.ID, names ...string) []participant {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx := tenant.AsSystem(t.Context(), organisation)
	var all []participant
	for _, name := range names {
		who, err := a.Users.Enrol(ctx, newcomer(name, authz.Responder))
		if err != nil {
			t.Fatal(err)
		}
		link, err := a.Auth.SignInLink(t.Context(), address(name), "")
		if err != nil {
			t.Fatal(err)
		}
		browser, err := here.SignIn(t.Context(), link)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, participant{Person: browser, id: who, name: name})
	}
	return all
}
