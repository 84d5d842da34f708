package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
)

// raw calls a method about a channel whose answer slack-go reads only in part, and reads it into answer.
func (c *Client) raw(ctx context.Context, ref chat.ConversationRef, method string, values url.Values, answer any) error {
	team, channel, err := Split(ref)
	if err != nil {
		return err
	}
	may, err := c.admit(ctx, call{team: team, method: method, channel: channel})
	if err != nil {
		return err
	}
	values.Set("channel", channel)
	return may.do(ctx, func(ctx context.Context, _ *slack.Client) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+method, strings.NewReader(values.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+may.credentials.Token)
		return c.send(r, answer)
	})
}

// mostRead bounds what is read of an answer.
const mostRead = 32 << 20

// send sends a request of the Web API as slack-go does, with its errors.
func (c *Client) send(r *http.Request, answer any) error {
	got, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = got.Body.Close() }()
	if after, wrong := strconv.Atoi(got.Header.Get("Retry-After")); got.StatusCode == http.StatusTooManyRequests && wrong == nil {
		return &slack.RateLimitedError{RetryAfter: time.Duration(after) * time.Second}
	}
	if got.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: got.StatusCode, Status: got.Status}
	}
	if answer == nil {
		return nil
	}
	var body json.RawMessage
	if err := json.NewDecoder(http.MaxBytesReader(nil, got.Body, mostRead)).Decode(&body); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	var said slack.SlackResponse
	if err := json.Unmarshal(body, &said); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if !said.Ok {
		return slack.SlackErrorResponse{Err: said.Error, Needed: said.Needed, Provided: said.Provided}
	}
	return json.Unmarshal(body, answer)
}
