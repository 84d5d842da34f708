package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/kernel/id"
)

// outsideWorld is what people outside the room have left in a world.
type outsideWorld struct {
	// Question is the owner's and open; Told is the version of what customers may be told.
	Question id.ID
	Told     int32
	// Subscription is the owner's, to the incident.
	Subscription id.ID
}

// ask fills in what people outside the room leave.
func (w *World) ask(ctx context.Context, a *app.App) error {
	asked, err := a.Questions.Ask(ctx, question.Ask{Incident: w.Incident, Text: Marker + " question", Key: Marker})
	if err != nil {
		return err
	}
	w.Question, w.Told = asked.ID, 1
	if _, err := a.Customers.Change(ctx, customers.Change{Incident: w.Incident, Text: Marker + " for customers"}); err != nil {
		return err
	}
	if err := a.Subscriptions.Subscribe(ctx, subscription.Subscribe{Scope: subscription.ToIncident, Incident: w.Incident, Mail: true}); err != nil {
		return err
	}
	mine, err := a.Subscriptions.Mine(ctx)
	if err != nil {
		return err
	}
	w.Subscription = mine[0].ID
	return nil
}

var customersTexts = map[string]Verb{
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (customers.Text, error) {
		return a.Customers.Get(ctx, w.Incident)
	}),
	"History": reads(func(ctx context.Context, a *app.App, w *World) ([]customers.Text, error) {
		return a.Customers.History(ctx, w.Incident)
	}),
	"Change": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Customers.Change(ctx, customers.Change{Incident: w.Incident, Text: "Other words.", Version: w.Told})
	}),
	"Restore": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Customers.Restore(ctx, customers.Restore{Incident: w.Incident, Version: w.Told})
	}),
	"SendUpdate": edits(func(ctx context.Context, a *app.App, w *World) (incident.Sent, error) {
		return a.Customers.SendUpdate(ctx, customers.SendUpdate{
			Update: incident.SendUpdate{Incident: w.Incident, Message: "News.", Key: "customers"}, Text: "Other words.", Version: w.Told,
		})
	}),
}

var questions = map[string]Verb{
	"Ask": reads(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Ask(ctx, question.Ask{Incident: w.Incident, Text: "Is it over?", Key: "other"})
	}),
	"Reword": {Forbidden: true, Call: called(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Reword(ctx, question.Reword{Question: w.Question, Text: "Is it really over?"})
	})},
	"Withdraw": {Forbidden: true, Call: called(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Withdraw(ctx, question.Withdraw{Question: w.Question})
	})},
	"Answer": edits(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Answer(ctx, question.Answer{Question: w.Question, Text: "It is."})
	}),
	"Follow": reads(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Follow(ctx, question.Follow{Question: w.Question})
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]question.Question, error) {
		return a.Questions.List(ctx, w.Incident)
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (question.Question, error) {
		return a.Questions.Get(ctx, w.Question)
	}),
	"Followers": reveals(func(ctx context.Context, a *app.App, w *World) ([]id.ID, error) {
		return a.Questions.Followers(ctx, w.Question)
	}),
	"Waiting": lists(func(ctx context.Context, a *app.App, _ *World) ([]question.Waiting, error) {
		return a.Questions.Waiting(ctx)
	}),
}

var subscriptions = map[string]Verb{
	"Subscribe": {Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Subscriptions.Subscribe(ctx, subscription.Subscribe{Scope: subscription.ToIncident, Incident: w.Incident, Push: true})
	})},
	"Adjust": {Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Subscriptions.Adjust(ctx, subscription.Adjust{Subscription: w.Subscription, Push: true})
	})},
	"Unsubscribe": reads(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Subscriptions.Unsubscribe(ctx, subscription.Unsubscribe{Incident: w.Incident})
	}),
	"Mine": lists(func(ctx context.Context, a *app.App, _ *World) ([]subscription.Subscription, error) {
		return a.Subscriptions.Mine(ctx)
	}),
	"Of": reads(func(ctx context.Context, a *app.App, w *World) ([]subscription.Subscription, error) {
		return a.Subscriptions.Of(ctx, w.Incident)
	}),
	"Reach": reads(func(ctx context.Context, a *app.App, w *World) (subscription.Reach, error) {
		return a.Subscriptions.Reach(ctx, w.Incident)
	}),
	"Audience": reads(func(ctx context.Context, a *app.App, w *World) (int, error) {
		return a.Subscriptions.Audience(ctx, w.Incident)
	}),
	"Pace": lists(func(ctx context.Context, a *app.App, _ *World) (subscription.Pace, error) {
		return a.Subscriptions.Pace(ctx)
	}),
	"SetPace": {Stranger: Own, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Subscriptions.SetPace(ctx, subscription.SetPace{Pace: subscription.Daily})
	})},
	"Members": outside("runs within the transaction of those who tell people"),
	"Later":   outside("runs within the transaction of those who tell people"),
	"Digest":  outside("runs within the transaction of those who tell people"),
	"EndMail": outside("the signature in the address of the mail is the right to it"),
}
