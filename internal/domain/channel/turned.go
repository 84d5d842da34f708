package channel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// privateThere tells whether a channel is private on its platform: as it was last seen, or else as it was opened.
func privateThere(row db.MusterChannel) (bool, error) {
	if row.PrivateThere != nil {
		return *row.PrivateThere, nil
	}
	shown, err := drawnOf(row)
	return shown.Private, err
}

// Turned follows that a channel was made private or public on its platform, and says so in the room where it does not go
// with the incident any more. by is who did it, empty when nobody knows. The channel of a private incident that was made
// public is left for a new one.
func (s *Service) Turned(ctx context.Context, channel Channel, private bool, by string) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockChannel(ctx, channel.ID)
		if postgres.None(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock a channel: %w", err)
		}
		before, err := privateThere(row)
		if err != nil || before == private && row.PrivateThere != nil {
			return err
		}
		now := s.clock.Now()
		if err := q.SetPrivateThere(ctx, db.SetPrivateThereParams{ConversationID: row.ConversationID, PrivateThere: &private, Now: now}); err != nil {
			return fmt.Errorf("follow who sees a channel: %w", err)
		}
		words := turnedWords(row.Name, by, row.Private, private)
		if before == private || words == nil {
			return nil
		}
		_, err = s.Rooms.Say(ctx, row.IncidentID, chat.Say("channel_turned/"+string(id.New(now)), chat.Text(richtext.Of(richtext.P(words...)))))
		return err
	})
}

// turnedWords say that a channel is seen by others than the incident; nil where both go together again, and all is well.
func turnedWords(name, by string, incidentPrivate, private bool) []richtext.Node {
	who := func(what string) []richtext.Node {
		if by == "" {
			return []richtext.Node{richtext.T(what + ". ")}
		}
		return []richtext.Node{richtext.T(what + " by "), richtext.B(by), richtext.T(". ")}
	}
	switch {
	case private && !incidentPrivate:
		return append(who("The Slack channel was made private"), richtext.T("The incident itself is still open to everyone here. To make it private too: "), richtext.C("/inc private"))
	case !private && incidentPrivate:
		words := append([]richtext.Node{richtext.B("⚠️ Everybody in Slack can read #" + name + ". ")}, who("The channel of this private incident was made public")...)
		return append(words, richtext.T("Muster goes on in a new private channel and says nothing more in that one. What stands in it already can be read by all until somebody deletes it, or makes the channel private again."))
	case !private:
		return append(who("The Slack channel was made public again"), richtext.T("Everybody in the workspace can read it."))
	default:
		return nil
	}
}

// Renumbered follows a channel that its platform calls by another id now, with all that stands in it.
func (s *Service) Renumbered(ctx context.Context, channel Channel, external string) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	platform := s.Platform.Name()
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := q.LockChannel(ctx, channel.ID)
		if postgres.None(err) || err == nil && string(row.ExternalID) != channel.External {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock a channel: %w", err)
		}
		if err := q.SetExternal(ctx, db.SetExternalParams{ConversationID: row.ConversationID, ExternalID: id.ID(external)}); err != nil {
			return fmt.Errorf("follow a channel to its new id: %w", err)
		}
		if err := s.Posted.Moved(ctx, tx, channel.Ref(platform), chat.ConversationRef{Platform: platform, ID: external}); err != nil {
			return err
		}
		return s.Outbox.Opened(ctx, row.ConversationID, external)
	})
}
