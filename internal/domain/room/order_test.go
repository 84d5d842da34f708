package room_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
)

// TestReaderMissesNothingWhileWritersRace pages on from the last number seen while many post, edit and react: each
// message must be seen once when it is posted, none skipped, and the last sight of each must be its last state.
func TestReaderMissesNothingWhileWritersRace(t *testing.T) {
	h := open(t)
	const writers, each = 6, 25
	reader := h.as(h.jonas, "Jonas")
	ctx, done := context.WithCancel(t.Context())
	defer done()

	seen := map[id.ID]room.Message{}
	var cursor int64
	page := func() int {
		got, err := h.rooms.After(reader, h.incident, cursor, 7)
		if err != nil {
			t.Error(err)
			return 0
		}
		for _, m := range got {
			if m.Changed <= cursor {
				t.Errorf("change %d came after %d", m.Changed, cursor)
			}
			cursor = m.Changed
			seen[m.ID] = m
		}
		return len(got)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for ctx.Err() == nil {
			page()
		}
		for page() > 0 { // what was committed last
		}
	}()

	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			writer := h.as(h.maya, "Maya")
			for n := range each {
				key := fmt.Sprintf("%d-%d", w, n)
				m, err := h.rooms.Post(writer, room.Post{Incident: h.incident, ClientKey: key, Source: key})
				if err != nil {
					t.Error(err)
					return
				}
				switch n % 5 {
				case 1:
					_, err = h.rooms.Edit(writer, room.Edit{Message: m.ID, Version: 1, Source: key + " edited"})
				case 2:
					_, err = h.rooms.React(writer, room.React{Message: m.ID, Emoji: "eyes"})
				case 3:
					_, err = h.rooms.Post(writer, room.Post{Incident: h.incident, ClientKey: key, Source: key})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	done()
	<-read

	if len(seen) != writers*each {
		t.Errorf("the reader saw %d messages, want %d", len(seen), writers*each)
	}
	all, _, err := h.rooms.History(reader, h.incident, 0, room.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for _, m := range all {
		writer, n, _ := strings.Cut(m.ClientKey, "-")
		if want := strconv.Itoa(next[writer]); n != want {
			t.Errorf("writer %s: message %s stands where %s was due", writer, n, want)
		}
		next[writer]++
	}
	for _, m := range seen {
		now, err := h.rooms.Message(reader, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if now.Changed != m.Changed || now.Source != m.Source || len(now.Reactions) != len(m.Reactions) {
			t.Errorf("the reader was left with an old state of %s: %+v", m.ClientKey, m)
		}
	}
}

// TestRoomIsAnOrderedListOfKeys compares any interleaving of posts, retries, edits and deletions with a plain list.
func TestRoomIsAnOrderedListOfKeys(t *testing.T) {
	h := open(t)
	people := []context.Context{h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")}
	rapid.Check(t, func(t *rapid.T) {
		h.incident = h.declare(h.organisation, false)
		type said struct {
			who     int
			key     string
			text    string
			deleted bool
			id      id.ID
			version int
		}
		var model []*said
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			who := rapid.IntRange(0, 1).Draw(t, "who")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1: // post, perhaps again
				key, text := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "key"), rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "text")
				m, err := h.rooms.Post(people[who], room.Post{Incident: h.incident, ClientKey: key, Source: text})
				if err != nil {
					t.Fatal(err)
				}
				var there *said
				for _, s := range model {
					if s.who == who && s.key == key {
						there = s
					}
				}
				if there == nil {
					model = append(model, &said{who: who, key: key, text: text, id: m.ID, version: 1})
				} else if there.id != m.ID {
					t.Fatalf("key %s was given to two messages", key)
				}
			case 2:
				for _, s := range model {
					if s.who == who && !s.deleted {
						text := rapid.StringMatching(`[A-Z]{1,5}`).Draw(t, "edited")
						m, err := h.rooms.Edit(people[who], room.Edit{Message: s.id, Version: s.version, Source: text})
						if err != nil {
							t.Fatal(err)
						}
						s.text, s.version = text, m.Version
						break
					}
				}
			case 3:
				for _, s := range model {
					if s.who == who && !s.deleted {
						if err := h.rooms.Delete(people[who], room.Delete{Message: s.id}); err != nil {
							t.Fatal(err)
						}
						s.text, s.deleted = "", true
						break
					}
				}
			}
		}
		got, _, err := h.rooms.History(people[0], h.incident, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, s := range model {
			want = append(want, s.text)
		}
		if diff := cmp.Diff(want, texts(got)); diff != "" {
			t.Fatalf("the room (-want +got):\n%s", diff)
		}
	})
}
