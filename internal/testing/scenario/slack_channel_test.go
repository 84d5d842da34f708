package scenario_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// slackHouse is a Muster whose people are in Slack.
type slackHouse struct {
	*scenario.Scenario
	t        *testing.T
	ben      *scenario.Browser
	ada, bob string // Ada's and Ben's ids in Slack
	general  string
}

func newSlackHouse(t *testing.T) *slackHouse {
	t.Helper()
	h := &slackHouse{Scenario: scenario.NewWithinSlack(t), t: t}
	h.ben = h.Person("Ben", authz.Responder)
	h.bob = h.InSlack(scenario.Team, h.ben)
	h.ada = h.HearSlack()
	general, found := h.Slack.Named(scenario.Team, "general")
	if !found {
		t.Fatal("there is no general channel")
	}
	h.general = general.ID
	return h
}

// declared begins an incident by a command and returns it with its channel in Slack.
func (h *slackHouse) declared(name string) (incident.Listed, slackserver.Channel) {
	h.t.Helper()
	if a := h.Slack.Command(h.bob, h.general, "/inc", name); !a.OK() {
		h.t.Fatalf("the command was answered with %+v", a)
	}
	h.Settle()
	live, err := h.App.Incidents.Live(h.System())
	if err != nil || len(live) == 0 {
		h.t.Fatalf("%+v, %v", live, err)
	}
	inc := live[slices.IndexFunc(live, func(one incident.Listed) bool { return one.Name == name })]
	where := h.channelOf(inc.ID)
	h.Slack.Join(h.ada, where.ID)
	h.Settle()
	return inc, where
}

func (h *slackHouse) channelOf(inc id.ID) slackserver.Channel {
	h.t.Helper()
	where, err := h.App.Channels.Of(h.System(), inc)
	if err != nil || where.State != channel.Opened {
		h.t.Fatalf("its channel is %+v, %v", where, err)
	}
	_, external, _ := strings.Cut(where.External, "/")
	found, is := h.Slack.Find(external)
	if !is {
		h.t.Fatalf("Slack has no channel %s", where.External)
	}
	return found
}

// room is what stands in the room of an incident, by people alone.
func (h *slackHouse) room(inc id.ID) []room.Message {
	h.t.Helper()
	all, err := h.App.Rooms.After(h.System(), inc, 0, room.MaxPage)
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b room.Message) int { return int(a.Seq - b.Seq) })
	return slices.DeleteFunc(all, func(m room.Message) bool { return m.Kind != room.FromPerson })
}

func TestIncidentDeclaredInSlackGetsItsChannel(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	if where.Name != "inc-1-card-payments-fail" || !slices.Contains(where.Members, h.bob) || where.Private {
		t.Errorf("its channel is %+v", where)
	}
	if !strings.Contains(h.Slack.Topic(where.ID), "Card payments fail") && h.Slack.Topic(where.ID) == "" {
		t.Errorf("its topic is %q", h.Slack.Topic(where.ID))
	}
	if len(h.Slack.Bookmarks(where.ID)) == 0 {
		t.Error("no link leads to the dashboard")
	}
	if said := h.Slack.Said(where.ID); len(said) != 1 || !strings.Contains(slackserver.Text(said[0].Blocks), "Card payments fail") {
		t.Errorf("it begins with %+v", said)
	}
	h.Slack.Wait(t, func() bool {
		said := h.Slack.Ephemerals(h.bob)
		return len(said) > 0 && strings.Contains(slackserver.Text(said[len(said)-1].Blocks), "INC-1")
	})
	if got, err := h.App.Incidents.Get(h.System(), inc.ID); err != nil || got.Lead() == nil || got.Lead().ID != h.ben.ID {
		t.Errorf("it is led by %+v, %v", got.Lead(), err)
	}
}

