package scenario_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// declare declares an incident on the page and returns where it is.
func declare(t *testing.T, b *scenario.Browser, name string) string {
	t.Helper()
	page := b.Post("/incidents", url.Values{"name": {name}, "key": {"declare " + name}}).Is(200)
	if !strings.HasPrefix(page.Path, "/incidents/") {
		t.Fatalf("declaring leads to %s", page.Path)
	}
	return page.Path
}

func say(b *scenario.Browser, where, text, key string) *scenario.Page {
	return b.Post(where+"/room/messages", url.Values{"text": {text}, "client_key": {key}}).Is(200)
}

func mention(b *scenario.Browser) string { return fmt.Sprintf("@[%s](user:%s)", b.Name, b.ID) }

// incidentAt is the incident of a page.
func incidentAt(t *testing.T, s *scenario.Scenario, where string) id.ID {
	t.Helper()
	found, err := s.App.Incidents.ByReference(s.System(), where[strings.LastIndex(where, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// lines are all messages of a room, one line each, and cards by what they are.
func lines(t *testing.T, s *scenario.Scenario, in id.ID) []string {
	t.Helper()
	messages, _, err := s.App.Rooms.History(s.System(), in, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range messages {
		switch m.Kind {
		case room.FromPerson:
			out = append(out, m.Author.Name+": "+m.Document.Line())
		case room.FromBot:
			out = append(out, "card "+m.ClientKey)
		}
	}
	return out
}

func count(all []string, part string) int {
	n := 0
	for _, one := range all {
		if strings.Contains(one, part) {
			n++
		}
	}
	return n
}

func TestIncidentFromDeclarationToClosing(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	s.Device(s.Owner, "phone")

	where := declare(t, s.Owner, "Card payments fail at checkout")
	in := incidentAt(t, s, where)
	s.Work()
	say(s.Owner, where, "Eleven tickets in ten minutes", "a1")
	say(ben, where, "I see it too", "b1")
	ben.Get(where).Is(200).Has("INC-1", "Card payments fail at checkout", "Eleven tickets in ten minutes", "I see it too")

	s.Owner.Post(where+"/updates", url.Values{"message": {"We look for the cause."}, "next": {"30"}, "key": {"u1"}}).Is(200)
	s.Advance(29 * time.Minute)
	if n := count(s.Pushed("phone"), "is due"); n != 0 {
		t.Fatalf("reminded %d times before the update was due", n)
	}
	before := len(lines(t, s, in))
	s.Advance(2 * time.Minute)
	if n := count(s.Pushed("phone"), "The next update on INC-1 is due"); n != 1 {
		t.Fatalf("reminded %d times, want once: %v", n, s.Pushed("phone"))
	}
	if after := lines(t, s, in); len(after) != before+1 {
		t.Errorf("no card, or more than one, came into the room: %v", after)
	}
	s.Advance(5 * time.Minute)
	if n := count(s.Pushed("phone"), "update on INC-1"); n != 1 {
		t.Errorf("reminded again within five minutes: %v", s.Pushed("phone"))
	}

	s.Owner.Put(where+"/closed", url.Values{"message": {"The release was rolled back."}, "key": {"c1"}}).Is(200)
	s.Advance(time.Hour)
	if n := count(s.Pushed("phone"), "update on INC-1"); n != 1 {
		t.Errorf("reminded of an incident that is over: %v", s.Pushed("phone"))
	}
	s.Owner.Get(where+"/timeline").Is(200).Has("We look for the cause.", "The release was rolled back.")
	log, err := s.App.Timelines.Activity(s.System(), in, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, one := range log {
		kinds = append(kinds, one.Kind)
	}
	for _, wanted := range []string{"incident.declared", "incident.update_sent", "incident.update_due", "incident.closed"} {
		if !slices.Contains(kinds, wanted) {
			t.Errorf("the log has no %s: %v", wanted, kinds)
		}
	}
}

func TestRetryWithTheSameKeyChangesNothing(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	where := declare(t, s.Owner, "Search is down")
	if again := declare(t, s.Owner, "Search is down"); again != where {
		t.Errorf("declaring twice with one key led to %s and %s", where, again)
	}
	say(s.Owner, where, "The disk is full", "k1")
	say(s.Owner, where, "The disk is full", "k1")
	in := incidentAt(t, s, where)
	if n := count(lines(t, s, in), "The disk is full"); n != 1 {
		t.Errorf("the message is in the room %d times", n)
	}
	for range 2 {
		s.Owner.Post(where+"/updates", url.Values{"message": {"Making room."}, "next": {"0"}, "key": {"u1"}}).Is(200)
		s.Owner.Post(where+"/actions", url.Values{"description": {"Delete old logs"}, "key": {"a1"}}).Is(200)
	}
	inc, err := s.App.Incidents.Get(s.System(), in)
	if err != nil {
		t.Fatal(err)
	}
	if inc.Updates != 1 {
		t.Errorf("%d updates were sent", inc.Updates)
	}
	if _, all, err := s.App.Actions.Count(s.System(), in); err != nil || all != 1 {
		t.Errorf("there are %d actions: %v", all, err)
	}
	if counts, err := s.App.Incidents.Counts(s.System()); err != nil || counts[incident.CategoryLive] != 1 {
		t.Errorf("there are %d live incidents: %v", counts[incident.CategoryLive], err)
	}
}

func TestLeadHandedOverWhileUpdateIsDue(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	s.Device(s.Owner, "ada")
	s.Device(ben, "ben")
	where := declare(t, s.Owner, "Mails are late")
	in := incidentAt(t, s, where)
	s.Owner.Post(where+"/updates", url.Values{"message": {"The queue is long."}, "next": {"15"}, "key": {"u1"}}).Is(200)
	s.Advance(10 * time.Minute)

	roles, err := s.App.Incidents.Roles(s.System())
	if err != nil {
		t.Fatal(err)
	}
	lead := roles[slices.IndexFunc(roles, func(r incident.Role) bool { return r.Kind == incident.RoleLead })]
	s.Owner.Put(where+"/roles/"+string(lead.ID), url.Values{"assignee": {string(ben.ID)}, "note": {"The queue shrinks."}}).Is(200)
	s.Work()
	if n := count(s.Pushed("ben"), "You are the Incident Lead of INC-1"); n != 1 {
		t.Errorf("the new lead was told %d times: %v", n, s.Pushed("ben"))
	}
	s.Advance(6 * time.Minute)
	if n := count(s.Pushed("ben"), "update on INC-1"); n != 1 {
		t.Errorf("the new lead was reminded %d times: %v", n, s.Pushed("ben"))
	}
	if n := count(lines(t, s, in), "card"); n < 2 {
		t.Errorf("the cards are missing: %v", lines(t, s, in))
	}
}

func TestMentionReachesWhoIsAway(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben, cleo, dora := s.Person("Ben", authz.Responder), s.Person("Cleo", authz.Responder), s.Person("Dora", authz.Responder)
	s.Device(ben, "ben")
	s.Device(s.Owner, "ada")
	where := declare(t, s.Owner, "Login codes do not arrive")
	s.Work()

	say(s.Owner, where, "Can you look at the provider, "+mention(ben)+" and "+mention(dora)+"? "+mention(s.Owner)+" writes the updates.", "m1")
	s.Work()
	s.Work()
	if n := count(s.Pushed("ben"), "Ada mentioned you in INC-1"); n != 1 {
		t.Errorf("pushed %d times: %v", n, s.Pushed("ben"))
	}
	if n := count(s.Mailed(ben), "Ada mentioned you"); n != 0 {
		t.Errorf("who has a device is mailed too: %v", s.Mailed(ben))
	}
	if n := count(s.Mailed(dora), "Ada mentioned you in INC-1"); n != 1 {
		t.Errorf("who has no device is mailed %d times: %v", n, s.Mailed(dora))
	}
	if n := count(s.Pushed("ada"), "mentioned you"); n != 0 {
		t.Error("who mentions themselves is told of it")
	}
	if n := count(s.Mailed(cleo), "mentioned"); n != 0 {
		t.Error("somebody else is told of the mention")
	}
}

func TestPrivateIncidentIsInvisibleEverywhere(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	eve := s.Person("Eve", authz.Administrator)
	brief, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz leak", Private: true, Summary: "Quartz summary"})
	if err != nil {
		t.Fatal(err)
	}
	said, err := s.App.Rooms.Post(s.Owner.Context(), room.Post{Incident: brief.ID, ClientKey: "p1", Source: "Quartz message " + mention(eve)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Rooms.Pin(s.Owner.Context(), room.Pin{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	s.Device(eve, "eve")
	s.Work()

	where := "/incidents/" + brief.Reference
	s.Owner.Get(where).Is(200).Has("Quartz message")
	for _, path := range []string{
		where, where + "/timeline", where + "/details", where + "/actions", where + "/log", where + "/room/messages?before=0", where + "/updates/new",
		fmt.Sprintf("/incidents/%d", brief.Number), "/incidents/" + string(brief.ID), "/live?topics=incident:" + string(brief.ID),
	} {
		eve.Get(path).Is(404).Lacks("Quartz")
	}
	for _, path := range []string{"/", "/incidents", "/incidents?q=Quartz", "/nav?section=home", "/palette?q=quartz", "/search?q=quartz", "/palette?q=INC-1", "/palette?q="} {
		eve.Get(path).Is(200).Lacks("Quartz")
	}
	if n := count(s.Pushed("eve"), "") + count(s.Mailed(eve), "INC-1"); n != 0 {
		t.Errorf("somebody without access was told: %v %v", s.Pushed("eve"), s.Mailed(eve))
	}
	ctx := eve.Context()
	if counts, err := s.App.Incidents.Counts(ctx); err != nil || counts[incident.CategoryLive] != 0 {
		t.Errorf("counts tell of it: %v %v", counts, err)
	}
	if page, err := s.App.Incidents.List(ctx, incident.Filter{Text: "Quartz"}, "", 10); err != nil || len(page.Incidents) != 0 || page.Total != 0 {
		t.Errorf("the list tells of it: %v %v", page, err)
	}
	if around, err := s.App.Rooms.Around(ctx, said.ID, 5); err == nil {
		t.Errorf("the room is open: %v", around)
	}
}

// TestRoomOffersToCatchUpWhoMissedMuch lets a room go on while somebody who has been there is away.
func TestRoomOffersToCatchUpWhoMissedMuch(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	where := declare(t, s.Owner, "Card payments fail")
	for n := range 20 {
		say(s.Owner, where, fmt.Sprintf("I see it too, %d", n), fmt.Sprint(n))
	}
	ben.Get(where).Is(200).Has("20 messages since you were here. Catch me up")
	latest, err := s.App.Rooms.Latest(ben.Context(), incidentAt(t, s, where))
	if err != nil {
		t.Fatal(err)
	}
	ben.Put(where+"/room/read", url.Values{"seq": {fmt.Sprint(latest)}}).Is(204)
	ben.Get(where).Is(200).Lacks("messages since you were here")
}

func TestSomebodyIsCalledIntoAnIncident(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	ben := s.Person("Ben", authz.Responder)
	s.Device(ben, "phone")
	where := declare(t, s.Owner, "Card payments fail")
	say(s.Owner, where, "/inc invite @Ben", "invite")
	say(s.Owner, where, "/inc invite @Ben", "again") // who takes part is not called twice
	s.Work()
	if got := s.Pushed("phone"); count(got, "calls you to INC-1") != 1 {
		t.Errorf("the phone shows %q", got)
	}
	ben.Get(where + "/log").Is(200).Has("invited you")
}
