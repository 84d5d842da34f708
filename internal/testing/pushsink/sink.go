// Package pushsink is a push service and the browsers behind it for tests: it takes notifications over HTTP on 127.0.0.1 and decrypts them (RFC 8291).
package pushsink

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Notification is what a browser was given.
type Notification struct {
	Browser string // name given to Subscribe
	Title   string `json:"title"`
	Body    string `json:"body"`
	URL     string `json:"url"`
	Tag     string `json:"tag"`
	Topic   string // header
	Urgency string // header
	TTL     string // header, seconds
	Sender  string // header Authorization
}

// Browser is one subscription: its address and keys as a browser gives them.
type Browser struct {
	Endpoint, P256dh, Auth string

	name   string
	key    *ecdh.PrivateKey
	secret []byte
}

// Sink is a running push service.
type Sink struct {
	server *httptest.Server

	mu       sync.Mutex
	arrived  *sync.Cond
	browsers map[string]Browser
	taken    []Notification
	answer   func(browser string) (status int, retryAfter string)
}

// New starts a push service that stops with the test.
func New(t testing.TB) *Sink {
	s := &Sink{browsers: map[string]Browser{}}
	s.arrived = sync.NewCond(&s.mu)
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// Subscribe makes a browser with keys of its own.
func (s *Sink) Subscribe(t testing.TB, name string) Browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	encode := base64.RawURLEncoding.EncodeToString
	b := Browser{Endpoint: s.server.URL + "/push/" + name, P256dh: encode(key.PublicKey().Bytes()), Auth: encode(secret), name: name, key: key, secret: secret}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers["/push/"+name] = b
	return b
}

// Answer lets the service answer with a status and a Retry-After header; status 0 takes the notification.
func (s *Sink) Answer(fn func(browser string) (status int, retryAfter string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// Notifications returns what has arrived, the oldest first.
func (s *Sink) Notifications() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Notification(nil), s.taken...)
}

// Wait returns the notifications when at least n have arrived; the test fails after ten seconds.
func (s *Sink) Wait(t testing.TB, n int) []Notification {
	t.Helper()
	late := false
	timer := time.AfterFunc(10*time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.arrived.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.taken) < n {
		if late {
			t.Fatalf("%d notifications arrived, want %d", len(s.taken), n)
		}
		s.arrived.Wait()
	}
	return append([]Notification(nil), s.taken...)
}

// ServeHTTP takes a notification as a push service does.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	browser, ok := s.browsers[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusGone)
		return
	}
	if s.answer != nil {
		if status, after := s.answer(browser.name); status != 0 {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.WriteHeader(status)
			return
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Encoding") != "aes128gcm" || !strings.HasPrefix(r.Header.Get("Authorization"), "vapid t=") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	plain, err := browser.decrypt(body)
	n := Notification{Browser: browser.name, Topic: r.Header.Get("Topic"), Urgency: r.Header.Get("Urgency"), TTL: r.Header.Get("TTL"), Sender: r.Header.Get("Authorization")}
	if err == nil {
		err = json.Unmarshal(plain, &n)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.taken = append(s.taken, n)
	s.arrived.Broadcast()
	w.WriteHeader(http.StatusCreated)
}

// decrypt undoes the one record of a message: salt, record size, the sender's key, ciphertext (RFC 8188).
func (b Browser) decrypt(body []byte) ([]byte, error) {
	const head = 16 + 4 + 1
	if len(body) < head || len(body) < head+int(body[20]) || int(binary.BigEndian.Uint32(body[16:])) < len(body)-head {
		return nil, errors.New("the message is too short")
	}
	salt, senderKey, sealed := body[:16], body[head:head+int(body[20])], body[head+int(body[20]):]
	sender, err := ecdh.P256().NewPublicKey(senderKey)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(senderKey)
	ikm, err := hkdf.Key(sha256.New, shared, b.secret, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(padded), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("the record does not end as the last one")
	}
	return []byte(text[:len(text)-1]), nil
}
