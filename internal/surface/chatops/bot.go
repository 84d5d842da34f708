// Package chatops is what people say to Muster in a conversation: slash commands, buttons and forms, each turned into
// a verb of the product. It is the same for every chat platform.
package chatops

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Needs is what the bot speaks to.
type Needs struct {
	Incidents     *incident.Service
	Forms         *form.Service
	Actions       *action.Service
	FollowUps     *followup.Service
	Streams       *stream.Service
	Rooms         *room.Service
	Attachments   *attachment.Service
	Timelines     *timeline.Service
	Redactions    *redaction.Service
	Nudges        *nudge.Service
	Users         *user.Service
	Organisations *organisation.Service
	Tutorials     *tutorial.Service
	Clock         clock.Clock
	Outside
	Escalations *escalation.Service
	// Channels are the channels of incidents on chat platforms.
	Channels *channel.Service
}

// Bot answers interactions.
type Bot struct {
	Needs
	actions  map[string]handler
	commands []command
}

// handler answers one button, form or command.
type handler func(ctx context.Context, in chat.Interaction) (chat.Reply, error)

// New returns the bot over the product's verbs.
func New(needs Needs) *Bot {
	b := &Bot{Needs: needs, actions: map[string]handler{}}
	b.routes()
	b.commands = b.vocabulary()
	return b
}

// routes is the table of what buttons and forms start; commands are in vocabulary.
func (b *Bot) routes() {
	b.on("incident.declare", b.declare)
	b.on("incident.update.send", b.sendUpdate)
	b.on("incident.update.snooze", b.snoozeUpdate)
	b.on("incident.update.skip", b.skipUpdate)
	b.on("incident.role.assign", b.assignRole)
	b.on("incident.role.take", b.takeRole)
	b.on("incident.help", b.helps)
	b.on("incident.hand_over", b.handOver)
	b.on("incident.role.ask", b.askRole)
	b.on("incident.severity.change", b.changeSeverity)
	b.on("incident.status.change", b.changeStatus)
	b.on("incident.summary.change", b.changeSummary)
	b.on("incident.rename", b.rename)
	b.on("incident.close", b.close)
	b.on("incident.fields.set", b.setFields)
	b.on("incident.type.change", b.changeType)
	b.on("incident.timestamps.set", b.setTimestamps)
	b.on("incident.accept", b.accept)
	b.on("incident.decline", b.decline)
	b.on("incident.merge", b.merge)
	b.on("incident.pause", b.pause)
	b.on("incident.resume", b.resume)
	b.on("incident.cancel", b.cancel)
	b.on("incident.reopen", b.reopen)
	b.on("incident.test", b.test)
	b.on("incident.retrospective", b.retrospective)
	b.on("channel.adopt", b.adopt)
	b.on("incident.overview", b.overview)
	b.on("action.create", b.createAction)
	b.on("action.complete", b.completeAction)
	b.on("action.drop", b.dropAction)
	b.on("incident.lead.take", b.takeLead)
	b.on("nudge.later", b.nudgeLater)
	b.on("nudge.dismiss", b.nudgeDismissed)
	b.on("follow_up.create", b.createFollowUp)
	b.on("follow_up.list", b.listFollowUps)
	b.on("follow_up.take", b.takeFollowUp)
	b.on("follow_up.assign", b.assignFollowUp)
	b.on("follow_up.complete", b.completeFollowUp)
	b.on("escalation.create", b.escalate)
	b.on("escalation.acknowledge", b.acknowledge)
	b.on("escalation.cancel", b.cancelEscalation)
	b.on("attachment.attach", b.attach)
	b.on("timeline.write", b.tell)
	b.outsideRoutes()
	b.streamRoutes()
	b.on("redaction.redact", b.redact)
	b.on("help", b.help)
	b.privateRoutes()
	b.announcementRoutes()
}

func (b *Bot) on(name string, fn handler) { b.actions[name] = fn }

// Subscribe keeps the cards in rooms as things stand.
func (b *Bot) Subscribe(bus *event.Bus) {
	b.privateCards(bus)
	b.subscribeOutside(bus)
	b.subscribeStreams(bus)
	event.After(bus, "chatops.tutorial", b.stepDone, event.On(event.Chat))
	event.After(bus, "chatops.declared_card", b.declaredCard, event.On(event.Chat))
	b.subscribeEscalations(bus)
	b.subscribeComms(bus)
	event.After(bus, "chatops.reminder_card", b.reminderDue, event.On(event.Chat))
	event.After(bus, "chatops.reminder_card", b.reminderSnoozed, event.On(event.Chat))
	event.After(bus, "chatops.reminder_card", b.reminderSkipped, event.On(event.Chat))
	event.After(bus, "chatops.reminder_card", b.reminderKept, event.On(event.Chat))
	event.After(bus, "chatops.nudge_card", b.nudgeRaised, event.On(event.Chat))
	event.After(bus, "chatops.nudge_card", b.nudgeSettled, event.On(event.Chat))
}

