package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// merge lets the incident live on in another one, named by its reference or chosen in a form.
func (b *Bot) merge(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	var into id.ID
	switch {
	case in.Kind == chat.Submission:
		into = id.ID(in.Values.Get("into"))
	case in.Kind == chat.Command && in.Text != "":
		reference := strings.TrimSpace(strings.TrimPrefix(in.Text, "into "))
		if into, err = b.Incidents.ByReference(ctx, reference); problem.Is(err, problem.NotFound) {
			return chat.Reply{}, problem.Field("into", "unknown", "There is no incident “%s”. Write its reference, such as INC-12.", reference)
		}
		if err != nil {
			return chat.Reply{}, err
		}
	default:
		return b.mergeForm(ctx, to)
	}
	done, err := b.Incidents.Merge(ctx, incident.Merge{Incident: to, Into: into})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It was merged already."), nil
	}
	return say("Merged. Its people and pins are in the other room now; `/inc reopen` undoes it."), nil
}

func (b *Bot) mergeForm(ctx context.Context, to id.ID) (chat.Reply, error) {
	going, err := b.Incidents.Live(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	var choices []chat.Option
	for _, one := range going {
		if one.ID != to {
			choices = append(choices, chat.Option{Value: string(one.ID), Label: strings.TrimSpace(one.Reference + " " + one.Name)})
		}
	}
	if len(choices) == 0 {
		return say("No other incident is going on that this one could be merged into."), nil
	}
	return chat.Ask(chat.Form{
		Action: "incident.merge", Value: string(to), Title: "Merge into another", Submit: "Merge", Intro: hint("/inc merge INC-12"),
		Inputs: []chat.Input{{Kind: chat.SelectInput, Name: "into", Label: "Which incident is it part of", Hint: "This one ends and points there.", Required: true, Options: choices}},
	}), nil
}
