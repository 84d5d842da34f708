package app

import (
	"context"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/id"
)

// told says what customers may be told.
func (t *tale) told(minute float64, who, text string) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Customers.Change(ctx, customers.Change{Incident: t.incident, Text: text, Anyway: true})
		return err
	})
}

func (t *tale) asks(minute float64, who, text string) id.ID {
	t.minutes(minute)
	var asked question.Question
	t.do(who, func(ctx context.Context) (err error) {
		asked, err = t.app.Questions.Ask(ctx, question.Ask{Incident: t.incident, Text: text, Key: t.key()})
		return err
	})
	return asked.ID
}

func (t *tale) answers(minute float64, who string, asked id.ID, text string) {
	t.minutes(minute)
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Questions.Answer(ctx, question.Answer{Question: asked, Text: text})
		return err
	})
}

// wants counts somebody else among those who want to know.
func (t *tale) wants(who string, asked id.ID) {
	t.do(who, func(ctx context.Context) error {
		_, err := t.app.Questions.Follow(ctx, question.Follow{Question: asked})
		return err
	})
}
