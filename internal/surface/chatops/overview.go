package chatops

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// overview is what bare /inc answers in an incident: how it stands, and what to do next.
func (b *Bot) overview(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	zone, err := b.zone(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	title := inc.Name
	if inc.Reference != "" {
		title = inc.Reference + " " + title
	}
	value := string(inc.ID)
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(title))))}
	if !inc.Summary.Empty() {
		blocks = append(blocks, chat.Text(inc.Summary))
	}
	blocks = append(blocks, chat.Fields(facts(inc, b.Clock.Now(), zone)...), chat.Buttons(
		chat.Button{Action: "incident.update.send", Value: value, Label: "Send update", Style: chat.Primary},
		chat.Button{Action: "incident.severity.change", Value: value, Label: "Severity"},
		chat.Button{Action: "incident.status.change", Value: value, Label: "Status"},
		chat.Button{Action: "incident.role.assign", Value: value, Label: "Roles"},
		chat.Button{Action: "action.create", Value: value, Label: "Actions"},
		chat.Button{Action: "help", Label: "Help"},
	))
	return chat.Whisper("reply", blocks...), nil
}

func facts(inc incident.Incident, now time.Time, zone *time.Location) []chat.Fact {
	fact := func(label, value string) chat.Fact { return chat.Fact{Label: label, Value: richtext.Literal(value)} }
	severity, lead, last, next := "None yet", "Nobody", "None yet", "Not promised"
	if inc.Severity != nil {
		severity = inc.Severity.Name
	}
	if who := inc.Lead(); who != nil {
		lead = who.Name
	}
	if inc.LastUpdate != nil {
		last = inc.LastUpdate.Message.Excerpt(200)
	}
	if due := inc.NextUpdateDueAt; due != nil {
		next = moment(*due, zone)
		if now.After(*due) {
			next += ", overdue"
		}
	}
	return []chat.Fact{
		fact("Severity", severity), fact("Status", inc.Status.Name), fact("Lead", lead),
		fact("Running for", lasting(int(inc.Duration(now).Minutes()))), fact("Last update", last), fact("Next update", next),
	}
}
