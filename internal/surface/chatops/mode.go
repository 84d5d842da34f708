package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
)

// test declares an incident that counts for nothing.
func (b *Bot) test(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	name := in.Text
	if in.Kind == chat.Submission {
		name = in.Values.Get("name")
	} else if name == "" {
		return chat.Ask(chat.Form{
			Action: "incident.test", Title: "Declare a test incident", Submit: "Declare", Intro: hint("/inc test Does the new severity fit"),
			Inputs: []chat.Input{{Kind: chat.TextInput, Name: "name", Label: "What is wrong", Hint: "A test is marked as one, is in no counts, and nobody is told but those you name.", Required: true, Most: 200}},
		}), nil
	}
	brief, err := b.Incidents.Declare(ctx, incident.Declare{Name: name, Mode: incident.Test, Key: in.Key})
	if err != nil {
		return chat.Reply{}, err
	}
	reply := say("You declared " + brief.Reference + " as a test.")
	reply.Redirect = incidentPath(brief)
	return reply, nil
}
