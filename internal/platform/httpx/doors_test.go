package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/musterhq/muster/internal/kernel/problem"
)

func statusOf(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	if problem.Is(err, problem.Forbidden) {
		status = http.StatusForbidden
	}
	http.Error(w, err.Error(), status)
}

// house serves a router behind every door, on loopback, and returns the log that it writes.
func house(t *testing.T, mux http.Handler) (*httptest.Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	handler, err := Doors{
		Log: slog.New(slog.NewJSONHandler(&log, nil)), Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Errors: statusOf, Timeout: 5 * time.Second,
	}.Open(mux)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config = NewServer(handler)
	server.Start()
	t.Cleanup(server.Close)
	return server, &log
}

func TestClientAddressIsTheFirstThatIsNoProxyOfOurs(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "203.0.113.9:1000", "", "203.0.113.9"},
		{"a stranger invents a header", "203.0.113.9:1000", "1.1.1.1", "203.0.113.9"},
		{"one proxy", "10.0.0.1:1000", "198.51.100.7", "198.51.100.7"},
		{"two proxies", "10.0.0.1:1000", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"the client invents the first entry", "10.0.0.1:1000", "1.1.1.1, 198.51.100.7", "198.51.100.7"},
		{"rubbish", "10.0.0.1:1000", "rubbish", "10.0.0.1"},
		{"rubbish before a proxy", "10.0.0.1:1000", "rubbish, 10.0.0.2", "10.0.0.2"},
		{"with a port", "10.0.0.1:1000", "198.51.100.7:555", "198.51.100.7"},
		{"mapped", "[::ffff:10.0.0.1]:1000", "::ffff:198.51.100.7", "198.51.100.7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			r.Header.Set("X-Forwarded-For", c.forwarded)
			r.Header.Set("X-Forwarded-Proto", "https")
			var got *Request
			Identify(trusted)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = RequestOf(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
			if got.Client.String() != c.want {
				t.Errorf("client %s, want %s", got.Client, c.want)
			}
			if want := c.peer != "203.0.113.9:1000"; got.Secure != want {
				t.Errorf("secure %v, want %v", got.Secure, want)
			}
		})
	}
}

func TestEveryDoorStandsOpenInOrder(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("DELETE /things/{ref}", func(w http.ResponseWriter, r *http.Request) {
		Annotate(r.Context(), slog.String("organisation", "demo"))
		_, _ = io.WriteString(w, "deleted "+r.PathValue("ref")+" "+r.FormValue("why"))
	})
	server, log := house(t, mux)
	r, _ := http.NewRequest(http.MethodPost, server.URL+"/things/7?secret=1", strings.NewReader(url.Values{"_method": {"delete"}, "why": {"old"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Request-Id", "given-id")
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	r.Header.Set("X-Forwarded-Proto", "https")
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); string(body) != "deleted 7 old" {
		t.Errorf("answer %q", body)
	}
	for name, want := range map[string]string{
		"X-Request-Id": "given-id", "Content-Security-Policy": Policy, "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	server.Close()
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err, log.String())
	}
	for key, want := range map[string]any{"method": "POST", "path": "/things/7", "route": "DELETE /things/{ref}", "status": 200.0, "client": "198.51.100.7", "organisation": "demo"} {
		if line[key] != want {
			t.Errorf("log %s: %v, want %v", key, line[key], want)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("the log holds the query")
	}
}

func TestPolicyNamesTheBucketForPicturesOnly(t *testing.T) {
	answer := httptest.NewRecorder()
	Headers("https://bucket.example.com")(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	policy := answer.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "; img-src 'self' https://bucket.example.com data: blob:;") || strings.Count(policy, "bucket") != 1 || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	if answer.Header().Get("Strict-Transport-Security") != "" {
		t.Error("plain http promises https")
	}
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(http.ResponseWriter, *http.Request) {})
	server, _ := house(t, mux)
	post := func(site string) int {
		r, _ := http.NewRequest(http.MethodPost, server.URL+"/", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := post("cross-site"); got != http.StatusForbidden {
		t.Errorf("another site's request: %d", got)
	}
	if got := post("same-origin"); got != http.StatusOK {
		t.Errorf("our own request: %d", got)
	}
}

func TestPanicIsAnsweredAndHalfAnAnswerIsCutOff(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/before", func(http.ResponseWriter, *http.Request) { panic("before") })
	mux.HandleFunc("/after", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		panic(errors.New("after"))
	})
	server, _ := house(t, mux)
	answer, err := server.Client().Get(server.URL + "/before")
	if err != nil || answer.StatusCode != http.StatusInternalServerError {
		t.Fatalf("%v, %v", answer, err)
	}
	answer.Body.Close()
	answer, err = server.Client().Get(server.URL + "/after")
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looked whole")
	}
}

func TestCompressionOfTextButNeverOfStreams(t *testing.T) {
	long := strings.Repeat("incident ", 500)
	mux := http.NewServeMux()
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) })
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "short") })
	mux.HandleFunc("/nothing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/picture", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, long)
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		Live(w, r)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: one\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server, _ := house(t, mux)
	get := func(path string) *http.Response {
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cancel(); answer.Body.Close() })
		return answer
	}
	packed := get("/text")
	if packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("long text was not packed")
	}
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(reader); string(body) != long {
		t.Error("the text changed in the packing")
	}
	for _, path := range []string{"/short", "/nothing", "/picture"} {
		if got := get(path).Header.Get("Content-Encoding"); got != "" {
			t.Errorf("%s was packed as %s", path, got)
		}
	}
	stream := get("/stream")
	first := make([]byte, len("data: one\n\n"))
	if _, err := io.ReadFull(stream.Body, first); err != nil || string(first) != "data: one\n\n" || stream.Header.Get("Content-Encoding") != "" {
		t.Errorf("stream began with %q, %v, %v", first, err, stream.Header)
	}
}

func TestDeadlineEndsWorkUnlessItIsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := map[string]error{}
		handler := Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/live" {
				Live(w, r)
			}
			select {
			case <-r.Context().Done():
			case <-time.After(time.Hour):
			}
			ended[r.URL.Path] = context.Cause(r.Context())
		}), Identify(nil), Deadline(time.Minute))
		for _, path := range []string{"/slow", "/live"} {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		if !errors.Is(ended["/slow"], ErrSlow) {
			t.Errorf("the slow request ended by %v", ended["/slow"])
		}
		if ended["/live"] != nil {
			t.Errorf("the stream ended by %v", ended["/live"])
		}
	})
}

func TestBodyBeyondTheLimitCannotBeRead(t *testing.T) {
	var err error
	handler := LimitBody(func(r *http.Request) int64 {
		if r.URL.Path == "/files" {
			return 100
		}
		return 10
	})(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = io.ReadAll(r.Body) }))
	for path, fits := range map[string]bool{"/": false, "/files": true} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", 50))))
		if (err == nil) != fits {
			t.Errorf("%s: %v", path, err)
		}
	}
}
