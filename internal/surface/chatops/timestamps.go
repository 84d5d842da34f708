package chatops

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// dayAndTime is how a moment of another day is written.
const dayAndTime = "2006-01-02 15:04"

// past reads when something happened, in the actor's zone: "13:52", "2026-03-01 13:52" or "now"; nil clears.
func (b *Bot) past(ctx context.Context, field, typed string) (*time.Time, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" || slices.Contains(cleared, strings.ToLower(typed)) {
		return nil, nil
	}
	now, zone, err := b.earlier(ctx, "")
	if err != nil || strings.EqualFold(typed, "now") {
		return &now, err
	}
	if at, err := time.ParseInLocation(dayAndTime, typed, zone); err == nil {
		return &at, nil
	}
	at, _, err := b.earlier(ctx, typed)
	if err != nil {
		return nil, problem.Field(field, "not_a_time", "“%s” is no time. Write it like 13:52, or like 2026-03-01 13:52.", typed)
	}
	return &at, nil
}

// setTimestamp says when one thing happened: "fixed 13:52", "fixed clear".
func (b *Bot) setTimestamp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil || in.Text == "" {
		return b.setTimestamps(ctx, in)
	}
	stamps, err := b.Incidents.Timestamps(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	all := make([]choice, len(stamps))
	for n, t := range stamps {
		all[n] = choice{id: t.ID, name: t.Name}
	}
	chosen, when, found := leading(in.Text, all)
	if !found {
		first, rest, _ := strings.Cut(in.Text, " ")
		if chosen, err = pick("timestamp", first, all); err != nil {
			return chat.Reply{}, err
		}
		when = rest
	}
	if strings.TrimSpace(when) == "" {
		when = "now"
	}
	at, err := b.past(ctx, "when", when)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.SetTimestamps(ctx, incident.SetTimestamps{Incident: to, At: map[id.ID]*time.Time{chosen.id: at}})
	switch {
	case err != nil:
		return chat.Reply{}, err
	case !done.Changed:
		return say(chosen.name + " says that already."), nil
	case at == nil:
		return say(chosen.name + " is cleared."), nil
	default:
		_, zone, err := b.earlier(ctx, "")
		return say(chosen.name + " is " + at.In(zone).Format(dayAndTime) + " now."), err
	}
}

// setTimestamps asks when everything happened, and takes the answers.
func (b *Bot) setTimestamps(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	stamps, err := b.Incidents.Timestamps(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	_, zone, err := b.earlier(ctx, "")
	if err != nil {
		return chat.Reply{}, err
	}
	now := map[id.ID]string{}
	for _, t := range inc.Timestamps {
		now[t.ID] = t.At.In(zone).Format(dayAndTime)
	}
	if in.Kind != chat.Submission {
		form := chat.Form{Action: "incident.timestamps.set", Value: string(to), Title: "When it happened", Submit: "Save", Intro: hint("/inc timestamp fixed 13:52")}
		for _, t := range stamps {
			form.Inputs = append(form.Inputs, chat.Input{Kind: chat.TextInput, Name: incident.TimestampField(t.ID), Label: t.Name, Initial: now[t.ID], Placeholder: "13:52", Most: 40})
		}
		return chat.Ask(form), nil
	}
	at := map[id.ID]*time.Time{}
	var problems problem.List
	for _, t := range stamps {
		name := incident.TimestampField(t.ID)
		typed, said := in.Values[name]
		if !said || strings.TrimSpace(typed) == now[t.ID] { // what was left as it was keeps its seconds
			continue
		}
		moment, err := b.past(ctx, name, typed)
		problems = append(problems, problem.All(err)...)
		at[t.ID] = moment
	}
	if err := problems.Err(); err != nil {
		return chat.Reply{}, err
	}
	if _, err := b.Incidents.SetTimestamps(ctx, incident.SetTimestamps{Incident: to, At: at}); err != nil {
		return chat.Reply{}, err
	}
	return say("The times are saved."), nil
}
