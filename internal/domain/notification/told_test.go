package notification_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func TestDeclaredWakesSubscribedDevicesAndNobodysInbox(t *testing.T) {
	o := move(t)
	o.device("Maya", "maya-phone")
	o.device("Lena", "lena-phone")
	o.device("Lena", "lena-laptop")
	o.declare("Maya", incident.Declare{Summary: "One in five fails"})
	o.run(1)
	if diff := cmp.Diff([]string{"lena-laptop", "lena-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("mails to %v", got)
	}
	if p := o.sent.pushes[0]; !strings.Contains(p.title, "INC-1 declared: Card payments fail") || p.url != "https://muster.test/incidents/INC-1" || !strings.Contains(p.body, "One in five fails") {
		t.Errorf("the words: %+v", p)
	}
	o.forget()
	for _, mode := range []incident.Mode{incident.Test, incident.Retrospective} {
		o.declare("Maya", incident.Declare{Mode: mode})
	}
	o.run(1)
	if got := o.endpoints(); len(got) != 0 {
		t.Errorf("a test and a retrospective incident woke %v", got)
	}
}

func TestMentionReachesByPushOrElseByMail(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.forget()
	m := o.say("Maya", in, "@Lena @Jonas @Maya the **rollback** is out")
	o.run(1)
	if diff := cmp.Diff([]string{"lena-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
	if p := o.sent.pushes[0]; p.title != "Maya mentioned you in INC-1" || p.body != "@Lena @Jonas @Maya the rollback is out" || p.url != "https://muster.test/incidents/INC-1#m-"+string(m.ID) {
		t.Errorf("the push: %+v", p)
	}
	letter := o.sent.mails[0]
	if !strings.Contains(letter.Text, "the rollback is out") || !strings.Contains(letter.HTML, "rollback") || !strings.Contains(letter.Unsubscribe, "https://muster.test/mail/end?") || letter.Key == "" {
		t.Errorf("the letter: %+v", letter)
	}
}

func TestWhoHasReadItIsNotTold(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	o.forget()
	m := o.say("Maya", in, "@Lena @Jonas look")
	if err := o.rooms.MarkRead(o.as("Lena"), room.MarkRead{Incident: in, Seq: m.Seq}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}

func TestEditTellsOnlyThoseMentionedAnew(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{}).ID
	m := o.say("Maya", in, "@Lena look")
	o.run(1)
	o.forget()
	if _, err := o.rooms.Edit(o.as("Maya"), room.Edit{Message: m.ID, Version: 1, Source: "@Lena @Jonas look"}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}

func TestRoleIsToldToItsHolderAndNotToWhoTookIt(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	o.device("Jonas", "jonas-phone")
	o.declare("Maya", incident.Declare{Lead: o.people["Lena"]})
	o.run(1)
	titles := map[string]string{}
	for _, p := range o.sent.pushes {
		titles[strings.TrimPrefix(p.endpoint, "https://push.test/")] += p.title
	}
	if len(titles) != 2 || !strings.HasPrefix(titles["lena-phone"], "You are the Incident Lead of INC-1") || !strings.Contains(titles["jonas-phone"], "declared") {
		t.Errorf("told: %v", titles)
	}
	if strings.Contains(titles["lena-phone"], "declared") {
		t.Error("the lead was told twice of one declaration")
	}
}

func TestPrivateIncidentIsToldToThoseWithAccess(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	in := o.declare("Maya", incident.Declare{Private: true}).ID
	o.say("Maya", in, "@Lena look")
	o.run(1)
	if got := append(o.endpoints(), o.inboxes()...); len(got) != 0 {
		t.Errorf("told: %v", got)
	}
}

func TestPreferencesDecide(t *testing.T) {
	o := move(t)
	o.device("Lena", "lena-phone")
	for _, c := range []notification.Prefer{
		{Reason: notification.Mentioned, Method: notification.Push, Wanted: false},
		{Reason: notification.IsDeclared, Method: notification.Mail, Wanted: true},
	} {
		if err := o.service.Prefer(o.as("Lena"), c); err != nil {
			t.Fatal(err)
		}
	}
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	if len(o.endpoints()) != 1 || len(o.inboxes()) != 1 {
		t.Errorf("declared: pushes %v, mails %v; want one each", o.endpoints(), o.inboxes())
	}
	o.forget()
	o.say("Maya", in, "@Lena look")
	o.run(1)
	if len(o.endpoints()) != 0 || len(o.inboxes()) != 1 {
		t.Errorf("mention: pushes %v, mails %v; want one mail", o.endpoints(), o.inboxes())
	}
	if err := o.service.Prefer(o.as("Lena"), notification.Prefer{Reason: "weather", Method: notification.Push}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an unknown reason: %v", err)
	}
	all, err := o.service.Preferences(o.as("Lena"))
	if err != nil || len(all) != 2*(len(notification.Reasons())-1) { // that Slack is away is nothing to those without it
		t.Fatalf("preferences: %v, %v", all, err)
	}
	if all[0] != (notification.Preference{Reason: notification.Mentioned, Method: notification.Push}) || !all[1].Default {
		t.Errorf("preferences: %+v", all[:2])
	}
}

// TestWhoLeftMeanwhileIsNotTold lets the mail server answer again after somebody was deactivated.
func TestWhoLeftMeanwhileIsNotTold(t *testing.T) {
	o := move(t)
	inc := o.declare("Maya", incident.Declare{}).ID
	if failed := o.run(1); failed != 0 {
		t.Fatalf("%d jobs failed", failed)
	}
	o.sent.refuse = errors.New("connection refused")
	o.say("Maya", inc, "@Lena @Jonas please look")
	waiting := slices.Clone(o.sent.waiting)
	if failed := o.run(1); failed != 1 {
		t.Fatalf("%d jobs wait for the mail server, want 1", failed)
	}
	if _, err := o.DB.Pool().Exec(t.Context(), "UPDATE muster.user SET state = 'deactivated' WHERE id = $1", o.people["Lena"]); err != nil {
		t.Fatal(err)
	}
	o.sent.refuse, o.sent.waiting = nil, waiting
	if failed := o.run(1); failed != 0 {
		t.Errorf("%d jobs still fail", failed)
	}
	if len(o.sent.mails) != 1 || o.sent.mails[0].ToName != "Jonas" {
		t.Errorf("mails: %+v", o.sent.mails)
	}
}

func TestUpdateDueReachesTheLeadAndWhoPromised(t *testing.T) {
	o := move(t)
	in := o.declare("Maya", incident.Declare{Lead: o.people["Lena"]}).ID
	if _, err := o.incidents.SendUpdate(o.as("Jonas"), incident.SendUpdate{Incident: in, Message: "Looking", NextMinutes: 15}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	o.forget()
	o.clock.Advance(15 * time.Minute)
	if _, err := o.timers.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas", "Lena"}, o.inboxes()); diff != "" {
		t.Errorf("inboxes (-want +got):\n%s", diff)
	}
}
