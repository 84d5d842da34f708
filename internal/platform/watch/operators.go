// Package watch tells operators that something is wrong, and a watchman outside that all is well, on paths that need neither queue nor database.
package watch

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// Bounds of what is told.
const (
	quiet   = time.Hour // one alert in it for each fingerprint
	waiting = 64        // alerts that wait for their sending
	kinds   = 1000      // fingerprints that are remembered
)

// pauses before the further attempts to send an alert.
var pauses = []time.Duration{2 * time.Second, 15 * time.Second}

// Alert is one thing that operators should know.
type Alert struct {
	Fingerprint string // alerts with the same one are told once an hour
	Title       string
	Text        string
	Facts       []mail.Fact
	Stack       string

	at time.Time // when it was told, which makes the key of its mails
}

// Channels say where alerts go; without any of them they go nowhere.
type Channels struct {
	Mail    mail.Sender
	To      []string     // addresses of the operators
	Webhook string       // address that is given JSON with "text", as chat services take it
	Client  *http.Client // for the webhook: httpx.TrustedClient, since the operator names the address
	URL     string       // Muster's own address, to tell installations apart
}

// Operators tells operators of alerts.
type Operators struct {
	channels Channels
	clock    clock.Clock
	queue    chan Alert

	mu     sync.Mutex
	told   map[string]*list.Element
	recent *list.List // of *telling, who was told last in front
	lost   int
}

type telling struct {
	fingerprint string
	at          time.Time
	again       int // times since then
}

// NewOperators returns a teller; Run sends.
func NewOperators(channels Channels, clk clock.Clock) *Operators {
	return &Operators{channels: channels, clock: clk, queue: make(chan Alert, waiting), told: map[string]*list.Element{}, recent: list.New()}
}

// Fault tells of an error in the log; it is given to telemetry.Log.Faults.
func (o *Operators) Fault(ctx context.Context, f telemetry.Fault) {
	alert := Alert{Fingerprint: f.Fingerprint(), Title: "New error: " + telemetry.Scrub(f.Message), Text: telemetry.Scrub(f.Error), Stack: telemetry.Scrub(f.Stack)}
	if f.Where != "" {
		alert.Facts = append(alert.Facts, mail.Fact{Name: "Where", Value: f.Where})
	}
	for _, name := range []string{"process", "kind", "queue", "route", "organisation", "request_id", "trace_id"} {
		if value := f.Context[name]; value != "" {
			alert.Facts = append(alert.Facts, mail.Fact{Name: name, Value: value})
		}
	}
	o.Tell(ctx, alert)
}

// Tell queues an alert unless the same one was told within the hour; it never waits: what does not fit is counted and mentioned with the next.
func (o *Operators) Tell(_ context.Context, a Alert) {
	if len(o.channels.To) == 0 && o.channels.Webhook == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock.Now()
	if element, ok := o.told[a.Fingerprint]; ok {
		last := element.Value.(*telling)
		if now.Sub(last.at) < quiet {
			last.again++
			return
		}
		if last.again > 0 {
			a.Facts = append(a.Facts, mail.Fact{Name: "Seen meanwhile", Value: strconv.Itoa(last.again) + " times"})
		}
		o.forget(element)
	}
	if o.lost > 0 {
		a.Facts = append(a.Facts, mail.Fact{Name: "Alerts left out", Value: strconv.Itoa(o.lost)})
	}
	a.at = now
	select {
	case o.queue <- a:
		o.lost = 0
	default:
		o.lost++
		return
	}
	o.told[a.Fingerprint] = o.recent.PushFront(&telling{fingerprint: a.Fingerprint, at: now})
	if o.recent.Len() > kinds {
		o.forget(o.recent.Back())
	}
}

func (o *Operators) forget(element *list.Element) {
	delete(o.told, element.Value.(*telling).fingerprint)
	o.recent.Remove(element)
}

// Run sends alerts until the context ends, and then what is on its way or still waits, for at most ten seconds.
func (o *Operators) Run(ctx context.Context) {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(10*time.Second, cancel) })()
	for {
		select {
		case a := <-o.queue:
			o.send(sending, a)
		case <-ctx.Done():
			for {
				select {
				case a := <-o.queue:
					o.send(sending, a)
				default:
					return
				}
			}
		}
	}
}

// send gives the alert to each channel. Failures are warnings in the log, not errors: those would be alerts again.
func (o *Operators) send(ctx context.Context, a Alert) {
	o.attempt(ctx, "webhook", func(ctx context.Context) error { return o.post(ctx, a) })
	for _, to := range o.channels.To {
		message := o.message(a, to)
		o.attempt(ctx, "mail", func(ctx context.Context) error {
			if o.channels.Mail == nil {
				return nil
			}
			return o.channels.Mail.Send(ctx, message)
		})
	}
}

func (o *Operators) attempt(ctx context.Context, channel string, try func(context.Context) error) {
	for n := 0; ; n++ {
		err := try(ctx)
		if err == nil {
			return
		}
		slog.WarnContext(ctx, "operators could not be told", "channel", channel, "attempt", n+1, "error", err)
		if n == len(pauses) || mail.Permanent(err) {
			return
		}
		select {
		case <-time.After(pauses[n]):
		case <-ctx.Done():
			return
		}
	}
}

func (o *Operators) message(a Alert, to string) mail.Message {
	letter := mail.Letter{
		Title: a.Title, Preheader: a.Text, Reason: "You get this as an operator of Muster at " + o.channels.URL + ".",
		Blocks: []mail.Block{{Text: a.Text}, {Facts: a.Facts}, {Quote: a.Stack}},
	}
	message := mail.Message{To: to, Subject: "[Muster] " + a.Title, Key: fmt.Sprintf("operators.%d.%08x", a.at.UnixNano(), crc32.ChecksumIEEE([]byte(a.Fingerprint+to)))}
	message.HTML, message.Text = letter.Render()
	return message
}

func (o *Operators) post(ctx context.Context, a Alert) error {
	if o.channels.Webhook == "" {
		return nil
	}
	text := []string{"[Muster] " + a.Title, a.Text}
	facts := map[string]string{}
	for _, fact := range a.Facts {
		text = append(text, fact.Name+": "+fact.Value)
		facts[fact.Name] = fact.Value
	}
	body, err := json.Marshal(map[string]any{"text": strings.Join(text, "\n"), "title": a.Title, "detail": a.Text, "facts": facts, "url": o.channels.URL})
	if err != nil {
		return fmt.Errorf("write an alert: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.channels.Webhook, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("address the alert: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := o.channels.Client.Do(r)
	if err != nil {
		return fmt.Errorf("post an alert: %w", httpx.WithoutAddress(err))
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4096) // lets the connection be used again
	if answer.StatusCode >= 300 {
		return fmt.Errorf("post an alert: the address answers %s", answer.Status)
	}
	return nil
}
