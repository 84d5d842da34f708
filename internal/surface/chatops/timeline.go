package chatops

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

var clockTime = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d$`)

// tell writes something on the timeline: "The pool ran empty", with a time before it where it was earlier.
func (b *Bot) tell(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	title, when := strings.TrimSpace(in.Text), ""
	switch {
	case in.Kind == chat.Submission:
		title, when = in.Values.Get("title"), in.Values.Get("when")
	case title == "":
		return chat.Ask(chat.Form{
			Action: "timeline.write", Value: string(to), Title: "Write on the timeline", Submit: "Write", Intro: hint("/inc timeline 13:52 The pool ran empty"),
			Inputs: []chat.Input{
				{Kind: chat.TextInput, Name: "title", Label: "What happened?", Required: true, Most: 300},
				{Kind: chat.TextInput, Name: "when", Label: "When", Hint: "In your time zone. Left empty, it is now.", Placeholder: "13:52"},
			},
		}), nil
	default:
		if first, rest, found := strings.Cut(title, " "); found && clockTime.MatchString(first) {
			when, title = first, rest
		}
	}
	at, zone, err := b.earlier(ctx, when)
	if err != nil {
		return chat.Reply{}, err
	}
	if _, err := b.Timelines.Write(ctx, timeline.Write{Incident: to, Title: title, At: at, Key: in.Key}); err != nil {
		return chat.Reply{}, err
	}
	return say("It is on the timeline, at " + at.In(zone).Format("15:04") + "."), nil
}

// earlier is the last time at which a clock in the actor's zone showed what was typed; now for nothing.
func (b *Bot) earlier(ctx context.Context, typed string) (time.Time, *time.Location, error) {
	now, zone := b.Clock.Now(), time.UTC
	scope, err := tenant.From(ctx)
	if err != nil {
		return now, zone, err
	}
	if me, err := b.Users.Get(ctx, scope.Actor.ID); err == nil {
		if known, err := time.LoadLocation(me.Zone); err == nil {
			zone = known
		}
	}
	if strings.TrimSpace(typed) == "" {
		return now, zone, nil
	}
	clock, err := time.Parse("15:04", strings.TrimSpace(typed))
	if err != nil {
		return now, zone, problem.Field("when", "not_a_time", "%q is no time of day. Write it like 13:52.", typed)
	}
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at.UTC(), zone, nil
}
