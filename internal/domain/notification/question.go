package notification

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
)

func (s *Service) subscribeQuestions(bus *event.Bus) {
	urgent := []event.Option{event.On(event.Chat), event.UnsafeToClear()}
	event.After(bus, "notification.question", s.asked, urgent...)
	event.After(bus, "notification.question", s.unanswered, urgent...)
	event.After(bus, "notification.answer", s.answered, urgent...)
}

// asked tells whoever speaks for the incident.
func (s *Service) asked(ctx context.Context, r event.Record, e question.Asked) error {
	return s.waits(ctx, r, e.About, r.Actor.Name+" asks about ", func(inc incident.Incident) *incident.Person { return question.Keeper(inc) })
}

// unanswered reminds them once, and then tells the lead.
func (s *Service) unanswered(ctx context.Context, r event.Record, e question.Unanswered) error {
	return s.waits(ctx, r, e.About, "A question still waits in ", func(inc incident.Incident) *incident.Person {
		if e.Reminder > 1 {
			return inc.Lead()
		}
		return question.Keeper(inc)
	})
}

func (s *Service) waits(ctx context.Context, r event.Record, e question.About, begin string, whom func(incident.Incident) *incident.Person) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	asked, err := s.needs.Questions.Get(ctx, e.Question)
	if err != nil {
		return err
	}
	to := whom(inc)
	if to == nil || to.ID == asked.Asker.ID || asked.State != question.Open {
		return nil // the card in the room waits for whoever comes
	}
	title := begin + called(inc)
	return s.tell(ctx, news{
		reason: QuestionAsked, event: r, incident: inc, users: []id.ID{to.ID},
		words: words{
			title: title, body: asked.Text, tag: "question-" + string(e.Question), path: path(inc) + "/questions/" + string(e.Question) + "/answer",
			subject: title + ": " + inc.Name, quote: mail.Block{Quote: asked.Text}, facts: facts(inc), action: "Answer",
		},
	})
}

// answered tells who asked and who wanted to know too.
func (s *Service) answered(ctx context.Context, r event.Record, e question.Replied) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	asked, err := s.needs.Questions.Get(ctx, e.Question)
	if err != nil {
		return err
	}
	followers, err := s.needs.Questions.Followers(ctx, e.Question)
	if err != nil {
		return err
	}
	title := r.Actor.Name + " answered: " + asked.Text
	if e.Corrected {
		title = r.Actor.Name + " corrected an answer: " + asked.Text
	}
	return s.tell(ctx, news{
		reason: QuestionAnswered, event: r, incident: inc, users: append(followers, e.Asker),
		words: words{
			title: title, body: asked.Answer, tag: "answer-" + string(e.Question), path: path(inc) + "/brief#q-" + string(e.Question),
			subject: "Answered, " + called(inc) + ": " + asked.Text, quote: mail.Block{Quote: asked.Answer}, facts: facts(inc), action: "Read all answers",
		},
	})
}
