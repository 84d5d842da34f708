package chatops

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// escalate calls for people and pagers, in the order in which they are named, with a message after them.
func (b *Bot) escalate(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := escalation.Escalate{Incident: to, Key: in.Key}
	switch {
	case in.Kind == chat.Submission:
		for _, name := range []string{"who", "then", "last"} {
			if chosen := id.ID(in.Values.Get(name)); !chosen.Empty() {
				cmd.Targets = append(cmd.Targets, escalation.To{User: chosen})
			}
		}
		if pager := id.ID(in.Values.Get("pager")); !pager.Empty() {
			cmd.Targets = append(cmd.Targets, escalation.To{Pager: pager})
		}
		cmd.Message = in.Values.Get("message")
		if wait, given := in.Values.Minutes("minutes"); given {
			cmd.Minutes = int(wait / time.Minute)
		}
	case in.Kind == chat.Command && in.Text != "":
		if cmd.Targets, cmd.Message, err = b.callees(ctx, in.Text); err != nil {
			return chat.Reply{}, err
		}
	default:
		return b.escalateForm(ctx, to)
	}
	made, err := b.Escalations.Escalate(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	text := "Calling " + made.Names() + " now."
	if len(made.Targets) > 1 {
		text = fmt.Sprintf("Calling %s now, and %s if nobody answers within %d min.", made.Targets[0].Name, made.Targets[1].Name, int(made.Wait/time.Minute))
	}
	if inc, err := b.Incidents.Get(ctx, to); err == nil && inc.Private {
		text += " Whoever is called is let into this private incident."
	}
	return say(text + " The room shows what comes of it."), nil
}

// callees takes people and pagers off the beginning of a text: "@Maya, then PagerDuty checkout is down".
func (b *Bot) callees(ctx context.Context, text string) ([]escalation.To, string, error) {
	pagers, err := b.pagers(ctx)
	if err != nil {
		return nil, "", err
	}
	people, err := b.Users.List(ctx, user.List{State: user.StateActive, Count: 250})
	if err != nil {
		return nil, "", err
	}
	var targets []escalation.To
	for {
		text = strings.TrimLeft(text, " ,")
		if rest, then := strings.CutPrefix(text, "then "); then && len(targets) > 0 {
			text = strings.TrimLeft(rest, " ")
		}
		if found := mention.FindStringSubmatchIndex(text); found != nil && found[0] == 0 {
			targets, text = append(targets, escalation.To{User: id.ID(text[found[2]:found[3]])}), text[found[1]:]
			continue
		}
		if name, is := strings.CutPrefix(text, "@"); is {
			who, rest, err := b.named(ctx, name, people.Users)
			if err != nil {
				return nil, "", err
			}
			targets, text = append(targets, escalation.To{User: who}), rest
			continue
		}
		pager, rest, found := leading(text, pagers)
		if !found {
			break
		}
		targets, text = append(targets, escalation.To{Pager: pager.id}), rest
	}
	if len(targets) == 0 {
		return nil, "", problem.Field("targets", "is_required", "Say who is needed first: `/inc escalate @Maya checkout is down`.")
	}
	return targets, strings.TrimSpace(text), nil
}

// named finds the longest name of a person that a text begins with, else whom its first word means.
func (b *Bot) named(ctx context.Context, text string, people []user.User) (id.ID, string, error) {
	var found user.User
	for _, one := range people {
		rest, is := cutFold(text, one.Name)
		if is && len(one.Name) > len(found.Name) && (rest == "" || strings.ContainsAny(rest[:1], " ,")) {
			found = one
		}
	}
	if found.Name != "" {
		return found.ID, text[len(found.Name):], nil
	}
	word, rest, _ := strings.Cut(text, " ")
	who, err := b.person(ctx, strings.TrimRight(word, ","))
	return who.ID, rest, err
}

func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// pagers are those that can be paged.
func (b *Bot) pagers(ctx context.Context) ([]choice, error) {
	all, err := b.Escalations.Pagers(ctx)
	if err != nil {
		return nil, err
	}
	var out []choice
	for _, one := range all {
		if !one.Disabled {
			out = append(out, choice{id: one.ID, name: one.Name})
		}
	}
	return out, nil
}

func (b *Bot) escalateForm(ctx context.Context, to id.ID) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	pagers, err := b.pagers(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	form := chat.Form{
		Action: "escalation.create", Value: string(to), Title: "Reach someone", Submit: "Call now", Intro: hint("/inc escalate @Maya, then @Jonas checkout is down"),
		Inputs: []chat.Input{
			{Kind: chat.UserInput, Name: "who", Label: "Who is needed", Required: len(pagers) == 0, Hint: "By everything they have: push again and again, and mail."},
			{Kind: chat.UserInput, Name: "then", Label: "Then, if nobody answers"},
		},
	}
	if len(pagers) > 0 {
		form.Inputs = append(form.Inputs, chat.Input{Kind: chat.SelectInput, Name: "pager", Label: "Pager", Hint: "After the people above, or at once.", Options: options(pagers)})
	}
	form.Inputs = append(form.Inputs,
		chat.Input{Kind: chat.MultilineInput, Name: "message", Label: "What they read", Initial: escalation.Words(inc), Required: true, Most: 500},
		chat.Input{Kind: chat.MinutesInput, Name: "minutes", Label: "Minutes to answer, each", Initial: fmt.Sprint(escalation.DefaultMinutes)},
	)
	return chat.Ask(form), nil
}

// acknowledge answers the calls for the actor in this room, or the one of the button.
func (b *Bot) acknowledge(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind != chat.Command {
		done, err := b.Escalations.Acknowledge(ctx, escalation.Acknowledge{Escalation: id.ID(in.Value)})
		if err != nil {
			return chat.Reply{}, err
		}
		return say("You are on it" + answeredBefore(done, in) + "."), nil
	}
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Escalations.AcknowledgeMine(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(done) == 0 {
		return say("Nobody calls for you here."), nil
	}
	return say("You are on it: " + done[0].Message), nil
}

// answeredBefore tells who was quicker.
func answeredBefore(done escalation.Escalation, in chat.Interaction) string {
	if string(done.By.ID) == in.User || done.By.Name == "" {
		return ""
	}
	return ", and so is " + done.By.Name + ", who answered first"
}

func (b *Bot) cancelEscalation(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	done, err := b.Escalations.Cancel(ctx, escalation.Cancel{Escalation: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	if done.State != escalation.Called {
		return say(done.By.Name + " has answered already."), nil
	}
	return say("Called off. Those who were called are told."), nil
}

// The card of an escalation is a picture of how it stands, drawn anew with everything that happens to it.

func (b *Bot) escalationCreated(ctx context.Context, _ event.Record, e escalation.Created) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) escalationPaged(ctx context.Context, _ event.Record, e escalation.TargetPaged) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) escalationAttempted(ctx context.Context, _ event.Record, e escalation.Attempted) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) escalationAcknowledged(ctx context.Context, _ event.Record, e escalation.Acknowledged) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) escalationExpired(ctx context.Context, _ event.Record, e escalation.Expired) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) escalationCanceled(ctx context.Context, _ event.Record, e escalation.Canceled) error {
	return b.drawEscalation(ctx, e.Escalation)
}

