package channel

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Open asks for a channel of an incident that has none.
type Open struct{ Incident id.ID }

// Subscribe gives each incident its channel when it is declared, where the organisation wants that.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "channel.open", s.declared)
	event.Within(bus, "channel.restart", s.reopened)
	event.Within(bus, "channel.update", s.updateEdited)
	event.Within(bus, "channel.redacted", s.redacted)
	s.subscribeOutage(bus)
}

// opensFor are the modes of incidents that get a channel by themselves.
var opensFor = []incident.Mode{incident.Standard, incident.Test}

func (s *Service) declared(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.Declared) error {
	if !slices.Contains(opensFor, e.Mode) {
		return nil
	}
	home, err := db.New(tx).Home(ctx)
	if postgres.None(err) || err == nil && !home.Opens {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a workspace: %w", err)
	}
	_, err = s.open(ctx, tx, e.Incident, e.Private, home.TeamID)
	return err
}

func (s *Service) reopened(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.Reopened) error {
	if err := db.New(tx).Restart(ctx, db.RestartParams{IncidentID: e.Incident, Now: s.clock.Now()}); err != nil {
		return fmt.Errorf("open an archived channel again: %w", err)
	}
	return nil
}

// Open lets an incident have a channel; where there is one already, nothing is done. The channel is there a moment later.
func (s *Service) Open(ctx context.Context, cmd Open) (Channel, error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return Channel{}, err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		home, err := db.New(tx).Home(ctx)
		if postgres.None(err) {
			return problem.New(problem.Conflict, "no_workspace", "No Slack workspace is connected. An administrator connects one in the settings.")
		}
		if err != nil {
			return fmt.Errorf("look for a workspace: %w", err)
		}
		added, err := s.open(ctx, tx, held.ID, held.Private, home.TeamID)
		if err != nil || !added {
			return err
		}
		entry := audit.Entry{Action: "channel.opened", TargetType: "incident", TargetID: held.ID, Incident: held.ID, Private: held.Private}
		return audit.Write(ctx, tx, s.clock.Now(), entry)
	})
	if err != nil {
		return Channel{}, err
	}
	return s.Of(ctx, cmd.Incident)
}

func (s *Service) open(ctx context.Context, tx pgx.Tx, inc id.ID, private bool, team id.ID) (bool, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return false, err
	}
	conversation, err := s.Outbox.Open(ctx, tx, chat.Conversation{Incident: inc, Private: private, Ref: chat.ConversationRef{Platform: s.Platform.Name()}})
	if err != nil {
		return false, err
	}
	added, err := db.New(tx).InsertChannel(ctx, db.InsertChannelParams{
		OrganisationID: scope.Organisation, ConversationID: conversation, IncidentID: inc, Private: private, TeamID: team, At: s.clock.Now(),
	})
	if err != nil {
		return false, fmt.Errorf("record a channel: %w", err)
	}
	return added > 0, nil
}
