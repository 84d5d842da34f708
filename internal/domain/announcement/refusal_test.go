package announcement_test

import (
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// refuses makes the next calls fail for a reason, one each.
func (o *office) refuses(reasons ...announcement.Reason) {
	for _, reason := range reasons {
		o.fake.Fail(refusal(reason))
	}
}

func (o *office) shut(channel string) announcement.Reason {
	o.t.Helper()
	refusals, err := o.announcements.Refusals(o.as())
	o.must(err)
	return refusals[channel].Reason
}

func TestChannelThatTakesNoPostsIsNamedAndTriedAgain(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{})
	for _, step := range []struct {
		name string
		wait time.Duration
		does func()
	}{
		{"ten minutes later", 10 * time.Minute, func() {}},
		{"when the incident changes", time.Second, func() { o.update(inc, "Looking") }},
		{"when somebody says so", time.Second, func() { o.must(o.announcements.Reachable(o.as(), o.all)) }},
	} {
		o.refuses(announcement.Archived)
		o.must(o.announcements.Reachable(o.as(), o.all))
		o.announce()
		calls := len(o.fake.Calls())
		o.clock.Advance(9 * time.Minute)
		o.announce()
		if made := o.fake.Calls()[calls:]; len(made) != 0 || o.shut(o.all) != announcement.Archived {
			t.Errorf("it rests: %v, %q", made, o.shut(o.all))
		}
		o.refuses(announcement.Outside)
		step.does()
		o.clock.Advance(step.wait)
		o.announce()
		if o.shut(o.all) != announcement.Outside {
			t.Errorf("%s it is not tried again: %q", step.name, o.shut(o.all))
		}
	}
	if responder := o.responder(); !problem.Is(o.announcements.Reachable(responder, o.all), problem.Forbidden) {
		t.Error("a responder has it tried again")
	}
	o.clock.Advance(10 * time.Minute)
	o.announce()
	if got := o.seen(o.all); len(got) != 1 || o.shut(o.all) != "" {
		t.Errorf("after all: %v, %q", got, o.shut(o.all))
	}
}

// TestRefusalInOneChannelIsNoTroubleOfOthers has a channel that is archived between the post and the next change.
func TestRefusalInOneChannelIsNoTroubleOfOthers(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Broadcast, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{})
	o.announce()
	o.refuses(announcement.Archived)
	o.update(inc, "Looking")
	o.announce()
	if o.shut(o.all) != announcement.Archived {
		t.Errorf("it is told as %q", o.shut(o.all))
	}
	o.rule("Major ones", "", announcement.Post, announcement.Leave, o.major)
	o.fake.Calm()
	o.announce()
	if got := o.seen(o.major); len(got) != 1 {
		t.Errorf("the other channel shows %v", got)
	}
	if got := o.seen(o.all); len(got) != 2 || !strings.Contains(got[0], "Looking") || !strings.HasPrefix(got[1], "↳ Looking") || o.shut(o.all) != "" {
		t.Errorf("taken again: %v, %q", got, o.shut(o.all))
	}
}

// TestWhatMustGoIsTriedUntilItIsGone archives the channel before the incident becomes private.
func TestWhatMustGoIsTriedUntilItIsGone(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Post, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{})
	o.announce()
	if _, err := o.incidents.MakePrivate(o.as(), incident.MakePrivate{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.incidents.Close(o.as(), incident.Close{Incident: inc}); err != nil {
		t.Fatal(err)
	}
	o.refuses(announcement.Archived)
	o.announce()
	if len(o.seen(o.all)) != 1 {
		t.Fatal("it went although the channel is archived")
	}
	o.clock.Advance(6 * time.Hour)
	o.announce()
	if got := o.seen(o.all); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
}

// TestMessageThatIsGoneIsNotMadeAgain tells what is about one message from what is about its channel.
func TestMessageThatIsGoneIsNotMadeAgain(t *testing.T) {
	o := open(t)
	o.rule("Everything", "", announcement.Thread, announcement.Leave, o.all)
	inc := o.declare(incident.Declare{})
	o.announce()
	post := o.posts(o.all)[0]
	o.must(o.fake.Delete(t.Context(), chat.MessageRef{Conversation: chat.ConversationRef{Platform: "fake", ID: o.all}, ID: post.ID}))
	o.update(inc, "Looking")
	o.announce()
	calls := len(o.fake.Calls())
	o.update(inc, "Found it")
	o.clock.Advance(time.Hour)
	o.announce()
	if made := o.fake.Calls()[calls:]; len(made) != 0 || len(o.seen(o.all)) != 0 || o.shut(o.all) != "" {
		t.Errorf("calls %v, seen %v, %q", made, o.seen(o.all), o.shut(o.all))
	}
}

func TestPostsFollowWhatSettingsAreCalledAndHowTheyAreOrdered(t *testing.T) {
	o := open(t)
	o.rule("Major ones", "Major", announcement.Post, announcement.Remove, o.all)
	o.declare(incident.Declare{Severity: o.severity["Major"]})
	o.declare(incident.Declare{Name: "Search is slow", Severity: o.severity["Minor"]})
	o.announce()
	calls := len(o.fake.Calls())
	for _, name := range []string{"Bad", "Very bad"} {
		if _, err := o.incidents.EditSeverity(o.as(), incident.EditSeverity{ID: o.severity["Major"], Name: name}); err != nil {
			t.Fatal(err)
		}
		o.clock.Advance(time.Second)
		o.announce()
	}
	o.clock.Advance(5 * time.Second)
	o.announce()
	if made := o.fake.Calls()[calls:]; len(made) != 1 || !strings.Contains(o.seen(o.all)[0], "Very bad") {
		t.Errorf("two names were shown by %v as %v", made, o.seen(o.all))
	}
	order := []id.ID{o.severity["Major"], o.severity["Minor"], o.severity["Critical"]}
	if _, err := o.incidents.OrderSeverities(o.as(), incident.OrderSeverities{IDs: order}); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(5 * time.Second)
	o.announce()
	if got := o.seen(o.all); len(got) != 2 {
		t.Errorf("what is as bad by the new order is not announced: %v", got)
	}
}
