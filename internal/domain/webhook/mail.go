package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/webhook/internal/db"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// mailSwitchedOff tells the owners, and whoever made the endpoint, that it is sent nothing any more.
func (s *Service) mailSwitchedOff(ctx context.Context, r event.Record, e SwitchedOff) error {
	var row db.MusterWebhookEndpoint
	var people []db.OwnersRow
	var organisation string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if row, err = q.Endpoint(ctx, e.Webhook); err != nil {
			return err
		}
		if organisation, err = q.OrganisationName(ctx); err != nil {
			return err
		}
		people, err = q.Owners(ctx, row.CreatorID)
		return err
	})
	if postgres.None(err) { // deleted meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("read whom to tell of a webhook: %w", err)
	}
	if row.DisabledAt == nil { // somebody has seen to it already
		return nil
	}
	at, err := s.needs.Address(ctx, "/settings/webhooks/"+string(row.ID))
	if err != nil {
		return err
	}
	called := nameOf(row)
	text := "For five days nothing that was sent to it got through, so Muster has stopped. What happens from now on is not told to it."
	if e.Why == Gone {
		text = "It answered that it is gone (410), so Muster has stopped. What happens from now on is not told to it."
	}
	letter := mail.Letter{
		Title: "The webhook to " + called + " is switched off", Preheader: "Nothing is sent to it any more.",
		Blocks: []mail.Block{
			{Text: text},
			{Facts: []mail.Fact{{Name: "Address", Value: row.URL}, {Name: "Organisation", Value: organisation}}},
			{Text: "What came of each attempt is kept. When the receiver is well again, switch the webhook on and send again what failed."},
		},
		Action: &mail.Action{Label: "See what went wrong", URL: at},
		Reason: "You get this mail because you are an owner of " + organisation + ", or made the webhook.",
	}
	html, plain := letter.Render()
	var failed error
	for _, person := range people { // one whose mail fails must not keep the others from theirs
		failed = errors.Join(failed, s.needs.Mail.Send(ctx, mail.Message{
			To: person.Email, ToName: person.Name, Subject: "A webhook of " + organisation + " is switched off: " + called,
			Text: plain, HTML: html, Key: string(r.ID) + "-" + string(person.ID),
		}))
	}
	return failed
}

// nameOf is what people call an endpoint: its description, or where it is.
func nameOf(row db.MusterWebhookEndpoint) string {
	if row.Description != "" {
		return row.Description
	}
	if at, err := url.Parse(row.URL); err == nil {
		return at.Host
	}
	return row.URL
}
