package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/platform/event"
)

// Outside is what the bot needs for those outside of rooms.
type Outside struct {
	Customers     *customers.Service
	Questions     *question.Service
	Subscriptions *subscription.Service
}

func (b *Bot) outsideRoutes() {
	b.on("incident.customers.change", b.changeCustomers)
	b.on("question.ask", b.ask)
	b.on("question.answer", b.answer)
	b.on("question.withdraw", b.withdrawQuestion)
}

func (b *Bot) subscribeOutside(bus *event.Bus) {
	event.After(bus, "chatops.question_card", b.questionAsked, event.On(event.Chat))
	event.After(bus, "chatops.question_card", b.questionReworded, event.On(event.Chat))
	event.After(bus, "chatops.question_card", b.questionMoved, event.On(event.Chat))
	event.After(bus, "chatops.question_card", b.questionFollowed, event.On(event.Chat))
	event.After(bus, "chatops.question_card", b.questionWithdrawn, event.On(event.Chat))
	event.After(bus, "chatops.question_card", b.questionAnswered, event.On(event.Chat))
}

// outsideWords are the commands about those outside of the room.
func (b *Bot) outsideWords() []command {
	return []command{
		{Word: Word{Name: "customers", Usage: "[text]", Help: "Say what customers may be told"}, example: "Some card payments do not go through. Other ways to pay work.", run: b.changeCustomers},
		{Word: Word{Name: "ask", Aliases: []string{"question"}, Usage: "[question]", Help: "Ask whoever speaks for the incident"}, example: "Is anyone charged twice?", run: b.ask, anywhere: true},
		{Word: Word{Name: "answer", Usage: "[answer]", Help: "Answer a question from outside the room"}, example: "No. A payment that fails is never taken.", run: b.answer},
		{Word: Word{Name: "subscribe", Usage: "[mail or push]", Help: "Hear of each update"}, run: b.subscribeHere},
		{Word: Word{Name: "unsubscribe", Help: "Hear of it no more"}, run: b.unsubscribeHere},
	}
}

func (b *Bot) subscribeHere(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := subscription.Subscribe{Scope: subscription.ToIncident, Incident: to, Mail: in.Text != "push", Push: in.Text != "mail"}
	if err := b.Subscriptions.Subscribe(ctx, cmd); err != nil {
		return chat.Reply{}, err
	}
	ways := "by mail and on your devices"
	switch {
	case !cmd.Push:
		ways = "by mail"
	case !cmd.Mail:
		ways = "on your devices"
	}
	return say("You will hear of each update, " + ways + ". `/inc unsubscribe` ends it."), nil
}

func (b *Bot) unsubscribeHere(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Subscriptions.Unsubscribe(ctx, subscription.Unsubscribe{Incident: to})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("You were not subscribed."), nil
	}
	return say("You will not hear of this incident any more."), nil
}
