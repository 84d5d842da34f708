package scenario_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// listen opens a live stream and returns its data lines as they come; the channel closes with the stream.
func listen(t *testing.T, b *scenario.Browser, topics string) <-chan string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	answer := b.Open(ctx, "/live?topics="+url.QueryEscape(topics))
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the stream of %s answers %d", b.Name, answer.StatusCode)
	}
	lines := make(chan string, 100)
	reader := bufio.NewScanner(answer.Body)
	reader.Scan() // the greeting: from here on nothing is missed
	go func() {
		defer close(lines)
		defer answer.Body.Close()
		for reader.Scan() {
			if data, found := strings.CutPrefix(reader.Text(), "data: "); found {
				lines <- data
			}
		}
	}()
	return lines
}

// until returns what came up to a line that has the words.
func until(t *testing.T, lines <-chan string, words string) string {
	t.Helper()
	var seen []string
	for {
		select {
		case line, open := <-lines:
			seen = append(seen, line)
			if strings.Contains(line, words) {
				return strings.Join(seen, "\n")
			}
			if !open {
				t.Fatalf("the stream ended before %q: %q", words, seen)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%q never came: %q", words, seen)
		}
	}
}

func TestStreamKeepsPrivateIncidentsToThoseWithAccess(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	topics := "incident,action,user,room,auth"
	owner, other := listen(t, s.Owner, topics), listen(t, ben, topics)
	secret, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Salaries leaked", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.Rename(s.Owner.Context(), incident.Rename{Incident: secret.ID, Name: "Salaries seen"}); err != nil {
		t.Fatal(err)
	}
	if heard := until(t, owner, "incident.renamed"); strings.Contains(heard, string(secret.ID)) {
		t.Errorf("a topic of lists names an incident: %s", heard)
	}
	// What everyone may hear comes after what they may not.
	if err := s.App.Users.ChangeRole(s.Owner.Context(), user.ChangeRole{User: s.Person("Cara", authz.Viewer).ID, Role: authz.Responder}); err != nil {
		t.Fatal(err)
	}
	heard := until(t, other, "user.role_changed")
	for _, leak := range []string{string(secret.ID), "incident.", "auth.", "room."} {
		if strings.Contains(heard, leak) {
			t.Errorf("who has no access hears %q: %s", leak, heard)
		}
	}
}

func TestStreamEndsWithTheRightToListen(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	for name, end := range map[string]func(b *scenario.Browser) error{
		"signed out": func(b *scenario.Browser) error { b.Post("/logout", nil).Is(http.StatusOK); return nil },
		"revoked":    func(b *scenario.Browser) error { return s.App.Auth.RevokeOthers(b.Context(), "") },
		"deactivated": func(b *scenario.Browser) error {
			return s.App.Users.Deactivate(s.Owner.Context(), b.ID)
		},
		"in another role": func(b *scenario.Browser) error {
			return s.App.Users.ChangeRole(s.Owner.Context(), user.ChangeRole{User: b.ID, Role: authz.Viewer})
		},
	} {
		b := s.Person(strings.ReplaceAll(name, " ", "-"), authz.Responder)
		lines := listen(t, b, "incident")
		begun := time.Now()
		if err := end(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for open := true; open; {
			select {
			case _, open = <-lines:
			case <-time.After(10 * time.Second): // the slow beat comes at 15 s
				t.Fatalf("%s: still listening after %s", name, time.Since(begun))
			}
		}
	}
}
