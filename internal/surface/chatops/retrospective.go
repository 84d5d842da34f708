package chatops

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// retrospective writes an incident down that is over: by its name; by a form where it can take the channel in which it was
// dealt with; elsewhere on the page that asks for its times.
func (b *Bot) retrospective(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	cmd := incident.Declare{Name: in.Text, Mode: incident.Retrospective, Key: in.Key}
	switch {
	case in.Kind == chat.Refresh:
		return b.retrospectiveForm(ctx, in.Values)
	case in.Kind == chat.Submission:
		return b.writeDown(ctx, in, cmd)
	case in.Text == "" && in.Here.ID != "":
		return b.retrospectiveForm(ctx, chat.FormValues{"channel": hereChannel})
	case in.Text == "":
		reply := say("Write it down in the dashboard, where its times can be given. In one line: `/inc retrospective Checkout was slow`")
		reply.Redirect = "/incidents/new?mode=retrospective"
		return reply, nil
	}
	brief, err := b.Incidents.Declare(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := say("You wrote " + brief.Reference + " down. Give its times in the details.")
	if in.Here.ID != "" {
		reply.Ephemeral.Blocks = append(reply.Ephemeral.Blocks, chat.Buttons(chat.Button{Action: "channel.adopt", Value: string(brief.ID), Label: "Make this its channel"}))
	}
	reply.Redirect = incidentPath(brief)
	return reply, nil
}

// The answers to which channel it has, besides none.
const (
	hereChannel    = "here"
	anotherChannel = "another"
)

// bringsHistory is the question whether the room gets what was said before.
var bringsHistory = chat.Input{Kind: chat.CheckboxInput, Name: "history", Label: "Bring what was said in it while the incident lasted into the room", Hint: "Left open, it stays in the channel alone."}

// retrospectiveForm asks for what is known of an incident that is over, and for its channel.
func (b *Bot) retrospectiveForm(ctx context.Context, said chat.FormValues) (chat.Reply, error) {
	inputs, err := b.declareInputs(ctx, form.Retrospective, said, func(severities []choice) []chat.Input {
		return []chat.Input{
			{Kind: chat.TextInput, Name: "name", Label: "What was wrong", Placeholder: "Checkout was slow", Required: true, Most: 200},
			{Kind: chat.ChoiceInput, Name: "severity", Label: "How bad was it", Options: options(severities)},
			{Kind: chat.MultilineInput, Name: "summary", Label: "Summary", Hint: "What was wrong, for whom, and how it ended.", Most: 10_000},
			{Kind: chat.UserInput, Name: "lead", Label: "Who led it", Hint: "Left open, it is you."},
		}
	})
	if err != nil {
		return chat.Reply{}, err
	}
	times, err := b.overTimes(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, t := range times {
		inputs = append(inputs, chat.Input{Kind: chat.TextInput, Name: incident.TimestampField(t.ID), Label: t.Name, Placeholder: "2026-03-01 13:52", Most: 40})
	}
	inputs = append(inputs, chat.Input{Kind: chat.SelectInput, Name: "channel", Label: "Channel", Refresh: true, Options: []chat.Option{
		{Value: hereChannel, Label: "This channel"}, {Value: anotherChannel, Label: "Another channel"}, {Value: "", Label: "None"},
	}})
	if said.Get("channel") == anotherChannel {
		inputs = append(inputs, chat.Input{Kind: chat.TextInput, Name: "place", Label: "Which", Placeholder: "#checkout-trouble", Hint: "Its name, or a link to it.", Required: true, Most: 300})
	}
	if said.Get("channel") != "" {
		inputs = append(inputs, bringsHistory)
	}
	if _, asked := said["private"]; asked {
		inputs = append(inputs, chat.Input{Kind: chat.CheckboxInput, Name: "private", Label: "Private: only those who are in it see it"})
	}
	return chat.Ask(chat.Form{
		Action: "incident.retrospective", Title: "Write it down afterwards", Submit: "Write it down", Intro: hint("/inc retrospective Checkout was slow"), Inputs: inputs,
	}.Filled(said)), nil
}

// overTimes are the moments that are asked of what is over: when it was reported, and when it was closed.
func (b *Bot) overTimes(ctx context.Context) ([]incident.Timestamp, error) {
	all, err := b.Incidents.Timestamps(ctx)
	var times []incident.Timestamp
	for _, t := range all {
		if t.SetBy == "reported" || t.SetBy == "closed" {
			times = append(times, t)
		}
	}
	return times, err
}

// writeDown takes the form of an incident that is over.
func (b *Bot) writeDown(ctx context.Context, in chat.Interaction, cmd incident.Declare) (chat.Reply, error) {
	v := in.Values
	cmd.Name, cmd.Severity, cmd.Summary, cmd.Lead, cmd.Private = v.Get("name"), id.ID(v.Get("severity")), v.Get("summary"), id.ID(v.Get("lead")), v.Checked("private")
	again := func(wrong error) (chat.Reply, error) {
		if !problem.Is(wrong, problem.Invalid) {
			return chat.Reply{}, wrong
		}
		if problem.All(wrong)[0].Code == channel.IsPrivate {
			v["private"] = "" // asked from now on
		}
		reply, err := b.retrospectiveForm(ctx, v)
		reply.Errors = chat.Wrong(wrong).Errors
		if words, about := reply.Errors["channel"]; about && v.Get("channel") == anotherChannel {
			delete(reply.Errors, "channel")
			reply.Errors["place"] = words
		}
		return reply, err
	}
	var err error
	if cmd.Type, cmd.Fields, err = b.declared(ctx, v); err != nil {
		return chat.Reply{}, err
	}
	if cmd.Times, err = b.overAt(ctx, v); err != nil {
		return again(err)
	}
	var place channel.Place
	if named := map[string]string{hereChannel: in.Here.ID, anotherChannel: v.Get("place")}[v.Get("channel")]; named != "" {
		if place, err = b.Channels.Choose(ctx, named, cmd.Private); err != nil {
			return again(err)
		}
	}
	brief, err := b.Incidents.Declare(ctx, cmd)
	if err != nil {
		return again(err)
	}
	words := "You wrote " + brief.Reference + " down."
	if place.ID != "" {
		if _, err := b.Channels.Adopt(ctx, channel.Adopt{Incident: brief.ID, Named: place.ID, History: v.Checked("history")}); problem.Is(err, problem.Invalid) {
			words += " It has no channel: " + problem.All(err)[0].Message
		} else if err != nil {
			return chat.Reply{}, err
		}
	}
	reply := say(words)
	reply.Redirect = incidentPath(brief)
	return reply, nil
}

// overAt reads when things happened.
func (b *Bot) overAt(ctx context.Context, values chat.FormValues) (map[id.ID]time.Time, error) {
	times, err := b.overTimes(ctx)
	if err != nil {
		return nil, err
	}
	at := map[id.ID]time.Time{}
	var wrong problem.List
	for _, t := range times {
		name := incident.TimestampField(t.ID)
		moment, err := b.past(ctx, name, values.Get(name))
		if err != nil {
			wrong = append(wrong, problem.All(err)...)
		} else if moment != nil {
			at[t.ID] = *moment
		}
	}
	return at, wrong.Err()
}

// adopt makes the channel in which it is asked the one of an incident that was written down afterwards.
func (b *Bot) adopt(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind != chat.Submission {
		return chat.Ask(chat.Form{Action: "channel.adopt", Value: in.Value, Title: "Its channel", Submit: "Make it so", Inputs: []chat.Input{bringsHistory}}), nil
	}
	if in.Here.ID == "" {
		return say("This is the channel of an incident already."), nil
	}
	if _, err := b.Channels.Adopt(ctx, channel.Adopt{Incident: inc.ID, Named: in.Here.ID, History: in.Values.Checked("history")}); err != nil {
		return chat.Reply{}, err
	}
	return say("This is the channel of " + inc.Reference + " now. Its name and topic stay as they are."), nil
}
