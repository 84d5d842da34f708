package chatops

import (
	"context"
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// ask puts a question to whoever speaks for the incident; what is answered already is shown with it.
func (b *Bot) ask(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	text := in.Text
	if in.Kind == chat.Submission {
		text = in.Values["question"]
		if chosen := in.Values.Get("incident"); chosen != "" {
			in.Value = chosen
		}
	}
	to, err := about(in)
	if err != nil {
		return b.askFromOutside(ctx, in)
	}
	list, err := b.Questions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Kind != chat.Submission && text == "" {
		return b.askForm(to, list)
	}
	asked, err := b.Questions.Ask(ctx, question.Ask{Incident: to, Text: text, Key: in.Key})
	if err != nil {
		return chat.Reply{}, err
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := "Asked. You are told when there is an answer."
	if keeper := question.Keeper(inc); keeper != nil {
		reply = keeper.Name + " has been asked. You are told when there is an answer."
	}
	blocks := []chat.Block{chat.Text(words(reply))}
	for _, near := range question.Similar(text, list) {
		if near.State == question.Answered && near.ID != asked.ID {
			blocks = append(blocks, chat.Text(richtext.Join(words("Perhaps this helps already:"), answerText(near))))
			break
		}
	}
	return chat.Whisper("reply", blocks...), nil
}

// askFromOutside is ask where no incident is at hand: the only one that is going on is meant, of several one is chosen.
func (b *Bot) askFromOutside(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	live, err := b.Incidents.Live(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	var choices []chat.Option
	for _, one := range live {
		if one.Mode != incident.Test {
			choices = append(choices, chat.Option{Value: string(one.ID), Label: richtext.Truncate(one.Reference+" "+one.Name, 70), Description: one.Status.Name})
		}
	}
	switch len(choices) {
	case 0:
		return say("Nothing is going on that you could ask about. Declare what you see with `/inc` and a name."), nil
	case 1:
		in.Value = choices[0].Value
		return b.ask(ctx, in)
	}
	return chat.Ask(chat.Form{
		Action: "question.ask", Title: "Ask a question", Submit: "Ask", Intro: hint("/inc ask Is anyone charged twice?"),
		Inputs: []chat.Input{
			{Kind: chat.SelectInput, Name: "incident", Label: "About which incident", Required: true, Options: choices},
			{Kind: chat.TextInput, Name: "question", Label: "What would you like to know?", Hint: "Whoever speaks for the incident answers.", Initial: in.Text, Required: true, Most: 500},
		},
	}), nil
}

func (b *Bot) askForm(to id.ID, list []question.Question) (chat.Reply, error) {
	form := chat.Form{
		Action: "question.ask", Value: string(to), Title: "Ask a question", Submit: "Ask", Intro: hint("/inc ask Is anyone charged twice?"),
		Inputs: []chat.Input{{Kind: chat.TextInput, Name: "question", Label: "What would you like to know?", Hint: answeredSoFar(list), Required: true, Most: 500}},
	}
	return chat.Ask(form), nil
}

// answeredSoFar names what was asked already, so that nobody asks again.
func answeredSoFar(list []question.Question) string {
	var known []string
	for _, q := range list {
		if q.State == question.Answered && len(known) < 3 {
			known = append(known, q.Text)
		}
	}
	if len(known) == 0 {
		return "All who can see the incident read the answer."
	}
	return "Answered so far: " + strings.Join(known, " · ")
}

// answer answers a question: the one of the button, or the only one that is open.
func (b *Bot) answer(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if in.Kind == chat.Submission {
		which := id.ID(in.Values.Get("question"))
		if which.Empty() {
			which = id.ID(in.Value)
		}
		return b.answerWith(ctx, which, in.Values["answer"])
	}
	if in.Kind == chat.Press {
		asked, err := b.Questions.Get(ctx, id.ID(in.Value))
		if err != nil {
			return chat.Reply{}, err
		}
		return b.answerForm([]question.Question{asked}, asked.Answer)
	}
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	list, err := b.Questions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	var open []question.Question
	for _, q := range list {
		if q.State == question.Open {
			open = append(open, q)
		}
	}
	switch {
	case len(open) == 0:
		return say("No question waits for an answer."), nil
	case len(open) == 1 && in.Text != "":
		return b.answerWith(ctx, open[0].ID, in.Text)
	default:
		return b.answerForm(open, in.Text)
	}
}

func (b *Bot) answerWith(ctx context.Context, asked id.ID, text string) (chat.Reply, error) {
	if _, err := b.Questions.Answer(ctx, question.Answer{Question: asked, Text: text}); err != nil {
		return chat.Reply{}, err
	}
	return say("Answered. All who want to know are told."), nil
}

func (b *Bot) answerForm(open []question.Question, begun string) (chat.Reply, error) {
	form := chat.Form{Action: "question.answer", Value: string(open[0].ID), Title: "Answer a question", Submit: "Answer", Intro: hint("/inc answer No. A payment that fails is never taken.")}
	label := "Answer"
	if len(open) == 1 {
		intro := chat.Text(richtext.Of(richtext.P(richtext.T(open[0].Asker.Name+" asks: "), richtext.B(open[0].Text))))
		form.Intro = &intro
	} else {
		var choices []chat.Option
		for _, q := range open {
			choices = append(choices, chat.Option{Value: string(q.ID), Label: richtext.Truncate(q.Text, 70), Description: q.Asker.Name})
		}
		form.Inputs = append(form.Inputs, chat.Input{Kind: chat.SelectInput, Name: "question", Label: "Question", Required: true, Initial: string(open[0].ID), Options: choices})
	}
	form.Inputs = append(form.Inputs, chat.Input{
		Kind: chat.MultilineInput, Name: "answer", Label: label, Hint: "In words that somebody outside understands. “We do not know yet” is an answer too.",
		Initial: begun, Required: true, Most: 4000,
	})
	return chat.Ask(form), nil
}

// withdrawQuestion takes a question off the list that needs no answer.
func (b *Bot) withdrawQuestion(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if _, err := b.Questions.Withdraw(ctx, question.Withdraw{Question: id.ID(in.Value)}); err != nil {
		return chat.Reply{}, err
	}
	return say("The question is off the list."), nil
}

// The card of a question is a picture of how it stands.

func (b *Bot) questionAsked(ctx context.Context, _ event.Record, e question.Asked) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionMoved(ctx context.Context, _ event.Record, e question.Moved) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionReworded(ctx context.Context, _ event.Record, e question.Reworded) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionFollowed(ctx context.Context, _ event.Record, e question.Followed) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionWithdrawn(ctx context.Context, _ event.Record, e question.TakenBack) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionAnswered(ctx context.Context, _ event.Record, e question.Replied) error {
	return b.questionCard(ctx, e.Incident, e.Question)
}

func (b *Bot) questionCard(ctx context.Context, in, which id.ID) error {
	asked, err := b.Questions.Get(ctx, which)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	key := "question/" + string(which)
	switch asked.State {
	case question.Withdrawn:
		return b.card(ctx, in, chat.Say(key, chat.Context(richtext.Literal("A question of "+asked.Asker.Name+" needs no answer any more."))))
	case question.Answered:
		return b.card(ctx, in, chat.Say(key, chat.Context(richtext.Literal(asked.Answerer.Name+" answered "+asked.Asker.Name+".")), chat.Text(answerText(asked))))
	}
	inc, err := b.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	who := "Nobody speaks for the incident yet. Whoever knows: please answer."
	if keeper := question.Keeper(inc); keeper != nil {
		who = keeper.Name + ", you speak for the incident."
	}
	switch {
	case asked.Followers == 1:
		who += " One more person wants to know."
	case asked.Followers > 1:
		who += fmt.Sprintf(" %d more people want to know.", asked.Followers)
	}
	return b.card(ctx, in, chat.Say(key,
		chat.Text(richtext.Of(richtext.P(richtext.T(asked.Asker.Name+" asks: "), richtext.B(asked.Text)))), chat.Text(richtext.Literal(who)),
		chat.Buttons(
			chat.Button{Action: "question.answer", Value: string(which), Label: "Answer", Style: chat.Primary},
			chat.Button{Action: "question.withdraw", Value: string(which), Label: "Needs no answer", Confirm: "Take the question off the list without an answer?"},
		)))
}

func answerText(q question.Question) richtext.Document {
	return richtext.Of(richtext.P(richtext.B(q.Text)), richtext.P(richtext.T(q.Answer)))
}
