package slack

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/musterhq/muster/internal/chat"
)

// Past is a message as it stands in a channel now.
type Past struct {
	Message
	Reactions []Reaction
	// Replies is how many the thread below it has, LatestReply the ts of the last of them.
	Replies     int
	LatestReply string
}

// Reaction is an emoji with the people of the workspace who chose it; Count may be higher than those named.
type Reaction struct {
	Name  string
	Users []string
	Count int
}

// Span is a part of a channel's history: after Oldest and before Latest, both excluded, both as ts and both optional.
type Span struct{ Oldest, Latest string }

// Stamp writes a moment as a ts.
func Stamp(at time.Time) string {
	return strconv.FormatInt(at.Unix(), 10) + at.UTC().Format(".000000")
}

// historyPage is how many messages are read at once.
const historyPage = 200

// History returns a page of a channel's messages without replies in threads, the newest first, and where the next page
// begins, empty after the last.
func (c *Client) History(ctx context.Context, ref chat.ConversationRef, span Span, cursor string) ([]Past, string, error) {
	return c.past(ctx, ref, "conversations.history", span, cursor, url.Values{})
}

// Replies returns a page of the thread of a message, the oldest first, the message itself included, and where the next
// page begins, empty after the last.
func (c *Client) Replies(ctx context.Context, message chat.MessageRef, span Span, cursor string) ([]Past, string, error) {
	return c.past(ctx, message.Conversation, "conversations.replies", span, cursor, url.Values{"ts": {message.ID}})
}

func (c *Client) past(ctx context.Context, ref chat.ConversationRef, method string, span Span, cursor string, values url.Values) ([]Past, string, error) {
	values.Set("limit", strconv.Itoa(historyPage))
	values.Set("include_all_metadata", "true")
	for name, value := range map[string]string{"oldest": span.Oldest, "latest": span.Latest, "cursor": cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	var answer struct {
		Messages json.RawMessage
		Metadata struct {
			Next string `json:"next_cursor"`
		} `json:"response_metadata"`
	}
	if err := c.raw(ctx, ref, method, values, &answer); err != nil {
		return nil, "", err
	}
	past, err := parsePast(answer.Messages)
	return past, answer.Metadata.Next, err
}

func parsePast(list json.RawMessage) ([]Past, error) {
	messages, err := ParseMessages(list)
	if err != nil {
		return nil, err
	}
	var rest []struct {
		Reactions   []Reaction
		ReplyCount  int    `json:"reply_count"`
		LatestReply string `json:"latest_reply"`
	}
	if err := json.Unmarshal(list, &rest); err != nil {
		return nil, err
	}
	past := make([]Past, len(messages))
	for i, m := range messages {
		past[i] = Past{Message: m, Reactions: rest[i].Reactions, Replies: rest[i].ReplyCount, LatestReply: rest[i].LatestReply}
	}
	return past, nil
}

// Pin is a message that is pinned in a channel.
type Pin struct {
	TS string
	By string // who pinned it
	At time.Time
}

// Pins returns the messages that are pinned in a channel, the last pinned first.
func (c *Client) Pins(ctx context.Context, ref chat.ConversationRef) ([]Pin, error) {
	var answer struct {
		Items []struct {
			Type    string
			Created int64
			By      string `json:"created_by"`
			Message struct{ TS string }
		}
	}
	if err := c.raw(ctx, ref, "pins.list", url.Values{}, &answer); err != nil {
		return nil, err
	}
	var pins []Pin
	for _, item := range answer.Items {
		if item.Type == "message" && item.Message.TS != "" {
			pins = append(pins, Pin{TS: item.Message.TS, By: item.By, At: time.Unix(item.Created, 0).UTC()})
		}
	}
	return pins, nil
}

// Reactions returns the reactions to a message.
func (c *Client) Reactions(ctx context.Context, message chat.MessageRef) ([]Reaction, error) {
	var answer struct {
		Message struct{ Reactions []Reaction }
	}
	err := c.raw(ctx, message.Conversation, "reactions.get", url.Values{"timestamp": {message.ID}, "full": {"true"}}, &answer)
	return answer.Message.Reactions, err
}
