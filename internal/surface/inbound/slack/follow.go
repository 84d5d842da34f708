package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// A Home tab that somebody has open shows what others change. Slack does not tell when it is closed, so those that were
// opened within the last hours are followed.
const (
	followed = 3 * time.Hour
	// atMost is how often one tab is written anew, however much changes.
	atMost = 10 * time.Second
	// overdue is how long a transaction may last whose changes a look at the tab did not see yet.
	overdue = 30 * time.Second
	// homesEvery is how often tabs are looked over.
	homesEvery = 5 * time.Second
)

// homeTopics are the first words of the events that a Home tab can tell of.
var homeTopics = []string{"incident", "action", "follow_up", "incident_settings", "user", "redaction"}

// home is a tab that was opened.
type home struct {
	team, user, shown string
	stale             bool
	looked            time.Time
}

// openHome shows somebody their tab, and follows it from then on.
func (d *Doors) openHome(ctx context.Context, team, slackUser string) error {
	now := d.Clock.Now()
	shown, err := d.publishHome(ctx, team, slackUser, "")
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO muster.slack_home (organisation_id, team_id, slack_user_id, opened_at, looked_at, shown)
			VALUES ((SELECT muster.current_organisation()), $1, $2, $3, $3, $4)
			ON CONFLICT (organisation_id, team_id, slack_user_id)
			DO UPDATE SET opened_at = excluded.opened_at, looked_at = excluded.looked_at, shown = excluded.shown, stale = false`, team, slackUser, now, shown)
		return err
	})
	if err != nil {
		return fmt.Errorf("remember an open Home tab: %w", err)
	}
	return nil
}

// Follow keeps the Home tabs of all organisations as things are until ctx ends.
func (d *Doors) Follow(ctx context.Context) {
	supervise.Apart(ctx, "follow Home tabs", homesEvery, d.Workspaces.Organisations, func(ctx context.Context, organisation id.ID) error {
		err := d.FollowHomes(tenant.AsSystem(ctx, organisation))
		var later *chat.Later
		if errors.As(err, &later) { // nobody needs to know: it is nice to have
			return nil
		}
		return err
	})
}

// FollowHomes writes those Home tabs of the organisation anew that say something else than is so, and that waited longest
// first; where Slack wants to be left alone, the rest wait.
func (d *Doors) FollowHomes(ctx context.Context) error {
	due, err := d.homesDue(ctx)
	if err != nil {
		return err
	}
	for _, one := range due {
		mine, err := d.takeHome(ctx, one)
		if err != nil {
			return err
		}
		if !mine {
			continue
		}
		shown, err := d.publishHome(ctx, one.team, one.user, one.shown)
		switch {
		case err != nil && settled(err): // they left, or the app has no Home tab
			err = d.forgetHome(ctx, one)
		case err == nil:
			err = d.noteHome(ctx, one, shown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// homesDue lists the tabs that may be out of date: something happened since they were looked at.
func (d *Doors) homesDue(ctx context.Context) ([]home, error) {
	var homes, due []home
	var newest time.Time
	now := d.Clock.Now()
	err := d.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT team_id, slack_user_id, shown, stale, looked_at FROM muster.slack_home
			WHERE organisation_id = (SELECT muster.current_organisation()) AND opened_at > $1 ORDER BY looked_at, slack_user_id`, now.Add(-followed))
		if err != nil {
			return err
		}
		homes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one home, err error) {
			return one, row.Scan(&one.team, &one.user, &one.shown, &one.stale, &one.looked)
		})
		if err != nil || len(homes) == 0 {
			return err
		}
		// Ids begin with their time: what is older than all looks need not be read.
		since := string(id.New(homes[0].looked.Add(-overdue)))[:10]
		err = tx.QueryRow(ctx, `
			SELECT recorded_at FROM muster.event
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id >= $1 AND split_part(kind, '.', 1) = ANY ($2)
			ORDER BY id DESC LIMIT 1`, since, homeTopics).Scan(&newest)
		if postgres.None(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look over the Home tabs: %w", err)
	}
	for _, one := range homes {
		if !one.looked.After(now.Add(-atMost)) && (one.stale || one.looked.Before(newest.Add(overdue))) {
			due = append(due, one)
		}
	}
	return due, nil
}

// takeHome reports whether a tab is this process's to write. Until it is noted what the tab says, it counts as stale.
func (d *Doors) takeHome(ctx context.Context, one home) (mine bool, err error) {
	err = d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		taken, err := tx.Exec(ctx, `
			UPDATE muster.slack_home SET looked_at = $4, stale = true
			WHERE organisation_id = (SELECT muster.current_organisation()) AND team_id = $1 AND slack_user_id = $2 AND looked_at = $3`,
			one.team, one.user, one.looked, d.Clock.Now())
		mine = err == nil && taken.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take a Home tab: %w", err)
	}
	return mine, nil
}

func (d *Doors) noteHome(ctx context.Context, one home, shown string) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE muster.slack_home SET shown = $3, stale = false
			WHERE organisation_id = (SELECT muster.current_organisation()) AND team_id = $1 AND slack_user_id = $2`, one.team, one.user, shown)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what a Home tab says: %w", err)
	}
	return nil
}

func (d *Doors) forgetHome(ctx context.Context, one home) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM muster.slack_home
			WHERE organisation_id = (SELECT muster.current_organisation()) AND team_id = $1 AND slack_user_id = $2`, one.team, one.user)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget a Home tab: %w", err)
	}
	return nil
}
