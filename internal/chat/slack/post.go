package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// settling is how long Slack may still take in a message after its answer was lost; until then nobody can say that it did
// not arrive. skew is how far Slack's clock may be from ours.
const (
	settling = 5 * time.Second
	skew     = 10 * time.Minute
)

// spoken is one message of Slack's on its way.
type spoken struct {
	ref    chat.ConversationRef
	thread string
	key    string
	line   string // for notifications
	blocks []slack.Block
	author []slack.MsgOption
	also   bool   // a reply that the channel shows too
	words  string // everything it says, for when Slack does not take the blocks
}

// options are the message as Slack takes it. Links show nothing by themselves: what a message is to show, it shows.
func (s spoken) options() []slack.MsgOption {
	quiet := []slack.MsgOption{slack.MsgOptionText(s.line, false), slack.MsgOptionBlocks(s.blocks...), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if s.thread != "" {
		quiet = append(quiet, slack.MsgOptionTS(s.thread))
	}
	if s.thread != "" && s.also {
		quiet = append(quiet, slack.MsgOptionBroadcast())
	}
	return append(quiet, s.author...)
}

// plain is the message in words alone.
func (s spoken) plain() spoken {
	s.line, s.blocks, s.words = s.words, nil, ""
	return s
}

// post says a message, in parts where Slack takes it in no other way, and answers with the first.
func (p *Platform) post(ctx context.Context, ref chat.ConversationRef, thread string, message chat.Message) (chat.MessageRef, error) {
	if err := message.Check(); err != nil {
		return chat.MessageRef{}, fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	parts, err := p.parts(ctx, ref, thread, message)
	if err != nil {
		return chat.MessageRef{}, err
	}
	var first string
	for _, part := range parts {
		ts, err := p.say(ctx, part)
		if err != nil {
			return chat.MessageRef{}, err
		}
		if first == "" {
			first = ts
		}
	}
	return chat.MessageRef{Conversation: ref, ID: first}, nil
}

// parts writes a message as the messages of Slack that it needs.
func (p *Platform) parts(ctx context.Context, ref chat.ConversationRef, thread string, message chat.Message) ([]spoken, error) {
	team, _, err := Split(ref)
	if err != nil {
		return nil, err
	}
	writer, err := p.writer(ctx, team, message.Blocks)
	if err != nil {
		return nil, err
	}
	author, err := p.identity(ctx, team, message.Author)
	if err != nil {
		return nil, err
	}
	pages := writer.Parts(message)
	if len(pages) == 0 {
		pages = [][]slack.Block{nil}
	}
	parts := make([]spoken, len(pages))
	for i, page := range pages {
		parts[i] = spoken{ref: ref, thread: thread, key: chat.PartKey(message.Key, i), line: writer.Fallback(message), blocks: page, author: author}
	}
	parts[0].words, parts[0].also = inWords(message), message.Broadcast
	return parts, nil
}

// inWords is all that a message says, without blocks.
func inWords(message chat.Message) string {
	var all []string
	for _, b := range message.Blocks {
		if b.Text != nil {
			all = append(all, b.Text.Plain())
		}
		for _, f := range b.Fields {
			all = append(all, f.Label+": "+f.Value.Plain())
		}
		if b.Alt != "" {
			all = append(all, strings.TrimSpace(b.Alt+" "+b.URL))
		}
	}
	if len(all) == 0 {
		all = []string{message.Text}
	}
	return escapes.Replace(richtext.Truncate(strings.Join(all, "\n"), mostWords))
}

// mostWords leaves room for escapes within the 40,000 characters that a message takes.
const mostWords = 30_000

// say posts one message of Slack's, once for its key. The claim on the key is there before the message is: whoever comes
// after a crash, or after an answer that was lost, looks in the channel whether it arrived.
func (p *Platform) say(ctx context.Context, s spoken) (string, error) {
	team, channel, err := Split(s.ref)
	if err != nil {
		return "", err
	}
	may, err := p.Client.admit(ctx, call{team: team, method: "chat.postMessage", channel: channel})
	if err != nil {
		return "", err
	}
	claimed, err := p.Posted.Claim(ctx, s.ref, s.key)
	if err != nil || claimed.External != "" {
		return claimed.External, err
	}
	if claimed.Before {
		found, err := p.arrived(ctx, s, claimed.At)
		if err != nil {
			return "", err
		}
		if found != "" {
			return found, p.Posted.Confirm(ctx, s.ref, s.key, found)
		}
	}
	ts, err := p.insist(ctx, may, s)
	if err != nil {
		if !claimed.Before && !unsure(err) {
			err = errors.Join(err, p.Posted.Release(context.WithoutCancel(ctx), s.ref, s.key))
		}
		return "", err
	}
	return ts, p.Posted.Confirm(context.WithoutCancel(ctx), s.ref, s.key, ts)
}

// arrived looks in the channel for a message that may have arrived.
func (p *Platform) arrived(ctx context.Context, s spoken, since time.Time) (string, error) {
	if age := p.Clock.Now().Sub(since); age < settling {
		return "", &chat.Later{After: settling - age, Err: errors.New("slack: whether the message arrived is not known yet")}
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	span := Span{Oldest: Stamp(since.Add(-skew))}
	for cursor := ""; ; {
		var page []Past
		var err error
		if s.thread == "" {
			page, cursor, err = p.Client.History(ctx, s.ref, span, cursor)
		} else {
			page, cursor, err = p.Client.Replies(ctx, chat.MessageRef{Conversation: s.ref, ID: s.thread}, span, cursor)
		}
		if slices.Contains(noThread, Code(err)) && s.thread != "" {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		at := slices.IndexFunc(page, func(m Past) bool { return m.Key == s.key && m.Organisation == string(scope.Organisation) })
		if at >= 0 {
			return page[at].TS, nil
		}
		if cursor == "" {
			return "", nil
		}
	}
}

// Answers that mean that a thread is no more, that the blocks do not please, and that Muster is not in the channel.
var (
	noThread  = []string{"thread_not_found", "cannot_reply_to_message", "message_not_found"}
	badBlocks = []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
	outside   = "not_in_channel"
)

// insist posts, and where Slack objects to something that can be left out, without it: what people said is never lost.
func (p *Platform) insist(ctx context.Context, may permit, s spoken) (ts string, err error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	key := slack.MsgOptionMetadata(slack.SlackMetadata{EventType: messageEvent, EventPayload: map[string]any{"key": s.key, "org": string(scope.Organisation)}})
	for joined := false; ; {
		err = may.do(ctx, func(ctx context.Context, api *slack.Client) (err error) {
			_, ts, err = api.PostMessageContext(ctx, may.channel, append(s.options(), key)...)
			if err == nil && ts == "" {
				err = errors.New("an answer without a ts")
			}
			return err
		})
		switch code := Code(err); {
		case err == nil:
			return ts, nil
		case code == outside && !joined:
			if join := p.Client.Join(ctx, s.ref); join != nil {
				return "", err
			}
			joined = true
		case slices.Contains(noThread, code) && s.thread != "":
			s.thread = ""
		case slices.Contains(badBlocks, code) && s.words != "":
			warn(ctx, "Slack did not take a message's blocks; it is said in plain words", err)
			s = s.plain()
		default:
			return "", err
		}
		if err := p.Client.limits.take(ctx, may.call); err != nil {
			return "", err
		}
	}
}

// edit changes a message, and with it the messages that carry the rest of its words.
func (p *Platform) edit(ctx context.Context, message chat.MessageRef, now chat.Message) error {
	if err := now.Check(); err != nil {
		return fmt.Errorf("%w: %w", chat.ErrRefused, err)
	}
	rest, key, err := p.continuations(ctx, message)
	if err != nil {
		return err
	}
	if key != "" {
		now.Key = key
	}
	parts, err := p.parts(ctx, message.Conversation, "", now)
	if err != nil {
		return err
	}
	stand := append([]string{message.ID}, rest...)
	for i, part := range parts {
		if i < len(stand) {
			err = p.change(ctx, chat.MessageRef{Conversation: message.Conversation, ID: stand[i]}, part)
		} else {
			_, err = p.say(ctx, part)
		}
		if err != nil {
			return err
		}
	}
	for _, needless := range stand[min(len(parts), len(stand)):] {
		if err := p.remove(ctx, chat.MessageRef{Conversation: message.Conversation, ID: needless}); err != nil {
			return err
		}
		if err := p.Posted.Forget(ctx, message.Conversation, needless); err != nil {
			return err
		}
	}
	return nil
}

// remove takes one message of Slack's away.
func (p *Platform) remove(ctx context.Context, message chat.MessageRef) error {
	return fine(p.Client.in(ctx, message.Conversation, "chat.delete", func(ctx context.Context, api *slack.Client, channel string) error {
		_, _, err := api.DeleteMessageContext(ctx, channel, message.ID)
		return err
	}), "message_not_found")
}

// continuations returns the messages that carry what did not fit into the first, and the key under which it was posted.
func (p *Platform) continuations(ctx context.Context, message chat.MessageRef) (rest []string, key string, err error) {
	link, err := p.Posted.Key(ctx, message.Conversation, message.ID)
	if problem.Is(err, problem.NotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for part := 1; ; part++ {
		external, err := p.Posted.External(ctx, message.Conversation, chat.PartKey(link.Key, part))
		if problem.Is(err, problem.NotFound) {
			return rest, link.Key, nil
		}
		if err != nil {
			return nil, "", err
		}
		rest = append(rest, external)
	}
}

// change makes one message of Slack's say something else. The metadata stays with the message.
func (p *Platform) change(ctx context.Context, message chat.MessageRef, s spoken) error {
	err := p.Client.in(ctx, message.Conversation, "chat.update", func(ctx context.Context, api *slack.Client, channel string) error {
		_, _, _, err := api.UpdateMessageContext(ctx, channel, message.ID, s.options()...)
		return err
	})
	if slices.Contains(badBlocks, Code(err)) && s.words != "" {
		warn(ctx, "Slack did not take a message's blocks; it is said in plain words", err)
		return p.change(ctx, message, s.plain())
	}
	return err
}
