package room_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

func TestEditKeepsThePlaceAndTellsTheStaleEditor(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	first := h.post(ctx, "k1", "Frist")
	h.post(ctx, "k2", "Second")
	edited, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: first.Version, Source: "First @jonas"})
	if err != nil {
		t.Fatal(err)
	}
	if edited.Seq != first.Seq || edited.Changed <= first.Changed || edited.EditedAt == nil || edited.Version != 2 {
		t.Errorf("edited: %+v", edited)
	}
	if _, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: first.Version, Source: "Older"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("stale edit: got %v, want a conflict", err)
	}
	if again, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: 1, Source: "First @jonas"}); err != nil || again.Version != 2 {
		t.Errorf("the same words again: version %d, %v", again.Version, err)
	}
	if _, err := h.rooms.Edit(h.as(h.jonas, "Jonas"), room.Edit{Message: first.ID, Version: 2, Source: "Mine"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another's message: got %v, want forbidden", err)
	}
	if _, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: 2, Source: ""}); !problem.Is(err, problem.Invalid) {
		t.Errorf("emptied: got %v, want invalid", err)
	}
}

func TestDeletedMessageLeavesAnHonestPlace(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	file, err := h.rooms.AttachPicture(ctx, room.AttachPicture{Incident: h.incident, Name: "/tmp/chart.png", Content: picture(t)})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: "k", Files: []id.ID{file.ID}})
	if err != nil || len(m.Files) != 1 || m.Files[0].Name != "chart.png" || m.Files[0].URL == "" || m.Files[0].Width != 8 {
		t.Fatalf("picture: %+v, %v", m.Files, err)
	}
	if _, err := h.rooms.Pin(ctx, room.Pin{Message: m.ID}); err != nil {
		t.Fatal(err)
	}
	if err := h.rooms.Delete(h.as(h.jonas, "Jonas"), room.Delete{Message: m.ID}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another's message: got %v, want forbidden", err)
	}
	for range 2 {
		if err := h.rooms.Delete(ctx, room.Delete{Message: m.ID}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.rooms.Message(ctx, m.ID)
	if err != nil || !got.Deleted || got.Source != "" || len(got.Files) != 0 || got.PinnedAt != nil || got.Author.Name != "Maya Lind" || got.Seq != m.Seq {
		t.Errorf("the place: %+v, %v", got, err)
	}
	if _, err := h.rooms.React(ctx, room.React{Message: m.ID, Emoji: "eyes"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("a reaction to what is gone: %v", err)
	}
	want := []string{"room.message_posted", "room.message_pinned", "room.message_unpinned", "room.message_deleted"}
	if diff := cmp.Diff(want, h.queue.kinds()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestReactionsAreGroupedAndIdempotent(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	m := h.post(maya, "k", "Found it")
	for _, c := range []struct {
		ctx   context.Context
		emoji string
	}{{jonas, ":eyes:"}, {maya, "👀"}, {maya, "👀"}, {maya, "👍"}} {
		h.clock.Advance(time.Second)
		if _, err := h.rooms.React(c.ctx, room.React{Message: m.ID, Emoji: c.emoji}); err != nil {
			t.Fatalf("%s: %v", c.emoji, err)
		}
	}
	got, err := h.rooms.Unreact(maya, room.Unreact{Message: m.ID, Emoji: "👍"})
	if err != nil {
		t.Fatal(err)
	}
	want := []room.Reaction{{Emoji: "👀", Count: 2, Mine: true, Here: true, Names: []string{"Jonas Berg", "Maya Lind"}, By: []id.ID{h.jonas, h.maya}}}
	if diff := cmp.Diff(want, got.Reactions); diff != "" {
		t.Errorf("reactions (-want +got):\n%s", diff)
	}
	if n := len(h.queue.kinds()); n != 5 { // posted, three reactions, one taken back
		t.Errorf("events: got %v", h.queue.kinds())
	}
	for _, bad := range []string{"", "hello", "👀👀", "<b>", "👀 x", "1"} {
		if _, err := h.rooms.React(maya, room.React{Message: m.ID, Emoji: bad}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q as a reaction: got %v, want invalid", bad, err)
		}
	}
	for _, good := range []string{"❤️", "🇸🇪", "👩🏽‍🚒", "1️⃣", "✅"} {
		if _, err := h.rooms.React(maya, room.React{Message: m.ID, Emoji: good}); err != nil {
			t.Errorf("%q as a reaction: %v", good, err)
		}
	}
}

func TestBotCardIsOneMessageEditedInPlace(t *testing.T) {
	h := open(t)
	ctx := tenant.AsSystem(t.Context(), h.organisation)
	first, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a": 1}`)})
	if err != nil || first.Kind != room.FromBot || first.Author.Name != "Muster" {
		t.Fatalf("posted: %+v, %v", first, err)
	}
	same, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":1}`)})
	if err != nil || same.Changed != first.Changed {
		t.Errorf("the same blocks wrote something: %+v, %v", same, err)
	}
	second, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":2}`)})
	if err != nil || second.ID != first.ID || second.Seq != first.Seq || second.Changed <= first.Changed {
		t.Errorf("edited: %+v, %v", second, err)
	}
	posted, err := h.rooms.PostBot(ctx, room.PostBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":3}`)})
	if err != nil || !bytes.Equal(posted.Blocks, second.Blocks) {
		t.Errorf("posting a key again changed it: %s, %v", posted.Blocks, err)
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "race", Blocks: []byte(`{}`)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, _, err := h.rooms.History(ctx, h.incident, 0, 50); err != nil || len(all) != 2 {
		t.Errorf("messages: %d, %v; want 2", len(all), err)
	}
}