func (b *Bot) subscribeEscalations(bus *event.Bus) {
	event.After(bus, "chatops.escalation_card", b.escalationCreated, event.On(event.Chat))
	event.After(bus, "chatops.escalation_card", b.escalationPaged, event.On(event.Chat))
	event.After(bus, "chatops.escalation_card", b.escalationAttempted, event.On(event.Chat))
	event.After(bus, "chatops.escalation_card", b.escalationAcknowledged, event.On(event.Chat))
	event.After(bus, "chatops.escalation_card", b.escalationExpired, event.On(event.Chat))
	event.After(bus, "chatops.escalation_card", b.escalationCanceled, event.On(event.Chat))
}

func (b *Bot) drawEscalation(ctx context.Context, which id.ID) error {
	esc, err := b.Escalations.Get(ctx, which)
	if err != nil {
		return err
	}
	zone, err := b.zone(ctx)
	if err != nil {
		return err
	}
	return b.card(ctx, esc.Incident, escalationCard(esc, zone))
}

func escalationCard(esc escalation.Escalation, zone *time.Location) chat.Message {
	key, value := "escalation/"+string(esc.ID), string(esc.ID)
	blocks := []chat.Block{
		chat.Text(richtext.Of(richtext.P(richtext.B(escalationTitle(esc))))),
		chat.Text(richtext.Literal(esc.Message)),
	}
	var lines []richtext.Node
	for _, t := range esc.Targets {
		lines = append(lines, richtext.P(richtext.B(t.Name), richtext.T(": "+escalation.Standing(esc, t, func(at time.Time) string { return moment(at, zone) }))))
	}
	blocks = append(blocks, chat.Context(richtext.Of(richtext.Bullets(lines...))))
	switch esc.State {
	case escalation.Pending:
		blocks = append(blocks, chat.Buttons(
			chat.Button{Action: "escalation.acknowledge", Value: value, Label: "Acknowledge", Style: chat.Primary},
			chat.Button{Action: "escalation.cancel", Value: value, Label: "Call it off"},
		))
	case escalation.Unheard:
		blocks = append(blocks, chat.Buttons(
			chat.Button{Action: "escalation.create", Value: string(esc.Incident), Label: "Reach someone else", Style: chat.Primary},
			chat.Button{Action: "escalation.acknowledge", Value: value, Label: "Acknowledge"},
		))
	}
	return chat.Say(key, blocks...)
}

func escalationTitle(esc escalation.Escalation) string {
	switch esc.State {
	case escalation.Answered:
		if esc.In != "" {
			return esc.By.Name + " answered in " + esc.In
		}
		return esc.By.Name + " answered the call of " + esc.Creator.Name
	case escalation.Unheard:
		return "Nobody answered the call of " + esc.Creator.Name
	case escalation.Called:
		return esc.By.Name + " called it off"
	default:
		return esc.Creator.Name + " is calling " + esc.Names()
	}
}
