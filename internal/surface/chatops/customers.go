package chatops

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// changeCustomers says what customers may be told. The form knows which version it showed, so that nobody writes over
// what another wrote meanwhile.
func (b *Bot) changeCustomers(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	value, seen, _ := strings.Cut(in.Value, " ")
	in.Value = value
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := customers.Change{Incident: to, Text: in.Text, Anyway: true}
	if in.Kind == chat.Submission {
		version, _ := strconv.ParseInt(seen, 10, 32)
		cmd = customers.Change{Incident: to, Text: in.Values["customers"], Version: int32(version)}
	} else if in.Text == "" {
		text, err := b.Customers.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "incident.customers.change", Value: string(to) + " " + strconv.Itoa(int(text.Version)), Title: "What we can tell customers", Submit: "Save",
			Intro: hint("/inc customers Some card payments do not go through. Other ways to pay work."),
			Inputs: []chat.Input{{
				Kind: chat.MultilineInput, Name: "customers", Label: "What support, sales and the status page may say",
				Hint: "What does not work, what still does, by when. No names of systems.", Initial: text.Text, Most: 4000,
			}},
		}), nil
	}
	done, err := b.Customers.Change(ctx, cmd)
	var stale *incident.Stale
	if errors.As(err, &stale) {
		return chat.Reply{}, problem.Field("customers", "stale", "Someone changed it meanwhile: “%s” Close this, read it, and write again.", stale.Now)
	}
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It says that already."), nil
	}
	return b.advised(cmd.Text), nil
}

// advised confirms, with what customers may not understand.
func (b *Bot) advised(text string) chat.Reply {
	if strings.TrimSpace(text) == "" {
		return say("Customers are told nothing now.")
	}
	blocks := []chat.Block{chat.Text(words("Customers may be told this now."))}
	var advice []richtext.Node
	for _, h := range customers.Hints(text) {
		advice = append(advice, richtext.P(richtext.B(h.Word), richtext.T(": "+h.Why)))
	}
	if len(advice) > 0 {
		blocks = append(blocks, chat.Text(words("Customers may not understand some of it:")), chat.Text(richtext.Of(richtext.Bullets(advice...))))
	}
	return chat.Whisper("reply", blocks...)
}
