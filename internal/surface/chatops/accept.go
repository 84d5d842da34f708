package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// accept decides that what is in triage is an incident: with the severity in one line, or by a form.
func (b *Bot) accept(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.severities(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := incident.Accept{Incident: to}
	switch {
	case in.Kind == chat.Submission:
		cmd.Severity, cmd.Name, cmd.Lead = id.ID(in.Values.Get("severity")), in.Values.Get("name"), id.ID(in.Values.Get("lead"))
	case in.Kind == chat.Command && in.Text != "":
		chosen, err := pick("severity", in.Text, all)
		if err != nil {
			return chat.Reply{}, err
		}
		cmd.Severity = chosen.id
	default:
		return b.acceptForm(ctx, to, all)
	}
	done, err := b.Incidents.Accept(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It was accepted already."), nil
	}
	return say("It is an incident now. Tell others where it stands with `/inc update`."), nil
}

func (b *Bot) acceptForm(ctx context.Context, to id.ID, severities []choice) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	severity, lead := "", ""
	if inc.Severity != nil {
		severity = string(inc.Severity.ID)
	}
	if who := inc.Lead(); who != nil {
		lead = string(who.ID)
	}
	return chat.Ask(chat.Form{
		Action: "incident.accept", Value: string(to), Title: "Accept as an incident", Submit: "Accept", Intro: hint("/inc accept major"),
		Inputs: []chat.Input{
			{Kind: chat.ChoiceInput, Name: "severity", Label: "How bad is it", Initial: severity, Options: options(severities)},
			{Kind: chat.TextInput, Name: "name", Label: "What is wrong", Initial: inc.Name, Required: true, Most: 200},
			{Kind: chat.UserInput, Name: "lead", Label: "Lead", Initial: lead},
		},
	}), nil
}
