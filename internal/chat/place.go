package chat

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Place is what a platform can do with an incident's own conversation besides letting people talk in it. All of it may be
// asked for twice.
type Place interface {
	// Rename gives the conversation another name and returns the one that it got.
	Rename(ctx context.Context, conversation ConversationRef, name string) (string, error)
	// Bookmarks makes the links above the conversation these; what others put there stays.
	Bookmarks(ctx context.Context, conversation ConversationRef, bookmarks []Bookmark) error
	// Invite brings people in, by Muster's ids, and returns those whom the platform does not know.
	Invite(ctx context.Context, conversation ConversationRef, users []id.ID) (unknown []id.ID, err error)
	// Look tells how the conversation is now. Enter does too, and lets Muster into one that is open to all; one that Muster
	// may not enter wraps ErrRefused.
	Look(ctx context.Context, conversation ConversationRef) (Site, error)
	Enter(ctx context.Context, conversation ConversationRef) (Site, error)
	// Archive closes the conversation, and Unarchive opens it again.
	Archive(ctx context.Context, conversation ConversationRef) error
	Unarchive(ctx context.Context, conversation ConversationRef) error
}

// Site is what a platform says of a conversation.
type Site struct {
	Name    string // without "#"
	Private bool   // only those in it see it
}

// Bookmark is a link that stands above a conversation.
type Bookmark struct {
	Key   string `json:"key"` // what it is to Muster: "dashboard"
	Title string `json:"title"`
	URL   string `json:"url"`
}
