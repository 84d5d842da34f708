package chattest_test

import (
	"testing"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

func TestFakeConforms(t *testing.T) {
	chattest.Run(t, func(*testing.T) chattest.Harness {
		fake := chattest.NewFake()
		return chattest.Harness{
			Platform: fake,
			Conversation: func(t *testing.T) chat.ConversationRef {
				ref, err := fake.OpenConversation(t.Context(), chat.Opening{Key: "first", Name: "inc-1"})
				if err != nil {
					t.Fatal(err)
				}
				return ref
			},
			User:      "U1",
			Person:    richtext.Person{ID: "01HZX3Q5J8Y6W9K2M4N7P0R1S5", Name: "Ada"},
			Mentioned: "@Ada",
			Shown: func(_ *testing.T, in chat.ConversationRef) (seen []chattest.Seen) {
				for _, s := range fake.Shown(in.ID) {
					if s.Thread == "" {
						seen = append(seen, chattest.SeenIn(s.Message))
					}
				}
				return seen
			},
			Replies: func(_ *testing.T, to chat.MessageRef) (seen []chattest.Seen) {
				for _, s := range fake.Shown(to.Conversation.ID) {
					if s.Thread == to.ID {
						seen = append(seen, chattest.SeenIn(s.Message))
					}
				}
				return seen
			},
			Whispered: func(*testing.T, chat.ConversationRef) (seen []chattest.Seen) {
				for _, w := range fake.Whispers() {
					if w.User == "U1" {
						seen = append(seen, chattest.SeenIn(w.Message))
					}
				}
				return seen
			},
			Marks: func(_ *testing.T, message chat.MessageRef) chattest.Marks {
				for _, s := range fake.Shown(message.Conversation.ID) {
					if s.ID == message.ID {
						return chattest.Marks{Pinned: s.Pinned, Emojis: s.Emojis}
					}
				}
				return chattest.Marks{}
			},
			Topic:   func(_ *testing.T, in chat.ConversationRef) string { return fake.TopicOf(in.ID) },
			Trigger: func(*testing.T) string { return "trigger" },
			Forms: func(*testing.T) (forms []chat.Form) {
				for _, f := range fake.Forms() {
					forms = append(forms, f.Form)
				}
				return forms
			},
		}
	})
}
