package incident

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
)

// CreateSeverity adds a severity that is worse than all others unless it has a rank; OrderSeverities moves it.
type CreateSeverity struct {
	Name, Description string
	Rank              *int32
}

// EditSeverity changes a severity's texts, and its rank where one is given. Version is the one that the editor saw, 0 is
// not checked.
type EditSeverity struct {
	ID                id.ID
	Name, Description string
	Rank              *int32
	Version           int32
}

// OrderSeverities ranks all severities, the mildest first.
type OrderSeverities struct{ IDs []id.ID }

// ArchiveSeverity takes a severity out of use. Incidents that are not over get Replacement; the others keep it.
type ArchiveSeverity struct{ ID, Replacement id.ID }

var severities = setting.List[db.MusterSeverity]{
	Noun: string(SeverityNoun), One: "severity", Table: "muster.severity", Permits: authz.UpdateOrganisation,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterSeverity, error) {
		return db.New(tx).LockSeverities(ctx)
	},
	Entry: func(r db.MusterSeverity) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name, Description: r.Description}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// CreateSeverity adds a severity and returns it.
func (s *Service) CreateSeverity(ctx context.Context, cmd CreateSeverity) (Severity, error) {
	made, err := severities.Create(ctx, s.settings, setting.Words{Name: cmd.Name, Description: cmd.Description}, cmd.Rank)
	return Severity{ID: made.ID, Name: made.Name, Description: made.Description, Rank: made.Rank, Version: made.Version, CreatedAt: made.CreatedAt, UpdatedAt: made.CreatedAt}, err
}

// EditSeverity changes the texts of a severity.
func (s *Service) EditSeverity(ctx context.Context, cmd EditSeverity) (Outcome, error) {
	words := setting.Words{Name: cmd.Name, Description: cmd.Description}
	return outcome(severities.Edit(ctx, s.settings, setting.Edit{ID: cmd.ID, Words: words, Rank: cmd.Rank, Version: cmd.Version}, setting.Always))
}

// OrderSeverities gives every severity its rank.
func (s *Service) OrderSeverities(ctx context.Context, cmd OrderSeverities) (Outcome, error) {
	return outcome(severities.Order(ctx, s.settings, cmd.IDs))
}

// ArchiveSeverity takes a severity out of use, unless it is the last one, or it is used and nothing takes its place.
func (s *Service) ArchiveSeverity(ctx context.Context, cmd ArchiveSeverity) (Outcome, error) {
	return outcome(severities.Archive(ctx, s.settings, setting.Archive(cmd), setting.Retirement[db.MusterSeverity]{
		Keep: severities.NotTheLast,
		Uses: usedBy(SeverityNoun, cmd.ID),
		Move: func(ctx context.Context, t setting.Turn) error {
			open, err := db.New(t.Tx).OpenWithSeverity(ctx, cmd.ID)
			err = moveAll(ctx, open, err, func(incident id.ID) error {
				_, err := s.ChangeSeverity(ctx, ChangeSeverity{Incident: incident, Severity: cmd.Replacement})
				return err
			})
			if err != nil {
				return err
			}
			return form.Replace(ctx, t.Tx, string(form.Severity), string(cmd.ID), string(cmd.Replacement), t.At)
		},
	}))
}
