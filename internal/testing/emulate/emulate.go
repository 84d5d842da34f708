// Package emulate runs Muster's Slack code against an emulator of Slack that others wrote (npm emulate): it finds what we
// have misunderstood, which a stand-in of our own cannot. It is slow and knows no faults, limits or interactions; those are
// slackserver's.
package emulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"
)

// What the emulator's only workspace and the app in it are called.
const (
	Team          = "T000000001"
	ClientID      = "1234567890.0987654321"
	ClientSecret  = "the-secret-of-the-app"
	SigningSecret = "the-secret-of-the-signatures"
	appID         = "A0MUSTER01"
)

// Person is somebody in the workspace.
type Person struct {
	Name, Email string
}

// Slack is a running emulator.
type Slack struct {
	// Site is its address, without a slash at its end.
	Site string

	t testing.TB
}

// patience is how long the emulator may take to start, and to end.
const patience = 10 * time.Second

// Start starts an emulator with these people in its workspace; it ends with the test.
func Start(t testing.TB, people ...Person) *Slack {
	t.Helper()
	script, err := find()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	type person struct {
		Name  string `json:"name"`
		Email string `json:"email"`
		Token string `json:"token"`
	}
	given := make([]person, len(people))
	for n, p := range people {
		given[n] = person{p.Name, p.Email, token(p.Name)}
	}
	settings, err := json.Marshal(map[string]any{
		"port": port, "people": given,
		"app": map[string]string{"id": appID, "client_id": ClientID, "client_secret": ClientSecret, "signing_secret": SigningSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("node", script, string(settings))) //nolint:gosec // both are ours
	return &Slack{Site: "http://localhost:" + strconv.Itoa(port), t: t}
}

// find looks for the script and for what it needs. Node.js finds the package by where the script lies.
func find() (string, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", errors.New("there is no Node.js on this machine; bin/setup test installs it")
	}
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			return "", errors.New("the emulator runs in Muster's repository only")
		}
		root = filepath.Dir(root)
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules", "emulate")); err != nil {
		return "", errors.New("the npm package emulate is not there; make assets installs it")
	}
	return filepath.Join(root, "internal", "testing", "emulate", "slack.mjs"), nil
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// run starts the process and waits until it says that it is ready. It ends when its input does, also when this process dies.
func run(t testing.TB, process *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	process.Stderr = &said
	input, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatalf("start the emulator: %v", err)
	}
	late := time.AfterFunc(patience, func() { _ = process.Process.Kill() })
	line, err := bufio.NewReader(output).ReadString('\n')
	if !late.Stop() || err != nil || strings.TrimSpace(line) != "ready" {
		_ = process.Process.Kill()
		_ = process.Wait()
		t.Fatalf("the emulator did not start: %s%s", line, said.String())
	}
	t.Cleanup(func() {
		late := time.AfterFunc(patience, func() { _ = process.Process.Kill() })
		defer late.Stop()
		_ = input.Close()
		_, _ = io.Copy(io.Discard, output)
		if err := process.Wait(); err != nil {
			t.Errorf("the emulator ended with %v: %s", err, said.String())
		}
	})
}

func token(name string) string { return "xoxp-" + strings.ToLower(name) }

// Create makes the app from its manifest, as an administrator does at Slack, and has its address for events verified.
func (s *Slack) Create(manifest slackapi.Manifest) {
	s.t.Helper()
	encoded, err := json.Marshal(manifest)
	if err != nil {
		s.t.Fatal(err)
	}
	var answer struct {
		OK    bool
		Error string
	}
	s.ask(http.MethodPost, "/_test/app", encoded, &answer)
	if !answer.OK {
		s.t.Fatalf("the app was not made: %s", answer.Error)
	}
}

// Delivery is an event that was sent to the app, and how its door answered.
type Delivery struct {
	Event  string
	Status int
}

// Deliveries returns the events that were sent, the oldest first.
func (s *Slack) Deliveries() []Delivery {
	s.t.Helper()
	var sent struct{ Deliveries []Delivery }
	s.ask(http.MethodGet, "/_test/deliveries", nil, &sent)
	return sent.Deliveries
}

func (s *Slack) ask(method, path string, body []byte, answer any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.Site+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err == nil {
		err = json.Unmarshal(read, answer)
	}
	if err != nil {
		s.t.Fatalf("%s %s: %v: %s", method, path, err, read)
	}
}

// As returns the Web API in the name of a person, as their Slack client uses it, and their id.
func (s *Slack) As(name string) (*slackapi.Client, string) {
	s.t.Helper()
	api := slackapi.New(token(name), slackapi.OptionAPIURL(s.Site+"/api/"))
	me, err := api.AuthTestContext(s.t.Context())
	if err != nil {
		s.t.Fatalf("sign %s in: %v", name, err)
	}
	return api, me.UserID
}

// Allow does what a person does on Slack's page: they allow the app into the workspace. It returns where
// Slack sends their browser back to.
func (s *Slack) Allow(page, name string) *url.URL {
	s.t.Helper()
	_, user := s.As(name)
	form := url.Values{}
	for _, field := range []string{"redirect_uri", "scope", "user_scope", "state", "client_id"} {
		found := regexp.MustCompile(`name="` + field + `" value="([^"]*)"`).FindStringSubmatch(page)
		if found == nil {
			s.t.Fatalf("Slack's page does not ask whether to allow the app: %s", page)
		}
		form.Set(field, html.UnescapeString(found[1]))
	}
	form.Set("user_id", user)
	got := s.post("/oauth/v2/authorize/callback", "", form)
	defer got.Body.Close()
	back, err := got.Location()
	if err != nil {
		s.t.Fatalf("Slack does not lead back: %s", got.Status)
	}
	return back
}

// Trigger is what a press of a person brings; it opens one form within three seconds.
func (s *Slack) Trigger(bot, user string) string {
	s.t.Helper()
	got := s.post("/api/views.generateTriggerId", bot, url.Values{"user_id": {user}})
	defer got.Body.Close()
	var answer struct {
		Error   string
		Trigger string `json:"trigger_id"`
	}
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil || answer.Trigger == "" {
		s.t.Fatalf("there is no trigger: %s %v", answer.Error, err)
	}
	return answer.Trigger
}

// post sends a form, with a token where there is one, and follows no redirect.
func (s *Slack) post(path, token string, form url.Values) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.Site+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}
