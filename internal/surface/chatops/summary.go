package chatops

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// changeSummary rewrites what everyone reads first. The form knows which version it showed, so that nobody writes over
// what another wrote meanwhile.
func (b *Bot) changeSummary(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	value, seen, _ := strings.Cut(in.Value, " ")
	in.Value = value
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := incident.ChangeSummary{Incident: to, Source: in.Text}
	if in.Kind == chat.Submission {
		version, _ := strconv.ParseInt(seen, 10, 32)
		cmd.Source, cmd.Version = in.Values["summary"], int32(version)
	} else if in.Text == "" {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "incident.summary.change", Value: string(to) + " " + strconv.Itoa(int(inc.SummaryVersion)), Title: "Rewrite the summary", Submit: "Save",
			Intro: hint("/inc summary One in five card payments fails since 13:52."),
			Inputs: []chat.Input{{
				Kind: chat.MultilineInput, Name: "summary", Label: "Summary", Hint: "What is wrong, whom it affects, what is being done. Everyone reads this first.",
				Initial: inc.Summary.Source, Most: 10_000,
			}},
		}), nil
	}
	done, err := b.Incidents.ChangeSummary(ctx, cmd)
	var stale *incident.Stale
	if errors.As(err, &stale) {
		return chat.Reply{}, problem.Field("summary", "stale", "Someone rewrote the summary meanwhile: “%s” Close this, read it, and write again.", stale.Now)
	}
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("The summary says that already."), nil
	}
	return say("The summary is rewritten."), nil
}
