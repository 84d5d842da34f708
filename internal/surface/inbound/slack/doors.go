// Package slack is the doors for Slack: what it sends is verified, kept, acknowledged at once, and dealt with after. Commands,
// buttons and forms are answered by the bot; what is written in an incident's channel is brought into its room.
package slack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Bot answers commands, buttons and forms.
type Bot interface {
	Interact(ctx context.Context, in chat.Interaction) (chat.Reply, error)
}

// Needs are what the doors lead to.
type Needs struct {
	DB    *postgres.DB
	Clock clock.Clock
	// Secret is what Slack signs its requests with.
	Secret     string
	Client     *platform.Client
	Platform   *platform.Platform
	Workspaces *workspace.Service
	Channels   *channel.Service
	Posted     *chat.Posted
	Incidents  *incident.Service
	Actions    *action.Service
	FollowUps  *followup.Service
	Rooms      *room.Service
	Bot        Bot
	// Reachable is told that a channel, which is no incident's, may take posts again.
	Reachable func(ctx context.Context, conversations ...string) error
	// Address is the full address of a path of Muster.
	Address func(ctx context.Context, path string) (string, error)
}

// Doors answers Slack.
type Doors struct {
	Needs

	mu    sync.Mutex
	teams map[string]owner
	lanes map[lane]bool // that are being dealt with; true when something came meanwhile
	free  chan struct{} // a token for each lane that may be dealt with
	alone chan struct{} // a token for each thing that belongs to no lane
	work  chan struct{} // a token for each answer that is being found, while others are only waited for
}

// owner is whose a workspace is, as it was a moment ago.
type owner struct {
	organisation id.ID
	until        time.Time
}

const (
	// lanesAtOnce is how many channels are dealt with at the same time, and aloneAtOnce how many commands and presses.
	lanesAtOnce = 16
	aloneAtOnce = 200
	// workAtOnce is how many answers are found at the same time, so that what comes meanwhile is acknowledged before.
	workAtOnce = 8
	// sure is how long it is remembered whose a workspace is.
	sure = 30 * time.Second
	// mostTeams bounds that memory.
	mostTeams = 10_000
)

// New returns the doors.
func New(needs Needs) *Doors {
	return &Doors{
		Needs: needs, teams: map[string]owner{}, lanes: map[lane]bool{},
		free: make(chan struct{}, lanesAtOnce), alone: make(chan struct{}, aloneAtOnce), work: make(chan struct{}, workAtOnce),
	}
}

// Routes registers the addresses that Slack calls.
func (d *Doors) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST "+platform.EventsPath, d.signed(d.events))
	mux.HandleFunc("POST "+platform.CommandsPath, d.signed(d.commands))
	mux.HandleFunc("POST "+platform.InteractionsPath, d.signed(d.interactions))
	mux.HandleFunc("POST "+platform.OptionsPath, d.signed(d.interactions))
}

// errUnreadable is what Slack sent and nobody can read.
var errUnreadable = errors.New("what Slack sent cannot be read")

// signed lets in what Slack signed just now, and gives its body to fn, whose answer is the acknowledgement.
func (d *Doors) signed(fn func(ctx context.Context, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "The body could not be read.", http.StatusBadRequest)
			return
		}
		if err := platform.Verify(d.Secret, r.Header, body, d.Clock.Now()); err != nil {
			slog.WarnContext(r.Context(), "a request to the door of Slack is not from Slack", "path", r.URL.Path)
			http.Error(w, "The signature is wrong, or the request is too old.", http.StatusUnauthorized)
			return
		}
		answer, err := fn(r.Context(), body)
		switch {
		case errors.Is(err, errUnreadable):
			slog.WarnContext(r.Context(), "something from Slack cannot be read", "path", r.URL.Path, "error", err)
			w.Header().Set("X-Slack-No-Retry", "1")
			http.Error(w, "This cannot be read.", http.StatusBadRequest)
		case err != nil:
			slog.ErrorContext(r.Context(), "something from Slack was not kept; Slack sends it again", "path", r.URL.Path, "error", err)
			http.Error(w, "Try again.", http.StatusServiceUnavailable)
		case answer != nil:
			writeJSON(w, answer)
		}
	}
}

// owner returns whose a workspace is; empty for nobody's.
func (d *Doors) owner(ctx context.Context, from platform.From) (id.ID, error) {
	key, now := from.Team+"/"+from.Enterprise, d.Clock.Now()
	d.mu.Lock()
	known, found := d.teams[key]
	d.mu.Unlock()
	if found && now.Before(known.until) {
		return known.organisation, nil
	}
	organisation, err := d.Workspaces.ByTeam(ctx, from.Team, from.Enterprise)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.teams) >= mostTeams {
		clear(d.teams)
	}
	if err == nil { // a workspace that is nobody's may be connected any moment
		d.teams[key] = owner{organisation: organisation, until: now.Add(sure)}
	}
	return organisation, nil
}

// events takes what happened in Slack.
func (d *Doors) events(ctx context.Context, body []byte) (any, error) {
	e, err := platform.ParseEvent(body)
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	switch e.Kind {
	case platform.Verification:
		return map[string]string{"challenge": e.Challenge}, nil
	case platform.RateLimited:
		slog.WarnContext(ctx, "Slack left out events because there were too many", "team", e.Team)
		return nil, nil
	case platform.Ignored, platform.FileShared, platform.ChannelTopic:
		return nil, nil
	}
	got, fresh, err := d.keep(ctx, e.From, delivery{kind: ofEvent, lane: first(e.Lane, "team"), payload: body})
	if err == nil && fresh {
		d.kick(ctx, lane{got.organisation, got.team, got.lane})
	}
	return nil, err
}

// commands takes a command that somebody typed.
func (d *Doors) commands(ctx context.Context, body []byte) (any, error) {
	c, err := platform.ParseCommand(body)
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	got, fresh, err := d.keep(ctx, c.From, delivery{kind: ofCommand, payload: body})
	if err != nil || !fresh {
		return nil, err
	}
	d.begin(ctx, got)
	return nil, nil
}

// interactions takes what somebody did with a button, a form or a shortcut.
func (d *Doors) interactions(ctx context.Context, body []byte) (any, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	return d.interaction(ctx, []byte(form.Get("payload")))
}

// interaction takes what somebody did, as Slack describes it.
func (d *Doors) interaction(ctx context.Context, payload []byte) (any, error) {
	in, err := platform.ParseInteractionJSON(payload)
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	got := delivery{kind: ofInteraction, payload: payload}
	switch in.Did {
	case platform.Searched: // every menu of Muster's carries its options
		return map[string]any{"options": []any{}}, nil
	case platform.Pressed, platform.Submitted, platform.Shortcut, platform.OnMessage:
	case platform.Changed: // the answers of one form, one after the other
		got.lane = "view/" + in.View.ID
	default:
		return nil, nil
	}
	got, fresh, err := d.keep(ctx, in.From, got)
	switch {
	case err != nil || !fresh:
		return nil, err
	case got.lane != "":
		d.kick(ctx, lane{got.organisation, got.team, got.lane})
		return nil, nil
	case in.Did == platform.Submitted:
		return d.submitted(ctx, got, in), nil
	default:
		d.begin(ctx, got)
		return nil, nil
	}
}
