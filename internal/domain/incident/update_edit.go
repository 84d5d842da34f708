package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

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

// FreelyEdited is for how long the words of an update can be mended without a mark. What is changed later is marked,
// and what it said before stays readable.
const FreelyEdited = 15 * time.Minute

// EditUpdate changes the words of an update, and nothing else of it: nobody is told again. Version is the one that the
// editor saw, 0 is not checked.
type EditUpdate struct {
	Incident, Update id.ID
	Message          string
	Version          int32
}

// UpdateVersion is what an update said before it was edited.
type UpdateVersion struct {
	Message  richtext.Document
	Author   tenant.Actor
	At       time.Time
	Replaced time.Time
}

// EditUpdate changes the words of an update; its author may, and the lead.
func (s *Service) EditUpdate(ctx context.Context, cmd EditUpdate) (Outcome, error) {
	cmd.Message = strings.TrimSpace(clean(cmd.Message))
	if err := checkText("message", cmd.Message); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if !cmd.Update.Valid() {
			return problem.Missing("update")
		}
		row, err := t.q.UpdateByID(ctx, db.UpdateByIDParams{IncidentID: t.inc.ID, ID: cmd.Update})
		if postgres.None(err) {
			return problem.Missing("update")
		}
		if err != nil {
			return fmt.Errorf("read the update: %w", err)
		}
		lead, err := t.q.LeadOf(ctx, t.inc.ID)
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("read who leads: %w", err)
		}
		if out.Changed, err = decideEdit(cmd, row, t.scope.Actor, lead); err != nil || !out.Changed {
			return err
		}
		return s.editUpdate(ctx, t, cmd, row)
	})
	return out, err
}

func decideEdit(cmd EditUpdate, row db.MusterIncidentUpdate, actor tenant.Actor, lead id.ID) (bool, error) {
	author := row.AuthorType == string(actor.Type) && row.AuthorID == actor.ID
	switch {
	case !author && (actor.Type != tenant.User || actor.ID != lead):
		return false, problem.New(problem.Forbidden, "not_yours", "Only whoever sent an update, and the lead, can change its words.")
	case cmd.Message == "":
		return false, problem.Field("message", "is_required", "An update that was sent cannot be emptied. Say what is true instead.")
	case cmd.Message == row.MessageSource:
		return false, nil
	case cmd.Version != 0 && cmd.Version != row.RowVersion:
		return false, &Stale{What: "message", Now: row.MessageSource, Version: row.RowVersion}
	}
	return true, nil
}

func (s *Service) editUpdate(ctx context.Context, t turn, cmd EditUpdate, row db.MusterIncidentUpdate) error {
	document, err := ReadText(ctx, t.tx, cmd.Message)
	if err != nil {
		return err
	}
	if err := t.q.KeepUpdateVersion(ctx, db.KeepUpdateVersionParams{At: t.at, ID: row.ID}); err != nil {
		return fmt.Errorf("keep what the update said: %w", err)
	}
	err = t.q.EditUpdate(ctx, db.EditUpdateParams{
		MessageSource: document.Source, Message: document.JSON(), MessageFormat: richtext.Version, At: &t.at,
		EditorType: optional(string(t.scope.Actor.Type)), EditorID: t.scope.Actor.ID, EditorName: optional(t.scope.Actor.Name), ID: row.ID,
	})
	if err != nil {
		return fmt.Errorf("write the update: %w", err)
	}
	err = audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.update_edited", TargetType: "incident_update", TargetID: row.ID, Incident: t.inc.ID, Private: t.inc.Private,
		Before: map[string]any{"message": row.MessageSource}, After: map[string]any{"message": document.Source},
	})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, UpdateEdited{About: t.inc.About(), Update: row.ID})
}

// UpdateVersions lists what an update said before, the oldest first: each text that stood when it was no longer free to
// be mended.
func (s *Service) UpdateVersions(ctx context.Context, incident, update id.ID) ([]UpdateVersion, error) {
	var versions []UpdateVersion
	err := s.read(ctx, func(ctx context.Context, _ pgx.Tx, q *db.Queries) error {
		if !incident.Valid() || !update.Valid() {
			return problem.Missing("update")
		}
		now, err := q.UpdateByID(ctx, db.UpdateByIDParams{IncidentID: incident, ID: update})
		if postgres.None(err) {
			return problem.Missing("update")
		}
		if err != nil {
			return fmt.Errorf("read the update: %w", err)
		}
		rows, err := q.UpdateVersions(ctx, db.UpdateVersionsParams{IncidentID: incident, UpdateID: update})
		if err != nil {
			return fmt.Errorf("read what the update said: %w", err)
		}
		for _, row := range rows {
			if !marked(now.CreatedAt, &row.ReplacedAt) {
				continue
			}
			v := UpdateVersion{Author: tenant.Actor{Type: tenant.ActorType(row.AuthorType), ID: row.AuthorID, Name: row.AuthorName}, At: row.WrittenAt, Replaced: row.ReplacedAt}
			if v.Message, err = document(row.Message, row.MessageSource); err != nil {
				return fmt.Errorf("read what update %s said: %w", update, err)
			}
			versions = append(versions, v)
		}
		return nil
	})
	return versions, err
}

// marked reports whether an edit at the given moment is one that readers are told of.
func marked(sent time.Time, edited *time.Time) bool {
	return edited != nil && edited.Sub(sent) > FreelyEdited
}
