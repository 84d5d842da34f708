package channel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// PlatformAway says that the platform with an incident's channel does not answer.
type PlatformAway struct {
	incident.About
	Since time.Time `json:"since"`
}

// Kind names the event.
func (PlatformAway) Kind() string { return "channel.platform_away" }

// subscribeOutage tells those who work on incidents with a channel that its platform is away.
func (s *Service) subscribeOutage(bus *event.Bus) {
	event.After(bus, "channel.away", s.wentDown, event.On(event.Chat))
	event.After(bus, "channel.tell_away", func(ctx context.Context, r event.Record, e PlatformAway) error {
		return s.Tell(ctx, r, e.Incident)
	}, event.On(event.Chat))
}

// wentDown finds the incidents that are worked on in channels of the workspace, and says so of each once.
func (s *Service) wentDown(ctx context.Context, _ event.Record, e workspace.WentDown) error {
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		gone, err := db.New(tx).GoAway(ctx, db.GoAwayParams{TeamID: id.ID(e.Team), Since: e.Since})
		if err != nil {
			return fmt.Errorf("find the channels of a workspace that is away: %w", err)
		}
		for _, one := range gone {
			about := incident.About{Incident: one.IncidentID, Private: one.Private}
			if err := s.bus.Publish(ctx, tx, PlatformAway{About: about, Since: e.Since}); err != nil {
				return err
			}
		}
		return nil
	})
}
