package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// list tells what is going on, the worst first.
func (b *Bot) list(ctx context.Context, _ chat.Interaction) (chat.Reply, error) {
	going, err := b.Incidents.Live(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	var lines []richtext.Node
	for _, one := range going {
		if one.Mode == incident.Test {
			continue
		}
		facts := []string{one.Status.Name}
		if one.Severity != nil {
			facts = append([]string{one.Severity.Name}, facts...)
		}
		if one.Lead != nil {
			facts = append(facts, one.Lead.Name+" leads")
		}
		lines = append(lines, richtext.P(richtext.A(one.Reference, "/incidents/"+one.Reference), richtext.T(" "+one.Name+" · "+strings.Join(facts, " · "))))
	}
	if len(lines) == 0 {
		return say("Nothing is going on. Declare something with `/inc` and a name."), nil
	}
	const most = 20
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.Bullets(lines[:min(len(lines), most)]...)))}
	if len(lines) > most {
		blocks = append(blocks, chat.Context(words(blankZero(len(lines)-most)+" more are in the dashboard.")))
	}
	return chat.Whisper("reply", blocks...), nil
}

// join makes the actor one of the incident's people.
func (b *Bot) join(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.Join(ctx, incident.Join{Incident: to})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("You are in it already."), nil
	}
	return say("You are in. `/inc` tells where things stand."), nil
}
