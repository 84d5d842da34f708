package room_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
)

func TestUnreadCountsWhatOthersSaid(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	first := h.post(maya, "1", "one")
	h.post(maya, "2", "two")
	h.post(jonas, "3", "mine")
	unread := func() int {
		t.Helper()
		got, err := h.rooms.Unread(jonas, []id.ID{h.incident})
		if err != nil {
			t.Fatal(err)
		}
		return got[h.incident]
	}
	if got := unread(); got != 2 {
		t.Errorf("before reading: %d, want 2", got)
	}
	for _, seq := range []int64{first.Seq, 0} { // the second would go back
		if err := h.rooms.MarkRead(jonas, room.MarkRead{Incident: h.incident, Seq: seq}); err != nil {
			t.Fatal(err)
		}
	}
	if got := unread(); got != 1 {
		t.Errorf("after the first: %d, want 1", got)
	}
	if err := h.rooms.MarkRead(jonas, room.MarkRead{Incident: h.incident, Seq: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	h.post(maya, "4", "later")
	if got := unread(); got != 1 {
		t.Errorf("a mark from the future hides what comes: %d unread, want 1", got)
	}
}

func TestHistoryPagesBackAndAround(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	var all []room.Message
	for _, word := range strings.Fields("a b c d e f g") {
		all = append(all, h.post(ctx, word, word))
	}
	page, more, err := h.rooms.History(ctx, h.incident, 0, 3)
	if err != nil || !more || strings.Join(texts(page), "") != "efg" {
		t.Fatalf("newest: %v %v %v", texts(page), more, err)
	}
	page, more, err = h.rooms.History(ctx, h.incident, page[0].Seq, 4)
	if err != nil || more || strings.Join(texts(page), "") != "abcd" {
		t.Errorf("older: %v %v %v", texts(page), more, err)
	}
	around, err := h.rooms.Around(ctx, all[3].ID, 2)
	if err != nil || strings.Join(texts(around.Messages), "") != "bcde" || !around.Older || !around.Newer {
		t.Errorf("around d: %v %v", texts(around.Messages), err)
	}
}
