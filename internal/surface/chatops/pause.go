package chatops

import (
	"context"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/when"
)

// pause puts the incident aside: "2h", "tomorrow 9:00", "mon 9:00 waiting for the supplier", or by a form.
func (b *Bot) pause(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	now, err := b.here(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := incident.Pause{Incident: to}
	switch {
	case in.Kind == chat.Submission:
		cmd.Reason = in.Values.Get("reason")
		if cmd.Until, err = pauseEnd(in.Values.Get("until"), now); err != nil {
			return chat.Reply{}, err
		}
	case in.Kind == chat.Command && in.Text != "":
		if cmd.Until, cmd.Reason, err = pauseLine(in.Text, now); err != nil {
			return chat.Reply{}, err
		}
	default:
		return pauseForm(to), nil
	}
	done, err := b.Incidents.Pause(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	switch {
	case !done.Changed:
		return say("It is paused until then already."), nil
	case cmd.Until.IsZero():
		return say("Paused. `/inc resume` takes it up again."), nil
	default:
		return say("Paused until " + cmd.Until.In(now.Location()).Format("Mon 2 Jan 15:04 MST") + ". The lead is told then; `/inc resume` takes it up before."), nil
	}
}

func pauseForm(to id.ID) chat.Reply {
	return chat.Ask(chat.Form{
		Action: "incident.pause", Value: string(to), Title: "Pause the incident", Submit: "Pause", Intro: hint("/inc pause tomorrow 9:00"),
		Inputs: []chat.Input{
			{Kind: chat.TextInput, Name: "until", Label: "Until when", Placeholder: "tomorrow 9:00", Hint: "Also 2h, 15:30, Monday 9:00, or a date. Left empty, until someone takes it up again."},
			{Kind: chat.TextInput, Name: "reason", Label: "What is it waiting for", Most: 500},
		},
	})
}

// pauseEnd reads the end of a pause; nothing, "open" and "no end" are none.
func pauseEnd(typed string, now time.Time) (time.Time, error) {
	switch strings.ToLower(strings.TrimSpace(typed)) {
	case "", "open", "no end", "open end":
		return time.Time{}, nil
	}
	until, ok := when.Until(typed, now)
	if !ok {
		return until, problem.Field("until", "not_a_time", "“%s” is no time to pause until. Write 2h, 15:30, tomorrow 9:00, Monday 9:00 or 2026-03-02 14:00.", typed)
	}
	return until, nil
}

// pauseLine takes the longest beginning of a line that is a time; the rest is the reason.
func pauseLine(text string, now time.Time) (time.Time, string, error) {
	words := strings.Fields(text)
	for take := min(len(words), 5); take > 0; take-- {
		if until, err := pauseEnd(strings.Join(words[:take], " "), now); err == nil {
			return until, strings.TrimLeft(strings.Join(words[take:], " "), ",;:–—- "), nil
		}
	}
	_, err := pauseEnd(words[0], now)
	return time.Time{}, "", err
}

// resume takes a paused incident up again.
func (b *Bot) resume(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.Resume(ctx, incident.Resume{Incident: to})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It is not paused."), nil
	}
	return say("Taken up again."), nil
}

// here is now where the actor is.
func (b *Bot) here(ctx context.Context) (time.Time, error) {
	now, zone, err := b.earlier(ctx, "")
	return now.In(zone), err
}

// pausedNow tells until when, for the completion.
func pausedNow(inc incident.Incident) string {
	if inc.Aside != nil && inc.Aside.Category == incident.CategoryPaused {
		return "paused now"
	}
	return ""
}
