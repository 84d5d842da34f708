package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

func (b *Bot) streamRoutes() {
	b.on("stream.open", b.openStream)
	b.on("stream.update", b.updateStream)
	b.on("stream.close", b.closeStream)
	b.on("stream.reopen", b.reopenStream)
	b.on("stream.lead", b.leadStream)
}

// streamWords are the commands about parts of the work.
func (b *Bot) streamWords() []command {
	return []command{
		{Word: Word{Name: "stream", Usage: "[name] [@person]", Help: "Divide the work: a part with its own lead and thread"}, example: "Database @Lena", run: b.openStream},
		{Word: Word{Name: "streams", Help: "Show the parts of the work"}, run: b.listStreams},
	}
}

func (b *Bot) subscribeStreams(bus *event.Bus) {
	streamCards(b, bus, func(e stream.Opened) stream.What { return e.What })
	streamCards(b, bus, func(e stream.Renamed) stream.What { return e.What })
	streamCards(b, bus, func(e stream.LeadAssigned) stream.What { return e.What })
	streamCards(b, bus, func(e stream.UpdateSent) stream.What { return e.What })
	streamCards(b, bus, func(e stream.Closed) stream.What { return e.What })
	streamCards(b, bus, func(e stream.Reopened) stream.What { return e.What })
}

func streamCards[E event.Event](b *Bot, bus *event.Bus, of func(E) stream.What) {
	event.After(bus, "chatops.stream_card", func(ctx context.Context, _ event.Record, e E) error { return b.streamCard(ctx, of(e)) }, event.On(event.Chat))
}

