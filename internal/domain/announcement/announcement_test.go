package announcement_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// office is an organisation with a chat platform, its channels #all and #major, and people.
type office struct {
	*testdb.Database
	t             testing.TB
	clock         *clock.Manual
	fake          *chattest.Fake
	platform      recorded
	announcements *announcement.Service
	incidents     *incident.Service
	organisation  id.ID
	maya          id.ID
	all, major    string
	severity      map[string]id.ID
}

// recorded is the fake with the store of what stands where, which a platform keeps.
type recorded struct {
	*chattest.Fake
	posted *chat.Posted
}

func (r recorded) Post(ctx context.Context, in chat.ConversationRef, m chat.Message) (chat.MessageRef, error) {
	claimed, err := r.posted.Claim(ctx, in, m.Key)
	if err != nil {
		return chat.MessageRef{}, err
	}
	if claimed.External != "" {
		return chat.MessageRef{Conversation: in, ID: claimed.External}, nil
	}
	ref, err := r.Fake.Post(ctx, in, m)
	if err != nil {
		return ref, err
	}
	return ref, r.posted.Confirm(ctx, in, m.Key, ref.ID)
}

// refusal is why the platform takes nothing in a channel.
type refusal announcement.Reason

func (r refusal) Error() string { return "no: " + string(r) }
func (refusal) Unwrap() error   { return chat.ErrRefused }

type deaf struct{}

func (deaf) Enqueue(context.Context, pgx.Tx, []event.Delivery) error { return nil }
func (deaf) Signal(event.Record)                                     {}

func open(t testing.TB) *office {
	d := testdb.New(t)
	o := &office{Database: d, t: t, clock: clock.NewManual(testdb.Start), fake: chattest.NewFake(), severity: map[string]id.ID{}}
	bus := event.NewBus(d.DB, o.clock, deaf{}, deaf{})
	o.incidents = incident.New(d.DB, bus, o.clock, timer.New(d.DB, o.clock))
	o.platform = recorded{o.fake, chat.NewPosted(d.DB, o.clock)}
	o.announcements = announcement.New(d.DB, bus, o.clock, announcement.Needs{
		Platform: o.platform, Posted: o.platform.posted, Incidents: o.incidents,
		Reason: func(err error) announcement.Reason {
			var no refusal
			errors.As(err, &no)
			return announcement.Reason(no)
		},
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.example.test" + path, nil },
	})
	o.announcements.Subscribe(bus)
	o.organisation = d.Organisation(t, "Demo")
	o.maya = d.User(t, o.organisation, "Maya Lind", "administrator")
	o.must(d.DB.Write(o.muster(), func(ctx context.Context, tx pgx.Tx) error { return incident.Found(ctx, tx, o.clock.Now()) }))
	severities, err := o.incidents.Severities(o.as())
	o.must(err)
	for _, one := range severities {
		o.severity[one.Name] = one.ID
	}
	o.all, o.major = o.channel("all"), o.channel("major")
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) channel(name string) string {
	ref, err := o.fake.OpenConversation(o.t.Context(), chat.Opening{Key: name, Name: name})
	o.must(err)
	return ref.ID
}

func (o *office) muster() context.Context { return tenant.AsSystem(o.t.Context(), o.organisation) }

func (o *office) as() context.Context { return o.acting(authz.Administrator) }

func (o *office) responder() context.Context { return o.acting(authz.Responder) }

func (o *office) acting(role authz.Role) context.Context {
	return tenant.With(o.t.Context(), tenant.Scope{
		Organisation: o.organisation, Actor: tenant.Actor{Type: tenant.User, ID: o.maya, Name: "Maya Lind"}, Permissions: role.Permissions(),
	})
}

// rule makes a rule for the channels; the severity is the least, none for all.
func (o *office) rule(name, severity string, mode announcement.Mode, then announcement.Unmatched, channels ...string) announcement.Rule {
	o.t.Helper()
	cmd := announcement.SaveRule{Name: name, Mode: mode, Unmatched: then, Enabled: true}
	if severity != "" {
		cmd.Conditions = form.Groups{{{Subject: "severity", Operation: form.AtLeast, Values: []string{string(o.severity[severity])}}}}
	}
	for _, at := range channels {
		cmd.Places = append(cmd.Places, announcement.Place{ID: at, Name: at})
	}
	saved, err := o.announcements.SaveRule(o.as(), cmd)
	o.must(err)
	return saved
}

