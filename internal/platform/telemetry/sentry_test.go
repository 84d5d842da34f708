package telemetry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFaultReachesTheErrorServiceWithoutSecrets(t *testing.T) {
	arrived := make(chan string, 1)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- r.URL.Path + " " + string(body)
	}))
	defer service.Close()
	reporter, err := NewSentry(strings.Replace(service.URL, "://", "://key@", 1)+"/7", "v1", "test")
	if err != nil {
		t.Fatal(err)
	}
	reporter.Report(t.Context(), Fault{
		At: time.Now(), Message: "job failed", Type: "*errors.errorString", Error: "dial postgres://muster:hunter2@db/muster for ada@example.com",
		Stack: "goroutine 1\nmain.go:17", Context: map[string]string{"organisation": "01HORG", "draft": "hunter2"},
	})
	reporter.Flush(10 * time.Second)
	got := <-arrived
	if !strings.HasPrefix(got, "/api/7/envelope/ ") {
		t.Errorf("it went to %.40s", got)
	}
	for _, part := range []string{"job failed", "*errors.errorString", "01HORG", "main.go:17", "postgres://muster:[secret]@db/muster"} {
		if !strings.Contains(got, part) {
			t.Errorf("the report lacks %s: %s", part, got)
		}
	}
	for _, part := range []string{"hunter2", "ada@example.com"} {
		if strings.Contains(got, part) {
			t.Errorf("the report tells %s: %s", part, got)
		}
	}
}

func TestScrub(t *testing.T) {
	for text, want := range map[string]string{
		"Authorization: Bearer abc.def-123":         "Authorization: [secret] [secret]",
		"get /x?token=abc&a=1":                      "get /x?token=[secret]&a=1",
		`{"password": "hunter2", "name": "x"}`:      `{"password": "[secret]", "name": "x"}`,
		"session mus_AbC-_9 is over":                "session [secret] is over",
		"the token has expired in https://a.b/c:80": "the token has expired in https://a.b/c:80",
	} {
		got := Scrub(text)
		if strings.Contains(got, "abc") || (got != want && !strings.HasPrefix(text, "Authorization")) {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestDSNThatIsNoneIsAnError(t *testing.T) {
	if _, err := NewSentry("nonsense", "v1", "test"); err == nil {
		t.Error("it was taken")
	}
}
