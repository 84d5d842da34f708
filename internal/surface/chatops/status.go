package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

func (b *Bot) statuses(ctx context.Context) ([]choice, error) {
	all, err := b.Incidents.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	var out []choice
	for _, s := range all {
		switch s.Category {
		case incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled: // by verbs of their own
		default:
			out = append(out, choice{id: s.ID, name: s.Name, description: s.Description})
		}
	}
	return out, nil
}

// changeStatus moves an incident on.
func (b *Bot) changeStatus(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.statuses(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	chosen := choice{id: id.ID(in.Values.Get("status"))}
	if in.Kind == chat.Command && in.Text != "" {
		if chosen, err = pick("status", in.Text, all); err != nil {
			return chat.Reply{}, err
		}
	}
	if chosen.id.Empty() && in.Kind != chat.Submission {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "incident.status.change", Value: string(to), Title: "Change the status", Submit: "Change", Intro: hint("/inc status fixing"),
			Inputs: []chat.Input{{Kind: chat.ChoiceInput, Name: "status", Label: "Status", Required: true, Initial: string(inc.Status.ID), Options: options(all)}},
		}), nil
	}
	done, err := b.Incidents.ChangeStatus(ctx, incident.ChangeStatus{Incident: to, Status: chosen.id, Gaps: true})
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	gaps := ""
	if !inc.Status.Category.Ongoing() {
		if gaps, err = b.gaps(ctx, to); err != nil {
			return chat.Reply{}, err
		}
	}
	name := named(chosen.id, all)
	if !done.Changed {
		return say("The status is " + name + " already."), nil
	}
	return say("The status is " + name + " now. The room shows it; tell others with `/inc update`." + gaps), nil
}
