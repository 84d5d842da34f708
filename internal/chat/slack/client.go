package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/telemetry"
)

// APIURL is where Slack's Web API is, unless an installation says otherwise.
const APIURL = "https://slack.com/api/"

// Workspaces knows the connected workspaces of the context's organisation.
type Workspaces interface {
	// Token returns what a workspace is spoken to with.
	Token(ctx context.Context, team string) (Credentials, error)
	// Revoked is told that Slack does not take the token any more.
	Revoked(ctx context.Context, team, reason string) error
	// Down is told once that Slack does not answer, and Up that it does again; Up may be told without a Down.
	Down(ctx context.Context, team string, since time.Time, reason string) error
	Up(ctx context.Context, team string) error
}

// Meter counts calls; telemetry.Metrics is one.
type Meter interface {
	// ChatCall counts a call that ended; ChatWait one that had to wait for its turn, or was put off.
	ChatCall(platform, method, outcome string, took time.Duration)
	ChatWait(platform, method string, waited time.Duration)
}

// Options are what a Client works with.
type Options struct {
	HTTP       *http.Client // httpx.TrustedClient when nil
	URL        string       // of the Web API, with a slash at its end; APIURL when empty
	Clock      clock.Clock
	Workspaces Workspaces
	Meter      Meter // may be nil
	// Unlimited switches off the pace that the client keeps by itself, for tests that are about something else.
	Unlimited bool
}

// Client speaks to Slack's Web API for all workspaces: within the limits, and not while Slack does not answer.
type Client struct {
	http       *http.Client
	url        string
	clock      clock.Clock
	workspaces Workspaces
	meter      Meter
	limits     *limits
	circuit    *circuit
}

// patience is how long a call waits for its turn before that is left to the caller. On a clock that is moved by hand no
// time passes while one waits.
const patience = time.Second

// NewClient returns a client.
func NewClient(o Options) *Client {
	c := &Client{
		http: o.HTTP, url: o.URL, clock: o.Clock, workspaces: o.Workspaces, meter: o.Meter,
		limits:  &limits{clock: o.Clock, off: o.Unlimited, buckets: map[string]*bucket{}},
		circuit: &circuit{clock: o.Clock, lines: map[string]*line{}},
	}
	if c.http == nil {
		c.http = httpx.TrustedClient(transferTimeout)
	}
	if c.url == "" {
		c.url = APIURL
	}
	if _, real := o.Clock.(clock.System); real {
		c.limits.patience = patience
	}
	return c
}

// How long a call may take. A form must stand on the screen within three seconds of the press; what carries a file may
// take its time.
const (
	formTimeout     = 2500 * time.Millisecond
	callTimeout     = 10 * time.Second
	transferTimeout = 60 * time.Second
)

// call is one call of a method.
type call struct {
	team, method, channel string
	priority              Priority
	timeout               time.Duration
}

// of completes a call with what its method has by itself.
func (c call) of(ctx context.Context) call {
	c.priority = methods[c.method].priority
	if chosen, given := ctx.Value(priorityKey{}).(Priority); given {
		c.priority = chosen
	}
	if c.timeout == 0 {
		c.timeout = callTimeout
	}
	return c
}

// permit is the leave to make one call now.
type permit struct {
	*Client
	call
	credentials Credentials
	api         *slack.Client
}

// do makes a call when it may be made.
func (c *Client) do(ctx context.Context, call call, fn func(ctx context.Context, api *slack.Client) error) error {
	may, err := c.admit(ctx, call)
	if err != nil {
		return err
	}
	return may.do(ctx, fn)
}

// admit waits until a call may be made, or says when to ask again.
func (c *Client) admit(ctx context.Context, call call) (permit, error) {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return permit{}, err
	}
	call = call.of(ctx)
	credentials, err := c.workspaces.Token(ctx, call.team)
	if err != nil {
		return permit{}, fmt.Errorf("speak to the Slack workspace %s: %w", call.team, err)
	}
	may := permit{Client: c, call: call, credentials: credentials, api: c.api(credentials)}
	if err := may.connected(ctx); err != nil {
		return permit{}, err
	}
	began := time.Now()
	err = c.limits.take(ctx, call)
	var later *chat.Later
	if waited := time.Since(began); c.meter != nil && (waited > time.Millisecond || errors.As(err, &later)) {
		c.meter.ChatWait(Name, call.method, waited)
	}
	if err != nil {
		return permit{}, fmt.Errorf("slack %s: %w", call.method, err)
	}
	return may, nil
}

func (c *Client) api(credentials Credentials) *slack.Client {
	return slack.New(credentials.Token, slack.OptionHTTPClient(c.http), slack.OptionAPIURL(c.url))
}

// connected lets a call through while Slack answers, and an urgent one always; the first call after a while finds out.
func (p *permit) connected(ctx context.Context) error {
	open, probe, wait := p.circuit.enter(p.team, p.priority == Urgent)
	switch {
	case probe:
		if answers, err := p.probe(ctx); !answers {
			return fmt.Errorf("slack %s: %w", p.method, &chat.Later{After: firstProbe, Err: err})
		}
	case open && p.priority == Urgent:
		p.timeout = min(p.timeout, openTimeout)
	case open:
		return fmt.Errorf("slack %s: %w", p.method, &chat.Later{After: wait, Err: errOpen})
	}
	return nil
}

