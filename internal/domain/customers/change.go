package customers

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/customers/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Change says what customers may be told; an empty text takes it back.
type Change struct {
	Incident id.ID
	Text     string
	// Version is the one that the editor saw, 0 for none; when there is a newer one the answer is an *incident.Stale.
	Version int32
	// Anyway replaces whatever there is.
	Anyway bool
}

// Restore brings the words of an earlier version back, as a new version.
type Restore struct {
	Incident id.ID
	Version  int32
}

// SendUpdate sends an update and says what customers may be told from then on: both, or neither.
type SendUpdate struct {
	Update  incident.SendUpdate
	Text    string
	Version int32
}

// Change changes the text.
func (s *Service) Change(ctx context.Context, cmd Change) (incident.Outcome, error) {
	text, err := checkText(cmd.Text)
	if err != nil {
		return incident.Outcome{}, err
	}
	return s.write(ctx, cmd.Incident, func(_ context.Context, _ *db.Queries, now db.LatestRow) (revision, error) {
		return decideChange(now.Text, now.Version, text, cmd)
	}, "")
}

// Restore brings an earlier version back.
func (s *Service) Restore(ctx context.Context, cmd Restore) (incident.Outcome, error) {
	return s.write(ctx, cmd.Incident, func(ctx context.Context, q *db.Queries, now db.LatestRow) (revision, error) {
		text, err := q.Version(ctx, db.VersionParams{IncidentID: cmd.Incident, Version: cmd.Version})
		if postgres.None(err) {
			return revision{}, problem.Missing("version")
		}
		if err != nil {
			return revision{}, fmt.Errorf("read the version: %w", err)
		}
		return revision{needed: text != now.Text, text: text, restored: &cmd.Version}, nil
	}, "")
}

// SendUpdate sends the update with its text for customers; repeated with the same key it changes nothing.
func (s *Service) SendUpdate(ctx context.Context, cmd SendUpdate) (incident.Sent, error) {
	text, err := checkText(cmd.Text)
	if err != nil {
		return incident.Sent{}, err
	}
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return incident.Sent{}, err
	}
	var sent incident.Sent
	err = s.db.Write(ctx, func(ctx context.Context, _ pgx.Tx) error {
		var err error
		if sent, err = s.incidents.SendUpdate(ctx, cmd.Update); err != nil || sent.Existing {
			return err
		}
		_, err = s.write(ctx, cmd.Update.Incident, func(_ context.Context, _ *db.Queries, now db.LatestRow) (revision, error) {
			return decideChange(now.Text, now.Version, text, Change{Version: cmd.Version})
		}, sent.Update)
		return err
	})
	return sent, err
}

// revision is what a change comes to.
type revision struct {
	needed   bool
	text     string
	restored *int32
}

func decideChange(now string, version int32, text string, cmd Change) (revision, error) {
	switch {
	case text == now:
		return revision{}, nil
	case !cmd.Anyway && cmd.Version != version:
		return revision{}, &incident.Stale{What: "words for customers", Now: now, Version: version}
	}
	return revision{needed: true, text: text}, nil
}

// write locks the incident, so that versions come one after the other, and writes what fn decides on.
func (s *Service) write(ctx context.Context, in id.ID, decide func(ctx context.Context, q *db.Queries, now db.LatestRow) (revision, error), update id.ID) (incident.Outcome, error) {
	var out incident.Outcome
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = incident.Outcome{}
		inc, err := incident.Lock(ctx, tx, in)
		if err != nil {
			return err
		}
		q, at := db.New(tx), s.clock.Now()
		now, err := latest(ctx, q, inc.ID)
		if err != nil {
			return err
		}
		next, err := decide(ctx, q, now)
		if err != nil || !next.needed {
			return err
		}
		out.Changed = true
		err = q.Insert(ctx, db.InsertParams{
			ID: id.New(at), IncidentID: inc.ID, Private: inc.Private, Version: now.Version + 1, Text: next.text, RestoredVersion: next.restored,
			AuthorType: string(scope.Actor.Type), AuthorID: scope.Actor.ID, AuthorName: scope.Actor.Name, At: at,
		})
		if err != nil {
			return fmt.Errorf("write what customers may be told: %w", err)
		}
		err = audit.Write(ctx, tx, at, audit.Entry{
			Action: "customers.text_changed", TargetType: "incident", TargetID: inc.ID, Incident: inc.ID, Private: inc.Private,
			Before: map[string]any{"text": now.Text}, After: map[string]any{"text": next.text},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, tx, TextChanged{About: inc.About(), Number: now.Version + 1, Update: update, Removed: next.text == "", Text: next.text})
	})
	return out, err
}
