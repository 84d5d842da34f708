package notification_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// directs are direct messages of a chat platform on which these people are.
type directs struct {
	people map[id.ID]string
	fail   error
	told   []string // "Lena: words"
	keys   []string
}

func (d *directs) Reachable(_ context.Context, users ...id.ID) (map[id.ID]string, error) {
	at := map[id.ID]string{}
	for _, user := range users {
		if name := d.people[user]; name != "" {
			at[user] = name
		}
	}
	return at, nil
}

func (d *directs) Tell(ctx context.Context, to string, message chat.Message, _ bool) error {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	if d.fail != nil {
		return d.fail
	}
	if slices.Contains(d.keys, message.Key) {
		return nil
	}
	words := []string{message.Text}
	for _, b := range message.Blocks {
		if b.Text != nil {
			words = append(words, b.Text.Line())
		}
		for _, f := range b.Fields {
			words = append(words, f.Label+" "+f.Value.Line())
		}
	}
	d.keys, d.told = append(d.keys, message.Key), append(d.told, to+": "+strings.Join(words, " | "))
	return message.Check()
}

// slack puts people on a chat platform.
func (o *office) slack(names ...string) *directs {
	d := &directs{people: map[id.ID]string{}}
	for _, name := range names {
		d.people[o.people[name]] = name
	}
	o.direct = d
	return d
}

func (d *directs) names() []string {
	var names []string
	for _, line := range d.told {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestRoleIsToldInSlackAndNotByMailToo(t *testing.T) {
	o := move(t)
	d := o.slack("Lena")
	in := o.declare("Maya", incident.Declare{Lead: o.people["Lena"]}).ID
	o.run(1)
	if len(d.told) != 1 || !strings.HasPrefix(d.told[0], "Lena: You are the Incident Lead of INC-1") || !strings.Contains(d.told[0], "What to do") {
		t.Errorf("told in Slack: %q", d.told)
	}
	if got := o.inboxes(); len(got) != 0 {
		t.Errorf("mails to %v", got)
	}
	lead := o.lead(in)
	if _, err := o.incidents.AssignRole(o.as("Maya"), incident.AssignRole{Incident: in, Role: lead, Assignee: o.people["Jonas"]}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Jonas"}, o.inboxes()); diff != "" {
		t.Errorf("who is not in Slack gets a mail (-want +got):\n%s", diff)
	}
}

// TestMailTakesThePlaceOfSlackWhenItIsAway loses Slack for longer than one tries, for somebody without a device and for
// somebody with one.
func TestMailTakesThePlaceOfSlackWhenItIsAway(t *testing.T) {
	for name, failure := range map[string]error{"away": errors.New("503"), "refused": fmt.Errorf("%w: user_not_found", chat.ErrRefused)} {
		t.Run(name, func(t *testing.T) {
			o := move(t)
			d := o.slack("Lena", "Jonas")
			o.device("Jonas", "jonas-phone")
			in := o.declare("Maya", incident.Declare{}).ID
			o.run(1)
			o.forget()
			d.fail = failure
			for _, to := range []string{"Lena", "Jonas"} {
				if _, err := o.incidents.AssignRole(o.as("Maya"), incident.AssignRole{Incident: in, Role: o.lead(in), Assignee: o.people[to]}); err != nil {
					t.Fatal(err)
				}
				if failed := o.run(3); failed != 0 {
					t.Errorf("%d jobs go on for ever", failed)
				}
			}
			if diff := cmp.Diff([]string{"Lena"}, o.inboxes()); diff != "" {
				t.Errorf("inboxes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"jonas-phone"}, o.endpoints()); diff != "" {
				t.Errorf("devices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMentionIsLeftToSlackItself(t *testing.T) {
	o := move(t)
	d := o.slack("Lena")
	in := o.declare("Maya", incident.Declare{}).ID
	o.say("Maya", in, "@Lena look")
	o.run(1)
	if len(d.told) != 0 {
		t.Errorf("told in Slack: %v", d.told)
	}
	if err := o.service.Prefer(o.as("Lena"), notification.Prefer{Reason: notification.Mentioned, Method: notification.Slack, Wanted: true}); err != nil {
		t.Fatal(err)
	}
	o.forget()
	o.say("Maya", in, "@Lena look again")
	o.run(1)
	if len(d.told) != 1 || len(o.inboxes()) != 0 {
		t.Errorf("as chosen: told in Slack %v, mails to %v", d.told, o.inboxes())
	}
}

func TestSubscribersWithoutDeviceAreToldInSlack(t *testing.T) {
	o := move(t)
	d := o.slack("Lena", "Jonas")
	o.device("Jonas", "jonas-phone")
	in := o.declare("Maya", incident.Declare{}).ID
	o.run(1)
	for _, name := range []string{"Lena", "Jonas"} {
		if err := o.subscriptions.Subscribe(o.as(name), subscription.Subscribe{Scope: subscription.ToIncident, Incident: in, Push: true}); err != nil {
			t.Fatal(err)
		}
	}
	o.forget()
	if _, err := o.incidents.SendUpdate(o.as("Maya"), incident.SendUpdate{Incident: in, Message: "Rolling back"}); err != nil {
		t.Fatal(err)
	}
	o.run(1)
	if diff := cmp.Diff([]string{"Lena"}, d.names()); diff != "" {
		t.Errorf("told in Slack (-want +got):\n%s\n%s", diff, strings.Join(d.told, "\n"))
	}
	if diff := cmp.Diff([]string{"jonas-phone"}, o.endpoints()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}

func TestSettingsOfferSlackToThoseWhoAreThere(t *testing.T) {
	o := move(t)
	o.slack("Lena")
	all := len(notification.Reasons())
	for name, want := range map[string]int{"Lena": 3 * all, "Jonas": 2 * (all - 1)} { // to be told that Slack is away is nothing to Jonas
		got, err := o.service.Preferences(o.as(name))
		if err != nil || len(got) != want {
			t.Errorf("%s has %d choices (%v), not %d", name, len(got), err, want)
		}
	}
}

// lead returns the role of the lead.
func (o *office) lead(in id.ID) id.ID {
	o.t.Helper()
	inc, err := o.incidents.Get(o.as("Maya"), in)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, held := range inc.Roles {
		if held.Role.Kind == incident.RoleLead {
			return held.Role.ID
		}
	}
	o.t.Fatal("there is no lead role")
	return ""
}
