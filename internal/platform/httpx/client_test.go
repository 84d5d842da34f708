package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/problem"
)

func TestPublicRefusesEveryInnerRange(t *testing.T) {
	for _, text := range []string{
		"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0", "255.255.255.255",
		"224.0.0.1", "198.18.0.1", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
		"fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "2001::1", "::7f00:1",
	} {
		if Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1", "100.128.0.1"} {
		if !Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address counts as public")
	}
}

func TestClientRefusesWhatResolvesToLoopback(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	for _, address := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), strings.Replace(server.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		_, err := NewClient(Outbound{}).Get(address)
		if !problem.Is(err, problem.Invalid) {
			t.Errorf("get %s: %v, want a refusal about the address", address, err)
		}
	}
	if reached {
		t.Error("the server on loopback was reached")
	}
}

func TestClientTakesARangeThatTheOperatorAllowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer server.Close()
	answer, err := NewClient(Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "ok" {
		t.Errorf("read %q, %v", body, err)
	}
}

func TestClientBoundsAnswersAndFollowsNothing(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100)) })
	mux.HandleFunc("/more", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 101)) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/exact", http.StatusFound) })
	server := httptest.NewServer(mux)
	defer server.Close()
	client := NewClient(Outbound{AllowPrivate: true, MaxBody: 100})
	read := func(path string) (int, int, error) {
		answer, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer.StatusCode, len(body), err
	}
	if _, n, err := read("/exact"); n != 100 || err != nil {
		t.Errorf("an answer of the limit: %d bytes, %v", n, err)
	}
	if _, n, err := read("/more"); n != 100 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("an answer beyond the limit: %d bytes, %v", n, err)
	}
	if status, _, _ := read("/away"); status != http.StatusFound {
		t.Errorf("a redirect was followed to status %d", status)
	}
	if _, err := client.Get("ftp://127.0.0.1/"); err == nil {
		t.Error("an address that is not http was taken")
	}
}

func TestRequestInsideATransactionPanicsInTests(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, ErrTransaction) {
			t.Errorf("recovered %v, want ErrTransaction", err)
		}
	}()
	r, _ := http.NewRequestWithContext(MarkTransaction(context.Background()), http.MethodGet, "http://127.0.0.1:1/", nil)
	_, _ = TrustedClient(OutboundTimeout).Do(r)
}
