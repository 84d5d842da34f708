package nudge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/nudge/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Hold keeps a nudge away for a while, because somebody is at its cause or wants no reminder now.
type Hold struct {
	Incident id.ID
	Nudge    Kind
	For      time.Duration
}

// Dealing is how long somebody who opened the form for a cause counts as being at it.
const Dealing = 5 * time.Minute

// Hold keeps the nudge away and takes back its card.
func (s *Service) Hold(ctx context.Context, cmd Hold) error {
	return s.answer(ctx, cmd.Incident, cmd.Nudge, func(ctx context.Context, q *db.Queries, held incident.Held) error {
		return q.Hold(ctx, db.HoldParams{IncidentID: held.ID, Kind: string(cmd.Nudge), Until: s.clock.Now().Add(cmd.For)})
	})
}

// Dismiss ends a nudge for good in one incident.
type Dismiss struct {
	Incident id.ID
	Nudge    Kind
}

// Dismiss takes back the card; the nudge does not come again in this incident.
func (s *Service) Dismiss(ctx context.Context, cmd Dismiss) error {
	return s.answer(ctx, cmd.Incident, cmd.Nudge, func(ctx context.Context, q *db.Queries, held incident.Held) error {
		return q.Dismiss(ctx, db.DismissParams{IncidentID: held.ID, Kind: string(cmd.Nudge), At: s.clock.Now()})
	})
}

// answer does something about a nudge of an incident and takes back its card if that shows.
func (s *Service) answer(ctx context.Context, in id.ID, kind Kind, do func(ctx context.Context, q *db.Queries, held incident.Held) error) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	if _, known := natureOf(kind); !known {
		return problem.Missing("nudge")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, in)
		if err != nil {
			return err
		}
		if err := s.settle(ctx, tx, held, []Kind{kind}); err != nil {
			return err
		}
		if err := do(ctx, db.New(tx), held); err != nil {
			return fmt.Errorf("answer a nudge: %w", err)
		}
		return nil
	})
}

// Subscribe takes back a nudge in the moment in which its cause goes, rather than at the next look.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.RoleAssigned) error {
		return s.gone(ctx, tx, e.About, NoLead, LeadIsDeep)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.SeverityChanged) error {
		return s.gone(ctx, tx, e.About, NoSeverity)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.SummaryChanged) error {
		return s.gone(ctx, tx, e.About, NoSummary)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.UpdateSent) error {
		return s.gone(ctx, tx, e.About, LeadIsDeep, QuietRoom, CanBeClosed)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.StatusChanged) error {
		if e.ToCategory == incident.CategoryLive {
			return s.gone(ctx, tx, e.About, CanBeClosed)
		}
		return s.gone(ctx, tx, e.About, allKinds()...)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e followup.Assigned) error {
		return s.owned(ctx, tx, e.What)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e followup.Completed) error {
		return s.owned(ctx, tx, e.What)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e followup.NotDoing) error {
		return s.owned(ctx, tx, e.What)
	})
	event.Within(bus, "nudge", func(ctx context.Context, tx pgx.Tx, _ event.Record, e followup.Deleted) error {
		return s.owned(ctx, tx, e.What)
	})
}

// owned takes the card back once no follow-up of the incident is without an owner.
func (s *Service) owned(ctx context.Context, tx pgx.Tx, of followup.What) error {
	left, err := db.New(tx).Unowned(ctx, of.Incident)
	if err != nil {
		return fmt.Errorf("look for follow-ups that nobody has: %w", err)
	}
	if left {
		return nil
	}
	return s.gone(ctx, tx, of.About, Unowned)
}

// gone settles what shows of the kinds. A cause that is still there is seen again by the next look.
func (s *Service) gone(ctx context.Context, tx pgx.Tx, about incident.About, kinds ...Kind) error {
	return s.settle(ctx, tx, incident.Held{ID: about.Incident, Private: about.Private}, kinds)
}
