// Package room makes Muster's own room a chat platform like the others.
package room

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Name is what the platform is called in rows and interactions.
const Name = "room"

// Room is where Muster speaks; the domain of rooms is one.
type Room interface {
	// Say says something in an incident's room, once for the message's key.
	Say(ctx context.Context, incident id.ID, message chat.Message) (id.ID, error)
	// Reply says something in the thread of a message, once for the message's key.
	Reply(ctx context.Context, to id.ID, message chat.Message) (id.ID, error)
	// Resay makes something that Muster said read as given.
	Resay(ctx context.Context, message id.ID, now chat.Message) error
	// Unsay takes something that Muster said away; what is gone already is fine.
	Unsay(ctx context.Context, message id.ID) error
}

// Platform is the room as a chat platform: a conversation's id is the incident's, a user's id is Muster's.
type Platform struct{ room Room }

// New returns the platform over a room.
func New(room Room) *Platform { return &Platform{room: room} }

// Name returns "room".
func (*Platform) Name() string { return Name }

// Capabilities returns edits and threads. Whispers and forms are answers of the page on which a person acts, so nothing need be
// sent for them; what a topic tells stands in the incident's header.
func (*Platform) Capabilities() chat.Capabilities {
	return chat.Capabilities{Edits: true, Threads: true}
}

// OpenConversation names the incident's room, which is there as long as the incident; the key is the incident's id.
func (*Platform) OpenConversation(_ context.Context, opening chat.Opening) (chat.ConversationRef, error) {
	if !id.ID(opening.Key).Valid() {
		return chat.ConversationRef{}, fmt.Errorf("%w: the key %q is no incident's id", chat.ErrRefused, opening.Key)
	}
	return chat.ConversationRef{Platform: Name, ID: opening.Key}, nil
}

// Topic does nothing: the incident's header tells the same.
func (*Platform) Topic(context.Context, chat.ConversationRef, string) error { return nil }

// Post says something, once for each key.
func (p *Platform) Post(ctx context.Context, conversation chat.ConversationRef, message chat.Message) (chat.MessageRef, error) {
	if err := message.Check(); err != nil {
		return chat.MessageRef{}, fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	said, err := p.room.Say(ctx, id.ID(conversation.ID), message.Fit())
	if err != nil {
		return chat.MessageRef{}, final(err)
	}
	return chat.MessageRef{Conversation: conversation, ID: string(said)}, nil
}

// Reply says something in the thread of a message, once for each key.
func (p *Platform) Reply(ctx context.Context, to chat.MessageRef, message chat.Message) (chat.MessageRef, error) {
	if err := message.Check(); err != nil {
		return chat.MessageRef{}, fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	said, err := p.room.Reply(ctx, id.ID(to.ID), message.Fit())
	if err != nil {
		return chat.MessageRef{}, final(err)
	}
	return chat.MessageRef{Conversation: to.Conversation, ID: string(said)}, nil
}

// Edit makes a message say something else.
func (p *Platform) Edit(ctx context.Context, message chat.MessageRef, now chat.Message) error {
	if err := now.Check(); err != nil {
		return fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	return final(p.room.Resay(ctx, id.ID(message.ID), now.Fit()))
}

// Delete takes a message away.
func (p *Platform) Delete(ctx context.Context, message chat.MessageRef) error {
	return final(p.room.Unsay(ctx, id.ID(message.ID)))
}

// Ephemeral is refused: the page that a person acts on shows them the answer itself.
func (*Platform) Ephemeral(context.Context, chat.ConversationRef, string, chat.Message) error {
	return fmt.Errorf("%w: the room whispers in the answer to an interaction only", chat.ErrRefused)
}

// OpenForm is refused for the same reason.
func (*Platform) OpenForm(context.Context, string, chat.Form) error {
	return fmt.Errorf("%w: the room shows forms in the answer to an interaction only", chat.ErrRefused)
}

// final marks what no repetition changes.
func final(err error) error {
	switch problem.KindOf(err) {
	case "", problem.Unavailable, problem.Internal:
		return err
	default:
		return fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
}