func (o *office) declare(cmd incident.Declare) id.ID {
	o.t.Helper()
	if cmd.Name == "" {
		cmd.Name = "Card payments fail"
	}
	brief, err := o.incidents.Declare(o.as(), cmd)
	o.must(err)
	return brief.ID
}

func (o *office) announce() {
	o.t.Helper()
	o.must(o.announcements.Announce(o.muster()))
}

// seen is what a channel shows, a line each; replies are indented, and those shown in the channel too have a mark.
func (o *office) seen(channel string) []string {
	var lines []string
	for _, s := range o.fake.Shown(channel) {
		line := chattest.SeenIn(s.Message).Words
		if s.Thread != "" {
			line = "↳ " + line
		}
		if s.Message.Broadcast {
			line += " [in the channel too]"
		}
		lines = append(lines, line)
	}
	return lines
}

// posts returns what a channel shows besides threads.
func (o *office) posts(channel string) []chattest.Shown {
	var posts []chattest.Shown
	for _, s := range o.fake.Shown(channel) {
		if s.Thread == "" {
			posts = append(posts, s)
		}
	}
	return posts
}

func (o *office) update(in id.ID, words string) {
	o.t.Helper()
	_, err := o.incidents.SendUpdate(o.as(), incident.SendUpdate{Incident: in, Message: words})
	o.must(err)
}

func (o *office) severe(in id.ID, name string) {
	o.t.Helper()
	_, err := o.incidents.ChangeSeverity(o.as(), incident.ChangeSeverity{Incident: in, Severity: o.severity[name]})
	o.must(err)
}

func TestManyChangesAreOneEdit(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{Severity: o.severity["Minor"], Summary: "One in five fails"})
	o.announce()
	if got := o.posts(o.all); len(got) != 1 || !strings.Contains(got[0].Message.Text, "INC-1 Card payments fail") {
		t.Fatalf("announced: %v", o.seen(o.all))
	}
	o.severe(inc, "Major")
	o.update(inc, "We are rolling back")
	if _, err := o.incidents.Rename(o.as(), incident.Rename{Incident: inc, Name: "Cards fail"}); err != nil {
		t.Fatal(err)
	}
	calls := len(o.fake.Calls())
	o.announce()
	o.announce()
	if made := o.fake.Calls()[calls:]; len(made) != 1 || !strings.HasPrefix(made[0], "edit ") {
		t.Errorf("calls for three changes: %v", made)
	}
	words := o.seen(o.all)[0]
	for _, part := range []string{"Major", "INC-1 Cards fail", "One in five fails", "We are rolling back", "Maya Lind", "Mon 2 Mar, 09:00 UTC"} {
		if !strings.Contains(words, part) {
			t.Errorf("%q is not in %q", part, words)
		}
	}
}

func TestFieldsThatAnnouncementsTell(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
	forms := form.New(o.DB, event.NewBus(o.DB, o.clock, deaf{}, deaf{}), o.clock, incident.OptionHolders{})
	told, err := forms.CreateField(o.as(), form.CreateField{Name: "Region", Type: form.MultiSelect, Options: []string{"Madrid", "Porto"}, Announced: true})
	o.must(err)
	untold, err := forms.CreateField(o.as(), form.CreateField{Name: "Ticket", Type: form.Words})
	o.must(err)
	empty, err := forms.CreateField(o.as(), form.CreateField{Name: "Supplier", Type: form.Words, Announced: true})
	o.must(err)
	o.declare(incident.Declare{Fields: form.Values{told.ID: {"Porto", "Madrid"}, untold.ID: {"HELP-1"}}})
	o.announce()
	words := o.seen(o.all)[0]
	if !strings.Contains(words, "Region") || !strings.Contains(words, "Madrid, Porto") || strings.Contains(words, "HELP-1") || strings.Contains(words, empty.Name) {
		t.Errorf("announced: %q", words)
	}
}