// errOpen is the reason to wait while Slack does not answer.
var errOpen = errors.New("slack: Slack does not answer")

// probe makes the simplest of calls, and tells what it changed.
func (p *permit) probe(ctx context.Context) (answers bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	_, err = p.api.AuthTestContext(ctx)
	out, err := judge("auth.test", err)
	answers = out != unanswered && out != limited && out != broken
	change, since := p.circuit.probed(p.team, answers)
	switch change {
	case wentDown:
		slog.WarnContext(ctx, "Slack does not answer; what is said waits", "team", p.team, "since", since, "error", err)
		tell(ctx, "down", p.workspaces.Down(context.WithoutCancel(ctx), p.team, since, err.Error()))
	case cameUp:
		tell(ctx, "up", p.workspaces.Up(context.WithoutCancel(ctx), p.team))
	}
	if out == revoked {
		p.lost(ctx, err)
	}
	return answers, err
}

func tell(ctx context.Context, what string, err error) {
	if err != nil {
		slog.ErrorContext(ctx, "a Slack workspace's state was not recorded", "what", what, "error", err)
	}
}

// Check finds out whether Slack answers for a workspace and says so, whatever was known before; it is for a sweep that
// notices the end of an outage although nobody says anything.
func (c *Client) Check(ctx context.Context, team string) error {
	if err := httpx.RefuseInTransaction(ctx); err != nil {
		return err
	}
	credentials, err := c.workspaces.Token(ctx, team)
	if err != nil {
		return err
	}
	p := permit{Client: c, call: call{team: team, method: "auth.test"}, credentials: credentials, api: c.api(credentials)}
	c.circuit.doubt(team)
	if answers, err := p.probe(ctx); !answers {
		return err
	}
	return nil
}

// do makes the call. A wait that Slack asks for and that is short is kept here, once.
func (p permit) do(ctx context.Context, fn func(ctx context.Context, api *slack.Client) error) error {
	err := p.try(ctx, fn)
	var later *chat.Later
	if errors.As(err, &later) && later.After <= p.limits.patience && p.limits.take(ctx, p.call) == nil {
		return p.try(ctx, fn)
	}
	return err
}

func (p permit) try(ctx context.Context, fn func(ctx context.Context, api *slack.Client) error) error {
	within, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	within, end := telemetry.Step(within, func() string { return "slack " + p.method })
	began := time.Now()
	out, err := judge(p.method, fn(within, p.api))
	end(err)
	if p.meter != nil {
		p.meter.ChatCall(Name, p.method, string(out), time.Since(began))
	}
	p.note(ctx, out, err)
	return err
}

// note passes on what the outcome of a call says about its workspace.
func (p permit) note(ctx context.Context, out outcome, err error) {
	suspect := false
	switch out {
	case broken:
		return
	case unanswered:
		suspect = asked(p.method) && p.circuit.failed(p.team)
	case limited:
		var later *chat.Later
		if errors.As(err, &later) {
			p.limits.pause(p.call, later.After)
		}
		suspect = p.circuit.limited(p.team, p.method)
	case revoked:
		p.lost(ctx, err)
	default:
		var first bool
		if first, suspect = p.circuit.answered(p.team); first {
			tell(ctx, "up", p.workspaces.Up(context.WithoutCancel(ctx), p.team))
		}
	}
	if suspect {
		_, _ = p.probe(ctx)
	}
}

// lost tells that the token is no good any more, unless there is another by now.
func (p permit) lost(ctx context.Context, err error) {
	ctx = context.WithoutCancel(ctx)
	if now, missing := p.workspaces.Token(ctx, p.team); missing == nil && now.Token == p.credentials.Token {
		tell(ctx, "revoked", p.workspaces.Revoked(ctx, p.team, Code(err)))
	}
}

// Ref names a channel of a workspace as a conversation.
func Ref(team, channel string) chat.ConversationRef {
	return chat.ConversationRef{Platform: Name, ID: team + "/" + channel}
}

// Split returns the workspace and the channel of a conversation.
func Split(ref chat.ConversationRef) (team, channel string, err error) {
	team, channel, ok := strings.Cut(ref.ID, "/")
	if !ok || ref.Platform != Name || team == "" || channel == "" {
		return "", "", fmt.Errorf("%w: %s %q is no channel of a Slack workspace", chat.ErrRefused, ref.Platform, ref.ID)
	}
	return team, channel, nil
}

// in makes a call about a channel.
func (c *Client) in(ctx context.Context, ref chat.ConversationRef, method string, fn func(ctx context.Context, api *slack.Client, channel string) error) error {
	team, channel, err := Split(ref)
	if err != nil {
		return err
	}
	return c.do(ctx, call{team: team, method: method, channel: channel}, func(ctx context.Context, api *slack.Client) error {
		return fn(ctx, api, channel)
	})
}
