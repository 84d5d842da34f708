// Package chattest tests chat platforms against one measure, and is a chat platform in memory for the tests of others.
package chattest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// Fake is a chat platform in memory.
type Fake struct {
	mu            sync.Mutex
	made          int
	conversations map[string]*conversation
	opened        map[string]string // by key
	forms         []OpenedForm
	whispers      []Whisper
	calls         []string
	fail          []error
	before        func()
}

type conversation struct {
	topic    string
	look     Look
	messages []Shown
	keys     map[string]string // the id by key, deleted messages too
}

// Shown is a message as members of a conversation see it.
type Shown struct {
	ID      string
	Message chat.Message
	Edited  bool
	Thread  string // the message that it replies to
	Pinned  bool
	Emojis  []string // of Muster's own reactions
}

// Whisper is what one user alone was told.
type Whisper struct {
	Conversation string
	User         string
	Message      chat.Message
}

// OpenedForm is a form that a user was shown.
type OpenedForm struct {
	Trigger string
	Form    chat.Form
}

// NewFake returns an empty platform.
func NewFake() *Fake {
	return &Fake{conversations: map[string]*conversation{}, opened: map[string]string{}}
}

// Name returns "fake".
func (*Fake) Name() string { return "fake" }

// Capabilities returns everything.
func (*Fake) Capabilities() chat.Capabilities {
	return chat.Capabilities{Edits: true, Topics: true, Ephemeral: true, Forms: true, Threads: true}
}

// Fail makes the next calls answer with these errors, one each; nil lets a call through.
func (f *Fake) Fail(errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = append(f.fail, errs...)
}

// Before runs fn in the next call, after it has arrived.
func (f *Fake) Before(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = fn
}

// Calm lets all calls through again.
func (f *Fake) Calm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = nil
}

// Shown returns what stands in a conversation, in order.
func (f *Fake) Shown(conversation string) []Shown {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.conversations[conversation]; c != nil {
		return slices.Clone(c.messages)
	}
	return nil
}

// TopicOf returns a conversation's topic.
func (f *Fake) TopicOf(conversation string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.conversations[conversation]; c != nil {
		return c.topic
	}
	return ""
}

// Whispers returns everything said to one user alone, in order.
func (f *Fake) Whispers() []Whisper {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.whispers)
}

// Forms returns every form shown, in order.
func (f *Fake) Forms() []OpenedForm {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.forms)
}

// Calls returns the names and keys of all calls that arrived, failed ones too, in order.
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// enter begins a call: it refuses to be called inside a transaction, as a real platform's client does.
func (f *Fake) enter(ctx context.Context, call string) error {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.calls = append(f.calls, call)
	if f.before != nil {
		f.before()
		f.before = nil
	}
	if len(f.fail) > 0 {
		err := f.fail[0]
		f.fail = f.fail[1:]
		return err
	}
	return nil
}

func (f *Fake) in(ref chat.ConversationRef) (*conversation, error) {
	c := f.conversations[ref.ID]
	if c == nil {
		return nil, fmt.Errorf("%w: there is no conversation %q", chat.ErrRefused, ref.ID)
	}
	return c, nil
}

// OpenConversation makes a conversation, once for each key.
func (f *Fake) OpenConversation(ctx context.Context, opening chat.Opening) (chat.ConversationRef, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "open "+opening.Key); err != nil {
		return chat.ConversationRef{}, err
	}
	made, known := f.opened[opening.Key]
	if !known {
		f.made++
		made = fmt.Sprintf("C%d", f.made)
		f.opened[opening.Key] = made
		f.conversations[made] = &conversation{topic: opening.Topic, look: Look{Name: opening.Name, Private: opening.Private}, keys: map[string]string{}}
	}
	return chat.ConversationRef{Platform: f.Name(), ID: made}, nil
}

// Topic sets the topic.
func (f *Fake) Topic(ctx context.Context, ref chat.ConversationRef, topic string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "topic"); err != nil {
		return err
	}
	c, err := f.in(ref)
	if err != nil {
		return err
	}
	c.topic = topic
	return nil
}

