package room

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Delete takes back a message. Reason is needed for another's, and stays where the message was.
type Delete struct {
	Message id.ID
	Reason  string
}

// maxReason is the longest reason, in characters.
const maxReason = 200

// Delete takes back one's own message; the lead and administrators take back others' too, with a reason. Its place and
// sender stay, and by whom it was deleted. A second time does nothing.
func (s *Service) Delete(ctx context.Context, cmd Delete) error {
	scope, err := person(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Lock(ctx, cmd.Message)
		if postgres.None(err) {
			return problem.Missing("message")
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		leads := scope.Permissions.Has(authz.UpdateOrganisation)
		if !leads && row.AuthorID != scope.Actor.ID {
			if leads, err = db.New(tx).Leads(ctx, db.LeadsParams{IncidentID: row.IncidentID, UserID: scope.Actor.ID}); err != nil {
				return fmt.Errorf("look for the lead: %w", err)
			}
		}
		reason, err := decideDelete(row, scope.Actor.ID, leads, cmd.Reason)
		if err != nil || row.DeletedAt != nil {
			return err
		}
		return s.remove(ctx, tx, row, scope.Actor, reason)
	})
}

// decideDelete returns the reason to be kept.
func decideDelete(row db.MusterRoomMessage, actor id.ID, leads bool, reason string) (string, error) {
	reason = strings.Join(strings.Fields(strings.ToValidUTF8(reason, "")), " ")
	switch {
	case row.Kind != string(FromPerson):
		return "", problem.New(problem.Forbidden, "not_yours", "Only messages of people can be deleted.")
	case row.AuthorID == actor && row.Origin != "" && row.DeletedAt == nil:
		return "", writtenElsewhere(row.Origin)
	case row.AuthorID == actor:
		return "", nil
	case !leads:
		return "", problem.New(problem.Forbidden, "not_yours", "Only its author, the incident's lead or an administrator can delete a message.")
	case reason == "":
		return "", problem.Field("reason", "is_required", "Say why; the reason stays where the message was.")
	case utf8.RuneCountInString(reason) > maxReason:
		return "", problem.Field("reason", "too_long", "The reason has %d characters; at most %d are taken.", utf8.RuneCountInString(reason), maxReason)
	}
	return reason, nil
}

func (s *Service) remove(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, by tenant.Actor, reason string) error {
	now := s.clock.Now()
	if !row.ParentID.Empty() { // before the number, as whoever replies takes both
		if _, err := db.New(tx).Lock(ctx, row.ParentID); err != nil {
			return fmt.Errorf("lock a thread: %w", err)
		}
	}
	seq, err := event.Next(ctx, tx, row.IncidentID)
	if err != nil {
		return err
	}
	q := db.New(tx)
	if err := q.SetDeleted(ctx, db.SetDeletedParams{
		DeletedAt: &now, ChangedSeq: seq, ID: row.ID, DeletedByID: by.ID, DeletedByName: by.Name, DeletedReason: reason,
	}); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	if err := q.DeleteFiles(ctx, db.DeleteFilesParams{MessageID: row.ID, At: now}); err != nil {
		return fmt.Errorf("take the files off a message: %w", err)
	}
	if err := q.DeleteVersions(ctx, row.ID); err != nil {
		return fmt.Errorf("forget what a message said before: %w", err)
	}
	if !row.ParentID.Empty() {
		if err := q.Replied(ctx, db.RepliedParams{ChangedSeq: seq, ID: row.ParentID}); err != nil {
			return fmt.Errorf("count the replies: %w", err)
		}
	}
	if err := q.DeleteReactions(ctx, row.ID); err != nil {
		return fmt.Errorf("take the reactions off a message: %w", err)
	}
	entry := audit.Entry{Action: "room.message_deleted", TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
	if err := audit.Write(ctx, tx, now, entry); err != nil {
		return err
	}
	if row.PinnedAt != nil {
		if err := s.bus.Publish(ctx, tx, MessageUnpinned{Incident: row.IncidentID, Message: row.ID, Private: row.Private}); err != nil {
			return err
		}
	}
	return s.bus.Publish(ctx, tx, MessageDeleted{Incident: row.IncidentID, Message: row.ID, Private: row.Private, Pinned: row.PinnedAt != nil})
}
