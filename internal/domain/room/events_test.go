package room_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/timer"
)

// TestEventPayloadsStayAsStored holds every payload to the file of its kind and version: events stored long ago are
// read by it, so a change of a payload is a new version.
func TestEventPayloadsStayAsStored(t *testing.T) {
	const in, message, user = id.ID("01JQ0000000000000000000001"), id.ID("01JQ0000000000000000000002"), id.ID("01JQ0000000000000000000003")
	for _, e := range []event.Event{
		room.MessagePosted{Incident: in, Message: message, Mentions: []id.ID{user}},
		room.MessageEdited{Incident: in, Message: message, Mentions: []id.ID{user}, Private: true},
		room.MessageDeleted{Incident: in, Message: message},
		room.ReactionChanged{Incident: in, Message: message},
		room.MessagePinned{Incident: in, Message: message, PostedAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)},
		room.MessageUnpinned{Incident: in, Message: message},
	} {
		want, err := os.ReadFile(filepath.Join("testdata", e.Kind()+".1.json"))
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" || e.Version() != 1 {
			t.Errorf("%s version %d (-stored +now):\n%s", e.Kind(), e.Version(), diff)
		}
	}
}

func TestWhatIsDoneIsALineAtTheEventsOwnNumber(t *testing.T) {
	h := open(t)
	bus := event.NewBus(h.DB, h.clock, h.queue, h.queue)
	h.rooms.Subscribe(bus)
	incidents := incident.New(h.DB, bus, h.clock, timer.New(h.DB, h.clock))
	ctx := h.as(h.maya, "Maya")
	before := h.post(ctx, "k1", "Before")
	if _, err := incidents.Rename(ctx, incident.Rename{Incident: h.incident, Name: "Card payments fail at checkout"}); err != nil {
		t.Fatal(err)
	}
	after := h.post(ctx, "k2", "After")
	all, err := h.rooms.After(ctx, h.incident, before.Changed, 10)
	if err != nil || len(all) != 2 {
		t.Fatalf("after the first message: %d, %v", len(all), err)
	}
	line, record := all[0], event.Record{}
	for _, r := range h.queue.records {
		if r.Kind == "incident.renamed" {
			record = r
		}
	}
	if line.Kind != room.FromEvent || line.Event != record.ID || line.Seq != record.Seq || line.Author.Name != "Maya Lind" || !line.Mine || all[1].ID != after.ID {
		t.Errorf("the line: %+v, of %+v", line, record)
	}
	if _, err := h.rooms.React(ctx, room.React{Message: line.ID, Emoji: "eyes"}); err == nil {
		t.Error("a line of an event took a reaction")
	}
}