// Post says something, once for each key.
func (f *Fake) Post(ctx context.Context, ref chat.ConversationRef, message chat.Message) (chat.MessageRef, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "post "+message.Key); err != nil {
		return chat.MessageRef{}, err
	}
	c, err := f.in(ref)
	if err != nil {
		return chat.MessageRef{}, err
	}
	if err := message.Check(); err != nil {
		return chat.MessageRef{}, fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	made, known := c.keys[message.Key]
	if !known {
		f.made++
		made = fmt.Sprintf("M%d", f.made)
		c.keys[message.Key] = made
		c.messages = append(c.messages, Shown{ID: made, Message: message.Fit()})
	}
	return chat.MessageRef{Conversation: ref, ID: made}, nil
}

// Reply says something in a thread, once for each key.
func (f *Fake) Reply(ctx context.Context, to chat.MessageRef, message chat.Message) (chat.MessageRef, error) {
	ref, err := f.Post(ctx, to.Conversation, message)
	if err != nil {
		return ref, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	messages := f.conversations[to.Conversation.ID].messages
	for n := range messages {
		if messages[n].ID == ref.ID {
			messages[n].Thread = to.ID
		}
	}
	return ref, nil
}

// Edit changes a message.
func (f *Fake) Edit(ctx context.Context, ref chat.MessageRef, now chat.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "edit "+now.Key); err != nil {
		return err
	}
	c, err := f.in(ref.Conversation)
	if err != nil {
		return err
	}
	for i := range c.messages {
		if c.messages[i].ID == ref.ID {
			c.messages[i].Message, c.messages[i].Edited = now.Fit(), true
			return nil
		}
	}
	return fmt.Errorf("%w: there is no message %q", chat.ErrRefused, ref.ID)
}

// Pin pins a message.
func (f *Fake) Pin(ctx context.Context, ref chat.MessageRef) error {
	return f.mark(ctx, "pin", ref, func(s *Shown) { s.Pinned = true })
}

// Unpin takes a pin away.
func (f *Fake) Unpin(ctx context.Context, ref chat.MessageRef) error {
	return f.mark(ctx, "unpin", ref, func(s *Shown) { s.Pinned = false })
}

// React puts an emoji under a message.
func (f *Fake) React(ctx context.Context, ref chat.MessageRef, emoji string) error {
	return f.mark(ctx, "react "+emoji, ref, func(s *Shown) {
		if !slices.Contains(s.Emojis, emoji) {
			s.Emojis = append(s.Emojis, emoji)
		}
	})
}

// Unreact takes an emoji away.
func (f *Fake) Unreact(ctx context.Context, ref chat.MessageRef, emoji string) error {
	return f.mark(ctx, "unreact "+emoji, ref, func(s *Shown) {
		s.Emojis = slices.DeleteFunc(s.Emojis, func(e string) bool { return e == emoji })
	})
}

func (f *Fake) mark(ctx context.Context, call string, ref chat.MessageRef, change func(*Shown)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, call); err != nil {
		return err
	}
	c, err := f.in(ref.Conversation)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(c.messages, func(s Shown) bool { return s.ID == ref.ID })
	if n < 0 {
		return fmt.Errorf("%w: there is no message %q", chat.ErrRefused, ref.ID)
	}
	change(&c.messages[n])
	return nil
}

// Delete takes a message away.
func (f *Fake) Delete(ctx context.Context, ref chat.MessageRef) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "delete "+ref.ID); err != nil {
		return err
	}
	c, err := f.in(ref.Conversation)
	if err != nil {
		return err
	}
	c.messages = slices.DeleteFunc(c.messages, func(s Shown) bool { return s.ID == ref.ID })
	return nil
}

// Ephemeral tells one user something.
func (f *Fake) Ephemeral(ctx context.Context, ref chat.ConversationRef, user string, message chat.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "ephemeral "+message.Key); err != nil {
		return err
	}
	f.whispers = append(f.whispers, Whisper{Conversation: ref.ID, User: user, Message: message.Fit()})
	return nil
}

// OpenForm shows a form.
func (f *Fake) OpenForm(ctx context.Context, trigger string, form chat.Form) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter(ctx, "form "+form.Action); err != nil {
		return err
	}
	if trigger == "" {
		return fmt.Errorf("%w: a form needs the trigger of an interaction", chat.ErrRefused)
	}
	f.forms = append(f.forms, OpenedForm{Trigger: trigger, Form: form.Fit()})
	return nil
}