func TestWhatIsNotForEveryoneIsNeverAnnounced(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Broadcast, announcement.Leave, o.all)
	for _, cmd := range []incident.Declare{{Private: true}, {Mode: incident.Test}, {Mode: incident.Tutorial}, {Mode: incident.Retrospective}, {Quiet: true}} {
		inc := o.declare(cmd)
		o.announce()
		if cmd.Mode == "" {
			o.update(inc, "Looking")
		}
	}
	o.announce()
	if got := o.seen(o.all); len(got) != 0 {
		t.Errorf("announced: %v", got)
	}
}

func TestNothingIsAnnouncedWithoutARule(t *testing.T) {
	o := open(t)
	o.declare(incident.Declare{})
	o.announce()
	if calls := o.fake.Calls(); len(calls) != 2 {
		t.Errorf("calls: %v", calls[2:])
	}
}

func TestUpdatesStandInTheThreadOnceAndAsTheyAre(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Broadcast, announcement.Leave, o.all)
	o.rule("In threads", "", announcement.Thread, announcement.Leave, o.major)
	inc := o.declare(incident.Declare{})
	o.announce()
	o.update(inc, "Looking")
	o.announce()
	o.update(inc, "Found it")
	o.update(inc, "Rolled back")
	o.announce()
	o.announce()
	if quiet := o.seen(o.major); len(quiet) != 4 || strings.Contains(strings.Join(quiet, " "), "in the channel too") {
		t.Errorf("where updates stand in threads alone one sees %v", quiet)
	}
	got := o.seen(o.all)
	want := []string{"Looking", "Found it", "Rolled back"}
	if len(got) != 4 {
		t.Fatalf("the channel shows %v", got)
	}
	for n, words := range want {
		line := got[n+1]
		if !strings.HasPrefix(line, "↳ "+words) || strings.HasSuffix(line, "[in the channel too]") != (n != 1) {
			t.Errorf("line %d is %q", n+1, line)
		}
	}
	updates, err := o.incidents.Updates(o.as(), inc, 1)
	o.must(err)
	if _, err := o.incidents.EditUpdate(o.as(), incident.EditUpdate{Incident: inc, Update: updates[0].ID, Message: "Rolled back in Europe", Version: updates[0].Version}); err != nil {
		t.Fatal(err)
	}
	o.announce()
	if got = o.seen(o.all); len(got) != 4 || !strings.HasPrefix(got[3], "↳ Rolled back in Europe") {
		t.Errorf("after an edit: %v", got)
	}
}

func TestMadePrivateIsRemovedWithItsThread(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Broadcast, announcement.Leave, o.all, o.major)
	inc := o.declare(incident.Declare{})
	o.announce()
	o.update(inc, "A secret")
	o.announce()
	if len(o.seen(o.all)) != 2 || len(o.seen(o.major)) != 2 {
		t.Fatalf("before: %v, %v", o.seen(o.all), o.seen(o.major))
	}
	if _, err := o.incidents.MakePrivate(o.as(), incident.MakePrivate{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	o.announce()
	if all, major := o.seen(o.all), o.seen(o.major); len(all)+len(major) != 0 {
		t.Errorf("still there: %v, %v", all, major)
	}
	if _, err := o.incidents.MakePublic(o.as(), incident.MakePublic{Incident: inc, Confirmed: true}); err != nil {
		t.Fatal(err)
	}
	o.announce()
	if got := o.seen(o.all); len(got) != 1 || strings.HasPrefix(got[0], "↳") {
		t.Errorf("public again: %v", got)
	}
}

// TestPrivateWhileNobodyKnowsWhetherThePostArrived loses the answer of the post, and makes the incident private before
// it is asked again.
func TestPrivateWhileNobodyKnowsWhetherThePostArrived(t *testing.T) {
	for name, arrived := range map[string]bool{"it arrived": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
			inc := o.declare(incident.Declare{})
			o.fake.Fail(errors.New("the connection broke"))
			if err := o.announcements.Announce(o.muster()); err == nil {
				t.Fatal("the failure went unnoticed")
			}
			if arrived {
				key := "announcement/" + string(inc) + "/1"
				if _, err := o.fake.Post(o.t.Context(), chat.ConversationRef{Platform: "fake", ID: o.all}, chat.Say(key, chat.Divider(), chat.Image("https://muster.example.test/x.png", "It arrived"))); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := o.incidents.MakePrivate(o.as(), incident.MakePrivate{Incident: inc}); err != nil {
				t.Fatal(err)
			}
			o.clock.Advance(time.Minute)
			o.announce()
			if got := o.seen(o.all); len(got) != 0 {
				t.Errorf("still there: %v", got)
			}
			for _, call := range o.fake.Calls() {
				if strings.Contains(call, "Card payments") {
					t.Errorf("told after all: %s", call)
				}
			}
		})
	}
}

