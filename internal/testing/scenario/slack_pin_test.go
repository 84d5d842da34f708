package scenario_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

func TestPinsThatWereTakenAwayWhileMusterWasAwayAreGone(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	theirs := h.Slack.Say(h.bob, where.ID, "It is the pool")
	stays := h.Slack.Say(h.bob, where.ID, "Ends at ten")
	h.Slack.Pin(h.ada, where.ID, theirs.TS)
	h.Slack.Pin(h.ada, where.ID, stays.TS)
	h.Settle()
	post := func(text string) room.Message {
		t.Helper()
		m, err := h.App.Rooms.Post(h.ben.Context(), room.Post{Incident: inc.ID, ClientKey: text, Source: text})
		if err != nil {
			t.Fatal(err)
		}
		h.Settle()
		if _, err := h.App.Rooms.Pin(h.ben.Context(), room.Pin{Message: m.ID}); err != nil {
			t.Fatal(err)
		}
		h.Settle()
		return m
	}
	post("Rolled back")
	calm := h.Slack.Fail(slackserver.Fault{Methods: []string{"pins.add"}, Error: "too_many_pins"})
	post("Slack does not pin this")
	calm()
	pinned := func() string {
		t.Helper()
		said := ""
		for _, m := range h.room(inc.ID) {
			if m.PinnedAt != nil {
				said += m.Source + ". "
			}
		}
		return said
	}
	if got := pinned(); got != "It is the pool. Ends at ten. Rolled back. Slack does not pin this. " {
		t.Fatalf("before it is pinned: %s", got)
	}
	ours := h.Slack.Pins(where.ID)[2]

	h.Slack.Hold()
	h.Slack.Unpin(h.bob, where.ID, theirs.TS)
	h.Slack.Unpin(h.bob, where.ID, ours)
	h.Slack.GiveUp()
	h.Slack.Missed()
	h.Slack.Release(false)
	if err := h.App.SlackDoors.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if got := pinned(); got != "Ends at ten. Slack does not pin this. " {
		t.Errorf("after catching up it is pinned: %s", got)
	}
}
