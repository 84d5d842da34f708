package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Source is a message from which an incident can be declared.
type Source struct {
	Message  id.ID
	Incident Brief
	// Private tells that the message's incident is private, and so the new one had better be.
	Private bool
	// Line is the beginning of the message as one line, which may do as a name.
	Line string
}

// Source returns what a declaration from a message begins with.
func (s *Service) Source(ctx context.Context, message id.ID) (Source, error) {
	if _, err := tenant.Require(ctx, authz.CreateIncidents); err != nil {
		return Source{}, err
	}
	var source Source
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, _ *db.Queries) error {
		inc, text, err := sourceOf(ctx, tx, message)
		if err != nil {
			return err
		}
		source = Source{
			Message: message, Private: inc.Private, Incident: Brief{ID: inc.ID, Number: inc.Number, Reference: Reference(inc.Number)},
			Line: richtext.Parse(text, richtext.Options{}).Excerpt(maxName / 2),
		}
		return nil
	})
	return source, err
}

// sourceOf reads whose room a message is in, if the actor may see it and it is still there.
func sourceOf(ctx context.Context, tx pgx.Tx, message id.ID) (Held, string, error) {
	if !message.Valid() {
		return Held{}, "", problem.Missing("message")
	}
	row, err := db.New(tx).SourceMessage(ctx, message)
	if postgres.None(err) || (err == nil && (row.Deleted || row.Kind == "event")) {
		return Held{}, "", problem.Missing("message")
	}
	if err != nil {
		return Held{}, "", fmt.Errorf("read the message: %w", err)
	}
	inc, err := Find(ctx, tx, row.IncidentID)
	return inc, row.Source, err
}

// originate finds the incident of the message that a new one is declared from.
func (d *declaration) originate(ctx context.Context, tx pgx.Tx, message id.ID) error {
	if message.Empty() {
		return nil
	}
	var err error
	d.message = message
	d.source, _, err = sourceOf(ctx, tx, message)
	return err
}

// link lets the incident and the one from whose room it was declared know of each other.
func (s *Service) link(ctx context.Context, t turn, d declaration) error {
	if d.message.Empty() {
		return nil
	}
	err := t.q.InsertOrigin(ctx, db.InsertOriginParams{IncidentID: d.ID, Private: d.Private, SourceID: d.source.ID, MessageID: d.message})
	if err != nil {
		return fmt.Errorf("note where the incident was declared from: %w", err)
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.declared_from_message", TargetType: "room_message", TargetID: d.message, Incident: d.source.ID, Private: d.source.Private,
		After: map[string]any{"incident": d.ID},
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, DeclaredElsewhere{About: d.source.About(), Message: d.message, Declared: d.ID, Told: titled(d.Held)})
}
