package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/smtpsink"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// good is how many innocent jobs there are.
const good = 100

func TestPoisonJobIsQuarantinedAloneWhileAllElseGoesOn(t *testing.T) {
	t.Parallel()
	program, err := installation.Build(t.Context(), programs, "internal/testing/faults/poison")
	if err != nil {
		t.Fatal(err)
	}
	mails, hook := smtpsink.New(t), newHook(t)
	mark := filepath.Join(t.TempDir(), "severity")
	here := installed(t, program, "POISON_SEVERITY_FILE="+mark, "MUSTER_SMTP_URL="+mails.URL(), "MUSTER_MAIL_FROM=muster@example.test",
		"MUSTER_OPERATOR_MAIL=operator@example.test", "MUSTER_OPERATOR_WEBHOOK="+hook.url)
	here.Database = testdb.Empty(t)
	start(t, here)
	org := found(t, here)
	deadly := markDeadly(t, here, org, mark)
	ada := enrol(t, here, org, "Ada")[0]

	pulse := beat(t, here)
	for n := range good + 1 {
		form := url.Values{"name": {fmt.Sprintf("Incident %d", n)}, "key": {fmt.Sprint(n)}}
		if n == good/2 {
			form.Set("severity", deadly)
		}
		if answer, err := ada.Do(t.Context(), http.MethodPost, "/incidents", form); err != nil || answer.Status != http.StatusNoContent {
			t.Fatalf("declare: %d, %v: %s", answer.Status, err, answer.Body)
		}
	}
	conn, err := pgx.Connect(t.Context(), here.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	c := &check{t: t, conn: conn, org: org}
	within(t, 90*time.Second, "the good jobs have run and the bad one is quarantined", func() error {
		done := c.count(`SELECT count(*) FROM muster.event_handled WHERE subscriber = 'poison'`)
		quarantined := c.count(`SELECT count(*) FROM control.quarantine`)
		if done != good || quarantined != 1 {
			return fmt.Errorf("%d of %d are done and %d quarantined\n%s", done, good, quarantined, here.Output())
		}
		return nil
	})
	c.none("an innocent job in quarantine", `SELECT * FROM control.quarantine WHERE subscriber <> 'poison'`)
	within(t, 30*time.Second, "all jobs are done", c.idle)
	pulse()

	within(t, 20*time.Second, "an operator is told by mail and webhook", func() error {
		told := strings.Join(hook.said(), "\n")
		if !strings.Contains(told, "quarantined") {
			return fmt.Errorf("the webhook was told %q", told)
		}
		for _, mail := range mails.Mails() {
			if mail.To == "operator@example.test" && strings.Contains(mail.Subject+mail.Text, "quarantined") {
				return nil
			}
		}
		return fmt.Errorf("there is no such mail")
	})
	page, err := owner(t, here).Do(t.Context(), http.MethodGet, "/operators", nil)
	if err != nil || page.Status != http.StatusOK || !strings.Contains(page.Body, "poison") {
		t.Errorf("the operators' page (%d, %v) does not show the quarantined job", page.Status, err)
	}
	if !strings.Contains(page.Body, "poisoned") {
		t.Error("the operators' page does not show what the process wrote while dying")
	}
}

// markDeadly names the severity whose incidents kill.
func markDeadly(t *testing.T, here *installation.Installation, org id.ID, mark string) string {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	severities, err := a.Incidents.Severities(tenant.AsSystem(t.Context(), org))
	if err != nil || len(severities) == 0 {
		t.Fatalf("%d severities: %v", len(severities), err)
	}
	deadly := string(severities[len(severities)-1].ID)
	if err := os.WriteFile(mark, []byte(deadly), 0o600); err != nil {
		t.Fatal(err)
	}
	return deadly
}

func owner(t *testing.T, here *installation.Installation) *installation.Person {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	link, err := a.Auth.SignInLink(t.Context(), address("Olga"), "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := here.SignIn(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// beat asks the web process whether it is well every 50 ms; the returned function ends that and fails the test if it
// ever was not.
func beat(t *testing.T, here *installation.Installation) func() {
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	asked := 0
	asking.Go(func() {
		client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		for ; ctx.Err() == nil; asked++ {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, here.URL+"/healthz", nil)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := client.Do(request)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				t.Errorf("the web does not answer: %v", err)
			} else if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
				t.Errorf("the web answers %s", answer.Status)
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return func() {
		cancel()
		asking.Wait()
		if asked < 10 {
			t.Errorf("the web was asked only %d times", asked)
		}
	}
}

// hook is a webhook of the operators.
type hook struct {
	url string

	mu    sync.Mutex
	texts []string
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var message struct{ Text string }
		_ = json.Unmarshal(body, &message)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.texts = append(h.texts, message.Text)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hook) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.texts...)
}
