package push

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/testing/pushsink"
)

func newSender(t *testing.T, guard httpx.Outbound) *Sender {
	t.Helper()
	keys, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return NewSender(keys, "mailto:ops@example.com", httpx.NewClient(guard), clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func subscription(b pushsink.Browser) Subscription {
	return Subscription{Endpoint: b.Endpoint, P256dh: b.P256dh, Auth: b.Auth}
}

func TestBrowserReadsTheNotification(t *testing.T) {
	sink := pushsink.New(t)
	to := subscription(sink.Subscribe(t, "ada-phone"))
	sender := newSender(t, httpx.Outbound{AllowPrivate: true})
	payload := Payload{Title: "INC-1 declared 🚨", Body: "Grüße", URL: "/incidents/1", Tag: "inc-1", Urgency: High, TTL: time.Hour}
	for range 2 {
		if outcome, err := sender.Send(t.Context(), to, payload, "event-1"); outcome.Result != Sent || err != nil {
			t.Fatal(outcome, err)
		}
	}
	got := sink.Wait(t, 2)
	want := pushsink.Notification{Browser: "ada-phone", Title: "INC-1 declared 🚨", Body: "Grüße", URL: "/incidents/1", Tag: "inc-1", Urgency: "high", TTL: "3600"}
	if diff := cmp.Diff(want, got[0], cmpopts.IgnoreFields(pushsink.Notification{}, "Topic", "Sender")); diff != "" {
		t.Error(diff)
	}
	if got[0].Topic != got[1].Topic || len(got[0].Topic) != 32 {
		t.Errorf("the topics of two attempts: %q, %q", got[0].Topic, got[1].Topic)
	}
	if !strings.HasPrefix(got[0].Sender, "vapid t=") || !strings.HasSuffix(got[0].Sender, "k="+sender.keys.Public) {
		t.Errorf("introduction %q", got[0].Sender)
	}
}

func TestAnswersOfThePushService(t *testing.T) {
	sink := pushsink.New(t)
	to := subscription(sink.Subscribe(t, "b"))
	sender := newSender(t, httpx.Outbound{AllowPrivate: true})
	for _, c := range []struct {
		status int
		after  string
		want   Outcome
	}{
		{404, "", Outcome{Gone, 0}},
		{410, "", Outcome{Gone, 0}},
		{400, "", Outcome{Permanent, 0}},
		{413, "", Outcome{Permanent, 0}},
		{301, "", Outcome{Permanent, 0}},
		{429, "120", Outcome{Retry, 2 * time.Minute}},
		{429, "Thu, 01 Jan 2026 00:05:00 GMT", Outcome{Retry, 5 * time.Minute}},
		{503, "soon", Outcome{Retry, 0}},
	} {
		sink.Answer(func(string) (int, string) { return c.status, c.after })
		if got, err := sender.Send(t.Context(), to, Payload{Title: "t"}, ""); got != c.want || err == nil {
			t.Errorf("%d %q: %+v, %v, want %+v", c.status, c.after, got, err, c.want)
		}
	}
}

func TestAttemptsWithoutAnAnswer(t *testing.T) {
	sink := pushsink.New(t)
	good := subscription(sink.Subscribe(t, "b"))
	gone := httptest.NewServer(nil)
	gone.Close()
	away, badKey := good, good
	away.Endpoint = gone.URL
	badKey.P256dh = "AAAA"
	open := newSender(t, httpx.Outbound{AllowPrivate: true})
	if got, err := open.Send(t.Context(), away, Payload{}, ""); got.Result != Retry {
		t.Errorf("a service that is away: %v, %v", got, err)
	}
	if got, err := open.Send(t.Context(), badKey, Payload{}, ""); got.Result != Permanent {
		t.Errorf("a key that is none: %v, %v", got, err)
	}
	if got, err := newSender(t, httpx.Outbound{}).Send(t.Context(), good, Payload{}, ""); got.Result != Permanent || err == nil {
		t.Errorf("an address in our own network: %v, %v", got, err)
	}
	if len(sink.Notifications()) != 0 {
		t.Error("something arrived")
	}
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	sink := pushsink.New(t)
	to := subscription(sink.Subscribe(t, "b"))
	sender := newSender(t, httpx.Outbound{AllowPrivate: true})
	for n, long := range []string{strings.Repeat("障害", 5000), strings.Repeat("<\x01", 5000), strings.Repeat("a", 5000)} {
		if got, err := sender.Send(t.Context(), to, Payload{Title: long, Body: long}, ""); got.Result != Sent {
			t.Fatal(got, err)
		}
		got := sink.Wait(t, n+1)[n]
		if !utf8.ValidString(got.Title+got.Body) || !strings.HasSuffix(got.Title, "…") || !strings.HasSuffix(got.Body, "…") || len(got.Title) > maxTitle || len(got.Body) < 200 {
			t.Errorf("text %d: title of %d and body of %d bytes", n, len(got.Title), len(got.Body))
		}
	}
}

func TestSubscriptionsThatCannotBe(t *testing.T) {
	good := subscription(pushsink.New(t).Subscribe(t, "b"))
	good.Endpoint = "https://push.example.com/1"
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Subscription){
		"http": func(s *Subscription) { s.Endpoint = "http://push.example.com/1" }, "no address": func(s *Subscription) { s.Endpoint = "" },
		"key": func(s *Subscription) { s.P256dh = "AAAA" }, "secret": func(s *Subscription) { s.Auth = "AAAA" },
	} {
		bad := good
		spoil(&bad)
		if bad.Check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