func TestWhatIsSaidGoesBothWaysOnce(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Twice(true)
	first := h.Slack.Say(h.bob, where.ID, "It is the pool")
	h.Slack.Say(h.ada, where.ID, "/inc we see it too")
	h.Settle()
	said := h.room(inc.ID)
	if len(said) != 2 || said[0].Source != "It is the pool" || said[0].Author.ID != h.ben.ID || said[0].Origin != "slack" || said[1].Source != `/inc we see it too` {
		t.Fatalf("the room says %+v", said)
	}

	h.Slack.Say(h.ada, where.ID, "Which one?", slackserver.Also{Thread: first.TS})
	h.Slack.React(h.ada, where.ID, first.TS, "eyes")
	h.Slack.Pin(h.ada, where.ID, first.TS)
	h.Slack.Edit(h.bob, where.ID, first.TS, "It is the big pool")
	h.Settle()
	said = h.room(inc.ID)
	if len(said) != 3 || said[0].Source != "It is the big pool" || said[0].EditedAt == nil || said[0].PinnedAt == nil || len(said[0].Reactions) != 1 || said[0].Reactions[0].Emoji != "👀" {
		t.Fatalf("the first message is %+v", said[0])
	}
	if said[2].Parent != said[0].ID || said[2].Author.ID != h.Owner.ID {
		t.Errorf("the reply is %+v", said[2])
	}
	h.Slack.Delete(h.bob, where.ID, first.TS)
	h.Settle()
	if said = h.room(inc.ID); !said[0].Deleted {
		t.Errorf("after it was deleted it is %+v", said[0])
	}

	if _, err := h.App.Rooms.Post(h.Owner.Context(), room.Post{Incident: inc.ID, ClientKey: "k1", Source: "Rolling **back**"}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	there := h.Slack.Said(where.ID)
	last := there[len(there)-1]
	if !strings.Contains(last.Text, "Rolling") || last.Username != "Ada" {
		t.Errorf("Slack shows %+v", last)
	}
	if said = h.room(inc.ID); len(said) != 4 {
		t.Errorf("an echo was taken for news: %d messages", len(said))
	}
}

func TestWhatHappenedWhileMusterWasAwayIsReadFromTheChannelOnce(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	before := h.Slack.Say(h.bob, where.ID, "before")
	doomed := h.Slack.Say(h.bob, where.ID, "taken back while you were away")
	h.Settle()

	h.Slack.Hold()
	first := h.Slack.Say(h.ada, where.ID, "while you were away")
	h.Slack.Say(h.bob, where.ID, "in a thread", slackserver.Also{Thread: before.TS})
	h.Slack.Edit(h.bob, where.ID, before.TS, "before, in other words")
	h.Slack.React(h.ada, where.ID, before.TS, "eyes")
	h.Slack.Pin(h.ada, where.ID, first.TS)
	h.Slack.Delete(h.bob, where.ID, doomed.TS)
	h.Slack.GiveUp()
	h.Slack.Missed()
	h.Slack.Release(false)
	h.Clock.Advance(3 * time.Minute)
	for range 2 {
		if err := h.App.SlackDoors.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Settle()
		h.Clock.Advance(2 * time.Minute)
	}

	var said []string
	for _, m := range h.room(inc.ID) {
		line := m.Author.Name + ": " + m.Source
		if m.Deleted {
			line = m.Author.Name + ": gone"
		}
		if !m.Parent.Empty() {
			line = "↳ " + line
		}
		if m.PinnedAt != nil {
			line += " [pinned]"
		}
		for _, reaction := range m.Reactions {
			line += " " + reaction.Emoji
		}
		said = append(said, line)
	}
	want := []string{"Ben: before, in other words 👀", "Ben: gone", "↳ Ben: in a thread", "Ada: while you were away [pinned]"}
	slices.Sort(said)
	slices.Sort(want)
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("the room reads\n%s\nnot\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	for _, m := range h.room(inc.ID) {
		if m.Source == "while you were away" && !m.PostedAt.Equal(slack.Time(first.TS)) {
			t.Errorf("it was said at %s, not %s", m.PostedAt, slack.Time(first.TS))
		}
	}
	if news := h.Slack.Missed(); len(news) > 0 {
		t.Errorf("events are missed still: %+v", news)
	}
}
