package scenario_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// ways are all that can come of an incident, each seen by somebody for whom only that can be the cause.
var ways = []string{
	"line in the room", "announced", "told who subscribed to everything", "told who subscribed to this", "told of a role", "told of a mention",
	"told of a question", "told of a question that waits", "reminded of an update", "nudged", "asked whether it can be closed", "called", "paged",
	"shown as ongoing", "in the list", "in figures", "found by others",
}

// TestWhatOfWhichIncidentReachesWhom holds each mode against each way out of an incident.
func TestWhatOfWhichIncidentReachesWhom(t *testing.T) {
	t.Parallel()
	all := func(but ...string) []string {
		return slices.DeleteFunc(slices.Clone(ways), func(way string) bool { return slices.Contains(but, way) })
	}
	for name, c := range map[string]struct {
		declare incident.Declare
		want    []string
	}{
		"standard": {incident.Declare{}, all()},
		// Nothing nags and nothing is announced; what somebody says to somebody arrives, and who wanted this one hears of it.
		"quiet": {incident.Declare{Quiet: true}, all("announced", "told who subscribed to everything", "told of a question that waits", "reminded of an update", "nudged", "asked whether it can be closed")},
		// Tried out with those who take part, out of the numbers.
		"test": {incident.Declare{Mode: incident.Test}, all("announced", "told who subscribed to everything", "nudged", "asked whether it can be closed", "in the list", "in figures")},
		// Over before it was written down: listed and counted, and nobody is needed.
		"retrospective": {incident.Declare{Mode: incident.Retrospective}, all("announced", "told who subscribed to everything", "told who subscribed to this", "told of a role", "reminded of an update", "nudged", "asked whether it can be closed", "called", "paged", "shown as ongoing")},
		"tutorial":      {incident.Declare{Mode: incident.Tutorial, Private: true}, []string{"line in the room"}},
		// Those who are in it hear of it as of any other; nobody else of anything.
		"private": {incident.Declare{Private: true}, all("announced", "told who subscribed to everything", "shown as ongoing", "in the list", "in figures", "found by others")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reached(t, c.declare)
			var want []string
			for _, way := range ways {
				if slices.Contains(c.want, way) {
					want = append(want, way)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what came of it (-want +got):\n%s", diff)
			}
		})
	}
}

