package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
)

// OpenView shows a modal to whoever caused the trigger, which lives for three seconds, and returns its id.
func (c *Client) OpenView(ctx context.Context, team, trigger string, view slack.ModalViewRequest) (string, error) {
	return c.view(ctx, team, "views.open", func(ctx context.Context, api *slack.Client) (*slack.ViewResponse, error) {
		return api.OpenViewContext(ctx, trigger, view)
	})
}

// PushView shows a modal over another.
func (c *Client) PushView(ctx context.Context, team, trigger string, view slack.ModalViewRequest) (string, error) {
	return c.view(ctx, team, "views.push", func(ctx context.Context, api *slack.Client) (*slack.ViewResponse, error) {
		return api.PushViewContext(ctx, trigger, view)
	})
}

// UpdateView changes a modal that is open; with a hash, only while it is as it was then.
func (c *Client) UpdateView(ctx context.Context, team, id, hash string, view slack.ModalViewRequest) error {
	_, err := c.view(ctx, team, "views.update", func(ctx context.Context, api *slack.Client) (*slack.ViewResponse, error) {
		return api.UpdateViewContext(ctx, view, "", hash, id)
	})
	return err
}

// PublishHome shows a person's Home tab.
func (c *Client) PublishHome(ctx context.Context, team, user string, view slack.HomeTabViewRequest) error {
	_, err := c.view(ctx, team, "views.publish", func(ctx context.Context, api *slack.Client) (*slack.ViewResponse, error) {
		return api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
	})
	return err
}

func (c *Client) view(ctx context.Context, team, method string, show func(ctx context.Context, api *slack.Client) (*slack.ViewResponse, error)) (id string, err error) {
	err = c.do(ctx, call{team: team, method: method, timeout: formTimeout}, func(ctx context.Context, api *slack.Client) error {
		got, err := show(ctx, api)
		if err == nil {
			id = got.View.ID
		}
		return err
	})
	return id, err
}

// Answer is what is sent to the address that came with a command or a press.
type Answer struct {
	Text   string
	Blocks []slack.Block
	// Everybody sees it instead of the one person.
	Everybody bool
	// Replace puts it in the place of the message that was pressed, Delete takes that message away.
	Replace, Delete bool
}

// Respond answers to a response_url, which takes five answers within half an hour.
func (c *Client) Respond(ctx context.Context, team, address string, answer Answer) error {
	if !c.trusts(address) {
		return fmt.Errorf("%w: a response_url that is not Slack's", chat.ErrRefused)
	}
	body := map[string]any{"text": answer.Text}
	if len(answer.Blocks) > 0 {
		body["blocks"] = answer.Blocks
	}
	switch {
	case answer.Delete:
		body = map[string]any{"delete_original": true}
	case answer.Replace:
		body["replace_original"] = true
	case answer.Everybody:
		body["response_type"] = "in_channel"
	default:
		body["response_type"] = "ephemeral"
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	return c.do(ctx, call{team: team, method: "response_url"}, func(ctx context.Context, _ *slack.Client) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(encoded))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		return c.send(r, nil)
	})
}

// trusts reports whether an address is one of Slack's own, or of what stands in for it.
func (c *Client) trusts(address string) bool {
	given, err := url.Parse(address)
	if err != nil {
		return false
	}
	if ours, err := url.Parse(c.url); err == nil && given.Scheme == ours.Scheme && given.Host == ours.Host {
		return true
	}
	host := strings.ToLower(given.Hostname())
	for _, domain := range []string{"slack.com", "slack-gov.com"} {
		if given.Scheme == "https" && (host == domain || strings.HasSuffix(host, "."+domain)) {
			return true
		}
	}
	return false
}

// Unfurled is the message whose links are shown: a channel with a ts, or an id with its source.
type Unfurled struct{ Channel, TS, ID, Source string }

// Unfurl shows what the links of a message lead to, blocks by link.
func (c *Client) Unfurl(ctx context.Context, team string, message Unfurled, links map[string][]slack.Block) error {
	unfurls := make(map[string]slack.Attachment, len(links))
	for link, blocks := range links {
		unfurls[link] = slack.Attachment{Blocks: slack.Blocks{BlockSet: blocks}}
	}
	return c.do(ctx, call{team: team, method: "chat.unfurl", channel: message.Channel}, func(ctx context.Context, api *slack.Client) (err error) {
		if message.ID != "" {
			_, _, _, err = api.UnfurlMessageByIDContext(ctx, message.ID, message.Source, unfurls)
			return err
		}
		_, _, _, err = api.UnfurlMessageContext(ctx, message.Channel, message.TS, unfurls)
		return err
	})
}

// Permalink returns the address of a message.
func (c *Client) Permalink(ctx context.Context, message chat.MessageRef) (link string, err error) {
	err = c.in(ctx, message.Conversation, "chat.getPermalink", func(ctx context.Context, api *slack.Client, channel string) (err error) {
		link, err = api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: message.ID})
		return err
	})
	return link, err
}
