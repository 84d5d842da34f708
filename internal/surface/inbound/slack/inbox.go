package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// kind is what Slack sent.
type kind string

const (
	ofEvent       kind = "event"
	ofCommand     kind = "command"
	ofInteraction kind = "interaction"
)

// delivery is something that Slack sent.
type delivery struct {
	organisation, id id.ID
	team, key        string
	kind             kind
	// lane names what must be dealt with in order; empty for what stands alone.
	lane       string
	payload    []byte
	attempts   int
	receivedAt time.Time
}

const (
	// held is how long a process has for one delivery before another takes it over; handling ends well before.
	held = 2 * time.Minute
	// keysKept is how long it is remembered what was dealt with: Slack tries for minutes, and whoever records requests for
	// longer is refused by their time.
	keysKept = 3 * 24 * time.Hour
)

// keep writes down what Slack sent and reports whether it is new: what is sent again changes nothing. What belongs to
// nobody's workspace is not kept. What stands alone is in the hands of this process from the beginning.
func (d *Doors) keep(ctx context.Context, from platform.From, got delivery) (delivery, bool, error) {
	organisation, err := d.owner(ctx, from)
	if err != nil || organisation.Empty() {
		return got, false, err
	}
	got.organisation, got.team, got.key, got.receivedAt = organisation, from.Team, from.Key, d.Clock.Now()
	got.id = id.New(got.receivedAt)
	next := got.receivedAt
	if got.lane == "" {
		next, got.attempts = next.Add(held), 1
	}
	fresh := false
	err = d.DB.Write(tenant.AsSystem(ctx, organisation), func(ctx context.Context, tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `
			INSERT INTO muster.slack_delivery (organisation_id, id, team_id, key, kind, lane, payload, attempts, next_attempt_at, received_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (organisation_id, team_id, key) DO NOTHING`,
			organisation, got.id, got.team, got.key, got.kind, got.lane, got.payload, got.attempts, next, got.receivedAt)
		fresh = err == nil && added.RowsAffected() > 0
		return err
	})
	if err != nil {
		return got, false, fmt.Errorf("keep what Slack sent: %w", err)
	}
	return got, fresh, nil
}

// claim takes the first delivery of a lane, or the one named, when it is due and nobody works in the lane: what is in
// somebody's hands, or rests, is due later.
func (d *Doors) claim(ctx context.Context, at lane, one id.ID) (got *delivery, err error) {
	now := d.Clock.Now()
	err = d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		found := delivery{organisation: at.organisation, lane: at.name}
		err := tx.QueryRow(ctx, `
			UPDATE muster.slack_delivery SET attempts = attempts + 1, next_attempt_at = $5, last_error = ''
			WHERE organisation_id = (SELECT muster.current_organisation()) AND state = 'waiting' AND next_attempt_at <= $4 AND id = (
				SELECT d.id FROM muster.slack_delivery d
				WHERE d.organisation_id = (SELECT muster.current_organisation()) AND d.state = 'waiting' AND d.lane = $2
					AND (d.lane <> '' AND d.team_id = $1 OR d.id = $3)
				ORDER BY d.id LIMIT 1)
			AND NOT EXISTS (SELECT FROM muster.slack_delivery busy
				WHERE busy.organisation_id = (SELECT muster.current_organisation()) AND busy.state = 'waiting' AND busy.lane = $2 AND busy.lane <> ''
					AND busy.team_id = $1 AND busy.next_attempt_at > $4)
			RETURNING id, team_id, key, kind, payload, attempts, received_at`,
			at.team, at.name, one, now, now.Add(held)).Scan(&found.id, &found.team, &found.key, &found.kind, &found.payload, &found.attempts, &found.receivedAt)
		if postgres.None(err) {
			return nil
		}
		got = &found
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take what Slack sent: %w", err)
	}
	return got, nil
}

// settle writes down what became of a delivery. What is over loses its payload and keeps its key.
func (d *Doors) settle(ctx context.Context, got delivery, state string, again time.Time, trouble string) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE muster.slack_delivery SET state = $2, lane = $3, next_attempt_at = $4, last_error = left($5, 1000),
				done_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE $6::timestamptz END, payload = CASE WHEN $2 = 'waiting' THEN payload END
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`,
			got.id, state, got.lane, again, trouble, d.Clock.Now())
		return err
	})
}

// Sweep takes up what nobody deals with: what a process that died left behind, and what rested after trouble.
func (d *Doors) Sweep(ctx context.Context) error {
	organisations, err := d.Workspaces.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		if err := d.sweep(tenant.AsSystem(ctx, organisation), organisation); err != nil {
			return err
		}
	}
	return nil
}

// sweptAtOnce bounds one look.
const sweptAtOnce = 200

func (d *Doors) sweep(ctx context.Context, organisation id.ID) error {
	var due []delivery
	err := d.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT ON (team_id, lane, CASE WHEN lane = '' THEN id END) team_id, lane, id FROM muster.slack_delivery
			WHERE organisation_id = (SELECT muster.current_organisation()) AND state = 'waiting' AND next_attempt_at <= $1
			ORDER BY team_id, lane, CASE WHEN lane = '' THEN id END, id LIMIT $2`, d.Clock.Now(), sweptAtOnce)
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one delivery, err error) {
			return one, row.Scan(&one.team, &one.lane, &one.id)
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("look for what Slack sent: %w", err)
	}
	for _, one := range due {
		at := lane{organisation, one.team, one.lane}
		if at.name != "" {
			d.kick(ctx, at)
			continue
		}
		got, err := d.claim(ctx, at, one.id)
		if err != nil {
			return err
		}
		if got != nil {
			d.begin(ctx, *got)
		}
	}
	return nil
}

// Forget deletes the keys of what was dealt with days ago, and the Home tabs that are followed no more.
func (d *Doors) Forget(ctx context.Context) error {
	organisations, err := d.Workspaces.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		err := d.DB.Write(tenant.AsSystem(ctx, organisation), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM muster.slack_delivery
				WHERE organisation_id = (SELECT muster.current_organisation()) AND state <> 'waiting' AND done_at < $1`, d.Clock.Now().Add(-keysKept))
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `DELETE FROM muster.slack_home
				WHERE organisation_id = (SELECT muster.current_organisation()) AND opened_at <= $1`, d.Clock.Now().Add(-followed))
			return err
		})
		if err != nil {
			return fmt.Errorf("forget what Slack sent: %w", err)
		}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // whoever hung up gets nothing
}
