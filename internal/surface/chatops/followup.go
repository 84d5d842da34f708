package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/kernel/id"
)

// createFollowUp notes what is to be done after the incident and, named at the end, by whom.
func (b *Bot) createFollowUp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := followup.Create{Incident: to, Key: in.Key}
	switch {
	case in.Kind == chat.Submission:
		cmd.Title, cmd.Assignee, cmd.Priority = in.Values.Get("title"), id.ID(in.Values.Get("assignee")), id.ID(in.Values.Get("priority"))
	case in.Kind == chat.Command && in.Text != "":
		if cmd.Title, cmd.Assignee, err = b.trailing(ctx, in.Text); err != nil {
			return chat.Reply{}, err
		}
	default:
		return b.followUpForm(ctx, to)
	}
	made, err := b.FollowUps.Create(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	if made.Assignee != nil {
		return say("Noted for afterwards, for " + made.Assignee.Name + "."), nil
	}
	return say("Noted for afterwards. Nobody has it yet; add a name with @ at the end next time, or choose one under Follow-ups."), nil
}

func (b *Bot) followUpForm(ctx context.Context, to id.ID) (chat.Reply, error) {
	all, err := b.FollowUps.Priorities(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	var priorities []chat.Option
	for _, one := range all {
		priorities = append(priorities, chat.Option{Value: string(one.ID), Label: one.Name, Description: one.Description})
	}
	return chat.Ask(chat.Form{
		Action: "follow_up.create", Value: string(to), Title: "Add a follow-up", Submit: "Add", Intro: hint("/inc follow-up Alert when the pool runs empty @Lena"),
		Inputs: []chat.Input{
			{Kind: chat.TextInput, Name: "title", Label: "What is to be done afterwards", Required: true, Most: 200},
			{Kind: chat.UserInput, Name: "assignee", Label: "Who does it"},
			{Kind: chat.SelectInput, Name: "priority", Label: "Priority", Options: priorities},
		},
	}), nil
}

// actionToFollowUp lets an action go on as a follow-up, done by whoever has it.
func (b *Bot) actionToFollowUp(ctx context.Context, a action.Action) (chat.Reply, error) {
	cmd := followup.Create{Incident: a.Incident, Words: followup.Excerpt(a.Description), Action: a.ID, Message: a.Message}
	if a.Assignee != nil {
		cmd.Assignee = a.Assignee.ID
	}
	made, err := b.FollowUps.Create(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	return say("It is a follow-up now: " + made.Title), nil
}
