package chattest

import (
	"context"
	"slices"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Look is what a conversation looks like from outside: its name, links, members and whether it is archived.
type Look struct {
	Name      string
	Topic     string
	Private   bool
	Archived  bool
	Bookmarks []chat.Bookmark
	Members   []id.ID
}

// LookOf returns what a conversation looks like.
func (f *Fake) LookOf(conversation string) Look {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.conversations[conversation]
	if c == nil {
		return Look{}
	}
	look := c.look
	look.Topic = c.topic
	return look
}

// Rename gives the conversation another name.
func (f *Fake) Rename(ctx context.Context, ref chat.ConversationRef, name string) (string, error) {
	return name, f.change(ctx, "rename "+name, ref, func(look *Look) { look.Name = name })
}

// Bookmarks sets the links.
func (f *Fake) Bookmarks(ctx context.Context, ref chat.ConversationRef, bookmarks []chat.Bookmark) error {
	return f.change(ctx, "bookmarks", ref, func(look *Look) { look.Bookmarks = slices.Clone(bookmarks) })
}

// Invite brings people in; everybody is known.
func (f *Fake) Invite(ctx context.Context, ref chat.ConversationRef, users []id.ID) ([]id.ID, error) {
	return nil, f.change(ctx, "invite", ref, func(look *Look) {
		for _, user := range users {
			if !slices.Contains(look.Members, user) {
				look.Members = append(look.Members, user)
			}
		}
	})
}

// Look returns how the conversation is.
func (f *Fake) Look(ctx context.Context, ref chat.ConversationRef) (site chat.Site, err error) {
	return site, f.change(ctx, "look", ref, func(look *Look) { site = chat.Site{Name: look.Name, Private: look.Private} })
}

// Enter lets Muster in, which is everywhere already.
func (f *Fake) Enter(ctx context.Context, ref chat.ConversationRef) (site chat.Site, err error) {
	return site, f.change(ctx, "enter", ref, func(look *Look) { site = chat.Site{Name: look.Name, Private: look.Private} })
}

// Turn makes the conversation private or public, as people do it.
func (f *Fake) Turn(conversation string, private bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conversations[conversation].look.Private = private
}

// Archive closes the conversation.
func (f *Fake) Archive(ctx context.Context, ref chat.ConversationRef) error {
	return f.change(ctx, "archive", ref, func(look *Look) { look.Archived = true })
}

// Unarchive opens it again.
func (f *Fake) Unarchive(ctx context.Context, ref chat.ConversationRef) error {
	return f.change(ctx, "unarchive", ref, func(look *Look) { look.Archived = false })
}

func (f *Fake) change(ctx context.Context, call string, ref chat.ConversationRef, change func(*Look)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, call); err != nil {
		return err
	}
	c, err := f.in(ref)
	if err != nil {
		return err
	}
	change(&c.look)
	return nil
}
