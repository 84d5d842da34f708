package slack

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// People knows who somebody is in a workspace.
type People interface {
	// SlackUsers returns Slack's ids of users; who is nobody there is missing.
	SlackUsers(ctx context.Context, team string, users ...id.ID) (map[id.ID]string, error)
	// Picture returns the address of somebody's picture at Slack, or nothing.
	Picture(ctx context.Context, team string, user id.ID) (string, error)
}

// Needs are what a Platform works with.
type Needs struct {
	Client *Client
	Posted *chat.Posted
	Clock  clock.Clock
	People People
	Files  Files // may be nil: files are named then
	// URL is the address of the installation, without a slash at its end.
	URL string
}

// Platform is Slack as a chat platform: a conversation's id is "TEAM/CHANNEL", a message's its ts, a user's Slack's own.
type Platform struct {
	Needs
}

// NewPlatform returns the platform.
func NewPlatform(needs Needs) *Platform { return &Platform{needs} }

// Name returns "slack".
func (*Platform) Name() string { return Name }

// Capabilities returns everything.
func (*Platform) Capabilities() chat.Capabilities {
	return chat.Capabilities{Edits: true, Topics: true, Ephemeral: true, Forms: true, Threads: true}
}

// Post says something in a channel, once for each key.
func (p *Platform) Post(ctx context.Context, conversation chat.ConversationRef, message chat.Message) (chat.MessageRef, error) {
	return p.post(ctx, conversation, "", message)
}

// Reply says something in the thread of a message, once for each key of the channel.
func (p *Platform) Reply(ctx context.Context, to chat.MessageRef, message chat.Message) (chat.MessageRef, error) {
	return p.post(ctx, to.Conversation, to.ID, message)
}

// Edit makes a message say something else.
func (p *Platform) Edit(ctx context.Context, message chat.MessageRef, now chat.Message) error {
	return p.edit(ctx, message, now)
}

// Delete takes a message away; one that is gone is no error.
func (p *Platform) Delete(ctx context.Context, message chat.MessageRef) error {
	rest, _, err := p.continuations(ctx, message)
	if err != nil {
		return err
	}
	for _, part := range append(rest, message.ID) {
		if err := p.remove(ctx, chat.MessageRef{Conversation: message.Conversation, ID: part}); err != nil {
			return err
		}
	}
	return nil
}

// Ephemeral says something that only one user of the workspace sees.
func (p *Platform) Ephemeral(ctx context.Context, conversation chat.ConversationRef, user string, message chat.Message) error {
	team, _, err := Split(conversation)
	if err != nil {
		return err
	}
	writer, err := p.writer(ctx, team, message.Blocks)
	if err != nil {
		return err
	}
	return p.Client.in(ctx, conversation, "chat.postEphemeral", func(ctx context.Context, api *slack.Client, channel string) error {
		_, err := api.PostEphemeralContext(ctx, channel, user, spoken{line: writer.Fallback(message), blocks: writer.Blocks(message)}.options()...)
		return err
	})
}

// Trigger is what OpenForm takes: Slack's trigger with the workspace that it belongs to.
func Trigger(team, trigger string) string { return team + "/" + trigger }

// OpenForm shows a form to whoever caused the Trigger.
func (p *Platform) OpenForm(ctx context.Context, trigger string, form chat.Form) error {
	team, theirs, ok := strings.Cut(trigger, "/")
	if !ok || theirs == "" {
		return fmt.Errorf("%w: a form needs the trigger of an interaction", chat.ErrRefused)
	}
	writer, err := p.formWriter(ctx, team, form)
	if err != nil {
		return err
	}
	_, err = p.Client.OpenView(ctx, team, theirs, writer.Modal(form, Meta{}))
	return err
}

// mostTopic is what Slack takes of a topic.
const mostTopic = 250

// Topic sets the line above a channel. One that is there is not set again: Slack tells everybody of each.
func (p *Platform) Topic(ctx context.Context, conversation chat.ConversationRef, topic string) error {
	topic = richtext.Truncate(topic, mostTopic)
	now, err := p.Client.Info(ctx, conversation)
	if err != nil || now.Topic == topic {
		return err
	}
	return p.Client.SetTopic(ctx, conversation, topic)
}

