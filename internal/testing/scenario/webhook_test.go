package scenario_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/hooksink"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// sendWebhooks sends what is due.
func sendWebhooks(t *testing.T, s *scenario.Scenario) {
	t.Helper()
	if err := s.App.Webhooks.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var (
	webhookSecret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)
	webhookHref   = regexp.MustCompile(`/settings/webhooks/[0-9A-Z]{26}`)
	deliveryHref  = regexp.MustCompile(`/settings/webhooks/[0-9A-Z]{26}/deliveries/[0-9A-Z]{26}`)
)

// addWebhook adds one by the dashboard and returns its page and its secret.
func addWebhook(t *testing.T, b *scenario.Browser, form url.Values) (page, secret string) {
	t.Helper()
	made := b.Post("/settings/webhooks", form).Is(http.StatusOK)
	page, secret = webhookHref.FindString(made.Body), webhookSecret.FindString(html.UnescapeString(made.Body))
	if page == "" || secret == "" {
		t.Fatalf("no page or no secret in\n%s", made.Body)
	}
	return page, secret
}

func TestWebhooksAreSetWatchedAndSentAgain(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	sink := hooksink.New(t)
	s.Owner.Get("/settings/webhooks").Is(http.StatusOK).Has("No program is told")
	s.Person("Rea", authz.Responder).Get("/settings/webhooks").Is(http.StatusForbidden)
	s.Owner.Post("/settings/webhooks", url.Values{"url": {"hooks.example.test"}}).Is(http.StatusUnprocessableEntity).Has("not a whole address")

	at, secret := addWebhook(t, s.Owner, url.Values{"url": {sink.URL()}, "description": {"Dashboard"}, "type.incident_created_v2": {"on"}})
	s.Owner.Get(at+"/edit").Is(http.StatusOK).Has("Incident created", "public_incident.incident_created_v2")

	// A test says at once what comes of it.
	tested := s.Owner.Post(at+"/test", nil).Is(http.StatusOK).Has("Delivered", "200 OK", "test.ping_v1")
	if got := sink.Requests(); !deliveryHref.MatchString(tested.Path) || len(got) != 1 || !got[0].SignedBy(secret) {
		t.Errorf("a test led to %s and sent %d requests", tested.Path, len(got))
	}

	sink.Answer(func(w http.ResponseWriter, _ hooksink.Request) {
		http.Error(w, "the disc is full", http.StatusInsufficientStorage)
	})
	declare(t, s.Owner, "Checkout is down")
	sendWebhooks(t, s)
	s.Owner.Get("/settings/webhooks").Has("Nothing gets through since", "1 delivery waits")
	waiting := deliveryHref.FindString(s.Owner.Get(at + "?state=waiting").Is(http.StatusOK).Body)
	s.Owner.Get(waiting).Is(http.StatusOK).Has("507 Insufficient Storage", "the disc is full", "Webhook-Signature", "Send now")

	sink.Answer(nil)
	sink.Forget()
	s.Owner.Post(waiting, nil).Is(http.StatusOK).Has("Delivered after 2 attempts")
	if got := sink.Requests(); len(got) != 1 || got[0].Type != "public_incident.incident_created_v2" {
		t.Errorf("sent again: %v", sink.Types())
	}

	next := webhookSecret.FindString(html.UnescapeString(s.Owner.Put(at+"/secret", nil).Is(http.StatusOK).Body))
	if next == "" || next == secret {
		t.Errorf("the new secret is %q", next)
	}
	s.Owner.Get(at).Has("signs as well until")
	if shown := html.UnescapeString(s.Owner.Post(at+"/secret", nil).Is(http.StatusOK).Body); !strings.Contains(shown, next) {
		t.Error("the secret that is shown is another")
	}
	s.Owner.Put(at+"/disabled", nil).Is(http.StatusOK).Has("Switched off")
	s.Owner.Post(waiting, nil).Is(http.StatusConflict).Has("switched off")
	s.Owner.Delete(at + "/disabled").Is(http.StatusOK)
	s.Owner.Delete(at).Is(http.StatusOK).Has("No program is told")
	s.Owner.Get(at).Is(http.StatusNotFound)
	s.Owner.Get("/settings/audit").Has("gave a webhook another secret", "looked at the secret of a webhook")
}

// TestWhoSeesNoPrivateIncidentSeesNoneOfItsDeliveries: not even that there are some.
func TestWhoSeesNoPrivateIncidentSeesNoneOfItsDeliveries(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	sink := hooksink.New(t)
	at, _ := addWebhook(t, s.Owner, url.Values{"url": {sink.URL()}, "private_incidents": {"on"}})
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz leaked", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	sendWebhooks(t, s)
	if got := sink.Requests(); len(got) != 1 || got[0].Payload["id"] != string(brief.ID) || strings.Contains(string(got[0].Body), "Quartz") {
		t.Fatalf("told %v", sink.Types())
	}
	mine := deliveryHref.FindString(s.Owner.Get(at).Has("private_incident.incident_created_v2").Body)
	s.Owner.Get(mine).Is(http.StatusOK).Has("ids are told and nothing else")
	other := s.Person("Adam", authz.Administrator)
	if body := other.Get(at).Is(http.StatusOK).Body; strings.Contains(body, "private_incident") {
		t.Error("an administrator who is not in it sees its delivery")
	}
	other.Get(mine).Is(http.StatusNotFound)
	other.Post(mine, nil).Is(http.StatusNotFound)
}

// TestWebhooksOfOthersAreNotThere walks every address of a webhook as the owner of another organisation.
func TestWebhooksOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	sink := hooksink.New(t)
	at, _ := addWebhook(t, s.Owner, url.Values{"url": {sink.URL()}})
	declare(t, s.Owner, "Ours")
	delivery := deliveryHref.FindString(s.Owner.Get(at).Body)
	elsewhere := s.PersonOf(s.Begin("Elsewhere", "Eve", "eve@example.test").ID, "Eva", authz.Owner)
	elsewhere.Get("/settings/webhooks").Is(http.StatusOK).Has("No program is told")
	for _, path := range []string{at, at + "/edit", delivery} {
		elsewhere.Get(path).Is(http.StatusNotFound)
	}
	for _, path := range []string{at + "/test", at + "/secret", at + "/failed", delivery} {
		elsewhere.Post(path, nil).Is(http.StatusNotFound)
	}
	elsewhere.Put(at, url.Values{"url": {"https://hooks.example.test"}}).Is(http.StatusNotFound)
	elsewhere.Put(at+"/secret", nil).Is(http.StatusNotFound)
	elsewhere.Put(at+"/disabled", nil).Is(http.StatusNotFound)
	elsewhere.Delete(at).Is(http.StatusNotFound)
	if n := len(sink.Requests()); n != 0 {
		t.Errorf("%d requests were sent for strangers", n)
	}
}
