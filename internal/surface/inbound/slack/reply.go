package slack

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// soon is how quickly an answer must be there for nobody to wonder: then a form that says "one moment" opens, because
// after three seconds Slack opens none.
const soon = time.Second

// words is an answer in plain words for one person.
func words(text string) chat.Reply {
	return chat.Whisper("reply", chat.Text(richtext.Literal(text)))
}

// answer lets fn find the answer and brings it to where it was asked.
func (d *Doors) answer(ctx context.Context, at *place, fn func(ctx context.Context) (chat.Reply, error)) error {
	type answered struct {
		reply chat.Reply
		err   error
	}
	ready := make(chan answered, 1)
	supervise.Go(ctx, "answer somebody in Slack", func(ctx context.Context) {
		got := answered{err: errPanicked}
		defer func() { ready <- got }()
		d.work <- struct{}{}
		defer func() { <-d.work }()
		got.reply, got.err = fn(ctx)
	})
	waiting := time.NewTimer(soon)
	defer waiting.Stop()
	var got answered
	select {
	case got = <-ready:
	case <-waiting.C:
		if at.fresh(d.Clock.Now()) && at.view == "" {
			view, err := d.Client.OpenView(ctx, at.team, at.trigger, platform.Loading("Muster"))
			d.warn(ctx, "a form that says to wait did not open", err)
			at.view, at.trigger = view, ""
		}
		got = <-ready
	}
	if got.err != nil && !errors.Is(got.err, errPanicked) && settled(got.err) {
		got.reply, got.err = words(problem.All(got.err)[0].Message), nil
	}
	if got.err != nil {
		d.reply(ctx, *at, words("Something went wrong in Muster, and nothing was changed. Try again in a moment."))
		return got.err
	}
	d.reply(ctx, *at, got.reply)
	return nil
}

var errPanicked = errors.New("the answer was not found")

func (d *Doors) warn(ctx context.Context, what string, err error) {
	if err != nil {
		slog.WarnContext(ctx, what, "platform", platform.Name, "error", err)
	}
}

// reply brings an answer to where it was asked. What was done is done: an answer that Slack does not take is not tried again.
func (d *Doors) reply(ctx context.Context, at place, reply chat.Reply) {
	if reply.Form != nil {
		d.warn(ctx, "a form did not open", d.show(ctx, at, *reply.Form, reply.Errors))
	}
	if reply.Edit != nil {
		d.warn(ctx, "a message did not change", d.edit(ctx, at, *reply.Edit))
	}
	if reply.Post != nil && !at.incident().Empty() {
		_, err := d.Rooms.Say(ctx, at.incident(), *reply.Post)
		d.warn(ctx, "an answer was not said", err)
	}
	said := reply.Ephemeral
	if said == nil && reply.Form == nil && len(reply.Errors) > 0 {
		said = words(sentences(reply.Errors)).Ephemeral
	}
	if reply.Redirect != "" {
		d.lead(ctx, at, said, reply.Redirect)
		return
	}
	if said != nil {
		d.warn(ctx, "an answer did not arrive", d.whisper(ctx, at, *said))
	}
}

// whisper says something to the person alone: in the form that waits, at the address that came with what they did, in
// the channel, or in their conversation with Muster.
func (d *Doors) whisper(ctx context.Context, at place, message chat.Message) error {
	ctx = platform.WithPriority(ctx, platform.Urgent)
	if at.view != "" && at.response == "" && !at.home {
		return d.Client.UpdateView(ctx, at.team, at.view, "", platform.Notice("Muster", plain(message)))
	}
	if at.response != "" {
		line, blocks, err := d.Platform.Written(ctx, at.team, message)
		if err != nil {
			return err
		}
		err = d.Client.Respond(ctx, at.team, at.response, platform.Answer{Text: line, Blocks: blocks})
		if err == nil {
			if at.view != "" { // it opened to say that they wait
				return d.Client.UpdateView(ctx, at.team, at.view, "", platform.Notice("Muster", plain(message)))
			}
			return nil
		}
	}
	if at.channel != "" {
		err := d.Platform.Ephemeral(ctx, at.ref(), at.user, message)
		if err == nil || !errors.Is(err, chat.ErrRefused) {
			return err
		}
	}
	message.Key = at.key + "/" + message.Key
	_, err := d.Platform.Direct(ctx, at.team, at.user, message)
	return err
}

// plain is what a message says, for a form that only says something.
func plain(m chat.Message) string {
	var lines []string
	for _, b := range m.Blocks {
		if b.Text != nil {
			lines = append(lines, b.Text.Plain())
		}
		for _, fact := range b.Fields {
			lines = append(lines, fact.Label+": "+fact.Value.Plain())
		}
	}
	return first(strings.Join(lines, "\n\n"), m.Text, "Done.")
}

