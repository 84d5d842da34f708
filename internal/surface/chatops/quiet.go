package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// quiet turns the quiet on or off; bare it turns it around.
func (b *Bot) quiet(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	var quiet bool
	switch strings.ToLower(strings.TrimSpace(in.Text)) {
	case "on", "yes":
		quiet = true
	case "off", "no":
	case "":
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		quiet = !inc.Quiet
	default:
		return chat.Reply{}, problem.Field("quiet", "unknown", "Write `/inc quiet on` or `/inc quiet off`.")
	}
	done, err := b.Incidents.SetQuiet(ctx, incident.SetQuiet{Incident: to, Quiet: quiet})
	if err != nil {
		return chat.Reply{}, err
	}
	switch {
	case !done.Changed && quiet:
		return say("It is quiet already."), nil
	case !done.Changed:
		return say("It is not quiet."), nil
	case quiet:
		return say("Quiet: nothing reminds, and nobody is told but those who are named. `/inc quiet off` ends it, and so does raising the severity."), nil
	default:
		return say("No longer quiet."), nil
	}
}

func quietNow(inc incident.Incident) string {
	if inc.Quiet {
		return "on now"
	}
	return ""
}
