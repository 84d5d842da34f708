package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Comms is the short form of the role whose holder speaks for the incident. A new organisation has one; one that has
// none leaves it to the lead.
const Comms = "comms"

// CommsHolder returns who speaks for the incident, for a verb of another domain: whoever holds comms, else the lead;
// empty when neither is held by somebody active.
func CommsHolder(ctx context.Context, tx pgx.Tx, incident id.ID) (id.ID, error) {
	holder, err := db.New(tx).CommsHolder(ctx, db.CommsHolderParams{IncidentID: incident, Shortform: Comms})
	if postgres.None(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look who speaks for the incident: %w", err)
	}
	return holder, nil
}
