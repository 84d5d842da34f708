// Package push sends notifications to browsers, also when no tab is open (Web Push, RFC 8030, encrypted by RFC 8291).
package push

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// Keys identify Muster to push services (VAPID, RFC 8292); browsers subscribe with the public one, so both must stay the same.
type Keys struct {
	Public  string `json:"public"`  // for PushManager.subscribe, base64url
	Private string `json:"private"` // secret
}

// NewKeys makes a pair of keys; the caller keeps it.
func NewKeys() (Keys, error) {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return Keys{}, fmt.Errorf("make keys for push: %w", err)
	}
	return Keys{Public: public, Private: private}, nil
}

// Subscription is one browser as it introduced itself: its service's address and its keys, base64url.
type Subscription struct {
	Endpoint string
	P256dh   string
	Auth     string
}

// Urgency says how soon a phone that saves its battery should wake for a notification.
type Urgency string

// The urgencies of RFC 8030 that Muster uses.
const (
	Normal Urgency = "normal"
	High   Urgency = "high"
)

// Act is a button on a notification: it sends a POST to URL with the reader's session.
type Act struct {
	Name  string `json:"act"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Payload is what the browser's worker is given to show.
type Payload struct {
	// Urgent ones stay until they are dealt with and sound again when they are repeated.
	Urgent bool `json:"urgent,omitempty"`
	// Acts are buttons on the notification, two at most on most devices.
	Acts []Act `json:"acts,omitempty"`

	Title   string        `json:"title"`
	Body    string        `json:"body"`
	URL     string        `json:"url"` // opened by a click
	Tag     string        `json:"tag"` // a later notification with the same tag replaces the earlier one
	Urgency Urgency       `json:"-"`
	TTL     time.Duration `json:"-"` // how long the service keeps it for a browser that is away
}

// Result says what is to be done after an attempt.
type Result string

// The results of an attempt.
const (
	Sent      Result = "sent"
	Gone      Result = "gone"      // the subscription has ended: forget it
	Retry     Result = "retry"     // the service is away or wants a pause
	Permanent Result = "permanent" // this will never be taken
)

// Outcome is the result of an attempt with, for Retry, the pause that the service asked for, zero when it named none.
type Outcome struct {
	Result Result
	After  time.Duration
}

// Sender sends notifications.
type Sender struct {
	keys    Keys
	contact string
	client  *http.Client
	clock   clock.Clock
}

// NewSender returns a sender; contact is an address of the operator for the services ("mailto:ops@example.com" or https),
// and client the guarded one for addresses that browsers give (httpx.NewClient).
func NewSender(keys Keys, contact string, client *http.Client, clk clock.Clock) *Sender {
	return &Sender{keys: keys, contact: contact, client: client, clock: clk}
}

// maxPayload bounds the encoded notification, in bytes: services take 4096 with its encryption, whose frame needs about 100.
const maxPayload = 3900

// maxTitle bounds the title, in bytes; phones show far less.
const maxTitle = 400

// tokenLife is how long the signed introduction to a service holds; services refuse more than a day.
const tokenLife = 12 * time.Hour

// Send encrypts and sends one notification. Undelivered ones with the same topic (any text, such as an event's id) replace each other at the
// service, so that a retry never shows twice; the error, for logs, comes with every outcome but Sent.
func (s *Sender) Send(ctx context.Context, to Subscription, p Payload, topic string) (outcome Outcome, err error) {
	ctx, end := telemetry.Step(ctx, func() string { return "send push" })
	defer func() { end(err) }()
	message, err := encode(p)
	if err != nil {
		return Outcome{Result: Permanent}, fmt.Errorf("encode a notification: %w", err)
	}
	answer, err := webpush.SendNotificationWithContext(ctx, message, &webpush.Subscription{
		Endpoint: to.Endpoint, Keys: webpush.Keys{P256dh: to.P256dh, Auth: to.Auth},
	}, &webpush.Options{
		HTTPClient: s.client, Subscriber: s.contact, Topic: topicOf(topic), TTL: int(p.TTL.Seconds()), Urgency: webpush.Urgency(p.Urgency),
		VAPIDPublicKey: s.keys.Public, VAPIDPrivateKey: s.keys.Private, VapidExpiration: s.clock.Now().Add(tokenLife),
	})
	if err != nil {
		return failure(err)
	}
	defer answer.Body.Close()
	return s.judge(answer)
}

// encode writes the notification, with a body that is cut until everything fits: some characters take six bytes when they are written.
func encode(p Payload) ([]byte, error) {
	p.Title = cut(p.Title, maxTitle)
	p.Body = cut(p.Body, maxPayload)
	for {
		message, err := json.Marshal(p)
		if err != nil || len(message) <= maxPayload || p.Body == "" {
			return message, err
		}
		p.Body = cut(p.Body, len(p.Body)*3/4)
	}
}

// failure tells what came of an attempt without an answer: keys that are none and addresses that are refused stay so, a network mends.
func failure(err error) (Outcome, error) {
	var network interface{ Timeout() bool } // *url.Error, which wraps whatever the client met
	if !errors.As(err, &network) || refused(err) {
		return Outcome{Result: Permanent}, fmt.Errorf("send a notification: %w", err)
	}
	return Outcome{Result: Retry}, fmt.Errorf("reach the push service: %w", err)
}

func (s *Sender) judge(answer *http.Response) (Outcome, error) {
	code := answer.StatusCode
	switch {
	case code >= 200 && code < 300:
		return Outcome{Result: Sent}, nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return Outcome{Result: Gone}, errors.New("the push subscription has ended")
	case code == http.StatusTooManyRequests || code >= 500:
		return Outcome{Result: Retry, After: s.pause(answer.Header.Get("Retry-After"))}, fmt.Errorf("the push service answers %s", answer.Status)
	}
	return Outcome{Result: Permanent}, fmt.Errorf("the push service refuses: %s", answer.Status)
}

func (s *Sender) pause(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(s.clock.Now()))
	}
	return 0
}

// topicOf makes any text a topic, of which services take 32 characters of base64url.
func topicOf(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// cut shortens a text to at most limit bytes without breaking a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "…"
	if limit < len(more) {
		return ""
	}
	end := limit - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
