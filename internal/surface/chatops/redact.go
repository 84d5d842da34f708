package chatops

import (
	"context"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// redact asks for the secret in a form that only the one who typed the command sees: what stands in a command's line may
// be kept by the chat platform.
func (b *Bot) redact(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind != chat.Submission {
		may, err := b.Redactions.May(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		if !may {
			return chat.Reply{}, problem.New(problem.Forbidden, "not_allowed", "Only the incident's lead and administrators redact.")
		}
		intro := chat.Context(words("It is looked for in every text of this incident, and kept nowhere. Never type it after the command."))
		return chat.Ask(chat.Form{
			Action: "redaction.redact", Value: string(to), Title: "Remove a secret", Submit: "Go on", Intro: &intro,
			Inputs: []chat.Input{
				{Kind: chat.MultilineInput, Name: "secret", Label: "What has to go?", Hint: "Exactly as it was written.", Required: true},
				{Kind: chat.CheckboxInput, Name: "sure", Label: "Remove it", Hint: "Without this, you are only told where it stands."},
			},
		}), nil
	}
	secret := redaction.Secret{Incident: to, Text: in.Values["secret"]}
	if in.Values.Checked("sure") {
		done, err := b.Redactions.Redact(ctx, secret)
		if err != nil {
			return chat.Reply{}, err
		}
		return say(stands("It stood in ", done, "It is removed. Change the secret itself as well: whoever read it knows it.")), nil
	}
	found, err := b.Redactions.Find(ctx, secret)
	if err != nil {
		return chat.Reply{}, err
	}
	return say(stands("It stands in ", found, "Nothing is removed yet: use `/inc redact` again and say so.")), nil
}

func stands(begin string, report redaction.Report, rest string) string {
	if report.Total == 0 {
		return "It stands nowhere in this incident. Look for a part of it, as it was written."
	}
	var places []string
	for _, p := range report.Places {
		places = append(places, p.Called+" ("+strconv.Itoa(p.Count)+")")
	}
	return begin + strings.Join(places, ", ") + ". " + rest
}
