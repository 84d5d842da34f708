package stream

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Open opens a stream in an incident; without a lead, whoever opens it leads.
type Open struct {
	Incident id.ID
	Name     string
	Lead     id.ID
	// Key makes a repeated opening answer with the stream of the first.
	Key string
}

// Open opens a stream, or returns the one that the same key opened.
func (s *Service) Open(ctx context.Context, cmd Open) (Stream, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Stream{}, err
	}
	key, err := decideKey(cmd.Key)
	if err != nil {
		return Stream{}, err
	}
	lead := cmd.Lead
	if lead.Empty() && scope.Actor.Type == tenant.User {
		lead = scope.Actor.ID
	}
	var opened Stream
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		// The lock on the incident makes a second opening with the same key wait for the first.
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		if known, err := q.ByKey(ctx, db.ByKeyParams{IncidentID: inc.ID, Key: cmd.Key}); err == nil {
			opened, err = read(ctx, q, known)
			return err
		} else if !postgres.None(err) {
			return fmt.Errorf("look for the same stream: %w", err)
		}
		if err := decideOpen(inc); err != nil {
			return err
		}
		others, err := q.OpenNames(ctx, inc.ID)
		if err != nil {
			return fmt.Errorf("read the names of streams: %w", err)
		}
		name, err := decideName(cmd.Name, "", others)
		if err != nil {
			return err
		}
		if !lead.Empty() {
			if err := mayLead(ctx, tx, inc, lead, at); err != nil {
				return err
			}
		}
		row := db.InsertParams{
			ID: id.New(at), IncidentID: inc.ID, Private: inc.Private, Name: name, LeadID: lead, IdempotencyKey: key,
			CreatorType: string(scope.Actor.Type), CreatorID: scope.Actor.ID, CreatorName: scope.Actor.Name, At: at,
		}
		if err := q.Insert(ctx, row); err != nil {
			return fmt.Errorf("write the stream: %w", err)
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: Opened{}.Kind(), TargetType: "stream", TargetID: row.ID, Incident: inc.ID, Private: inc.Private,
			After: map[string]any{"name": name, "lead": lead, "state": Going},
		})
		if err != nil {
			return err
		}
		if err := s.bus.Publish(ctx, tx, Opened{What: What{About: inc.About(), Stream: row.ID, Name: name}, Lead: lead}); err != nil {
			return err
		}
		opened, err = read(ctx, q, row.ID)
		return err
	})
	return opened, err
}

// decideOpen refuses to divide work that is over.
func decideOpen(inc incident.Held) error {
	switch inc.Category {
	case incident.CategoryClosed, incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled:
		return problem.New(problem.Conflict, "incident_over", "The incident is over. Reopen it first, or note a follow-up.")
	}
	return nil
}
