package scenario_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// TestPeopleOutsideTheRoom reads, asks and subscribes as somebody who only reads.
func TestPeopleOutsideTheRoom(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	vera := s.Person("Vera", authz.Viewer)
	in, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Card payments fail", Summary: "One in five fails."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Customers.Change(s.Owner.Context(), customers.Change{Incident: in.ID, Text: "Other ways to pay work."}); err != nil {
		t.Fatal(err)
	}
	page := vera.Get("/incidents/INC-1").Is(200).Has("One in five fails.", "Other ways to pay work.", "Ask Ada", "Open the room")
	if strings.Contains(page.Body, "data-composer") || strings.Contains(page.Body, "/customers\"") {
		t.Error("who only reads landed where others work")
	}
	vera.Get("/incidents/INC-1/room").Is(200).Has("You can read along")
	vera.Get("/i/INC-1").Is(200).Has("Other ways to pay work.")
	vera.Put("/incidents/INC-1/customers", url.Values{"customers": {"Mine"}, "version": {"1"}}).Is(403)

	for n := range question.MaxOpen {
		vera.Post("/incidents/INC-1/questions", url.Values{"question": {fmt.Sprintf("Question %d?", n)}, "key": {"page"}}).Is(200)
	}
	vera.Post("/incidents/INC-1/questions", url.Values{"question": {"Question 1?"}, "key": {"page"}}).Is(200) // a double click
	vera.Post("/incidents/INC-1/questions", url.Values{"question": {"One more?"}, "key": {"page"}}).Is(422)
	list, err := s.App.Questions.List(s.Owner.Context(), in.ID)
	if err != nil || len(list) != question.MaxOpen {
		t.Fatalf("%d questions, %v", len(list), err)
	}
	s.Owner.Get("/").Has("Question 4?", "Vera")
	s.Work()
	s.Owner.Get("/incidents/INC-1").Has("Vera asks:", "you speak for the incident")
	s.Owner.Put("/incidents/INC-1/questions/"+string(list[0].ID)+"/answer", url.Values{"answer": {"Yes, it does."}, "version": {"1"}}).Is(200)
	vera.Get("/incidents/INC-1/brief").Has("Yes, it does.")
	vera.Post("/incidents/INC-1/questions/similar", url.Values{"text": {list[0].Text}}).Is(200).Has("Yes, it does.")

	vera.Put("/incidents/INC-1/subscription", nil).Is(200).Has("Subscribed")
	vera.Get("/me/subscriptions").Has("Card payments fail")
	vera.Delete("/incidents/INC-1/subscription").Is(200)
	vera.Get("/me/subscriptions").Lacks("Card payments fail")
}

// TestWordsForCustomersGoWithAnUpdateOrNotAtAll shows that an update whose words for customers were overtaken is not sent.
func TestWordsForCustomersGoWithAnUpdateOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ctx := s.Owner.Context()
	in, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: "Card payments fail"})
	if err != nil {
		t.Fatal(err)
	}
	send := func(words, was, version string) *scenario.Page {
		return s.Owner.Post("/incidents/INC-1/updates", url.Values{
			"message": {"The cause is found."}, "next": {"30"}, "key": {"one"}, "customers": {words}, "was_customers": {was}, "customers_version": {version},
		})
	}
	if _, err := s.App.Customers.Change(ctx, customers.Change{Incident: in.ID, Text: "Theirs."}); err != nil {
		t.Fatal(err)
	}
	send("Mine.", "", "0").Is(409).Has("Theirs.", "Mine.")
	if updates, err := s.App.Incidents.Updates(ctx, in.ID, 5); err != nil || len(updates) != 0 {
		t.Fatalf("%d updates were sent, %v", len(updates), err)
	}
	send("Mine.", "Theirs.", "1").Is(200)
	send("Mine.", "Theirs.", "1").Is(200) // a double click
	told, err := s.App.Customers.History(ctx, in.ID)
	if err != nil || len(told) != 2 || told[0].Text != "Mine." {
		t.Fatalf("%+v, %v", told, err)
	}
	if updates, err := s.App.Incidents.Updates(ctx, in.ID, 5); err != nil || len(updates) != 1 {
		t.Fatalf("%d updates, %v", len(updates), err)
	}
}

// TestWhoIsNotInvitedFindsNoShortPage asks for every part of a private incident's short page.
func TestWhoIsNotInvitedFindsNoShortPage(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Owner)
	in, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.App.Subscriptions.Subscribe(ben.Context(), subscription.Subscribe{Scope: subscription.ToIncident, Incident: in.ID, Mail: true}); err == nil {
		t.Error("somebody subscribed to what they may not see")
	}
	for _, path := range []string{"/i/INC-1", "/incidents/INC-1/brief", "/incidents/INC-1/brief/now", "/incidents/INC-1/share", "/incidents/INC-1/subscription", "/incidents/INC-1/customers/history"} {
		ben.Get(path).Is(404).Lacks("Quartz")
	}
	begun := s.Begin("Elsewhere", "Eve", "eve@example.test")
	stranger := s.PersonOf(begun.ID, "Mallory", authz.Owner)
	here, err := s.App.Organisations.Get(s.Owner.Context())
	if err != nil {
		t.Fatal(err)
	}
	stranger.Get("/i/INC-1?o=" + here.Slug).Is(404).Has("not a member").Lacks("Quartz")
	stranger.Get("/i/INC-1?o=nobody").Is(404).Has("not a member")
}
