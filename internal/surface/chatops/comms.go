package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// commsKey is that of the card that offers comms: one an incident, drawn anew as things stand.
const commsKey = "comms-offer"

// subscribeComms offers comms beside the lead from the second severity up, because a lead who fixes does not lead.
func (b *Bot) subscribeComms(bus *event.Bus) {
	event.After(bus, "chatops.comms_card", b.commsDeclared, event.On(event.Chat))
	event.After(bus, "chatops.comms_card", b.commsSeverity, event.On(event.Chat))
	event.After(bus, "chatops.comms_card", b.commsRole, event.On(event.Chat))
	event.After(bus, "chatops.comms_card", b.commsOver, event.On(event.Chat))
}

func (b *Bot) commsDeclared(ctx context.Context, _ event.Record, e incident.Declared) error {
	return b.offerComms(ctx, e.Incident)
}

func (b *Bot) commsSeverity(ctx context.Context, _ event.Record, e incident.SeverityChanged) error {
	return b.offerComms(ctx, e.Incident)
}

func (b *Bot) commsRole(ctx context.Context, _ event.Record, e incident.RoleAssigned) error {
	return b.offerComms(ctx, e.Incident)
}

func (b *Bot) commsOver(ctx context.Context, _ event.Record, e incident.Closed) error {
	return b.offerComms(ctx, e.Incident)
}

func (b *Bot) offerComms(ctx context.Context, in id.ID) error {
	inc, err := b.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	severities, err := b.Incidents.Severities(ctx)
	if err != nil {
		return err
	}
	role, err := b.commsOf(ctx, inc)
	if err != nil {
		return err
	}
	offered := role.Role.Shortform != "" && role.Holder == nil && commsOffered(inc, severities)
	if !offered {
		there, err := b.Rooms.HasBot(ctx, in, commsKey)
		if err != nil || !there {
			return err
		}
		text := "Nobody has to speak for the incident beside the lead any more."
		if role.Holder != nil {
			text = role.Holder.Name + " has " + role.Role.Name + "."
		}
		return b.card(ctx, in, chat.Say(commsKey, chat.Context(richtext.Literal(text))))
	}
	value := string(in) + " " + string(role.Role.ID)
	return b.card(ctx, in, chat.Say(commsKey,
		chat.Text(richtext.Of(richtext.P(richtext.B("Who speaks for this incident?")))),
		chat.Text(words("It is "+inc.Severity.Name+". Somebody beside the lead should send the updates and answer questions, so that the lead can lead.")),
		chat.Buttons(
			chat.Button{Action: "incident.role.take", Value: value, Label: "Take comms", Style: chat.Primary},
			chat.Button{Action: "incident.role.ask", Value: value, Label: "Ask someone"},
		),
		chat.Context(words("In one line: `/inc "+role.Role.Shortform+" me`")),
	))
}

// firstComms stands for the id of comms while the role comes about by being taken.
const firstComms = id.ID(incident.Comms)

// commsOf is the role of whoever speaks for an incident and who holds it; nothing where the organisation does without.
func (b *Bot) commsOf(ctx context.Context, inc incident.Incident) (incident.RoleHolder, error) {
	for _, held := range inc.Roles {
		if held.Role.Shortform == incident.Comms && !held.Role.Archived {
			return held, nil
		}
	}
	role, found, err := b.Incidents.Comms(ctx)
	if err != nil || !found {
		return incident.RoleHolder{}, err
	}
	role.ID = firstComms
	return incident.RoleHolder{Role: role}, nil
}

// commsOffered tells whether comms is to be offered while nobody holds it: the incident is going on with a severity
// above the mildest.
func commsOffered(inc incident.Incident, severities []incident.Severity) bool {
	grave := inc.Severity != nil && len(severities) > 1 && inc.Severity.Rank > severities[0].Rank
	tutored := inc.Mode == incident.Tutorial || inc.Mode == incident.Retrospective
	return grave && !inc.Quiet && !tutored && inc.Live()
}

// takeRole gives a role to whoever pressed the button; its value is the incident and the role.
func (b *Bot) takeRole(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	to, role, _ := strings.Cut(in.Value, " ")
	in.Value = to
	return b.assign(ctx, in, id.ID(role), "", scope.Actor.ID, "")
}

// askRole opens the form that gives the role of a button to somebody.
func (b *Bot) askRole(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, role, _ := strings.Cut(in.Value, " ")
	in.Value = to
	return b.roleForm(ctx, in, id.ID(role), "/inc role comms @Lena")
}

// short answers a command that is the short form of a role: "/comms @Lena".
func (b *Bot) short(ctx context.Context, in chat.Interaction, word, rest string) (chat.Reply, bool, error) {
	all, err := b.roles(ctx)
	if err != nil {
		return chat.Reply{}, false, err
	}
	for _, role := range all {
		if role.short == strings.ToLower(word) {
			in.Text = strings.TrimSpace(role.short + " " + rest)
			reply, err := b.assignRole(ctx, in)
			return reply, true, err
		}
	}
	return chat.Reply{}, false, nil
}
