package faults_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/testing/smtpsink"
)

func TestTerminationLetsRequestsAndJobsFinish(t *testing.T) {
	t.Parallel()
	mails := smtpsink.New(t)
	held, release := make(chan struct{}), make(chan struct{})
	arrive, let := sync.OnceFunc(func() { close(held) }), sync.OnceFunc(func() { close(release) })
	defer let()
	mails.AnswerRecipients(func(string) string {
		arrive()
		<-release
		return ""
	})
	here := install(t, "MUSTER_SMTP_URL="+mails.URL(), "MUSTER_MAIL_FROM=muster@example.test")
	first := start(t, here)
	org := found(t, here)
	people := enrol(t, here, org, "Ada", "Ben")
	ada, ben := people[0], people[1]

	// Nobody else has this folder, whatever the address.
	twin := here.Command(t.Context(), "serve")
	twin.Env = append(twin.Env, "MUSTER_LISTEN=127.0.0.1:0")
	if out, err := twin.CombinedOutput(); err == nil || !strings.Contains(string(out), "already runs on") {
		t.Errorf("a second Muster on the same folder: %v: %s", err, out)
	}

	answer, err := ada.Do(t.Context(), http.MethodPost, "/incidents", url.Values{"name": {"Drain"}, "key": {"drain"}})
	if err != nil || answer.Status != http.StatusNoContent {
		t.Fatalf("declare: %d, %v: %s", answer.Status, err, answer.Body)
	}
	where := answer.Header.Get("Muster-Location")
	mention := url.Values{"text": {fmt.Sprintf("Look, @[Ben](user:%s)", ben.id)}, "client_key": {"mention"}}
	if answer, err = ada.Do(t.Context(), http.MethodPost, where+"/room/messages", mention); err != nil || answer.Status != http.StatusCreated {
		t.Fatalf("mention: %d, %v: %s", answer.Status, err, answer.Body)
	}
	select {
	case <-held:
	case <-time.After(30 * time.Second):
		t.Fatalf("no mail was tried:\n%s", here.Output())
	}
	finish := inFlight(t, ada, where+"/room/messages", url.Values{"text": {"Said while it drains"}, "client_key": {"draining"}})

	ended := make(chan error, 1)
	go func() { ended <- here.Terminate() }()
	within(t, 10*time.Second, "no new request is let in", func() error {
		conn, err := net.DialTimeout("tcp", here.Listen, time.Second)
		if err != nil {
			return nil
		}
		return fmt.Errorf("still listening: %w", conn.Close())
	})
	if status := finish(); status != http.StatusCreated {
		t.Errorf("the request that was in flight is answered with %d", status)
	}
	let()
	if err := <-ended; err != nil {
		t.Error(err)
	}

	second := start(t, here)
	t.Logf("first start %s, second start %s", first.Round(time.Millisecond), second.Round(time.Millisecond))
	if second > 4*time.Second { // 2 s on an idle machine
		t.Errorf("the second start took %s", second)
	}
	c := newCheck(t, here, org)
	if n := c.count(`SELECT count(*) FROM muster.room_message WHERE client_key = 'draining'`); n != 1 {
		t.Errorf("what was said while Muster drained is there %d times", n)
	}
	within(t, 30*time.Second, "all jobs are done", c.idle)
	if n := c.count(`SELECT count(*) FROM muster.notification WHERE reason = 'mention' AND method = 'mail' AND state = 'sent'`); n != 1 {
		t.Errorf("%d mails about the mention count as sent", n)
	}
	sent := 0
	for _, mail := range mails.Mails() {
		if mail.To == address("Ben") && strings.Contains(mail.Subject, "mentioned") {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d mails about the mention arrived: the job was not let finish", sent)
	}
}

// inFlight sends the head of a form and returns when the server asks for the rest; finish sends that and returns the
// status of the answer.
func inFlight(t *testing.T, p participant, path string, form url.Values) (finish func() int) {
	t.Helper()
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	var cookies []string
	for _, cookie := range p.Client.Jar.Cookies(at) {
		cookies = append(cookies, cookie.String())
	}
	body := form.Encode()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nHX-Request: true\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		path, at.Host, strings.Join(cookies, "; "), len(body))
	reading := bufio.NewReader(conn)
	line, err := reading.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("the server does not ask for the body: %q, %v", line, err)
	}
	if _, err := reading.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return func() int {
		if _, err := conn.Write([]byte(body)); err != nil {
			t.Error(err)
			return 0
		}
		answer, err := http.ReadResponse(reading, nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
}