// reached lets everything happen in an incident and lists the ways by which something of it came out. What is refused
// does not come.
func reached(t *testing.T, declare incident.Declare) []string {
	s := scenario.New(t)
	people := map[string]*scenario.Browser{}
	for _, name := range []string{"bystander", "broad", "narrow", "holder", "mentioned", "called", "asker"} {
		people[name] = s.Person(name, authz.Responder)
		s.Device(people[name], name)
		mute(t, s, people[name], name == "bystander")
	}
	s.Device(s.Owner, "lead")
	pager, _ := connect(t, s, escalation.PagerDuty)
	err := s.App.Subscriptions.Subscribe(people["broad"].Context(), subscription.Subscribe{Scope: subscription.ToEverything, Mail: true, Push: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx := s.Owner.Context()
	declare.Name, declare.Status = "Quartz is cracked", ""
	brief, err := s.App.Incidents.Declare(ctx, declare)
	if err != nil {
		t.Fatal(err)
	}
	in := brief.ID
	try := func(_ any, err error) bool { return err == nil }
	for _, name := range []string{"narrow", "holder", "mentioned", "called", "asker"} {
		try(s.App.Incidents.GrantAccess(ctx, incident.GrantAccess{Incident: in, User: people[name].ID}))
	}
	s.Work()
	before := map[string]int{}
	for name, who := range people {
		before[name] = len(s.Pushed(name)) + len(s.Mailed(who))
	}
	_ = s.App.Subscriptions.Subscribe(people["narrow"].Context(), subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Mail: true, Push: true})
	roles, err := s.App.Incidents.Roles(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		if role.Kind == incident.RoleReporter {
			try(s.App.Incidents.AssignRole(ctx, incident.AssignRole{Incident: in, Role: role.ID, Assignee: people["holder"].ID}))
		}
	}
	speak(t, s, s.Owner, in, "Look, "+mention(people["mentioned"]))
	try(s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: in, Message: "Soon more", NextMinutes: 30, Key: "1"}))
	try(s.App.Questions.Ask(people["asker"].Context(), question.Ask{Incident: in, Text: "Is it safe?", Key: "1"}))
	s.Work()
	asked := count(s.Pushed("lead"), "asker asks about")
	s.Advance(16 * time.Minute)
	waits := count(s.Pushed("lead"), "A question still waits")
	s.Advance(16 * time.Minute)
	due := count(s.Pushed("lead"), "update on")

	try(s.App.Escalations.Escalate(ctx, escalation.Escalate{Incident: in, Targets: []escalation.To{{User: people["called"].ID}, {Pager: pager.ID}}, Minutes: 1, Key: "1"}))
	s.Advance(3 * time.Minute)
	if declare.Mode == incident.Test {
		var sent []byte
		for _, r := range s.Pagers.Requests() {
			sent = append(sent, r.Body...)
		}
		if count(s.Pushed("called"), "needs you in INC-1 (a test)") == 0 || !strings.Contains(string(sent), "Test: INC-1") {
			t.Errorf("who is called in a test is told %q and %s", s.Pushed("called"), sent)
		}
	}
	told := func(name string) bool { return len(s.Pushed(name))+len(s.Mailed(people[name])) > before[name] }
	out := map[string]bool{
		"line in the room": events(t, s, in) > 0, "announced": len(s.Pushed("bystander")) > 0,
		"told who subscribed to everything": len(s.Pushed("broad"))+len(s.Mailed(people["broad"])) > 0,
		"told who subscribed to this":       told("narrow"), "told of a role": told("holder"), "told of a mention": told("mentioned"), "called": told("called"),
		"told of a question": asked > 0, "told of a question that waits": waits > 0, "reminded of an update": due > 0,
		"paged": len(s.Pagers.Alerts()) > 0,
	}
	ongoing, err := s.App.Incidents.Live(people["bystander"].Context())
	if err != nil {
		t.Fatal(err)
	}
	out["shown as ongoing"] = len(ongoing) > 0
	listed, err := s.App.Incidents.List(people["bystander"].Context(), incident.Filter{}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	out["in the list"] = len(listed.Incidents) > 0
	counts, err := s.App.Incidents.Counts(people["bystander"].Context())
	if err != nil {
		t.Fatal(err)
	}
	figure := int64(0)
	for _, n := range counts {
		figure += n
	}
	out["in figures"] = figure > 0
	out["found by others"] = found(t, s, people["bystander"], search.Find{Text: "quartz"})[search.Incident] > 0

	leave(t, s, in, roles)
	tick(t, s, 4*time.Minute)
	out["nudged"] = nudges(t, s, in) > 0
	for range 4 {
		s.Advance(12 * time.Hour)
		if err := s.App.Nudges.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Work()
	}
	out["asked whether it can be closed"] = count(s.Pushed("lead"), "be closed?") > 0

	var got []string
	for _, way := range ways {
		if out[way] {
			got = append(got, way)
		}
	}
	if len(out) != len(ways) {
		t.Fatalf("%d ways are looked at and %d named", len(out), len(ways))
	}
	return got
}

// mute lets somebody hear nothing of declared incidents, unless they are there for that.
func mute(t *testing.T, s *scenario.Scenario, b *scenario.Browser, but bool) {
	t.Helper()
	for _, by := range notification.Methods() {
		err := s.App.Notifications.Prefer(b.Context(), notification.Prefer{Reason: notification.IsDeclared, Method: by, Wanted: but})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// leave takes the lead's role from whoever has it.
func leave(t *testing.T, s *scenario.Scenario, in id.ID, roles []incident.Role) {
	t.Helper()
	for _, role := range roles {
		if role.Kind == incident.RoleLead {
			if _, err := s.App.Incidents.AssignRole(s.System(), incident.AssignRole{Incident: in, Role: role.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// events counts the lines of a room that tell of something done.
func events(t *testing.T, s *scenario.Scenario, in id.ID) int {
	t.Helper()
	messages, _, err := s.App.Rooms.History(s.Owner.Context(), in, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range messages {
		if m.Kind == room.FromEvent {
			n++
		}
	}
	return n
}