func TestLessBadIsLeftOrRemovedAsTheRuleSays(t *testing.T) {
	o := open(t)
	o.rule("Removed", "Major", announcement.Thread, announcement.Remove, o.major)
	o.rule("Left", "Major", announcement.Thread, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{Severity: o.severity["Major"]})
	o.announce()
	o.severe(inc, "Minor")
	o.update(inc, "Less than we thought")
	o.announce()
	if got := o.seen(o.major); len(got) != 0 {
		t.Errorf("#major still shows %v", got)
	}
	if got := o.seen(o.all); len(got) != 1 || !strings.Contains(got[0], "Minor") {
		t.Errorf("#all shows %v; the post stays, true and silent", got)
	}
	o.severe(inc, "Major")
	o.announce()
	if got := o.seen(o.major); len(got) != 1 || !strings.Contains(got[0], "Major") {
		t.Errorf("bad again, #major shows %v", got)
	}
}

// TestThreadThatWentWithItsPostIsForgotten edits an update that was told in a thread which was removed.
func TestThreadThatWentWithItsPostIsForgotten(t *testing.T) {
	o := open(t)
	o.rule("Removed", "Major", announcement.Thread, announcement.Remove, o.major)
	inc := o.declare(incident.Declare{Severity: o.severity["Major"]})
	o.announce()
	o.update(inc, "Looking")
	o.announce()
	for _, name := range []string{"Minor", "Major"} {
		o.severe(inc, name)
		o.announce()
	}
	updates, err := o.incidents.Updates(o.as(), inc, 1)
	o.must(err)
	calls := len(o.fake.Calls())
	if _, err := o.incidents.EditUpdate(o.as(), incident.EditUpdate{Incident: inc, Update: updates[0].ID, Message: "Looking at it", Version: updates[0].Version}); err != nil {
		t.Fatal(err)
	}
	o.announce()
	if made := o.fake.Calls()[calls:]; len(made) != 1 || !strings.Contains(o.seen(o.major)[0], "Looking at it") {
		t.Errorf("calls %v, seen %v", made, o.seen(o.major))
	}
}

func TestTheEndIsTold(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
	closed, merged, hidden := o.declare(incident.Declare{}), o.declare(incident.Declare{}), o.declare(incident.Declare{})
	o.announce()
	o.clock.Advance(65 * time.Minute)
	if _, err := o.incidents.Close(o.as(), incident.Close{Incident: closed}); err != nil {
		t.Fatal(err)
	}
	into := o.declare(incident.Declare{Name: "Payments are down"})
	secret := o.declare(incident.Declare{Name: "Stolen keys", Private: true})
	for from, to := range map[id.ID]id.ID{merged: into, hidden: secret} {
		if _, err := o.incidents.Merge(o.as(), incident.Merge{Incident: from, Into: to}); err != nil {
			t.Fatal(err)
		}
	}
	o.announce()
	got := map[string]string{}
	for _, words := range o.seen(o.all) {
		_, reference, _ := strings.Cut(words, ": ")
		got[reference[:5]] = words
	}
	if words := got["INC-1"]; !strings.HasPrefix(words, "Closed") || !strings.Contains(words, "1 h 05 min") {
		t.Errorf("closed: %q", words)
	}
	if words := got["INC-2"]; !strings.HasPrefix(words, "Merged") || !strings.Contains(words, "INC-4 Payments are down") {
		t.Errorf("merged: %q", words)
	}
	if all := strings.Join(slices.Collect(maps.Values(got)), "\n"); strings.Contains(all, "Stolen keys") || strings.Contains(all, "INC-5") {
		t.Errorf("a private incident is named: %s", all)
	}
}

