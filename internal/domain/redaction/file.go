package redaction

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// RemoveFile removes a file of a room with its content: every address that was given out for it dies. Its copies in the
// rooms into which a message took it along go as well, those too that the actor does not see.
type RemoveFile struct{ Incident, File id.ID }

// File is what can be removed.
type File struct {
	ID   id.ID
	Name string
}

// Files lists the files of an incident that are shown in its room, the newest first.
func (s *Service) Files(ctx context.Context, inc id.ID) ([]File, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var files []File
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT b.id, b.name FROM muster.blob b
			WHERE b.organisation_id = muster.current_organisation() AND b.incident_id = $1
				AND EXISTS (SELECT FROM muster.room_file f WHERE f.organisation_id = b.organisation_id AND f.blob_id = b.id)
			ORDER BY b.created_at DESC LIMIT 200`, string(inc))
		if err != nil {
			return fmt.Errorf("read the files: %w", err)
		}
		files, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (f File, err error) { return f, r.Scan(&f.ID, &f.Name) })
		return err
	})
	return files, err
}

// RemoveFile takes a file and its copies off every message and out of the store.
func (s *Service) RemoveFile(ctx context.Context, cmd RemoveFile) error {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		if err := allow(ctx, tx, scope, held.ID); err != nil {
			return err
		}
		var copies []fileCopy
		err = s.sighted(ctx, func(ctx context.Context, tx pgx.Tx) error {
			copies, err = copiesOfFile(ctx, tx, cmd.File)
			return err
		})
		if err != nil {
			return err
		}
		if err := s.remove(ctx, tx, held, cmd.File); err != nil {
			return err
		}
		return s.sighted(ctx, func(ctx context.Context, tx pgx.Tx) error {
			for _, one := range copies {
				held, err := incident.Find(ctx, tx, one.incident)
				if err != nil {
					return err
				}
				if err := s.remove(ctx, tx, held, one.file); err != nil && !problem.Is(err, problem.NotFound) { // it may have gone meanwhile
					return err
				}
			}
			return nil
		})
	})
}

// fileCopy is the same file in the room of another incident.
type fileCopy struct{ file, incident id.ID }

// copiesOfFile lists, among what the transaction sees, the same files on the messages that a file's messages were copied
// from or to, over any number of rooms.
func copiesOfFile(ctx context.Context, tx pgx.Tx, file id.ID) ([]fileCopy, error) {
	rows, err := tx.Query(ctx, `WITH RECURSIVE same AS (
			SELECT m.id, m.copied_from_id FROM muster.room_file f
				JOIN muster.room_message m ON m.organisation_id = f.organisation_id AND m.id = f.message_id
			WHERE f.organisation_id = muster.current_organisation() AND f.blob_id = $1
			UNION
			SELECT o.id, o.copied_from_id FROM same s JOIN muster.room_message o
				ON o.organisation_id = muster.current_organisation() AND (o.copied_from_id = s.id OR o.id = s.copied_from_id))
		SELECT DISTINCT b.id, b.incident_id FROM same s
			JOIN muster.room_file f ON f.organisation_id = muster.current_organisation() AND f.message_id = s.id
			JOIN muster.blob b ON b.organisation_id = f.organisation_id AND b.id = f.blob_id
			JOIN muster.blob a ON a.organisation_id = b.organisation_id AND a.id = $1
		WHERE b.incident_id <> a.incident_id
			AND (b.name, b.media_type, b.size_bytes, b.width, b.height) = (a.name, a.media_type, a.size_bytes, a.width, a.height)
		ORDER BY b.id`, string(file))
	if err != nil {
		return nil, fmt.Errorf("find the copies of a file: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c fileCopy, err error) { return c, r.Scan(&c.file, &c.incident) })
}

// remove takes one file of an incident away and tells of it there.
func (s *Service) remove(ctx context.Context, tx pgx.Tx, held incident.Held, file id.ID) error {
	var key string
	var small *string
	err := tx.QueryRow(ctx, `SELECT key, thumbnail_key FROM muster.blob
		WHERE organisation_id = muster.current_organisation() AND id = $1 AND incident_id = $2 FOR UPDATE`, string(file), string(held.ID)).Scan(&key, &small)
	if postgres.None(err) {
		return problem.Missing("file")
	}
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	rows, err := tx.Query(ctx, "DELETE FROM muster.room_file WHERE organisation_id = muster.current_organisation() AND blob_id = $1 RETURNING message_id", string(file))
	if err != nil {
		return fmt.Errorf("take the file off its messages: %w", err)
	}
	messages, err := pgx.CollectRows(rows, pgx.RowTo[id.ID])
	if err != nil {
		return fmt.Errorf("take the file off its messages: %w", err)
	}
	if _, err := tx.Exec(ctx, "DELETE FROM muster.blob WHERE organisation_id = muster.current_organisation() AND id = $1", string(file)); err != nil {
		return fmt.Errorf("remove the file: %w", err)
	}
	if err := s.rooms.Redacted(ctx, tx, held.ID, messages, nil); err != nil {
		return err
	}
	keys := []string{key}
	if small != nil {
		keys = append(keys, *small)
	}
	if err := s.bus.Publish(ctx, tx, FileRemoved{About: held.About(), File: file, Keys: keys}); err != nil {
		return err
	}
	return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{
		Action: "redaction.file_removed", TargetType: "file", TargetID: file, Incident: held.ID, Private: held.Private,
	})
}

// Subscribe writes the log and deletes the content of files that were removed.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "redaction", func(ctx context.Context, tx pgx.Tx, r event.Record, e Redacted) error {
		return timeline.Log(ctx, tx, r, timeline.Details{Count: e.Places}, false)
	})
	event.Within(bus, "redaction", func(ctx context.Context, tx pgx.Tx, r event.Record, _ FileRemoved) error {
		return timeline.Log(ctx, tx, r, timeline.Details{}, false)
	})
	event.After(bus, "redaction.content", func(ctx context.Context, _ event.Record, e FileRemoved) error {
		for _, key := range e.Keys {
			if err := s.blobs.Delete(ctx, key); err != nil && !problem.Is(err, problem.NotFound) {
				return fmt.Errorf("delete the content of a file: %w", err)
			}
		}
		return nil
	}, event.UnsafeToClear())
}
