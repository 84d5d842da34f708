package room

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// Edit changes the words of one's own message. Version is that of the message which the editor saw.
type Edit struct {
	Message id.ID
	Version int
	Source  string
}

// Edit changes the words of one's own message; people who are mentioned anew are told.
func (s *Service) Edit(ctx context.Context, cmd Edit) (Message, error) {
	scope, err := person(ctx)
	if err != nil {
		return Message{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := lock(ctx, tx, cmd.Message)
		if err != nil {
			return err
		}
		source, err := decideEdit(row, scope.Actor.ID, cmd)
		if err != nil || source == row.Source {
			return err
		}
		if source == "" {
			files, err := db.New(tx).Files(ctx, []string{string(row.ID)})
			if err != nil {
				return fmt.Errorf("look for files: %w", err)
			}
			if len(files) == 0 {
				return problem.Field("source", "is_required", "An empty message says nothing. Delete it instead.")
			}
		}
		return s.editText(ctx, tx, row, source, s.clock.Now())
	})
	if err != nil {
		return Message{}, err
	}
	return s.Message(ctx, cmd.Message)
}

// decideEdit returns the text to be kept.
func decideEdit(row db.MusterRoomMessage, editor id.ID, cmd Edit) (string, error) {
	if row.Kind != string(FromPerson) || row.AuthorID != editor {
		return "", problem.New(problem.Forbidden, "not_yours", "Only its author can edit a message.")
	}
	if row.Origin != "" {
		return "", writtenElsewhere(row.Origin)
	}
	source, err := decideText(cmd.Source, true)
	if err != nil {
		return "", err
	}
	if source != row.Source && cmd.Version != int(row.RowVersion) {
		return "", problem.New(problem.Conflict, "changed_meanwhile", "The message was edited in another window meanwhile. Look at it and edit again.")
	}
	return source, nil
}

func (s *Service) editText(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, source string, at time.Time) error {
	document, err := incident.ReadText(ctx, tx, source)
	if err != nil {
		return err
	}
	before := plain(row, "").Document.Mentions()
	added := slices.DeleteFunc(append([]id.ID{}, document.Mentions()...), func(user id.ID) bool { return slices.Contains(before, user) })
	now := s.clock.Now()
	seq, err := event.Next(ctx, tx, row.IncidentID)
	if err != nil {
		return err
	}
	if err := db.New(tx).InsertVersion(ctx, row.ID); err != nil {
		return fmt.Errorf("keep what a message said: %w", err)
	}
	change := db.SetTextParams{Source: source, Document: document.JSON(), Format: richtext.Version, EditedAt: &at, ChangedSeq: seq, ID: row.ID}
	if err := db.New(tx).SetText(ctx, change); err != nil {
		return fmt.Errorf("edit a message: %w", err)
	}
	// The words stay out of the log, where nobody could redact them.
	entry := audit.Entry{
		Action: "room.message_edited", TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private,
		Before: map[string]int32{"version": row.RowVersion}, After: map[string]int32{"version": row.RowVersion + 1},
	}
	if err := audit.Write(ctx, tx, now, entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, MessageEdited{Incident: row.IncidentID, Message: row.ID, Mentions: added, Private: row.Private})
}
