// Package incidents is the dashboard's area for incidents: the list, declaring, and the incident with its room.
package incidents

import (
	"context"
	"net/http"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/followup"
	forms "github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/view"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Commands runs what is typed with a slash and what is pressed in a bot's message; chatops implements it.
type Commands interface {
	// IsCommand tells a command from words that begin with a slash.
	IsCommand(text string) bool
	// CommandIn runs a command that was typed in a room, or in the thread of a message; the same key again does nothing
	// twice.
	CommandIn(ctx context.Context, incident, thread id.ID, text, key string) (chat.Reply, error)
	Interact(ctx context.Context, in chat.Interaction) (chat.Reply, error)
	Complete(ctx context.Context, incident id.ID, prefix string) ([]Suggestion, error)
}

// Suggestion is one way to go on with a command that is being typed.
type Suggestion struct{ Command, Meaning string }

// Needs are what the area works with.
type Needs struct {
	Frame       *page.Frame
	Clock       clock.Clock
	Incidents   *incident.Service
	Forms       *forms.Service
	Actions     *action.Service
	Rooms       *room.Service
	Attachments *attachment.Service
	FollowUps   *followup.Service
	Streams     *stream.Service
	// Escalations call for people.
	Escalations *escalation.Service
	Timelines   *timeline.Service
	Redactions  *redaction.Service
	Users       *user.Service
	Features    *feature.Service
	Tutorials   *tutorial.Service
	Nudges      *nudge.Service
	Commands    Commands
	Views       *view.Service
	Outside
	// Presence knows who has a room open.
	Presence *live.Presence
	Hints    *hint.Service
	// Channels are those in Slack.
	Channels *channel.Service
	// Picture returns the address of a person's picture by its blob key; initials are shown when it is nil.
	Picture lens.Picture
}

// Pages answers the requests of the area.
type Pages struct {
	Needs
	// mux is where the whole application's pages are, by which menus know what is there.
	mux *http.ServeMux
}

// New returns the area.
func New(needs Needs) *Pages { return &Pages{Needs: needs} }

// Routes registers the area: nouns, with the verbs as methods.
func (p *Pages) Routes(mux *http.ServeMux) {
	p.mux = mux
	on := func(pattern string, handle page.Handler) {
		if strings.HasPrefix(pattern, "GET /incidents/{ref}") {
			handle = p.orAsk(handle)
		}
		mux.Handle(pattern, p.Frame.Handle(handle))
	}

	on("GET /incidents", p.Frame.Moment(p.list))
	on("GET /incidents/new", p.declareForm)
	on("POST /incidents", p.declare)
	on("POST /incidents/new", p.askDeclare)

	on("GET /views/new", p.newView)
	on("POST /views", p.saveView)
	on("GET /views/{view}/edit", p.editView)
	on("PUT /views/{view}", p.changeView)
	on("DELETE /views/{view}", p.deleteView)

	on("GET /incidents/{ref}", p.Frame.Moment(p.enter))
	on("GET /incidents/{ref}/room", p.Frame.Moment(p.room))
	p.outsideRoutes(on)
	on("GET /incidents/{ref}/timeline", p.Frame.Moment(p.timeline))
	p.curateRoutes(on)
	p.linkRoutes(on)
	p.redactRoutes(on)
	on("GET /incidents/{ref}/actions", p.Frame.Moment(p.actions))
	on("GET /incidents/{ref}/details", p.Frame.Moment(p.details))
	on("GET /incidents/{ref}/log", p.Frame.Moment(p.log))
	on("GET /incidents/{ref}/regions/{region}", p.Frame.Moment(p.region))

	p.escalationRoutes(on)
	p.followUpRoutes(on)
	p.streamRoutes(on)
	p.accessRoutes(on)
	p.updateRoutes(on)
	on("GET /incidents/{ref}/updates/new", p.updateForm)
	on("POST /incidents/{ref}/updates/new", p.askUpdate)
	on("POST /incidents/{ref}/updates", p.sendUpdate)
	on("PUT /incidents/{ref}/reminder", p.snooze)
	on("DELETE /incidents/{ref}/reminder", p.skipReminder)

	on("GET /incidents/{ref}/edit/{what}", p.editForm)
	on("POST /incidents/{ref}/edit/{what}", p.editAgain)
	on("PUT /incidents/{ref}/name", p.rename)
	on("PUT /incidents/{ref}/summary", p.changeSummary)
	on("PUT /incidents/{ref}/severity", p.changeSeverity)
	on("PUT /incidents/{ref}/type", p.changeType)
	on("PUT /incidents/{ref}/fields", p.setFields)
	on("PUT /incidents/{ref}/timestamps", p.setTimestamps)
	on("PUT /incidents/{ref}/status", p.changeStatus)
	on("PUT /incidents/{ref}/roles/{role}", p.assignRole)
	on("PUT /incidents/{ref}/closed", p.close)
	on("DELETE /incidents/{ref}/closed", p.reopen)
	on("POST /tutorial", p.startTutorial)
	on("DELETE /incidents/{ref}/tutorial", p.skipTutorial)
	on("PUT /incidents/{ref}/accepted", p.accept)
	on("PUT /incidents/{ref}/declined", p.decline)
	on("PUT /incidents/{ref}/merged", p.merge)
	on("PUT /incidents/{ref}/canceled", p.cancel)
	on("PUT /incidents/{ref}/pause", p.pause)
	on("DELETE /incidents/{ref}/pause", p.resume)
	on("PUT /incidents/{ref}/quiet", p.hush)
	on("DELETE /incidents/{ref}/quiet", p.unhush)
	on("PUT /incidents/{ref}/channel", p.openChannel)
	on("POST /incidents/{ref}/channel", p.adoptChannel)
	on("PUT /incidents/{ref}/participation", p.join)
	on("DELETE /incidents/{ref}/participation", p.leave)

	on("POST /incidents/{ref}/actions", p.createAction)
	on("PUT /incidents/{ref}/actions/{action}/status", p.setActionStatus)
	on("PUT /incidents/{ref}/actions/{action}/assignee", p.assignAction)
	on("PUT /incidents/{ref}/actions/{action}/description", p.describeAction)
	on("PUT /incidents/{ref}/actions/{action}/due", p.setActionDue)

	on("GET /incidents/{ref}/room/messages", p.Frame.Moment(p.messages))
	on("POST /incidents/{ref}/room/messages", p.post)
	on("PUT /incidents/{ref}/room/messages/{message}", p.editMessage)
	on("GET /incidents/{ref}/room/messages/{message}/edit", p.editMessageForm)
	on("DELETE /incidents/{ref}/room/messages/{message}", p.deleteMessage)
	on("GET /incidents/{ref}/room/messages/{message}/delete", p.deleteMessageForm)
	on("GET /incidents/{ref}/room/messages/{message}/menu", p.messageMenu)
	on("GET /incidents/{ref}/room/messages/{message}/versions", p.messageVersions)
	on("GET /incidents/{ref}/room/threads/{message}", p.Frame.Moment(p.thread))
	on("PUT /incidents/{ref}/room/threads/{message}/read", p.markThreadRead)
	on("PUT /incidents/{ref}/room/messages/{message}/reactions/{emoji}", p.react)
	on("DELETE /incidents/{ref}/room/messages/{message}/reactions/{emoji}", p.unreact)
	on("PUT /incidents/{ref}/room/messages/{message}/pin", p.pin)
	on("DELETE /incidents/{ref}/room/messages/{message}/pin", p.unpin)
	on("POST /incidents/{ref}/room/files", p.upload)
	on("PUT /incidents/{ref}/room/read", p.markRead)
	on("PUT /incidents/{ref}/room/presence", p.markPresence)
	on("PUT /me/hints", p.switchHints)
	on("GET /incidents/{ref}/room/completions", p.complete)
	on("POST /incidents/{ref}/room/interactions", p.interact)
}

// here finds the incident that the path names by reference, number or id.
func (p *Pages) here(r *http.Request) (id.ID, error) {
	return p.Incidents.ByReference(r.Context(), r.PathValue("ref"))
}

// load reads the incident that the path names.
func (p *Pages) load(r *http.Request) (incident.Incident, error) {
	found, err := p.here(r)
	if err != nil {
		return incident.Incident{}, err
	}
	return p.Incidents.Get(r.Context(), found)
}
