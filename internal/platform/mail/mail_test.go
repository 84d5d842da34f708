package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/testing/smtpsink"
)

var noon = clock.NewManual(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

func sender(t *testing.T, url string) *SMTP {
	t.Helper()
	s, err := NewSMTP(url, "Muster <muster@example.com>", noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMailArrivesAsItWasWritten(t *testing.T) {
	sink := smtpsink.New(t)
	err := sender(t, sink.URL()).Send(t.Context(), Message{
		To: "ada@example.com", ToName: "Ada Übel", Subject: "INC-1: اختبار 🚨\r\nBcc: x@example.com", Text: "Grüße\n.\nEnd", HTML: "<p>Grüße</p>",
		Key: "evt-1.ada", ThreadKey: "inc-1", Unsubscribe: "https://muster.example.com/unsubscribe?t=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	m := sink.Wait(t, 1)[0]
	got := map[string]string{"subject": m.Subject, "text": strings.TrimSpace(m.Text), "html": strings.TrimSpace(m.HTML), "from": m.From, "to": m.To}
	want := map[string]string{"subject": "INC-1: اختبار 🚨 Bcc: x@example.com", "text": "Grüße\n.\nEnd", "html": "<p>Grüße</p>", "from": "muster@example.com", "to": "ada@example.com"}
	for _, name := range []string{"Message-ID", "References", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Date", "Bcc", "Auto-Submitted"} {
		got[name] = m.Header.Get(name)
	}
	for name, value := range map[string]string{
		"Message-ID": "<evt-1.ada@example.com>", "References": "<inc-1@example.com>", "In-Reply-To": "<inc-1@example.com>", "Bcc": "", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": "<https://muster.example.com/unsubscribe?t=1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Date": "Fri, 02 Jan 2026 12:00:00 +0000",
	} {
		want[name] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefusalsForGoodAndForNow(t *testing.T) {
	sink := smtpsink.New(t)
	sink.AnswerRecipients(func(to string) string {
		switch to {
		case "gone@example.com":
			return "550 5.1.1 no such user"
		case "full@example.com":
			return "452 4.2.2 mailbox full"
		}
		return ""
	})
	s := sender(t, sink.URL())
	for to, permanent := range map[string]bool{"gone@example.com": true, "full@example.com": false, "no address": true} {
		err := s.Send(t.Context(), Message{To: to, Subject: "s", Text: "t", Key: "k"})
		if err == nil || Permanent(err) != permanent {
			t.Errorf("%s: %v, permanent %v", to, err, Permanent(err))
		}
	}
	if len(sink.Mails()) != 0 {
		t.Error("a refused mail arrived")
	}
	nobody := httptest.NewServer(nil)
	nobody.Close()
	if err := sender(t, strings.Replace(nobody.URL, "http", "smtp", 1)).Send(t.Context(), Message{To: "a@example.com", Key: "k"}); err == nil || Permanent(err) {
		t.Errorf("no server: %v", err)
	}
}

func TestPasswordGoesOverTLSOnly(t *testing.T) {
	// The certificate of net/http's test server serves any protocol.
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	sink := smtpsink.NewTLS(t, &tls.Config{Certificates: web.TLS.Certificates})
	s := sender(t, sink.URL())
	s.trust(&tls.Config{RootCAs: web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "127.0.0.1"})
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), Message{To: "ada@example.com", Subject: "s", Text: "t", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	sink.Wait(t, 1)
	if diff := cmp.Diff([]string{"demo:demo-password", "demo:demo-password"}, sink.Logins()); diff != "" {
		t.Error(diff)
	}
	plain := smtpsink.New(t)
	err := sender(t, strings.Replace(plain.URL(), "smtp://", "smtp://demo:demo-password@", 1)).Send(t.Context(), Message{To: "ada@example.com", Key: "k"})
	if err == nil || len(plain.Mails())+len(plain.Logins()) != 0 {
		t.Errorf("the password went out in the clear: %v", err)
	}
}

func TestSMTPAddressesThatAreWrong(t *testing.T) {
	for _, url := range []string{"", "smtp://", "http://host", "smtp://host?starttls=perhaps", "host:25"} {
		if _, err := NewSMTP(url, "muster@example.com", noon); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
	if _, err := NewSMTP("smtp://host", "nobody", noon); err == nil {
		t.Error("a sender without address was taken")
	}
	if _, err := NewSMTP("smtp://user:hunter2@ho st", "muster@example.com", noon); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func TestMailInsideATransactionPanicsInTests(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, httpx.ErrTransaction) {
			t.Errorf("recovered %v", err)
		}
	}()
	_ = sender(t, "smtp://127.0.0.1:1").Send(httpx.MarkTransaction(context.Background()), Message{To: "a@example.com", Key: "k"})
}

func TestOutboxKeepsTheLastMailsForEveryProcess(t *testing.T) {
	folder, now := t.TempDir(), clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	here, err := NewOutbox(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	there, err := NewOutbox(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	for n := range outboxSize + 5 {
		now.Advance(time.Second)
		if err := here.Send(t.Context(), Message{To: "ada@example.com", Subject: fmt.Sprint(n), Key: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := there.List()
	if err != nil || len(mails) != outboxSize || mails[0].Subject != "204" || mails[outboxSize-1].Subject != "5" {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	one, err := there.Get(mails[3].ID)
	if diff := cmp.Diff(mails[3], one); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, id := range []string{"", "../x", "1-a"} {
		if _, err := there.Get(id); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := here.Send(t.Context(), Message{To: "nobody"}); !Permanent(err) {
		t.Errorf("no address: %v", err)
	}
	if files, _ := os.ReadDir(folder); len(files) != outboxSize {
		t.Errorf("%d files are left", len(files))
	}
}

func TestLetterSaysTheSameInBothForms(t *testing.T) {
	html, text := Letter{
		Title: "Checkout <is> down", Preheader: "INC-1, major",
		Blocks: []Block{{Text: "Ada made you the lead."}, {Quote: "First line\nSecond <line>"}, {Facts: []Fact{{"Severity", "Major"}, {"Status", "Fixing"}}}},
		Action: &Action{"Open INC-1", "https://muster.example.com/incidents/1?a=1&b=2"}, Reason: "You were mentioned.", Settings: "https://muster.example.com/me",
	}.Render()
	want := "Checkout <is> down\n\nAda made you the lead.\n\n> First line\n> Second <line>\n\nSeverity: Major\nStatus: Fixing\n\n" +
		"Open INC-1:\nhttps://muster.example.com/incidents/1?a=1&b=2\n\n-- \nYou were mentioned.\nChange what you get: https://muster.example.com/me\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"Checkout &lt;is&gt; down", "Second &lt;line&gt;", "INC-1, major", ">Severity<", "a=1&amp;b=2", "Ada made you the lead.", "https://muster.example.com/me"} {
		if !strings.Contains(html, part) {
			t.Errorf("the HTML lacks %q", part)
		}
	}
	if html, _ := (Letter{Title: "t", Action: &Action{"x", "javascript:alert(1)"}}).Render(); strings.Contains(html, "javascript:") {
		t.Error("a button runs script")
	}
}
