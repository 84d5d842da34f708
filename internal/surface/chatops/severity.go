package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

func (b *Bot) severities(ctx context.Context) ([]choice, error) {
	all, err := b.Incidents.Severities(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]choice, len(all))
	for n, s := range all {
		out[n] = choice{id: s.ID, name: s.Name, description: s.Description}
	}
	return out, nil
}

// options are choices as a form shows them.
func options(from []choice) []chat.Option {
	out := make([]chat.Option, len(from))
	for n, c := range from {
		out[n] = chat.Option{Value: string(c.id), Label: c.name, Description: c.description}
	}
	return out
}

// changeSeverity judges an incident: in one line, or by a form that shows what each severity is for.
func (b *Bot) changeSeverity(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.severities(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	chosen := choice{id: id.ID(in.Values.Get("severity"))}
	if in.Kind == chat.Command && in.Text != "" {
		if chosen, err = pick("severity", in.Text, all); err != nil {
			return chat.Reply{}, err
		}
	}
	if chosen.id.Empty() && in.Kind != chat.Submission || in.Kind == chat.Refresh {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		initial := ""
		if inc.Severity != nil {
			initial = string(inc.Severity.ID)
		}
		which := chat.Input{Kind: chat.ChoiceInput, Name: "severity", Label: "Severity", Required: true, Initial: initial, Options: options(all)}
		which.Refresh = which.Wordy()
		ask := chat.Form{
			Action: "incident.severity.change", Value: string(to), Title: "Change the severity", Submit: "Change", Intro: hint("/inc severity major"), Inputs: []chat.Input{which},
		}
		return chat.Ask(ask.Filled(in.Values)), nil
	}
	done, err := b.Incidents.ChangeSeverity(ctx, incident.ChangeSeverity{Incident: to, Severity: chosen.id})
	if err != nil {
		return chat.Reply{}, err
	}
	name := named(chosen.id, all)
	if !done.Changed {
		return say("The severity is " + name + " already."), nil
	}
	return say("The severity is " + name + " now. The room shows it."), nil
}

// named returns the name of a choice.
func named(chosen id.ID, from []choice) string {
	for _, c := range from {
		if c.id == chosen {
			return c.name
		}
	}
	return "changed"
}
