package chatops

import (
	"context"
	"maps"
	"slices"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
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
	case in.Kind == chat.Refresh:
		return b.acceptForm(ctx, to, all, in.Values)
	case in.Kind == chat.Submission:
		cmd.Severity, cmd.Name, cmd.Lead = id.ID(in.Values.Get("severity")), in.Values.Get("name"), id.ID(in.Values.Get("lead"))
		if cmd.Type, cmd.Fields, err = b.declared(ctx, in.Values); err != nil {
			return chat.Reply{}, err
		}
	case in.Kind == chat.Command && in.Text != "":
		chosen, err := pick("severity", in.Text, all)
		if err != nil {
			return chat.Reply{}, err
		}
		cmd.Severity = chosen.id
	default:
		return b.acceptForm(ctx, to, all, nil)
	}
	done, err := b.Incidents.Accept(ctx, cmd)
	if problem.Is(err, problem.Invalid) { // something is asked that was not said: the form asks, and loses nothing
		said := in.Values
		if in.Kind == chat.Command {
			said = chat.FormValues{"severity": string(cmd.Severity)}
		}
		reply, failed := b.acceptForm(ctx, to, all, said)
		reply.Errors = chat.Wrong(err).Errors
		return reply, failed
	}
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It was accepted already."), nil
	}
	return say("It is an incident now. Tell others where it stands with `/inc update`."), nil
}

func (b *Bot) acceptForm(ctx context.Context, to id.ID, severities []choice, said chat.FormValues) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	kind, given, err := b.declared(ctx, said)
	if err != nil {
		return chat.Reply{}, err
	}
	if !kind.Empty() { // each type asks for its own
		inc.Type.ID = kind
	}
	forms, err := b.Forms.Forms(ctx, inc.Type.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	types, err := b.types(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	asked, s := forms[form.Accept], inc.Situation()
	maps.Copy(s.Fields, given)
	if severity := said.Get("severity"); severity != "" {
		s.Severity = id.ID(severity)
	}
	own := []chat.Input{
		{Kind: chat.ChoiceInput, Name: "severity", Label: "How bad is it", Initial: string(s.Severity), Options: options(severities)},
		{Kind: chat.TextInput, Name: "name", Label: "What is wrong", Initial: inc.Name, Required: true, Most: 200},
		{Kind: chat.UserInput, Name: "lead", Label: "Lead", Initial: string(s.Lead)},
	}
	if len(types) > 1 {
		own = slices.Insert(own, 1, chat.Input{Kind: chat.SelectInput, Name: "type", Label: "Type", Initial: string(inc.Type.ID), Options: options(types)})
	}
	filled := chat.Form{
		Action: "incident.accept", Value: string(to), Title: "Accept as an incident", Submit: "Accept", Intro: hint("/inc accept major"),
		Inputs: refreshing(asked, append(shown(asked, s, own), inputsOf(asked, s)...)),
	}.Filled(said)
	return chat.Ask(filled), nil
}
