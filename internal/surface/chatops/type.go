package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

func (b *Bot) types(ctx context.Context) ([]choice, error) {
	all, err := b.Incidents.Types(ctx)
	out := make([]choice, len(all))
	for n, t := range all {
		out[n] = choice{id: t.ID, name: t.Name, description: t.Description}
	}
	return out, err
}

// changeType makes the incident one of another type; what that asks for can be said afterwards.
func (b *Bot) changeType(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.types(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	chosen := choice{id: id.ID(in.Values.Get("type"))}
	if in.Kind == chat.Command && in.Text != "" {
		if chosen, err = pick("type", in.Text, all); err != nil {
			return chat.Reply{}, err
		}
	}
	if chosen.id.Empty() {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "incident.type.change", Value: string(to), Title: "Change the type", Submit: "Change", Intro: hint("/inc type " + all[0].word()),
			Inputs: []chat.Input{{Kind: chat.ChoiceInput, Name: "type", Label: "Type", Required: true, Initial: string(inc.Type.ID), Options: options(all)}},
		}), nil
	}
	done, err := b.Incidents.ChangeType(ctx, incident.ChangeType{Incident: to, Type: chosen.id, Gaps: true})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It is of the type " + named(chosen.id, all) + " already."), nil
	}
	return say("It is of the type " + named(chosen.id, all) + " now. `/inc fields` shows what is asked of it."), nil
}
