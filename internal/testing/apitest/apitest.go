// Package apitest calls the public API of a running Muster as a program would, and keeps what was answered beside the test.
package apitest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

var update = flag.Bool("update", false, "write the golden files again")

// Client has a key of an organisation.
type Client struct {
	*scenario.Scenario
	// Key is the key's secret.
	Key string

	t testing.TB
}

// New starts Muster with an organisation and a key that may do everything.
func New(t testing.TB) *Client {
	t.Helper()
	s := scenario.New(t)
	return &Client{Scenario: s, Key: s.APIKey(s.Organisation, authz.Everything()), t: t}
}

// Of is a client of another organisation, or with a key that may do less.
func (c *Client) Of(organisation id.ID, may authz.Set) *Client {
	return &Client{Scenario: c.Scenario, Key: c.APIKey(organisation, may), t: c.t}
}

// With is a client of the same Muster with another key, by its secret.
func (c *Client) With(secret string) *Client {
	return &Client{Scenario: c.Scenario, Key: secret, t: c.t}
}

// Answer is what the API answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	t testing.TB
}

// Call sends a request; body is text that is sent as it is, a value that is sent as JSON, or nil.
func (c *Client) Call(method, path string, body any) Answer {
	c.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatalf("write the body: %v", err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, reader)
	if err != nil {
		c.t.Fatalf("make the request: %v", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("read the answer of %s %s: %v", method, path, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: text, t: c.t}
}

// Took is what somebody else was sent by Muster, to be held like an answer.
func (c *Client) Took(body []byte) Answer { return Answer{Status: http.StatusOK, Body: body, t: c.t} }

// Want fails the test unless the answer has the status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("answered %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// Into reads the answer into a value.
func (a Answer) Into(value any) Answer {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, value); err != nil {
		a.t.Fatalf("read the answer %s: %v", a.Body, err)
	}
	return a
}

// Get finds what lies at a path of names and indexes, Get("severity", "id"); text is answered without quotes.
func (a Answer) Get(path ...any) string {
	a.t.Helper()
	var tree any
	a.Into(&tree)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := tree.(map[string]any)
			tree = object[step]
		case int:
			list, _ := tree.([]any)
			if step >= len(list) {
				a.t.Fatalf("%v has no entry %d in %s", path, step, a.Body)
			}
			tree = list[step]
		}
	}
	return fmt.Sprint(tree)
}

var (
	ulids = regexp.MustCompile(`\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b`)
	requs = regexp.MustCompile(`"request_id": "[^"]*"`)
	ports = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
)

// Golden holds status and body against testdata/NAME.json beside the test. Ids are numbered in the order in which they
// appear, so that the same id is the same in the whole answer.
func (a Answer) Golden(name string) {
	a.t.Helper()
	var pretty bytes.Buffer
	if len(bytes.TrimSpace(a.Body)) > 0 {
		if err := json.Indent(&pretty, bytes.TrimSpace(a.Body), "", "  "); err != nil {
			a.t.Fatalf("%s is no JSON: %v: %s", name, err, a.Body)
		}
	}
	seen := map[string]string{}
	text := ulids.ReplaceAllStringFunc(pretty.String(), func(found string) string {
		if seen[found] == "" {
			seen[found] = fmt.Sprintf("ID-%d", len(seen)+1)
		}
		return seen[found]
	})
	text = requs.ReplaceAllString(text, `"request_id": "REQUEST"`)
	text = ports.ReplaceAllString(text, "http://muster.example.test")
	got := fmt.Sprintf("%d\n%s\n", a.Status, text)
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			a.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			a.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatalf("%v; write it with: go test -run %s . -update", err, a.t.Name())
	}
	if got != string(want) {
		a.t.Errorf("%s is not as it was; it is now\n%s\nit was\n%s", name, got, want)
	}
}