// openStream opens a part of the work: "Database @Lena". In a stream's thread, "update" and "close" go on with that one.
func (b *Bot) openStream(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := stream.Open{Incident: to, Key: in.Key}
	word, rest, _ := strings.Cut(in.Text, " ")
	switch {
	case in.Kind == chat.Submission:
		cmd.Name, cmd.Lead = in.Values.Get("name"), id.ID(in.Values.Get("assignee"))
	case in.Kind == chat.Command && strings.EqualFold(word, "update"):
		return b.tellOfStream(ctx, in, to, strings.TrimSpace(rest))
	case in.Kind == chat.Command && strings.EqualFold(word, "close"):
		return b.endStream(ctx, in, to, strings.TrimSpace(rest))
	case in.Kind == chat.Command && in.Text != "":
		if cmd.Name, cmd.Lead, err = b.trailing(ctx, in.Text); err != nil {
			return chat.Reply{}, err
		}
	default:
		return chat.Ask(chat.Form{
			Action: "stream.open", Value: string(to), Title: "Open a stream", Submit: "Open", Intro: hint("/inc stream Database @Lena"),
			Inputs: []chat.Input{
				{Kind: chat.TextInput, Name: "name", Label: "Part of the work", Hint: "It gets a thread of its own; its updates are told to everybody.", Required: true, Most: 80},
				{Kind: chat.UserInput, Name: "assignee", Label: "Who leads it", Hint: "You, if you choose nobody."},
			},
		}), nil
	}
	opened, err := b.Streams.Open(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	return say("The stream “" + opened.Name + "” is open. " + opened.LeadName() + " leads it; its thread is in the room."), nil
}

// streamHere is the stream in whose thread something was typed, empty outside of one.
func (b *Bot) streamHere(ctx context.Context, in chat.Interaction) (id.ID, error) {
	if in.Message.ID == "" {
		return "", nil
	}
	m, err := b.Rooms.Message(ctx, id.ID(in.Message.ID))
	if err == nil && !m.Parent.Empty() {
		m, err = b.Rooms.Message(ctx, m.Parent)
	}
	if problem.Is(err, problem.NotFound) {
		return "", nil
	}
	return m.Stream(), err
}

// openStreams are the streams that go on, with the one first in whose thread something was typed.
func (b *Bot) openStreams(ctx context.Context, in chat.Interaction, to id.ID) (open []stream.Stream, here bool, err error) {
	all, err := b.Streams.List(ctx, to)
	if err != nil {
		return nil, false, err
	}
	this, err := b.streamHere(ctx, in)
	for _, one := range all {
		switch {
		case one.State != stream.Going:
		case one.ID == this:
			open, here = append([]stream.Stream{one}, open...), true
		default:
			open = append(open, one)
		}
	}
	if err == nil && len(open) == 0 {
		err = problem.New(problem.Conflict, "no_stream", "No stream is open. Open one: `/inc stream Database @Lena`")
	}
	return open, here, err
}

func (b *Bot) tellOfStream(ctx context.Context, in chat.Interaction, to id.ID, message string) (chat.Reply, error) {
	open, here, err := b.openStreams(ctx, in, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if message != "" && (here || len(open) == 1) {
		return b.sendStreamUpdate(ctx, stream.SendUpdate{Stream: open[0].ID, Message: message, Key: in.Key})
	}
	return streamUpdateForm(open, message), nil
}

func (b *Bot) endStream(ctx context.Context, in chat.Interaction, to id.ID, outcome string) (chat.Reply, error) {
	open, here, err := b.openStreams(ctx, in, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if outcome != "" && (here || len(open) == 1) {
		return b.endedStream(ctx, stream.Close{Stream: open[0].ID, Outcome: outcome})
	}
	return streamCloseForm(open, outcome), nil
}

// updateStream sends an update of a stream; a button's value is the stream, a form's too unless it asked which.
func (b *Bot) updateStream(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind == chat.Submission {
		return b.sendStreamUpdate(ctx, stream.SendUpdate{Stream: chosenStream(in), Message: in.Values.Get("message"), Key: in.Key})
	}
	one, err := b.Streams.Get(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	return streamUpdateForm([]stream.Stream{one}, ""), nil
}

func (b *Bot) sendStreamUpdate(ctx context.Context, cmd stream.SendUpdate) (chat.Reply, error) {
	sent, err := b.Streams.SendUpdate(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	return say("Everybody in the incident reads how “" + sent.Name + "” stands."), nil
}

// closeStream ends a stream with what came of it.
func (b *Bot) closeStream(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind == chat.Submission {
		return b.endedStream(ctx, stream.Close{Stream: chosenStream(in), Outcome: in.Values.Get("outcome")})
	}
	one, err := b.Streams.Get(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	return streamCloseForm([]stream.Stream{one}, ""), nil
}

func (b *Bot) endedStream(ctx context.Context, cmd stream.Close) (chat.Reply, error) {
	closed, err := b.Streams.Close(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	return say("The stream “" + closed.Name + "” is closed."), nil
}

func (b *Bot) reopenStream(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	opened, err := b.Streams.Reopen(ctx, stream.Reopen{Stream: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	return say("The work on “" + opened.Name + "” goes on."), nil
}

// leadStream hands a stream to somebody else.
func (b *Bot) leadStream(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind == chat.Submission {
		led, err := b.Streams.AssignLead(ctx, stream.AssignLead{Stream: id.ID(in.Value), Lead: id.ID(in.Values.Get("assignee"))})
		if err != nil {
			return chat.Reply{}, err
		}
		return say(led.LeadName() + " leads “" + led.Name + "” now."), nil
	}
	one, err := b.Streams.Get(ctx, id.ID(in.Value))
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Ask(chat.Form{
		Action: "stream.lead", Value: string(one.ID), Title: "Hand “" + one.Name + "” over", Submit: "Hand over",
		Inputs: []chat.Input{{Kind: chat.UserInput, Name: "assignee", Label: "Who leads it", Required: true}},
	}), nil
}

// listStreams shows the parts of the work with what can be done about each.
func (b *Bot) listStreams(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.Streams.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(all) == 0 {
		return say("The work is not divided. Open a stream: `/inc stream Database @Lena`"), nil
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	said, err := b.Rooms.Said(ctx, to, streamKeys(all))
	if err != nil {
		return chat.Reply{}, err
	}
	const most = 10
	var blocks []chat.Block
	for _, one := range all[:min(len(all), most)] {
		open := incidentPath(briefOf(inc)) + "/streams"
		if message, there := said[room.StreamKey(one.ID)]; there {
			open = incidentPath(briefOf(inc)) + "/room/threads/" + string(message)
		}
		buttons := streamButtons(one, open)
		if one.State == stream.Going {
			buttons = append(buttons, chat.Button{Action: "stream.lead", Value: string(one.ID), Label: "Hand over"})
		}
		blocks = append(blocks, chat.Text(streamText(one)), chat.Buttons(buttons...))
	}
	if len(all) > most {
		blocks = append(blocks, chat.Context(words(blankZero(len(all)-most)+" more are on the incident's page.")))
	}
	return chat.Whisper("streams", append(blocks, chat.Context(words("In one line: `/inc stream Database @Lena`")))...), nil
}

// streamCard keeps the message on which a stream's conversation hangs as the stream is.
func (b *Bot) streamCard(ctx context.Context, of stream.What) error {
	one, err := b.Streams.Get(ctx, of.Stream)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	inc, err := b.Incidents.Get(ctx, one.Incident)
	if err != nil {
		return err
	}
	key := room.StreamKey(one.ID)
	said, err := b.Rooms.Said(ctx, one.Incident, []string{key})
	if err != nil {
		return err
	}
	message, there := said[key]
	if !there { // somebody deleted it
		return nil
	}
	open := incidentPath(briefOf(inc)) + "/room/threads/" + string(message)
	return b.card(ctx, one.Incident, chat.Say(key, chat.Text(streamText(one)), chat.Buttons(streamButtons(one, open)...)))
}

// streamText tells a stream's name, who leads it and how it stands.
func streamText(one stream.Stream) richtext.Document {
	led := "led by " + one.LeadName()
	if one.Lead == nil {
		led = "nobody leads it yet"
	}
	if one.State == stream.Over {
		led = "closed"
	}
	head := richtext.P(richtext.T("Stream: "), richtext.B(one.Name), richtext.T(", "+led))
	if last := one.LastLine(); last != "" {
		return richtext.Of(head, richtext.P(richtext.T(last)))
	}
	return richtext.Of(head)
}

// standingLine is a stream among the other things that stand open.
func standingLine(one stream.Stream) string {
	line := one.Name + " (" + one.LeadName() + ")"
	if last := one.LastLine(); last != "" {
		line += ": " + last
	}
	return line
}

func streamButtons(one stream.Stream, open string) []chat.Button {
	value := string(one.ID)
	if one.State == stream.Over {
		return []chat.Button{{Action: "open", Label: "Open", URL: open}, {Action: "stream.reopen", Value: value, Label: "Go on with it"}}
	}
	return []chat.Button{
		{Action: "open", Label: "Open", URL: open},
		{Action: "stream.update", Value: value, Label: "Send update"},

		{Action: "stream.close", Value: value, Label: "Close"},
	}
}

func streamUpdateForm(open []stream.Stream, begun string) chat.Reply {
	return chat.Ask(chat.Form{
		Action: "stream.update", Value: string(open[0].ID), Title: streamTitle("Update of a stream", open), Submit: "Send update",
		Intro: hint("/inc stream update The replica is back, writes follow"),
		Inputs: append(whichStream(open), chat.Input{
			Kind: chat.MultilineInput, Name: "message", Label: "How does it stand", Hint: "Everybody in the incident reads it.", Initial: begun, Required: true, Most: 10_000,
		}),
	})
}

func streamCloseForm(open []stream.Stream, begun string) chat.Reply {
	return chat.Ask(chat.Form{
		Action: "stream.close", Value: string(open[0].ID), Title: streamTitle("Close a stream", open), Submit: "Close the stream",
		Intro: hint("/inc stream close The pool is twice as large now"),
		Inputs: append(whichStream(open), chat.Input{
			Kind: chat.MultilineInput, Name: "outcome", Label: "What came of it", Hint: "It is told to everybody and stands on the timeline.", Initial: begun, Most: 2000,
		}),
	})
}

func streamTitle(words string, open []stream.Stream) string {
	if len(open) == 1 {
		return words + ": " + open[0].Name
	}
	return words
}

// whichStream asks which one is meant where there are several.
func whichStream(open []stream.Stream) []chat.Input {
	if len(open) == 1 {
		return nil
	}
	var choices []chat.Option
	for _, one := range open {
		choices = append(choices, chat.Option{Value: string(one.ID), Label: one.Name, Description: one.LeadName()})
	}
	return []chat.Input{{Kind: chat.SelectInput, Name: "stream", Label: "Stream", Required: true, Initial: string(open[0].ID), Options: choices}}
}

func chosenStream(in chat.Interaction) id.ID {
	if chosen := id.ID(in.Values.Get("stream")); !chosen.Empty() {
		return chosen
	}
	return id.ID(in.Value)
}

func streamKeys(all []stream.Stream) []string {
	keys := make([]string, len(all))
	for n, one := range all {
		keys[n] = room.StreamKey(one.ID)
	}
	return keys
}
