package chatops

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// usualNext is in how many minutes the next update is promised unless somebody says otherwise.
const usualNext = 30

// sendUpdate tells everyone where things stand: "We found it. --next 30m --status fixing".
func (b *Bot) sendUpdate(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := incident.SendUpdate{Incident: to, Gaps: true, Key: in.Key}
	if last, told := saw(in); told {
		cmd.Saw = &last
	}
	switch {
	case in.Kind == chat.Submission:
		cmd.Message, cmd.Status, cmd.Severity = in.Values["message"], id.ID(in.Values.Get("status")), id.ID(in.Values.Get("severity"))
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		cmd.Fields = answers(in.Values, inc.Fields)
		if given := in.Values.Get("next_update_in"); given != "" {
			if cmd.NextMinutes, err = minutes(given); err != nil {
				return chat.Reply{}, err
			}
		}
	case in.Kind == chat.Command && in.Text != "":
		if cmd, err = b.updateLine(ctx, cmd, in.Text); err != nil {
			return chat.Reply{}, err
		}
		if cmd.Message == "" {
			return b.updateForm(ctx, to, cmd, nil)
		}
	default:
		return b.updateForm(ctx, to, cmd, nil)
	}
	if err := b.sendWithCustomers(ctx, in, cmd); err != nil {
		return b.overtaken(ctx, in, cmd, err)
	}
	text := "The update is sent."
	if cmd.NextMinutes > 0 {
		text += " You are reminded of the next one in " + lasting(cmd.NextMinutes) + "."
	}
	return say(text), nil
}

// saw returns the last update that the writer of a form knew of, and whether the form tells: "INCIDENT UPDATE VERSION",
// the last for the words for customers.
func saw(in chat.Interaction) (id.ID, bool) {
	seen := strings.Split(in.Value, " ")
	if in.Kind != chat.Submission || len(seen) < 2 {
		return "", false
	}
	return id.ID(seen[1]), true
}

// overtaken shows the form again, with what was written, to whoever did not know of somebody else's words.
func (b *Bot) overtaken(ctx context.Context, in chat.Interaction, cmd incident.SendUpdate, err error) (chat.Reply, error) {
	var by *incident.Overtaken
	var stale *incident.Stale
	words, again := "", ""
	switch {
	case errors.As(err, &by):
		words = by.By.Author.Name + " sent an update while you wrote yours: “" + by.By.Message.Excerpt(300) + "” Yours is kept below. Send it again if it still says something new."
		again = "Send mine as well"
	case errors.As(err, &stale):
		words = "Somebody changed what customers may be told meanwhile. It says now: “" + stale.Now + "” Yours is kept below. Send again to replace theirs."
		again = "Send and replace"
	default:
		return chat.Reply{}, err
	}
	_, seen, changed, err := b.toldWith(ctx, in, cmd.Incident)
	if err != nil {
		return chat.Reply{}, err
	}
	said := maps.Clone(in.Values)
	if !changed { // then they follow what others wrote
		delete(said, "customers")
	}
	reply, err := b.updateForm(ctx, cmd.Incident, cmd, said)
	if err != nil {
		return chat.Reply{}, err
	}
	if changed && stale == nil { // they have not seen what others wrote for customers since
		reply.Form.Value = reply.Form.Value[:strings.LastIndex(reply.Form.Value, " ")+1] + strconv.Itoa(int(seen))
	}
	intro := chat.Text(richtext.Literal(words))
	reply.Form.Intro = &intro
	reply.Form.Submit = again
	return reply, nil
}

// updateLine reads one line. Where an option stands before the message, what is left of its value is the message.
func (b *Bot) updateLine(ctx context.Context, cmd incident.SendUpdate, text string) (incident.SendUpdate, error) {
	l := parse(text, "next", "status", "severity")
	cmd.Message = l.text
	rest := func(left string) {
		if cmd.Message == "" {
			cmd.Message = left
		}
	}
	if typed, given := l.options["next"]; given {
		first, left := typed, ""
		if l.text == "" {
			first, left, _ = strings.Cut(typed, " ")
		}
		var err error
		if cmd.NextMinutes, err = minutes(first); err != nil {
			return cmd, err
		}
		rest(left)
	} else if text, next, found := Trailing(cmd.Message); found { // "Rolled back. Next in 30m"
		cmd.Message, cmd.NextMinutes = text, int(next/time.Minute)
	}
	for name, set := range map[string]struct {
		list func(context.Context) ([]choice, error)
		to   *id.ID
	}{"status": {b.statuses, &cmd.Status}, "severity": {b.severities, &cmd.Severity}} {
		typed, given := l.options[name]
		if !given {
			continue
		}
		all, err := set.list(ctx)
		if err != nil {
			return cmd, err
		}
		if found, left, ok := leading(typed, all); ok && l.text == "" {
			*set.to = found.id
			rest(left)
			continue
		}
		found, err := pick(name, typed, all)
		if err != nil {
			return cmd, err
		}
		*set.to = found.id
	}
	return cmd, nil
}

