package room_test

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

func TestReactionsDoWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya Lind"), h.as(h.jonas, "Jonas Berg")
	var made []room.Reacted
	h.rooms.OnReaction(room.ForAction, func(_ context.Context, m room.Reacted) error {
		made = append(made, m)
		return nil
	})
	said := h.post(maya, "1", "Call the **bank**")
	pinned := func(want bool, when string) {
		t.Helper()
		m, err := h.rooms.Message(maya, said.ID)
		if err != nil || (m.PinnedAt != nil) != want {
			t.Errorf("%s it is pinned: %v, %v", when, m.PinnedAt != nil, err)
		}
	}
	react := func(as context.Context, emoji string) {
		t.Helper()
		if _, err := h.rooms.React(as, room.React{Message: said.ID, Emoji: emoji}); err != nil {
			t.Fatal(err)
		}
	}
	unreact := func(as context.Context, emoji string) {
		t.Helper()
		if _, err := h.rooms.Unreact(as, room.Unreact{Message: said.ID, Emoji: emoji}); err != nil {
			t.Fatal(err)
		}
	}
	react(maya, "👀")
	pinned(false, "after any reaction")
	react(maya, "📌")
	react(jonas, "📌")
	pinned(true, "after two reactions")
	unreact(maya, "📌")
	pinned(true, "with one of them left")
	unreact(jonas, "📌")
	pinned(false, "without any left")

	// A pin that was set by hand stays when reactions go, and one that was taken away by hand is not taken away again.
	if _, err := h.rooms.Pin(maya, room.Pin{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	react(maya, "📌")
	unreact(maya, "📌")
	pinned(true, "by hand")
	if _, err := h.rooms.Unpin(maya, room.Unpin{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	react(maya, "📌")
	if _, err := h.rooms.Unpin(maya, room.Unpin{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.rooms.Pin(maya, room.Pin{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	unreact(maya, "📌")
	pinned(true, "by hand after a reaction's pin was taken away by hand")

	// With or without the sign that asks for color, by whomever, taken back and set again: one action.
	react(maya, "🛠")
	react(jonas, "🛠️")
	unreact(maya, "🛠")
	react(maya, "🛠")
	if len(made) != 1 || made[0].Text != "Call the bank" || made[0].Message != said.ID || !made[0].PostedAt.Equal(said.PostedAt) {
		t.Errorf("reactions made %+v", made)
	}

	// The organisation chooses.
	admin := tenant.With(t.Context(), tenant.Scope{Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: h.maya, Name: "Maya Lind"}, Permissions: authz.Administrator.Permissions()})
	for code, rules := range map[string][]room.Rule{
		"taken":           {{Purpose: room.ForPin, Emoji: "🛠"}},
		"unknown_emoji":   {{Purpose: room.ForPin, Emoji: "pin it"}},
		"unknown_purpose": {{Purpose: room.ForFollowUp, Emoji: "➕"}}, // nothing does that here
	} {
		err := h.rooms.SetReactionRules(admin, room.SetReactionRules{Rules: rules})
		if all := problem.All(err); len(all) != 1 || all[0].Code != code {
			t.Errorf("%v: %v, want %s", rules, err, code)
		}
	}
	if err := h.rooms.SetReactionRules(admin, room.SetReactionRules{Rules: []room.Rule{{Purpose: room.ForPin, Emoji: "⭐"}, {Purpose: room.ForAction, Emoji: ""}}}); err != nil {
		t.Fatal(err)
	}
	said = h.post(maya, "2", "The pool is empty")
	react(maya, "📌")
	react(maya, "🛠️")
	pinned(false, "by the emoji of before")
	react(maya, "⭐")
	pinned(true, "by the new emoji")
	if len(made) != 1 {
		t.Errorf("what is switched off made %+v", made[1:])
	}
}
