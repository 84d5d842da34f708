package room_test

import (
	"encoding/json"
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	chatroom "github.com/musterhq/muster/internal/chat/room"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

func TestRoomIsAChatPlatform(t *testing.T) {
	h := open(t)
	ctx := tenant.AsSystem(t.Context(), h.organisation)
	chattest.Run(t, func(*testing.T) chattest.Harness {
		return chattest.Harness{
			Platform: chatroom.New(h.rooms), Context: ctx,
			Conversation: func(*testing.T) chat.ConversationRef {
				return chat.ConversationRef{Platform: chatroom.Name, ID: string(h.declare(h.organisation, false))}
			},
			User: string(h.maya), Person: richtext.Person{ID: h.maya, Name: "Maya Lind"}, Mentioned: "@Maya Lind",
			Replies: func(t *testing.T, to chat.MessageRef) []chattest.Seen {
				t.Helper()
				thread, err := h.rooms.Thread(ctx, id.ID(to.ID), 0, 100)
				if err != nil {
					t.Fatal(err)
				}
				return seenIn(t, thread.Replies)
			},
			Shown: func(t *testing.T, in chat.ConversationRef) []chattest.Seen {
				t.Helper()
				all, _, err := h.rooms.History(ctx, id.ID(in.ID), 0, 100)
				if err != nil {
					t.Fatal(err)
				}
				return seenIn(t, all)
			},
		}
	})
}

func seenIn(t *testing.T, all []room.Message) []chattest.Seen {
	t.Helper()
	var seen []chattest.Seen
	for _, m := range all {
		if m.Deleted {
			continue
		}
		var message chat.Message
		if err := json.Unmarshal(m.Blocks, &message); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, chattest.SeenIn(message))
	}
	return seen
}