// Pin pins a message.
func (p *Platform) Pin(ctx context.Context, message chat.MessageRef) error {
	return p.mark(ctx, message, "pins.add", "already_pinned", func(ctx context.Context, api *slack.Client, item slack.ItemRef) error {
		return api.AddPinContext(ctx, item.Channel, item)
	})
}

// Unpin takes a pin away.
func (p *Platform) Unpin(ctx context.Context, message chat.MessageRef) error {
	return p.mark(ctx, message, "pins.remove", "no_pin", func(ctx context.Context, api *slack.Client, item slack.ItemRef) error {
		return api.RemovePinContext(ctx, item.Channel, item)
	})
}

// React puts an emoji under a message, in Muster's name.
func (p *Platform) React(ctx context.Context, message chat.MessageRef, emoji string) error {
	name, err := reaction(emoji)
	if err != nil {
		return err
	}
	return p.mark(ctx, message, "reactions.add", "already_reacted", func(ctx context.Context, api *slack.Client, item slack.ItemRef) error {
		return api.AddReactionContext(ctx, name, item)
	})
}

// Unreact takes Muster's emoji back.
func (p *Platform) Unreact(ctx context.Context, message chat.MessageRef, emoji string) error {
	name, err := reaction(emoji)
	if err != nil {
		return err
	}
	return p.mark(ctx, message, "reactions.remove", "no_reaction", func(ctx context.Context, api *slack.Client, item slack.ItemRef) error {
		return api.RemoveReactionContext(ctx, name, item)
	})
}

func (p *Platform) mark(ctx context.Context, message chat.MessageRef, method, already string, set func(ctx context.Context, api *slack.Client, item slack.ItemRef) error) error {
	return fine(p.Client.in(ctx, message.Conversation, method, func(ctx context.Context, api *slack.Client, channel string) error {
		return set(ctx, api, slack.NewRefToMessage(channel, message.ID))
	}), already)
}

// writer writes messages of these blocks, with those whom they mention.
func (p *Platform) writer(ctx context.Context, team string, blocks []chat.Block) (Writer, error) {
	var mentioned []id.ID
	of := func(d richtext.Document) { mentioned = append(mentioned, d.Mentions()...) }
	for _, b := range blocks {
		if b.Text != nil {
			of(*b.Text)
		}
		for _, f := range b.Fields {
			of(f.Value)
		}
	}
	writer, err := p.writerFor(ctx, team, mentioned)
	if err != nil {
		return Writer{}, err
	}
	err = p.upload(ctx, team, blocks, &writer)
	return writer, err
}

// formWriter writes a form, with those whom it names or offers.
func (p *Platform) formWriter(ctx context.Context, team string, form chat.Form) (Writer, error) {
	var named []id.ID
	if form.Intro != nil && form.Intro.Text != nil {
		named = form.Intro.Text.Mentions()
	}
	for _, in := range form.Inputs {
		if in.Kind == chat.UserInput && id.ID(in.Initial).Valid() {
			named = append(named, id.ID(in.Initial))
		}
	}
	return p.writerFor(ctx, team, named)
}

func (p *Platform) writerFor(ctx context.Context, team string, users []id.ID) (Writer, error) {
	writer := Writer{Base: p.URL, Person: func(id.ID) string { return "" }}
	slices.Sort(users)
	if users = slices.Compact(users); len(users) == 0 {
		return writer, nil
	}
	known, err := p.People.SlackUsers(ctx, team, users...)
	if err != nil {
		return Writer{}, fmt.Errorf("find people in the Slack workspace %s: %w", team, err)
	}
	writer.Person = func(user id.ID) string { return known[user] }
	return writer, nil
}

func warn(ctx context.Context, what string, err error) {
	if err != nil {
		slog.WarnContext(ctx, what, "platform", Name, "error", err)
	}
}