// show opens a form, or puts it in the place of the one that waits.
func (d *Doors) show(ctx context.Context, at place, form chat.Form, wrong map[string]string) error {
	view, err := d.Platform.Modal(ctx, at.team, told(form, wrong), platform.Meta{Channel: at.channel, Message: at.ts, Key: at.key, Quote: at.quote})
	if err != nil {
		return err
	}
	switch {
	case at.view != "" && !at.home:
		return d.Client.UpdateView(ctx, at.team, at.view, "", view)
	case at.fresh(d.Clock.Now()):
		_, err = d.Client.OpenView(ctx, at.team, at.trigger, view)
	default:
		err = errLate
	}
	if err != nil { // Slack opens no form any more
		d.warn(ctx, "a person was told that no form opens", d.whisper(ctx, at, *words("Slack was too slow to open the form. Do it once more, or write it in one line: /inc help").Ephemeral))
	}
	return err
}

var errLate = errors.New("the trigger is too old")

// told puts what is wrong above a form that is shown anew.
func told(form chat.Form, wrong map[string]string) chat.Form {
	if len(wrong) == 0 {
		return form
	}
	intro := chat.Text(richtext.Literal(sentences(wrong)))
	form.Intro = &intro
	return form
}

// sentences tells what is wrong in one text.
func sentences(wrong map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		all = append(all, wrong[name])
	}
	return first(strings.Join(all, " "), "This cannot be done like that.")
}

// edit changes the message whose button was pressed: in the room, from where the channel follows, or in Slack alone.
func (d *Doors) edit(ctx context.Context, at place, now chat.Message) error {
	if at.ephemeral {
		line, blocks, err := d.Platform.Written(ctx, at.team, now)
		if err != nil {
			return err
		}
		return d.Client.Respond(ctx, at.team, at.response, platform.Answer{Text: line, Blocks: blocks, Replace: true})
	}
	message, err := d.standing(ctx, at.in, at.ts)
	if err != nil || message == "" {
		return err
	}
	return d.Rooms.Resay(ctx, id.ID(message), now)
}

const (
	// opening is how long somebody who declared is kept waiting for the name of the channel, looked for at each glance.
	opening = 20 * time.Second
	glance  = 300 * time.Millisecond
)

// lead shows the way to an incident: at once to its page, and to its channel as soon as there is one.
func (d *Doors) lead(ctx context.Context, at place, said *chat.Message, path string) {
	if said == nil {
		said = words("It is there.").Ephemeral
	}
	address, err := d.Address(ctx, path)
	d.warn(ctx, "a page has no address", err)
	open := chat.Buttons(chat.Button{Action: "link", Label: "Open in Muster", URL: address})
	now := *said
	now.Blocks = append(now.Blocks[:len(now.Blocks):len(now.Blocks)], open)
	where, err := d.led(ctx, at, path)
	if err != nil {
		d.warn(ctx, "the channel of an incident was not found", err)
		d.warn(ctx, "an answer did not arrive", d.whisper(ctx, at, now))
		return
	}
	if where.State != channel.Opening || at.response == "" {
		d.warn(ctx, "an answer did not arrive", d.whisper(ctx, at, there(*said, where, open)))
		return
	}
	d.warn(ctx, "an answer did not arrive", d.whisper(ctx, at, now))
	supervise.Go(context.WithoutCancel(ctx), "show the way to a channel", func(ctx context.Context) {
		d.follow(ctx, at, path, func(where channel.Channel) chat.Message { return there(*said, where, open) })
	})
}

// follow shows the way to a channel as soon as it is there.
func (d *Doors) follow(ctx context.Context, at place, path string, way func(where channel.Channel) chat.Message) {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(glance):
		}
		where, err := d.led(ctx, at, path)
		if err != nil || where.State != channel.Opening && where.External == "" {
			return
		}
		if where.State == channel.Opening {
			continue
		}
		line, blocks, err := d.Platform.Written(ctx, at.team, way(where))
		if err == nil {
			err = d.Client.Respond(ctx, at.team, at.response, platform.Answer{Text: line, Blocks: blocks, Replace: true})
		}
		d.warn(ctx, "the way to a channel was not shown", err)
		return
	}
}

// led finds the channel of the incident that a path leads to.
func (d *Doors) led(ctx context.Context, at place, path string) (channel.Channel, error) {
	reference, _, _ := strings.Cut(strings.TrimPrefix(path, "/incidents/"), "/")
	acting := at.acting
	if acting == nil {
		acting = ctx
	}
	found, err := d.Incidents.ByReference(acting, reference)
	if err != nil {
		return channel.Channel{}, err
	}
	return d.Channels.Of(ctx, found)
}

// there adds the way to a channel to what is said.
func there(said chat.Message, where channel.Channel, open chat.Block) chat.Message {
	if where.External != "" {
		team, external, _ := strings.Cut(where.External, "/")
		open.Buttons = append([]chat.Button{{Action: "link", Label: "#" + where.Name, URL: "https://slack.com/app_redirect?team=" + team + "&channel=" + external, Style: chat.Primary}}, open.Buttons...)
	}
	said.Blocks = append(said.Blocks[:len(said.Blocks):len(said.Blocks)], open)
	return said
}
