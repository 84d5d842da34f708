package scenario_test

import (
	"net/url"
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
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
		"title": {"Alert when the pool runs empty"}, "assignee": {string(maya.ID)}, "priority": {"high"}, "labels": {"Payments, monitoring, payments"},
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
