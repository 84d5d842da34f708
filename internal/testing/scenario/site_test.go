package scenario_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

type entry struct{ Label, Note, Icon, Href string }

func palette(t *testing.T, b *scenario.Browser, words string) []entry {
	t.Helper()
	var found []entry
	page := b.Get("/palette?q=" + url.QueryEscape(words)).Is(200)
	if err := json.Unmarshal([]byte(page.Body), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPaletteFindsByReferenceNameAndPerson(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	benedikt := s.Person("Benedikt", authz.Responder)
	vera := s.Person("Vera", authz.Viewer)
	where := declare(t, s.Owner, "Card payments fail at checkout")
	for words, want := range map[string]string{
		"INC-1": where, "inc-1": where, "1": where, "payments": where, "": where, "benedi": "/people/" + string(benedikt.ID), "severit": "/settings/severities",
	} {
		if found := palette(t, s.Owner, words); len(found) == 0 || found[0].Href != want {
			t.Errorf("%q finds %v, want %s first", words, found, want)
		}
	}
	if found := palette(t, vera, "severit"); len(found) != 1 || found[0].Href != "/search?q=severit" {
		t.Errorf("a viewer is led to %v", found)
	}
	if found := palette(t, s.Owner, "quartz"); len(found) != 1 || found[0].Href != "/search?q=quartz" {
		t.Errorf("nothing is found as %v", found)
	}
}

func TestPersonIsShownWithWhatTheyAreIn(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben, kim := s.Person("Ben", authz.Responder), s.Person("Kim", authz.Responder)
	declare(t, ben, "Card payments fail")
	over := declare(t, ben, "Search is down")
	s.Owner.Put(over+"/closed", url.Values{"key": {"c"}}).Is(200)
	at := "/people/" + string(ben.ID)
	kim.Get(at).Is(200).Has("ben@example.test", "Card payments fail", "Search is down", "Took part in 2, lead of 2").Lacks("Deactivate")
	kim.Get("/incidents?participant="+string(ben.ID)).Is(200).Has("Card payments fail", "Search is down", "Takes part Ben")
	kim.Get("/people/"+string(kim.ID)).Is(200).Has("In no incident at the moment", "Edit your profile")
	s.Owner.Delete(at + "/active").Is(200)
	kim.Get(at).Is(200).Has("Deactivated")
	kim.Get("/people/01NOBODY").Is(404)
}

func TestNavigationFollowsWhatIsLive(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	s.Owner.Get("/nav?section=home").Is(200).Lacks("Search is down")
	where := declare(t, s.Owner, "Search is down")
	s.Owner.Get("/nav?section=home").Is(200).Has("1 live", "Search is down")
	s.Owner.Put(where+"/closed", url.Values{"key": {"c"}}).Is(200)
	s.Owner.Get("/nav?section=home").Is(200).Lacks("Search is down")
}

// get asks without a session.
func get(t *testing.T, s *scenario.Scenario, path string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := (&http.Transport{}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestDoorsWithoutSession(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	page := http.Header{"Accept": {"text/html"}}
	through := http.Header{"X-Forwarded-For": {"192.0.2.1"}}
	for _, try := range []struct {
		path   string
		header http.Header
		status int
		leads  string
	}{
		{"/healthz", nil, 200, ""},
		{"/readyz", nil, 200, ""},
		{"/manifest.webmanifest", nil, 200, ""},
		{"/login", page, 200, ""},
		{"/metrics", nil, 200, ""},
		{"/metrics", through, 404, ""}, // a proxy that is not trusted hides who asks
		{"/incidents", page, 303, "/login?next=%2Fincidents"},
		{"/incidents/1", page, 303, "/login?next=%2Fincidents%2F1"},
		{"/nowhere", page, 303, "/login?next=%2Fnowhere"},
		{"/palette", nil, 401, ""},
		{"/live", nil, 401, ""},
		{"/operators", page, 303, "/login?next=%2Foperators"},
		{"/dev/outbox", page, 303, "/login?next=%2Fdev%2Foutbox"}, // only in development
		{"/files/rooms/guessed.png", nil, 404, ""},
	} {
		answer := get(t, s, try.path, try.header)
		if answer.StatusCode != try.status || answer.Header.Get("Location") != try.leads {
			t.Errorf("%s %v answers %d to %q, want %d to %q", try.path, try.header, answer.StatusCode, answer.Header.Get("Location"), try.status, try.leads)
		}
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/incidents", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site is answered with %d", answer.StatusCode)
	}
}

func TestDeactivatedPersonIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	ben.Get("/incidents").Is(200)
	if err := s.App.Users.Deactivate(s.Owner.Context(), ben.ID); err != nil {
		t.Fatal(err)
	}
	if page := ben.Get("/incidents"); page.Path != "/login" {
		t.Errorf("the page is still shown at %s", page.Path)
	}
}
