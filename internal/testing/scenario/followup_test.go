package scenario_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestFollowUpsLeaveNoTraceUntilThereIsOne(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	where := declare(t, s.Owner, "Checkout is down")
	in := incidentAt(t, s, where)
	s.Owner.Get(where).Is(200).Lacks("Follow-ups", "follow-up")
	made, err := s.App.Actions.Create(s.Owner.Context(), action.Create{Incident: in, Description: "Alert when the pool runs empty", Assignee: maya.ID})
	if err != nil {
		t.Fatal(err)
	}

	s.Owner.Get(where + "/follow-ups/new?action=" + string(made.ID)).Is(200).Has("Add a follow-up")
	values := url.Values{
		"title": {"Alert when the pool runs empty"}, "assignee": {string(maya.ID)}, "priority": {string(priorities(t, s)["High"])}, "labels": {"Payments, monitoring, payments"},
		"due": {"2026-03-01"}, "action": {string(made.ID)}, "key": {"one"},
	}
	for range 2 {
		s.Owner.Post(where+"/follow-ups", values).Is(200).Has("Follow-ups", "High", "payments", "monitoring")
	}
	values.Set("key", "another press")
	s.Owner.Post(where+"/follow-ups", values).Is(200)
	all, err := s.App.FollowUps.List(s.Owner.Context(), followup.Filter{})
	if err != nil || len(all) != 1 || len(all[0].Labels) != 2 {
		t.Fatalf("an action became %+v, %v", all, err)
	}
	maya.Get("/").Is(200).Has("Follow-ups")
	maya.Get("/follow-ups").Is(200).Has("Alert when the pool runs empty", "INC-1", "due Mar 1")
	maya.Get("/follow-ups?show=overdue&label=payments&priority=high").Is(200).Has("Alert when the pool runs empty")
	maya.Get("/follow-ups?show=open&priority=low").Is(200).Lacks("Alert when the pool runs empty")
	maya.Put(where+"/follow-ups/"+string(all[0].ID)+"/status", url.Values{"to": {"completed"}, "back": {"all"}}).Is(200)
	maya.Get("/follow-ups").Is(200).Lacks("Alert when the pool runs empty")
	maya.Get("/follow-ups?show=all").Is(200).Has("Alert when the pool runs empty")
}

func priorities(t *testing.T, s *scenario.Scenario) map[string]id.ID {
	t.Helper()
	all, err := s.App.FollowUps.Priorities(s.Owner.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]id.ID{}
	for _, one := range all {
		ids[one.Name] = one.ID
	}
	return ids
}

func TestPrioritiesAreTheOrganisationsOwn(t *testing.T) {
	s := scenario.New(t)
	where := declare(t, s.Owner, "Checkout is down")
	list := "/settings/follow-up-priorities"
	s.Owner.Post(list, url.Values{"name": {"Urgent"}, "description": {"Within a day."}}).Is(200).Has("Urgent", "Within a day.")
	s.Owner.Post(list, url.Values{"name": {"uRGENT"}}).Is(422).Has("There is one with the name")
	ids := priorities(t, s)
	s.Owner.Put(list+"/order", url.Values{"entry": {string(ids["Urgent"])}, "to": {"0"}}).Is(200)
	s.Owner.Get(where+"/follow-ups/new").Is(200).Has("Urgent", "Within a day.", "No priority")

	s.Owner.Post(where+"/follow-ups", url.Values{"title": {"Later"}, "priority": {string(ids["Low"])}, "key": {"1"}}).Is(200)
	s.Owner.Post(where+"/follow-ups", url.Values{"title": {"At once"}, "priority": {string(ids["Urgent"])}, "key": {"2"}}).Is(200)
	s.Owner.Post(where+"/follow-ups", url.Values{"title": {"Odd"}, "priority": {"soon"}, "key": {"3"}}).Is(404)
	all, err := s.App.FollowUps.List(s.Owner.Context(), followup.Filter{})
	if err != nil || len(all) != 2 || all[0].Title != "At once" || !all[0].Urgent || all[1].Urgent {
		t.Fatalf("in the order of the list they are %+v, %v", all, err)
	}

	at := list + "/" + string(ids["Low"])
	s.Owner.Get(at+"/archive").Is(200).Has("It is used by an open follow-up.", "What takes its place?")
	s.Owner.Delete(at).Is(409).Has("used by an open follow-up")
	s.Owner.Post(at, url.Values{"_method": {"DELETE"}, "replacement": {string(ids["Medium"])}}).Is(200)
	s.Owner.Get("/follow-ups?show=open&priority=medium").Is(200).Has("Later").Lacks("At once")
	s.Owner.Get("/settings/audit").Is(200).Has("archived the follow-up priority Low", "changed a follow-up", "added the follow-up priority Urgent")
	s.Owner.Put(where+"/follow-ups/"+string(all[0].ID)+"/status", url.Values{"to": {"completed"}}).Is(200)
	s.Owner.Get(list + "/" + string(ids["Urgent"]) + "/archive").Is(200).Has("One follow-up that is done or dropped has it and keeps it.")
}

// TestThePreviousReleaseStillSetsPriorities writes as it does, by the word alone, while this one runs beside it.
func TestThePreviousReleaseStillSetsPriorities(t *testing.T) {
	s := scenario.New(t)
	where := declare(t, s.Owner, "Checkout is down")
	ids := priorities(t, s)
	made, err := s.App.FollowUps.Create(s.Owner.Context(), followup.Create{Incident: incidentAt(t, s, where), Words: followup.Words{Title: "Alert", Priority: ids["High"]}})
	if err != nil {
		t.Fatal(err)
	}
	word := ""
	if err := s.App.DB.Pool().QueryRow(t.Context(), "SELECT priority FROM muster.follow_up").Scan(&word); err != nil || word != "high" {
		t.Errorf("it reads %q, %v", word, err)
	}
	for _, c := range []struct{ sql, want string }{
		{"UPDATE muster.follow_up SET priority = 'low', title = title", "Low"},
		{"UPDATE muster.follow_up SET priority = 'low', title = 'Other'", "Low"},
		{"UPDATE muster.follow_up SET priority = ''", ""},
	} {
		if _, err := s.App.DB.Pool().Exec(t.Context(), c.sql); err != nil {
			t.Fatal(err)
		}
		now, err := s.App.FollowUps.Get(s.Owner.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if now.Priority != nil {
			got = now.Priority.Name
		}
		if got != c.want {
			t.Errorf("%s: this one reads %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestFollowUpsOfPrivateIncidentsAreSeenByThoseInvited(t *testing.T) {
	s := scenario.New(t)
	maya := s.Person("Maya", authz.Responder)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "A secret", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.App.FollowUps.Create(s.Owner.Context(), followup.Create{Incident: brief.ID, Words: followup.Words{Title: "Quartz", Labels: []string{"quartz"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Owner.Get("/follow-ups?show=open").Is(200).Has("Quartz")
	maya.Get("/follow-ups?show=open").Is(200).Lacks("Quartz", "quartz")
	maya.Get("/").Is(200).Lacks("Follow-ups")
}
