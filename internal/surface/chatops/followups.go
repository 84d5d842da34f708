package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// mostListed is how many things to do one list shows; the page has them all.
const mostListed = 15

// listFollowUps shows what is to be done after the incident, with what can be done about each.
func (b *Bot) listFollowUps(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind == chat.Command && in.Text != "" { // the plural with words adds one
		return b.createFollowUp(ctx, in)
	}
	open, err := b.FollowUps.List(ctx, followup.Filter{Incident: to, Status: followup.Outstanding, Most: mostListed})
	if err != nil {
		return chat.Reply{}, err
	}
	if len(open) == 0 {
		return say("Nothing is left to do after this incident. `/inc follow-up Alert when the pool runs empty @Lena` adds something."), nil
	}
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B("To be done afterwards"))))}
	for _, f := range open {
		text, value := f.Title, string(f.ID)
		buttons := []chat.Button{{Action: "follow_up.complete", Value: value, Label: "Done"}}
		if f.Assignee != nil {
			text += " (" + f.Assignee.Name + ")"
		} else {
			buttons = []chat.Button{{Action: "follow_up.take", Value: value, Label: "I do it"}, {Action: "follow_up.assign", Value: value, Label: "Give it to someone"}}
		}
		if f.Due != nil {
			text += ", due " + f.Due.Format("Jan 2")
		}
		block := chat.Section(richtext.Literal(text), buttons[0])
		block.Buttons = buttons
		blocks = append(blocks, block)
	}
	return chat.Whisper("follow-ups", blocks...), nil
}

// takeFollowUp gives a follow-up to whoever presses; the button's value is the follow-up.
func (b *Bot) takeFollowUp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	f, err := b.FollowUps.Assign(ctx, followup.Assign{FollowUp: id.ID(in.Value), Assignee: scope.Actor.ID})
	if err != nil {
		return chat.Reply{}, err
	}
	return say("Yours: " + f.Title), nil
}

// assignFollowUp asks who does a follow-up, and gives it to them.
func (b *Bot) assignFollowUp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind != chat.Submission {
		f, err := b.FollowUps.Get(ctx, id.ID(in.Value))
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "follow_up.assign", Value: in.Value, Title: "Who does it?", Submit: "Give it",
			Inputs: []chat.Input{{Kind: chat.UserInput, Name: "assignee", Label: richtext.Truncate(f.Title, 80), Required: true}},
		}), nil
	}
	f, err := b.FollowUps.Assign(ctx, followup.Assign{FollowUp: id.ID(in.Value), Assignee: id.ID(in.Values.Get("assignee"))})
	if err != nil {
		return chat.Reply{}, err
	}
	if f.Assignee == nil {
		return say("Nobody has it now: " + f.Title), nil
	}
	return say(f.Assignee.Name + " has it: " + f.Title), nil
}

// completeFollowUp marks a follow-up as done; the button's value is the follow-up.
func (b *Bot) completeFollowUp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	f, err := b.FollowUps.Move(ctx, followup.Move{FollowUp: id.ID(in.Value), To: followup.Done})
	if err != nil {
		return chat.Reply{}, err
	}
	return say("Done: " + f.Title), nil
}
