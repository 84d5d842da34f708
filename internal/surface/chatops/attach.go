package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/attachment"
)

// attach adds a thing elsewhere to the incident: "https://... The runbook".
func (b *Bot) attach(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	address, title, _ := strings.Cut(strings.TrimSpace(in.Text), " ")
	switch {
	case in.Kind == chat.Submission:
		address, title = in.Values.Get("url"), in.Values.Get("title")
	case address == "":
		return chat.Ask(chat.Form{
			Action: "attachment.attach", Value: string(to), Title: "Attach a link", Submit: "Attach", Intro: hint("/inc attach https://acme.zoom.us/j/98765432100 The call"),
			Inputs: []chat.Input{
				{Kind: chat.TextInput, Name: "url", Label: "Address", Hint: "A pull request, a ticket, a dashboard, a document, a call, any page.", Placeholder: "https://", Required: true, Most: 2000},
				{Kind: chat.TextInput, Name: "title", Label: "Name", Hint: "Left empty, it is named by its address.", Most: 200},
			},
		}), nil
	}
	made, err := b.Attachments.Attach(ctx, attachment.Attach{Incident: to, URL: strings.Trim(address, "<>"), Title: title})
	if err != nil {
		return chat.Reply{}, err
	}
	return say(made.Name() + " is attached; it stands among the links of the incident."), nil
}
