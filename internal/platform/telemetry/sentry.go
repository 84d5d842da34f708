package telemetry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// Sentry sends faults to a service that speaks Sentry's protocol.
type Sentry struct{ client *sentry.Client }

// NewSentry returns a reporter to the service of a DSN; release and environment ("production") tell installations apart.
func NewSentry(dsn, release, environment string) (*Sentry, error) {
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: dsn, Release: release, Environment: environment, ServerName: "muster",
		HTTPClient: httpx.TrustedClient(10 * time.Second),
		// The integrations add what they find in the environment; a fault says itself what is known.
		Integrations: func([]sentry.Integration) []sentry.Integration { return nil },
	})
	if err != nil {
		return nil, fmt.Errorf("set up error reports: %w", err)
	}
	return &Sentry{client: client}, nil
}

// Report queues a fault, without what could be a secret or a person; it does not wait.
func (s *Sentry) Report(_ context.Context, f Fault) {
	event := sentry.NewEvent()
	event.Level, event.Timestamp, event.Message = sentry.LevelError, f.At, Scrub(f.Message)
	fingerprint := sha256.Sum256([]byte(f.Fingerprint())) // its text is not scrubbed
	event.Fingerprint = []string{hex.EncodeToString(fingerprint[:16])}
	event.Exception = []sentry.Exception{{Type: f.Type, Value: Scrub(f.Message + ": " + f.Error), Module: f.Where}}
	for _, name := range []string{"process", "request_id", "trace_id", "organisation", "kind", "queue", "route"} {
		if value := f.Context[name]; value != "" {
			event.Tags[name] = value
		}
	}
	if f.Stack != "" {
		event.Contexts["stack"] = sentry.Context{"text": Scrub(f.Stack)}
	}
	s.client.CaptureEvent(event, nil, nil)
}

// Flush waits for what is queued, at most for a while, when the process ends.
func (s *Sentry) Flush(wait time.Duration) { s.client.Flush(wait) }

// secret are the forms of what must not leave the house: passwords in addresses, tokens, credentials by name, mail addresses.
var secret = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(://[^/\s:@]*):[^/\s@]+@`), "$1:[secret]@"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/=-]+`), "$1 [secret]"},
	{regexp.MustCompile(`\bmus_[\w-]+`), "[secret]"},
	{regexp.MustCompile(`(?i)\b(password|passwd|secret|token|api_?key|authorization|signature)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+`), "$1$2[secret]"},
	{regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`), "[address]"},
}

// Scrub replaces what looks like a secret or a mail address in a text.
func Scrub(text string) string {
	for _, s := range secret {
		text = s.form.ReplaceAllString(text, s.with)
	}
	return text
}