// TestAnOutageIsWaitedOut lets the platform fail for a while, with changes meanwhile.
func TestAnOutageIsWaitedOut(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Thread, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{})
	down := errors.New("503")
	for n := range 5 {
		o.fake.Fail(down)
		o.update(inc, "Update "+string(rune('A'+n)))
		o.clock.Advance(time.Minute)
		if err := o.announcements.Announce(o.muster()); !errors.Is(err, down) {
			t.Fatalf("try %d: %v", n, err)
		}
		calls := len(o.fake.Calls())
		o.update(inc, "Update "+string(rune('A'+n))+", again")
		o.announce()
		if made := o.fake.Calls()[calls:]; len(made) != 0 {
			t.Errorf("right after try %d: %v", n, made)
		}
	}
	o.clock.Advance(time.Minute)
	o.announce()
	o.update(inc, "It works again")
	o.announce()
	got := o.seen(o.all)
	if len(got) != 2 || !strings.HasPrefix(got[1], "↳ It works again") {
		t.Errorf("after the outage: %v", got)
	}
}

func TestRulesAreForAdministratorsAndInOrder(t *testing.T) {
	o := open(t)
	first := o.rule("First", "", announcement.Post, announcement.Leave, o.all)
	second := o.rule("Second", "Major", announcement.Post, announcement.Leave, o.all)
	if err := o.announcements.ArchiveRule(o.responder(), announcement.ArchiveRule{Rule: first.ID}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a responder archives a rule: %v", err)
	}
	o.must(o.announcements.OrderRules(o.as(), announcement.OrderRules{Rules: []id.ID{second.ID, first.ID}}))
	if err := o.announcements.OrderRules(o.as(), announcement.OrderRules{Rules: []id.ID{second.ID}}); !problem.Is(err, problem.Conflict) {
		t.Errorf("an order that leaves one out: %v", err)
	}
	rules, err := o.announcements.Rules(o.as())
	o.must(err)
	if len(rules) != 2 || rules[0].ID != second.ID {
		t.Errorf("rules: %+v", rules)
	}
	inc := o.declare(incident.Declare{Severity: o.severity["Minor"]})
	o.announce()
	o.must(o.announcements.ArchiveRule(o.as(), announcement.ArchiveRule{Rule: first.ID}))
	o.update(inc, "Still looking")
	o.announce()
	if got := o.seen(o.all); len(got) != 1 || !strings.Contains(got[0], "Still looking") {
		t.Errorf("the post of an archived rule: %v", got)
	}
	o.declare(incident.Declare{Severity: o.severity["Minor"]})
	o.announce()
	if got := o.posts(o.all); len(got) != 1 {
		t.Errorf("an archived rule announces: %v", o.seen(o.all))
	}
}

func TestPreviewTellsWhatWouldHaveBeenAnnounced(t *testing.T) {
	o := open(t)
	o.declare(incident.Declare{Severity: o.severity["Critical"]})
	o.clock.Advance(40 * 24 * time.Hour)
	bad := o.declare(incident.Declare{Severity: o.severity["Critical"]})
	o.declare(incident.Declare{Severity: o.severity["Minor"]})
	o.declare(incident.Declare{Severity: o.severity["Critical"], Mode: incident.Test})
	o.declare(incident.Declare{Severity: o.severity["Critical"], Private: true})
	if _, err := o.incidents.Close(o.as(), incident.Close{Incident: bad}); err != nil {
		t.Fatal(err)
	}
	preview, err := o.announcements.Preview(o.as(), form.Groups{{{Subject: "severity", Operation: form.AtLeast, Values: []string{string(o.severity["Major"])}}}})
	o.must(err)
	if preview.Of != 2 || len(preview.Past) != 1 || preview.Past[0].Incident != bad {
		t.Errorf("preview: %+v", preview)
	}
}
