package room_test

import (
	"strconv"
	"testing"

	"github.com/musterhq/muster/internal/domain/room"
)

func BenchmarkPost(b *testing.B) {
	h := open(b)
	ctx := h.as(h.maya, "Maya")
	for n := 0; b.Loop(); n++ {
		if _, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: strconv.Itoa(n), Source: "Half of the machines are **rolled back**."}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHistory(b *testing.B) {
	h := open(b)
	ctx := h.as(h.maya, "Maya")
	for n := range 100 {
		h.post(ctx, strconv.Itoa(n), "Half of the machines are **rolled back**, @jonas.")
	}
	for b.Loop() {
		if _, _, err := h.rooms.History(ctx, h.incident, 0, 50); err != nil {
			b.Fatal(err)
		}
	}
}
