package chatops

import (
	"context"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// catchUp tells one person where the incident stands, and what happened since they were last here.
func (b *Bot) catchUp(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	st, err := b.stands(ctx, in)
	if err != nil {
		return chat.Reply{}, err
	}
	blocks, err := b.standing(ctx, st)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(st.Happened) > 0 {
		lines := make([]richtext.Node, len(st.Happened))
		for n, a := range st.Happened {
			lines[n] = richtext.P(richtext.T(a.Sentence("").String()))
		}
		blocks = append(blocks, chat.Text(richtext.Of(richtext.P(richtext.B("Since you were last here")), richtext.Bullets(lines...))))
	}
	return chat.Whisper("catch-up", append(blocks, chat.Buttons(chat.Button{Action: "open", Label: "All on one page", URL: incidentPath(briefOf(st.Incident)) + "/catch-up"}))...), nil
}

// regroup shows everybody where the incident stands, who does what, and asks who can help.
func (b *Bot) regroup(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	st, err := b.stands(ctx, in)
	if err != nil {
		return chat.Reply{}, err
	}
	blocks, err := b.standing(ctx, st)
	if err != nil {
		return chat.Reply{}, err
	}
	if st.Long(b.Clock.Now()) {
		blocks = append(blocks, chat.Text(words("You have been at this for "+lasting(int(st.Incident.Duration(b.Clock.Now()).Minutes()))+". Eat something, and see who can take over: `/inc handover @Lena`")))
	}
	blocks = append(blocks, chat.Buttons(
		chat.Button{Action: "incident.help", Value: string(st.Incident.ID), Label: "I can help", Style: chat.Primary},
		chat.Button{Action: "open", Label: "On one screen", URL: incidentPath(briefOf(st.Incident)) + "/regroup"},
	))
	if err := b.card(ctx, st.Incident.ID, chat.Say("regroup/"+in.Key, blocks...)); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{}, nil
}

// helps lets whoever pressed the button take part, and says so to those who look for help.
func (b *Bot) helps(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	if _, err := b.Incidents.Join(ctx, incident.Join{Incident: to}); err != nil {
		return chat.Reply{}, err
	}
	key := "help/" + in.Message.ID
	if in.Message.ID == "" {
		key = "help/" + in.Key
	}
	if _, err := b.Rooms.Post(ctx, room.Post{Incident: to, ClientKey: key, Source: "I can help."}); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{}, nil
}

// handOver gives the lead to somebody with a note that is written from the log: "@Lena".
func (b *Bot) handOver(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	st, err := b.stands(ctx, in)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind != chat.Submission {
		to := ""
		if in.Text != "" {
			person, err := b.person(ctx, in.Text)
			if err != nil {
				return chat.Reply{}, err
			}
			to = string(person.ID)
		}
		return chat.Ask(chat.Form{
			Action: "incident.hand_over", Value: string(st.Incident.ID), Title: "Hand the lead over", Submit: "Hand over", Intro: hint("/inc handover @Lena"),
			Inputs: []chat.Input{
				{Kind: chat.UserInput, Name: "to", Label: "Who leads next", Initial: to, Required: true},
				{Kind: chat.MultilineInput, Name: "note", Label: "What they have to know", Hint: "Written from the log. It is posted in the room.", Initial: st.HandOver(), Most: 10_000},
			},
		}), nil
	}
	note := in.Values.Get("note")
	for _, held := range st.Incident.Roles {
		if held.Role.Kind != incident.RoleLead {
			continue
		}
		_, err := b.Incidents.HandOver(ctx, incident.HandOver{Incident: st.Incident.ID, Role: held.Role.ID, To: id.ID(in.Values.Get("to")), Note: note})
		if err != nil {
			return chat.Reply{}, err
		}
	}
	if note != "" {
		if _, err := b.Rooms.Post(ctx, room.Post{Incident: st.Incident.ID, ClientKey: "hand-over/" + in.Key, Source: note}); err != nil {
			return chat.Reply{}, err
		}
	}
	return say("Handed over. They are told, and your note is in the room."), nil
}

func (b *Bot) stands(ctx context.Context, in chat.Interaction) (timeline.Standing, error) {
	to, err := about(in)
	if err != nil {
		return timeline.Standing{}, err
	}
	from := timeline.Sources{Incidents: b.Incidents, Actions: b.Actions, Timelines: b.Timelines, Customers: b.Customers, Questions: b.Questions, Streams: b.Streams}
	return from.Standing(ctx, to, b.Clock.Now())
}

// standing is where the incident stands: the facts, what is open and what waits for an answer.
func (b *Bot) standing(ctx context.Context, st timeline.Standing) ([]chat.Block, error) {
	zone, err := b.zone(ctx)
	if err != nil {
		return nil, err
	}
	title := strings.TrimSpace(st.Incident.Reference + " " + st.Incident.Name)
	blocks := []chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B(title))))}
	if !st.Incident.Summary.Empty() {
		blocks = append(blocks, chat.Text(st.Incident.Summary))
	}
	all := facts(st.Incident, b.Clock.Now(), zone)
	for _, held := range st.Incident.Roles {
		if held.Role.Kind == incident.RoleCustom && held.Holder != nil {
			all = append(all, chat.Fact{Label: held.Role.Name, Value: richtext.Literal(held.Holder.Name)})
		}
	}
	blocks = append(blocks, chat.Fields(all...))
	var open []richtext.Node
	for _, a := range st.Open {
		who := "nobody yet"
		if a.Assignee != nil {
			who = a.Assignee.Name
		}
		open = append(open, richtext.P(richtext.T(a.Description+" ("+who+")")))
	}
	if len(open) > 0 {
		blocks = append(blocks, chat.Text(richtext.Of(richtext.P(richtext.B("Open, "+strconv.Itoa(len(open)))), richtext.Bullets(open...))))
	}
	var streams []richtext.Node
	for _, one := range st.Streams {
		streams = append(streams, richtext.P(richtext.T(standingLine(one))))
	}
	if len(streams) > 0 {
		blocks = append(blocks, chat.Text(richtext.Of(richtext.P(richtext.B("Streams, "+strconv.Itoa(len(streams)))), richtext.Bullets(streams...))))
	}
	var asked []richtext.Node
	for _, q := range st.Questions {
		asked = append(asked, richtext.P(richtext.T(q.Text)))
	}
	if len(asked) > 0 {
		blocks = append(blocks, chat.Text(richtext.Of(richtext.P(richtext.B("Not answered, "+strconv.Itoa(len(asked)))), richtext.Bullets(asked...))))
	}
	return blocks, nil
}

func briefOf(inc incident.Incident) incident.Brief {
	return incident.Brief{ID: inc.ID, Number: inc.Number, Reference: inc.Reference}
}
