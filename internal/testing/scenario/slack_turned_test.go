package scenario_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// bySelf counts what Muster said in a room with some words in it.
func (h *slackHouse) bySelf(inc id.ID, words string) (n int) {
	h.t.Helper()
	all, err := h.App.Rooms.After(h.System(), inc, 0, room.MaxPage)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range all {
		if m.Kind == room.FromBot && strings.Contains(string(m.Blocks), words) {
			n++
		}
	}
	return n
}

func TestChannelMadePrivateByHandIsSaidInTheRoom(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Twice(true)
	h.Slack.MakePrivate(h.bob, where.ID)
	h.Settle()
	if n := h.bySelf(inc.ID, "The Slack channel was made private by"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	said := h.Slack.Said(where.ID)
	if last := slackserver.Text(said[len(said)-1].Blocks); !strings.Contains(last, "Ben") || !strings.Contains(last, "still open to everyone") || !strings.Contains(last, "/inc private") {
		t.Errorf("in the channel it is said as %q", last)
	}
	if _, err := h.App.Incidents.MakePrivate(h.ben.Context(), incident.MakePrivate{Incident: inc.ID}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if now := h.channelOf(inc.ID); now.ID != where.ID {
		t.Errorf("the incident left a channel that is private already for %+v", now)
	}
}

func TestPrivateIncidentLeavesAChannelThatWasMadePublic(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	brief, err := h.App.Incidents.Declare(h.ben.Context(), incident.Declare{Name: "A laptop is gone", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	where := h.channelOf(brief.ID)
	h.Slack.MakePublic(h.bob, where.ID)
	h.Settle()
	if n := h.bySelf(brief.ID, "Everybody in Slack can read"); n != 1 {
		t.Errorf("people are warned %d times", n)
	}
	if _, err := h.App.Rooms.Post(h.ben.Context(), room.Post{Incident: brief.ID, ClientKey: "k", Source: "it was the mail server"}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	now := h.channelOf(brief.ID)
	if now.ID == where.ID || !now.Private || !slices.Contains(now.Members, h.bob) {
		t.Errorf("it goes on in %+v", now)
	}
	for _, m := range h.Slack.Said(where.ID) {
		if strings.Contains(m.Text, "mail server") {
			t.Error("the public channel reads what was said after")
		}
	}
	if left, _ := h.Slack.Find(where.ID); !left.Archived {
		t.Error("the public channel is open still")
	}
}

func TestWhatBecameOfAChannelWhileMusterWasAwayIsFoundOut(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Hold()
	h.Slack.MakePrivate(h.bob, where.ID)
	h.Slack.Rename(h.bob, where.ID, "cards-again")
	h.Slack.GiveUp()
	h.Slack.Missed()
	h.Slack.Release(false)
	for range 2 {
		h.Clock.Advance(2 * time.Minute)
		if err := h.App.SlackDoors.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	if n := h.bySelf(inc.ID, "The Slack channel was made private."); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	if of, err := h.App.Channels.Of(h.System(), inc.ID); err != nil || of.Name != "cards-again" {
		t.Errorf("it is called %q, %v", of.Name, err)
	}
	if now := h.channelOf(inc.ID); now.Name != "cards-again" {
		t.Errorf("Muster gave it the name %q", now.Name)
	}
}

func TestChannelIsFollowedToItsNewID(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	theirs := h.Slack.Say(h.bob, where.ID, "It is the pool")
	h.Settle()
	ours, err := h.App.Rooms.Post(h.Owner.Context(), room.Post{Incident: inc.ID, ClientKey: "k1", Source: "Rolling back"})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	const now = "C0MOVED0001"
	h.Slack.Renumber(where.ID, now)
	h.Settle()
	if got := h.channelOf(inc.ID); got.ID != now {
		t.Fatalf("its channel is %+v", got)
	}
	h.Slack.Edit(h.bob, now, theirs.TS, "It is the big pool")
	h.Slack.Say(h.ada, now, "Thanks")
	if _, err := h.App.Rooms.Edit(h.Owner.Context(), room.Edit{Message: ours.ID, Source: "Rolled back", Version: ours.Version}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if got, want := h.written(inc.ID), []string{"Ben: It is the big pool", "Ada: Rolled back", "Ada: Thanks"}; !slices.Equal(got, want) {
		t.Errorf("the room reads %q, not %q", got, want)
	}
	var there []string
	for _, m := range h.Slack.Said(now) {
		there = append(there, m.Text)
	}
	if said := strings.Join(there, "\n"); strings.Count(said, "Roll") != 1 || !strings.Contains(said, "Rolled back") {
		t.Errorf("the channel reads %s", said)
	}
}
