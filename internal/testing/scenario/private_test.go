package scenario_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// speak posts in a room and fails the test if that is refused.
func speak(t *testing.T, s *scenario.Scenario, b *scenario.Browser, in id.ID, words string) room.Message {
	t.Helper()
	said, err := s.App.Rooms.Post(b.Context(), room.Post{Incident: in, ClientKey: words, Source: words})
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func TestWhoIsShutOutHearsNothingMore(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	for name, shut := range map[string]func(in, who id.ID) error{
		"made private": func(in, _ id.ID) error {
			_, err := s.App.Incidents.MakePrivate(s.Owner.Context(), incident.MakePrivate{Incident: in, Keep: []id.ID{}})
			return err
		},
		"revoked": func(in, who id.ID) error {
			ctx := s.Owner.Context()
			if _, err := s.App.Incidents.MakePrivate(ctx, incident.MakePrivate{Incident: in, Keep: []id.ID{who}}); err != nil {
				return err
			}
			_, err := s.App.Incidents.RevokeAccess(ctx, incident.RevokeAccess{Incident: in, User: who})
			return err
		},
	} {
		b := s.Person(strings.ReplaceAll(name, " ", "-"), authz.Owner)
		brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Salaries leaked"})
		if err != nil {
			t.Fatal(err)
		}
		lines := listen(t, b, "incident,incident:"+string(brief.ID))
		speak(t, s, b, brief.ID, "Before "+name)
		until(t, lines, "Before")
		if err := shut(brief.ID, b.ID); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		speak(t, s, s.Owner, brief.ID, "Quartz after "+name)
		if _, err := s.App.Incidents.Rename(s.Owner.Context(), incident.Rename{Incident: brief.ID, Name: "Quartz"}); err != nil {
			t.Fatal(err)
		}
		heard := until(t, lines, `"gone"`)
		// What everyone may hear comes after what they may not.
		if _, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Another"}); err != nil {
			t.Fatal(err)
		}
		heard += until(t, lines, "incident.declared")
		if strings.Contains(heard, "Quartz") || strings.Contains(heard, "renamed") {
			t.Errorf("%s: heard %s", name, heard)
		}
		b.Get("/incidents/" + brief.Reference).Is(http.StatusNotFound)
		answer := b.Open(t.Context(), "/live?topics=incident:"+string(brief.ID))
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: a new stream answers %d", name, answer.StatusCode)
		}
	}
}

func TestAskingToBeLetIn(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	eve, ben := s.Person("Eve", authz.Responder), s.Person("Ben", authz.Responder)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz leak", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Device(s.Owner, "ada")
	s.Device(eve, "eve")
	s.Device(ben, "ben")
	s.Work()
	there, nowhere := eve.Get("/incidents/"+brief.Reference).Is(404), eve.Get("/incidents/INC-7777").Is(404)
	if strings.ReplaceAll(there.Body, brief.Reference, "X") != strings.ReplaceAll(nowhere.Body, "INC-7777", "X") {
		t.Errorf("a private incident looks unlike none:\n%s\n%s", there.Text(), nowhere.Text())
	}
	there.Has("Ask to be let in")
	asked, none := eve.Post("/access", url.Values{"reference": {brief.Reference}}), ben.Post("/access", url.Values{"reference": {"INC-7777"}})
	if asked.Status != none.Status || strings.ReplaceAll(asked.Body, brief.Reference, "X") != strings.ReplaceAll(none.Body, "INC-7777", "X") {
		t.Errorf("asking for a private incident is answered unlike for none: %d %s; %d %s", asked.Status, asked.Text(), none.Status, none.Text())
	}
	s.Work()
	if told := s.Pushed("ada"); len(told) != 1 || !strings.Contains(told[0], "Eve") {
		t.Errorf("the member is told %q", told)
	}
	s.Owner.Get("/incidents/" + brief.Reference).Has("Eve asks")

	access, err := s.App.Incidents.Access(s.Owner.Context(), brief.ID)
	if err != nil || len(access.Requests) != 1 {
		t.Fatalf("%+v, %v", access, err)
	}
	s.Owner.Delete("/incidents/" + brief.Reference + "/access/requests/" + string(access.Requests[0].ID)).Is(200)
	s.Work()
	if told := append(s.Pushed("eve"), s.Mailed(eve)...); len(told) != 0 {
		t.Errorf("who was denied is told %q", told)
	}
	eve.Get("/incidents/" + brief.Reference).Is(404)

	s.Advance(15 * time.Minute)
	eve.Post("/access", url.Values{"reference": {brief.Reference}}).Is(200)
	s.Work()
	if access, err = s.App.Incidents.Access(s.Owner.Context(), brief.ID); err != nil || len(access.Requests) != 1 {
		t.Fatalf("asked again: %+v, %v", access, err)
	}
	s.Owner.Put("/incidents/"+brief.Reference+"/access/requests/"+string(access.Requests[0].ID), nil).Is(200)
	s.Work()
	eve.Get("/incidents/" + brief.Reference).Is(200).Has("Quartz leak")
	if told := s.Pushed("eve"); len(told) != 1 || !strings.Contains(told[0], brief.Reference) {
		t.Errorf("who was let in is told %q", told)
	}
	if told := s.Pushed("ben"); len(told) != 0 {
		t.Errorf("an outsider is told %q", told)
	}
}

func TestOwnerTakesOverWhatTheLastMemberLeft(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben, admin := s.Person("Ben", authz.Responder), s.Person("Ayla", authz.Administrator)
	brief, err := s.App.Incidents.Declare(ben.Context(), incident.Declare{Name: "Quartz leak", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Work()
	if asked := admin.Get("/people").Is(200).Lacks("Quartz").Body; !strings.Contains(asked, "Ben is the only one who sees a private incident") {
		t.Error("nobody is warned that Ben is the last member of a private incident")
	}
	s.Owner.Get("/settings/audit").Is(200).Lacks("Take over")
	admin.Delete("/people/" + string(ben.ID) + "/active").Is(200)
	s.Work()
	for _, path := range []string{"/settings/audit", "/settings/audit/abandoned"} {
		s.Owner.Get(path).Is(200).Has("Nobody sees 1 private incident any more").Lacks("Quartz")
	}
	admin.Get("/settings/audit").Is(200).Lacks("Take over")
	admin.Post("/settings/audit/abandoned", url.Values{"reason": {"I wonder"}}).Is(403)
	s.Owner.Get("/incidents/" + brief.Reference).Is(404)

	s.Owner.Post("/settings/audit/abandoned", url.Values{"reason": {""}}).Is(422).Has("Say why")
	s.Owner.Post("/settings/audit/abandoned", url.Values{"reason": {"Ben has left us"}}).Is(200).Has("Quartz leak")
	s.Work()
	s.Owner.Get("/incidents/"+brief.Reference).Is(200).Has("Quartz leak", "took this private incident over", "Ben has left us")
	s.Owner.Get("/settings/audit").Is(200).Lacks("Take over")
	admin.Get("/settings/audit").Is(200).Has("took over private incidents that nobody saw any more", "Ben has left us").Lacks("Quartz")
}
