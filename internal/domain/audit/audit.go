// Package audit keeps who changed what, with before and after, written by each verb in its own transaction.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit/internal/db"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Entry is one change to be written down.
type Entry struct {
	// Action names the change, "incident.status_changed".
	Action string
	// TargetType is the noun of what was changed, TargetID its id.
	TargetType string
	TargetID   id.ID
	// Incident is set when the change belongs to one, Private when that is private.
	Incident id.ID
	Private  bool
	// Before and After are what changed, as values that marshal to JSON; nil for none.
	Before, After any
}

// Write stores the entry in the verb's transaction, for the actor in ctx at the given moment.
func Write(ctx context.Context, tx pgx.Tx, at time.Time, e Entry) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	before, err := encode(e.Before)
	if err != nil {
		return err
	}
	after, err := encode(e.After)
	if err != nil {
		return err
	}
	row := db.InsertEntryParams{
		OrganisationID: scope.Organisation, ID: id.New(at), Action: e.Action,
		ActorType: string(scope.Actor.Type), ActorID: scope.Actor.ID, ActorName: scope.Actor.Name,
		TargetType: e.TargetType, TargetID: e.TargetID, IncidentID: e.Incident, Private: e.Private, Before: before, After: after,
		Request: httpx.RequestOf(ctx).ID, OccurredAt: at,
	}
	if client := httpx.RequestOf(ctx).Client; client.IsValid() {
		row.Address = client.String()
	}
	if err := db.New(tx).InsertEntry(ctx, row); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

func encode(value any) (json.RawMessage, error) {
	if value == nil {
		return nil, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write a value for the audit log: %w", err)
	}
	return text, nil
}

// Service reads the log.
type Service struct {
	db    *postgres.DB
	clock clock.Clock
}

// New returns the service over db.
func New(db *postgres.DB, clk clock.Clock) *Service { return &Service{db: db, clock: clk} }
