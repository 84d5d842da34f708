package room_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
)

func TestEditsOfActionsInARowAreOneLine(t *testing.T) {
	h := open(t)
	bus := event.NewBus(h.DB, h.clock, h.queue, h.queue)
	h.rooms.Subscribe(bus)
	actions := action.New(h.DB, bus, h.clock, timer.New(h.DB, h.clock))
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	begin := h.post(maya, "k1", "Before")
	made, err := actions.Create(maya, action.Create{Incident: h.incident, Description: "Check the pool"})
	if err != nil {
		t.Fatal(err)
	}
	assign := func() {
		t.Helper()
		if _, err := actions.Assign(maya, action.Assign{Action: made.ID, Assignee: h.jonas}); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() (lines []room.Message, cursor int64) {
		t.Helper()
		all, err := h.rooms.After(maya, h.incident, begin.Changed, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			cursor = m.Changed
			if m.Kind == room.FromEvent {
				lines = append(lines, m)
			}
		}
		return lines, cursor
	}
	_, seen := lines()
	h.clock.Advance(4 * time.Minute)
	assign()
	all, _ := lines()
	if len(all) != 1 || len(all[0].MoreEvents) != 1 {
		t.Fatalf("what one person does in a row is %+v", all)
	}
	news, err := h.rooms.After(jonas, h.incident, seen, 10)
	if err != nil || len(news) != 1 || news[0].ID != all[0].ID || news[0].Changed <= news[0].Seq {
		t.Errorf("whoever has the page open hears %+v, %v", news, err)
	}
	// Another person, something said in between, and time that passed each begin a new line.
	if _, err := actions.Complete(jonas, action.Complete{Action: made.ID}); err != nil {
		t.Fatal(err)
	}
	h.post(jonas, "k2", "Done that")
	if _, err := actions.Reopen(jonas, action.Reopen{Action: made.ID}); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(6 * time.Minute)
	if _, err := actions.Drop(jonas, action.Drop{Action: made.ID}); err != nil {
		t.Fatal(err)
	}
	all, _ = lines()
	if len(all) != 4 {
		t.Errorf("%d lines, wanted 4: %+v", len(all), all)
	}
}
