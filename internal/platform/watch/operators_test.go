package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// outside is the mail server and the webhook; the first failures requests fail.
type outside struct {
	mu       sync.Mutex
	takes    time.Duration // to answer
	failures int
	mails    []mail.Message
	posts    []map[string]any
}

func (o *outside) fails() bool {
	if o.failures > 0 {
		o.failures--
		return true
	}
	return false
}

func (o *outside) Send(ctx context.Context, m mail.Message) error {
	if o.takes > 0 {
		select {
		case <-time.After(o.takes):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fails() {
		return errors.New("mail is away")
	}
	o.mails = append(o.mails, m)
	return nil
}

func (o *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	answer := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(bytes.NewReader(nil))}
	if o.fails() {
		answer.StatusCode, answer.Status = http.StatusBadGateway, "502 Bad Gateway"
		return answer, nil
	}
	var post map[string]any
	if err := json.NewDecoder(r.Body).Decode(&post); err != nil {
		return nil, err
	}
	o.posts = append(o.posts, post)
	return answer, nil
}

func tellers(o *outside, now clock.Clock, channels Channels) *Operators {
	channels.Mail, channels.Client, channels.URL = o, &http.Client{Transport: o}, "https://muster.example.com"
	return NewOperators(channels, now)
}

// run works until all that waits is sent.
func run(t *testing.T, operators *Operators) {
	ctx, cancel := context.WithCancel(t.Context())
	go operators.Run(ctx)
	synctest.Wait()
	time.Sleep(time.Minute) // of the bubble: further attempts come by
	cancel()
	synctest.Wait()
}

func TestNewErrorIsToldOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, now := &outside{}, clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		operators := tellers(o, now, Channels{To: []string{"ops@example.com"}, Webhook: "https://hooks.example.com/1"})
		fault := func(n int) telemetry.Fault {
			return telemetry.Fault{Message: "job failed", Error: fmt.Sprintf("row %d, password=hunter2", n), Stack: "main.go:17", Context: map[string]string{"kind": "announce"}}
		}
		for n := range 5 {
			operators.Fault(t.Context(), fault(n))
		}
		now.Advance(quiet)
		operators.Fault(t.Context(), fault(9))
		run(t, operators)
		if len(o.mails) != 2 || len(o.posts) != 2 {
			t.Fatalf("%d mails and %d posts, want 2", len(o.mails), len(o.posts))
		}
		first, second := o.mails[0], o.mails[1]
		if first.To != "ops@example.com" || first.Subject != "[Muster] New error: job failed" || first.Key == second.Key || first.HTML == "" {
			t.Errorf("mail %+v", first)
		}
		for _, part := range []string{"row 0", "kind: announce", "main.go:17", "https://muster.example.com"} {
			if !strings.Contains(first.Text, part) {
				t.Errorf("the mail lacks %q:\n%s", part, first.Text)
			}
		}
		if !strings.Contains(second.Text, "Seen meanwhile: 4 times") || strings.Contains(first.Text+second.Text, "hunter2") {
			t.Errorf("second mail:\n%s", second.Text)
		}
		if text, _ := o.posts[0]["text"].(string); !strings.HasPrefix(text, "[Muster] New error: job failed\nrow 0") {
			t.Errorf("post %q", text)
		}
	})
}

func TestAlertsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for failures, arrive := range map[int]int{0: 1, 1: 1, len(pauses): 1, len(pauses) + 1: 0} {
			o := &outside{failures: failures}
			operators := tellers(o, clock.System{}, Channels{Webhook: "https://hooks.example.com/1"})
			operators.Tell(t.Context(), Alert{Fingerprint: "a", Title: "Quarantined"})
			run(t, operators)
			if len(o.posts) != arrive {
				t.Errorf("after %d failures %d arrived, want %d", failures, len(o.posts), arrive)
			}
		}
	})
}

func TestFailingToTellIsNoErrorThatIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outside{failures: 100}
		operators := tellers(o, clock.System{}, Channels{To: []string{"ops@example.com"}})
		previous := slog.Default()
		defer slog.SetDefault(previous)
		slog.SetDefault(telemetry.NewLog(io.Discard, telemetry.Log{Faults: operators.Fault}))
		slog.Error("first")
		run(t, operators)
		if told := 100 - o.failures; told != len(pauses)+1 {
			t.Errorf("%d attempts, want those of one alert", told)
		}
	})
}

func TestFloodOfAlertsIsCountedAndNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outside{}
		operators := tellers(o, clock.System{}, Channels{To: []string{"ops@example.com"}})
		for n := range waiting + 7 {
			operators.Tell(t.Context(), Alert{Fingerprint: fmt.Sprint(n), Title: "t"})
		}
		run(t, operators)
		operators.Tell(t.Context(), Alert{Fingerprint: "after", Title: "t"})
		run(t, operators)
		if len(o.mails) != waiting+1 || !strings.Contains(o.mails[waiting].Text, "Alerts left out: 7") {
			t.Errorf("%d mails, the last:\n%s", len(o.mails), o.mails[len(o.mails)-1].Text)
		}
		for n := range 2 * kinds {
			operators.Tell(t.Context(), Alert{Fingerprint: fmt.Sprint("many", n)})
			select {
			case <-operators.queue:
			default:
			}
		}
		if len(operators.told) != kinds || operators.recent.Len() != kinds {
			t.Errorf("%d fingerprints are remembered", len(operators.told))
		}
	})
}

func TestAlertsThatWaitAreSentAtTheEnd(t *testing.T) {
	o := &outside{}
	operators := tellers(o, clock.System{}, Channels{To: []string{"ops@example.com"}})
	operators.Tell(t.Context(), Alert{Fingerprint: "a", Title: "Last words"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	operators.Run(ctx)
	if len(o.mails) != 1 {
		t.Errorf("%d mails", len(o.mails))
	}
}

func TestAlertOnItsWayArrivesThoughTheProcessEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for takes, arrive := range map[time.Duration]int{time.Second: 1, time.Minute: 0} {
			o := &outside{takes: takes}
			operators := tellers(o, clock.System{}, Channels{To: []string{"ops@example.com"}})
			operators.Tell(t.Context(), Alert{Fingerprint: "a", Title: "Last words"})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				operators.Run(ctx)
			}()
			synctest.Wait() // the alert is on its way
			cancel()
			begun := time.Now()
			<-ended
			if len(o.mails) != arrive || time.Since(begun) > 10*time.Second {
				t.Errorf("a mail server that takes %s got %d mails, and the end took %s", takes, len(o.mails), time.Since(begun))
			}
		}
	})
}
