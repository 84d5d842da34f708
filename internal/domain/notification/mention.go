package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
)

func mentions(_ context.Context, _ pgx.Tx, _ event.Record, e room.MessagePosted) (bool, error) {
	return len(e.Mentions) > 0, nil
}

func newMentions(_ context.Context, _ pgx.Tx, _ event.Record, e room.MessageEdited) (bool, error) {
	return len(e.Mentions) > 0, nil
}

func updateMentions(_ context.Context, _ pgx.Tx, _ event.Record, e incident.UpdateSent) (bool, error) {
	return len(e.Mentioned) > 0, nil
}

func (s *Service) mentionedInMessage(ctx context.Context, r event.Record, e room.MessagePosted) error {
	return s.mentionedIn(ctx, r, e.Incident, e.Message, e.Mentions)
}

func (s *Service) mentionedInEdit(ctx context.Context, r event.Record, e room.MessageEdited) error {
	return s.mentionedIn(ctx, r, e.Incident, e.Message, e.Mentions)
}

func (s *Service) mentionedIn(ctx context.Context, r event.Record, in, message id.ID, users []id.ID) error {
	said, err := s.needs.Rooms.Message(ctx, message)
	if problem.Is(err, problem.NotFound) || (err == nil && said.Deleted) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.mentioned(ctx, r, in, said.Changed, users, said.Document, "#m-"+string(message))
}

func (s *Service) mentionedInUpdate(ctx context.Context, r event.Record, e incident.UpdateSent) error {
	updates, err := s.needs.Incidents.Updates(ctx, e.Incident, 20)
	if err != nil {
		return err
	}
	for _, update := range updates {
		if update.ID == e.Update {
			return s.mentioned(ctx, r, e.Incident, 0, e.Mentioned, update.Message, "")
		}
	}
	return nil
}

func (s *Service) mentioned(ctx context.Context, r event.Record, in id.ID, seq int64, users []id.ID, text richtext.Document, anchor string) error {
	inc, err := s.needs.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	title := r.Actor.Name + " mentioned you in " + called(inc)
	html, plain := text.Mail()
	return s.tell(ctx, news{
		reason: Mentioned, event: r, incident: inc, users: users, seq: seq,
		words: words{
			title: title, body: text.Excerpt(300), tag: "mention-" + string(r.ID), path: path(inc) + anchor, subject: title + ": " + inc.Name,
			quote: mail.Block{Quote: plain, HTML: safe(html)}, facts: facts(inc), action: "Answer in the room",
		},
	})
}