// updateForm asks for an update. What was said in it before is kept.
func (b *Bot) updateForm(ctx context.Context, to id.ID, begun incident.SendUpdate, said chat.FormValues) (chat.Reply, error) {
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	statuses, err := b.statuses(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	severities, err := b.severities(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	status, severity := begun.Status, begun.Severity
	if status.Empty() {
		status = inc.Status.ID
	}
	if severity.Empty() && inc.Severity != nil {
		severity = inc.Severity.ID
	}
	last, after := id.ID(""), int64(0)
	if inc.LastUpdate != nil {
		last, after = inc.LastUpdate.ID, inc.LastUpdate.Seq
	}
	hinted := "What you see, and what is being done. People outside the room read it too."
	if begun.Message == "" {
		if begun.Message, err = b.Timelines.Draft(ctx, inc.ID, after); err != nil {
			return chat.Reply{}, err
		}
		if begun.Message != "" {
			hinted = "A draft, written from what happened since. Make it yours."
		}
	}
	next := begun.NextMinutes
	if next == 0 && inc.Live() {
		next = usualNext
	}
	forms, err := b.Forms.Forms(ctx, inc.Type.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	told, err := b.Customers.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	asked, s := forms[form.Update], inc.Situation()
	inputs := []chat.Input{
		{Kind: chat.MultilineInput, Name: "message", Label: "What should everyone know", Hint: hinted, Initial: begun.Message, Most: 10_000},
		{Kind: chat.SelectInput, Name: "status", Label: "Status", Initial: string(status), Options: options(statuses)},
	}
	if asked.Shows(form.Severity, s) {
		inputs = append(inputs, chat.Input{Kind: chat.SelectInput, Name: "severity", Label: "Severity", Initial: string(severity), Options: options(severities)})
	}
	inputs = append(inputs, chat.Input{Kind: chat.MultilineInput, Name: "customers", Label: "What we can tell customers", Hint: "Everyone outside reads this. Leave it as it is if it still holds.", Initial: told.Text, Most: 4000})
	if asked.Shows(form.Next, s) {
		inputs = append(inputs, chat.Input{Kind: chat.MinutesInput, Name: "next_update_in", Label: "Next update in", Hint: "Minutes; you are reminded. Empty for none.", Initial: blankZero(next), Most: 7 * 24 * 60})
	}
	filled := chat.Form{
		Action: "incident.update.send", Value: string(to) + " " + string(last) + " " + strconv.Itoa(int(told.Version)), Title: "Send an update", Submit: "Send update", Intro: hint("/inc update We found it. --next 30m --status fixing"),
		Inputs: append(inputs, inputsOf(asked, s)...),
	}.Filled(said)
	return chat.Ask(filled), nil
}

// snoozeUpdate gives the update that is due ten more minutes, or as many as the button says: "INCIDENT 30".
func (b *Bot) snoozeUpdate(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	value, given, _ := strings.Cut(in.Value, " ")
	in.Value = value
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	wait := snoozeFor
	if given != "" {
		if wait, err = strconv.Atoi(given); err != nil {
			return chat.Reply{}, problem.Field("minutes", "not_a_number", "The time to wait is a number of minutes.")
		}
	}
	if _, err := b.Incidents.SnoozeReminder(ctx, incident.SnoozeReminder{Incident: to, Minutes: wait}); err != nil {
		return chat.Reply{}, err
	}
	return say("You are reminded again in " + lasting(wait) + "."), b.refreshReminder(ctx, to)
}

// skipUpdate takes the promise of an update back.
func (b *Bot) skipUpdate(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if _, err := b.Incidents.SkipReminder(ctx, incident.SkipReminder{Incident: to}); err != nil {
		return chat.Reply{}, err
	}
	return say("Nobody is reminded until the next update."), b.refreshReminder(ctx, to)
}

func blankZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// lasting words a number of minutes: "30 minutes", "1 hour", "1 hour 30 minutes".
func lasting(total int) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return strconv.Itoa(n) + " " + unit + "s"
	}
	switch hours, rest := total/60, total%60; {
	case hours == 0:
		return count(rest, "minute")
	case rest == 0:
		return count(hours, "hour")
	default:
		return count(hours, "hour") + " " + count(rest, "minute")
	}
}
