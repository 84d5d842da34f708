// Package chat is the chat-neutral core: what Muster says in a conversation and what people answer, written once and
// rendered by each chat platform.
package chat

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Platform is one place where people talk: Muster's own room, Slack, Microsoft Teams. Every method may be called twice for
// one intent; where a key is given, the second call has no effect and answers as the first did.
type Platform interface {
	// Name returns the platform's name as rows keep it: "room", "slack", "teams".
	Name() string
	// Capabilities returns what the platform can do; what it cannot do is worded by chat-neutral code in another way.
	Capabilities() Capabilities
	// OpenConversation makes a conversation, or finds the one made with the same key.
	OpenConversation(ctx context.Context, opening Opening) (ConversationRef, error)
	// Topic sets the line that stands above a conversation.
	Topic(ctx context.Context, conversation ConversationRef, topic string) error
	// Post says something to everybody in a conversation, once for each key.
	Post(ctx context.Context, conversation ConversationRef, message Message) (MessageRef, error)
	// Reply says something in the thread of a message, once for each key of the conversation.
	Reply(ctx context.Context, to MessageRef, message Message) (MessageRef, error)
	// Edit makes a message say something else.
	Edit(ctx context.Context, message MessageRef, now Message) error
	// Delete takes a message away; one that is gone already is no error.
	Delete(ctx context.Context, message MessageRef) error
	// Ephemeral says something that only one user sees.
	Ephemeral(ctx context.Context, conversation ConversationRef, user string, message Message) error
	// OpenForm shows a form to whoever caused the interaction that the trigger came with.
	OpenForm(ctx context.Context, trigger string, form Form) error
}

// Marks is a platform on which messages are pinned and reacted to. What is so already is no error; an emoji is a character
// or a name as in ":eyes:".
type Marks interface {
	// Pin keeps a message where a conversation's readers find it.
	Pin(ctx context.Context, message MessageRef) error
	// Unpin takes a pin away.
	Unpin(ctx context.Context, message MessageRef) error
	// React puts Muster's emoji under a message.
	React(ctx context.Context, message MessageRef, emoji string) error
	// Unreact takes Muster's emoji back.
	Unreact(ctx context.Context, message MessageRef, emoji string) error
}

// Capabilities is what a platform can do besides posting.
type Capabilities struct {
	Edits, Topics, Ephemeral, Forms, Threads bool
}

// ConversationRef names a conversation on its platform.
type ConversationRef struct {
	Platform string `json:"platform"`
	ID       string `json:"id"` // the platform's own
}

// MessageRef names a message on its platform.
type MessageRef struct {
	Conversation ConversationRef `json:"conversation"`
	ID           string          `json:"id"` // the platform's own
}

// Opening describes a conversation to be made.
type Opening struct {
	Key     string // the same key finds the same conversation
	Name    string // "inc-123-checkout-is-down"; platforms shorten it to their rules
	Topic   string
	Private bool
	Team    string // the platform's workspace to make it in; empty where there is one
}

// Later is a platform's wish to be asked again after a while, as with HTTP 429.
type Later struct {
	After time.Duration
	Err   error
	// Paced says that the platform was not asked at all, because it would be too often: no trouble, and no attempt.
	Paced bool
}

// Error says how long to wait and why.
func (l *Later) Error() string { return fmt.Sprintf("ask again in %s: %v", l.After, l.Err) }

// Unwrap returns the reason.
func (l *Later) Unwrap() error { return l.Err }

// ErrRefused marks an error of a platform that no repetition will change: an archived conversation, a message that is gone.
var ErrRefused = errors.New("the chat platform refuses it for good")

// Paced reports whether an error only says that the platform is asked a little later.
func Paced(err error) bool {
	var later *Later
	return errors.As(err, &later) && later.Paced
}