// Command answers what was typed into an incident's room, or outside of one when there is no incident: "/inc severity major".
func (b *Bot) Command(ctx context.Context, in id.ID, text string) (chat.Reply, error) {
	return b.CommandOnce(ctx, in, text, "")
}

// CommandOnce is Command with a key that the sender chose: the same key again declares, sends and adds nothing twice.
func (b *Bot) CommandOnce(ctx context.Context, in id.ID, text, key string) (chat.Reply, error) {
	return b.CommandIn(ctx, in, "", text, key)
}

// CommandIn is CommandOnce for what was typed in the thread of a message.
func (b *Bot) CommandIn(ctx context.Context, in, thread id.ID, text, key string) (chat.Reply, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	text = strings.TrimSpace(text)
	word, rest := text, ""
	if at := strings.IndexFunc(text, unicode.IsSpace); at >= 0 {
		word, rest = text[:at], text[at:]
	}
	conversation := chat.ConversationRef{Platform: "room", ID: string(in)}
	return b.Interact(ctx, chat.Interaction{
		Kind: chat.Command, Platform: "room", User: string(scope.Actor.ID), Conversation: conversation,
		Message: chat.MessageRef{Conversation: conversation, ID: string(thread)},
		Action:  strings.ToLower(word), Text: strings.TrimSpace(rest), Key: key,
	})
}

var commandLike = regexp.MustCompile(`^/(?:[\p{L}-]+|\?)(?:\s|$)`)

// IsCommand reports whether a text is meant for Muster: "/severity major" is, "/var/log is full" is said to people.
func IsCommand(text string) bool { return commandLike.MatchString(strings.TrimSpace(text)) }

// Interact answers one interaction of the actor in ctx. What is wrong comes back as words for the person; an error is
// only for what is not theirs to mend.
func (b *Bot) Interact(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Key == "" {
		in.Key = string(id.New(b.Clock.Now()))
	}
	answer := b.dispatch
	if in.Kind != chat.Command {
		known := false
		if answer, known = b.actions[in.Action]; !known {
			return say("This button is from an older version and does nothing any more. Use /inc instead."), nil
		}
	}
	reply, err := answer(ctx, in)
	if err == nil {
		if reply.Form != nil {
			b.dealing(ctx, id.ID(reply.Form.Value), reply.Form.Action)
		}
		return reply, nil
	}
	var many problem.List
	var one *problem.Error
	if !errors.As(err, &many) && !errors.As(err, &one) || problem.Is(err, problem.Internal) || problem.Is(err, problem.Unavailable) {
		return chat.Reply{}, err
	}
	if in.Kind == chat.Submission {
		return chat.Wrong(err), nil
	}
	var sentences []string
	for _, p := range problem.All(err) {
		sentences = append(sentences, p.Message)
	}
	return say(strings.Join(sentences, " ")), nil
}

// about returns the incident that an interaction is about: named by the button or form, else the conversation's.
func about(in chat.Interaction) (id.ID, error) {
	for _, candidate := range []string{in.Value, in.Conversation.ID} {
		if found := id.ID(candidate); found.Valid() {
			return found, nil
		}
	}
	return "", problem.New(problem.Invalid, "no_incident", "Use this in an incident's room. Declare one with /inc and a name, or open one from the list of incidents.")
}

// say whispers plain words; text between backticks is shown as code.
func say(text string) chat.Reply { return chat.Whisper("reply", chat.Text(words(text))) }

func words(text string) richtext.Document {
	var nodes []richtext.Node
	for n, part := range strings.Split(text, "`") {
		switch {
		case part == "":
		case n%2 == 1:
			nodes = append(nodes, richtext.C(part))
		default:
			nodes = append(nodes, richtext.T(part))
		}
	}
	return richtext.Of(richtext.P(nodes...))
}

// hint is a form's introduction: how to do the same in one line.
func hint(line string) *chat.Block {
	block := chat.Context(words("In one line: `" + line + "`"))
	return &block
}
