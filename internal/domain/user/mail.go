package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Subscribe mails invitations after they were committed.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "user.invitation_mail", s.mailInvitation, event.UnsafeToClear())
}

func (s *Service) mailInvitation(ctx context.Context, r event.Record, e Invited) error {
	var email, by, organisation string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT i.email, i.invited_by_name, o.name
			FROM control.open_invitations() i JOIN muster.organisation o ON o.organisation_id = muster.current_organisation()
			WHERE i.invitation_id = $1`, e.Invitation).Scan(&email, &by, &organisation)
	})
	if postgres.None(err) {
		return nil // accepted, revoked or replaced by a newer one in the meantime
	}
	if err != nil {
		return fmt.Errorf("read the invitation to mail: %w", err)
	}
	html, text := mail.Letter{
		Title:     by + " invites you to " + organisation,
		Preheader: "Accept within 7 days.",
		Blocks:    []mail.Block{{Text: organisation + " works its incidents in Muster. Accept the invitation to join; it holds for 7 days."}},
		Action:    &mail.Action{Label: "Accept the invitation", URL: s.invitationURL(e.Invitation)},
		Reason:    "You get this mail because somebody wrote your address into an invitation. If you do not know why, ignore it: nothing happens.",
	}.Render()
	return s.options.Mail.Send(ctx, mail.Message{To: email, Subject: by + " invites you to " + organisation + " on Muster", Text: text, HTML: html, Key: string(r.ID)})
}

func (s *Service) invitationURL(invitation id.ID) string {
	return s.options.URL + "/invitation?token=" + s.invitationToken(invitation)
}
