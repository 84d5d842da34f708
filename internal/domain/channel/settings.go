package channel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Settings is how an organisation wants the channels of its incidents.
type Settings struct {
	// Opens gives each new incident a channel by itself.
	Opens bool `json:"opens"`
	// Name is what channels are called, with {number}, {slug}, {severity}, {type} and {date}.
	Name string `json:"name"`
	// ArchiveAfterDays is how long after its end an incident's channel is archived; nil for never.
	ArchiveAfterDays *int `json:"archive_after_days"`
	// Team is the workspace of new channels; empty for the one that was connected first.
	Team string `json:"team"`
}

// ByDefault is how channels are until somebody says otherwise.
func ByDefault() Settings {
	days := 14
	return Settings{Opens: true, Name: "inc-{number}-{slug}", ArchiveAfterDays: &days}
}

// mostDays is the longest that a channel waits to be archived.
const mostDays = 365

// Settings returns the organisation's.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return Settings{}, err
	}
	settings := ByDefault()
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		settings, err = read(ctx, db.New(tx))
		return err
	})
	return settings, err
}

func read(ctx context.Context, q *db.Queries) (Settings, error) {
	row, err := q.Settings(ctx)
	if postgres.None(err) {
		return ByDefault(), nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("read the settings of channels: %w", err)
	}
	settings := Settings{Opens: row.Opens, Name: row.Name, Team: string(row.TeamID)}
	if row.ArchiveAfterDays != nil {
		days := int(*row.ArchiveAfterDays)
		settings.ArchiveAfterDays = &days
	}
	return settings, nil
}

// ChangeSettings sets them all; channels that are there follow at the next change of their incident.
func (s *Service) ChangeSettings(ctx context.Context, to Settings) error {
	scope, err := tenant.Require(ctx, authz.UpdateOrganisation)
	if err != nil {
		return err
	}
	if to.Name, err = decidePattern(to.Name); err != nil {
		return err
	}
	if to.ArchiveAfterDays != nil && (*to.ArchiveAfterDays < 0 || *to.ArchiveAfterDays > mostDays) {
		return problem.Field("archive_after_days", "out_of_range", "Channels are archived 0 to %d days after the end, or never.", mostDays)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		before, err := read(ctx, q)
		if err != nil {
			return err
		}
		row := db.PutSettingsParams{OrganisationID: scope.Organisation, Opens: to.Opens, Name: to.Name, TeamID: &to.Team}
		if to.ArchiveAfterDays != nil {
			days := int32(*to.ArchiveAfterDays) //nolint:gosec // mostDays bounds it
			row.ArchiveAfterDays = &days
		}
		if err := q.PutSettings(ctx, row); err != nil {
			return fmt.Errorf("change the settings of channels: %w", err)
		}
		entry := audit.Entry{Action: "channel.settings_changed", TargetType: "organisation", TargetID: scope.Organisation, Before: before, After: to}
		return audit.Write(ctx, tx, s.clock.Now(), entry)
	})
}

// archiveAt is when the channel of an incident is archived, nil for not.
func (s Settings) archiveAt(inc incident.Incident, now time.Time) *time.Time {
	if s.ArchiveAfterDays == nil || inc.ClosedAt == nil {
		return nil
	}
	at := inc.ClosedAt.Add(time.Duration(*s.ArchiveAfterDays) * 24 * time.Hour)
	if at.Before(now) {
		at = now
	}
	return &at
}
