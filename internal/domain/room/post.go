package room

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Limits of one message.
const (
	// MaxCharacters is the longest text of a message.
	MaxCharacters = 40_000
	// MaxFiles is the most files in a message.
	MaxFiles = 10
	// maxKey is the longest client key, in bytes.
	maxKey = 120
)

// Post says something in an incident's room. The sender chooses ClientKey; the same key answers the same message, so
// that whoever is not sure whether it arrived sends it again.
type Post struct {
	Incident  id.ID
	ClientKey string
	// Source is Markdown.
	Source string
	// Files are what the sender attached to this incident.
	Files []id.ID
	// Thread is the message that this one replies to; a reply to a reply goes into the same thread.
	Thread id.ID
	// InRoom lets a reply stand in the room's own flow too; what is no reply always does.
	InRoom bool
}

// errTwin leaves the transaction of a message that another one with the same key was quicker than.
var errTwin = errors.New("a message with this key is there")

// Post says something and makes its author take part; problems are about "source", "client_key" or "files".
func (s *Service) Post(ctx context.Context, cmd Post) (Message, error) {
	scope, err := person(ctx)
	if err != nil {
		return Message{}, err
	}
	if err := decidePost(&cmd); err != nil {
		return Message{}, err
	}
	var posted Message
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		posted, err = s.post(ctx, tx, scope, cmd, here(scope.Actor, s.clock.Now()))
		return err
	})
	if errors.Is(err, errTwin) {
		return s.byKey(ctx, cmd.Incident, scope.Actor.ID, cmd.ClientKey)
	}
	if err != nil {
		return Message{}, err
	}
	if len(cmd.Files) > 0 || !cmd.Thread.Empty() {
		return s.Message(ctx, posted.ID)
	}
	return posted, nil
}

// decidePost refuses what cannot be said and trims what can.
func decidePost(cmd *Post) error {
	if cmd.ClientKey == "" || len(cmd.ClientKey) > maxKey {
		return problem.Field("client_key", "is_required", "A message needs a key of its own, of %d characters at most.", maxKey)
	}
	if len(cmd.Files) > MaxFiles {
		return problem.Field("files", "too_many", "A message holds at most %d files; send the others with the next one.", MaxFiles)
	}
	source, err := decideText(cmd.Source, len(cmd.Files) > 0)
	cmd.Source = source
	return err
}

func decideText(source string, mayBeEmpty bool) (string, error) {
	source = strings.TrimRight(strings.ReplaceAll(strings.ToValidUTF8(source, "\uFFFD"), "\x00", ""), " \t\r\n")
	if count := utf8.RuneCountInString(source); count > MaxCharacters {
		return source, problem.Field("source", "too_long", "The message has %d characters; at most %d are taken. Send it in parts, or as a file elsewhere with a link.", count, MaxCharacters)
	}
	if strings.TrimSpace(source) == "" && !mayBeEmpty {
		return source, problem.Field("source", "is_required", "Write something first.")
	}
	return source, nil
}

// saying is by whom, where and when something was said.
type saying struct {
	author tenant.Actor
	origin string
	at     time.Time
}

func here(author tenant.Actor, now time.Time) saying { return saying{author: author, at: now} }

func (s *Service) post(ctx context.Context, tx pgx.Tx, scope tenant.Scope, cmd Post, said saying) (Message, error) {
	q := db.New(tx)
	who := db.ArriveParams{AuthorID: said.author.ID, ClientKey: cmd.ClientKey, IncidentID: cmd.Incident}
	place, err := q.Arrive(ctx, who)
	if postgres.None(err) { // whoever waited while the incident was made private was judged by the grants from before
		place, err = q.Arrive(ctx, who)
	}
	if postgres.None(err) {
		return Message{}, problem.Missing("incident")
	}
	if err != nil {
		return Message{}, fmt.Errorf("enter the room: %w", err)
	}
	if place.Twin != "" {
		return Message{}, errTwin
	}
	parent, err := findThread(ctx, q, cmd.Incident, cmd.Thread)
	if err != nil {
		return Message{}, err
	}
	document, err := incident.ReadText(ctx, tx, cmd.Source)
	if err != nil {
		return Message{}, err
	}
	now := s.clock.Now()
	row := db.InsertMessageParams{
		OrganisationID: scope.Organisation, ID: id.New(now), IncidentID: cmd.Incident, Private: place.Private, ClientKey: cmd.ClientKey,
		Kind: string(FromPerson), AuthorID: said.author.ID, AuthorName: said.author.Name, Source: cmd.Source, Document: document.JSON(),
		Format: richtext.Version, PostedAt: said.at, RecordedAt: now, Origin: said.origin,
		ParentID: parent.ID, InRoom: parent.ID.Empty() || cmd.InRoom,
	}
	if !place.TakesPart && !said.author.ID.Empty() {
		if err := takePart(ctx, tx, cmd.Incident, said.author.ID, incident.Collaborator, now); err != nil {
			return Message{}, err
		}
	}
	if err := s.insert(ctx, tx, &row, document.Mentions()); err != nil {
		return Message{}, err
	}
	if err := thread(ctx, q, parent, row, document.Mentions()); err != nil {
		return Message{}, err
	}
	if err := attach(ctx, q, row, cmd.Files); err != nil {
		return Message{}, err
	}
	return Message{
		ID: row.ID, Incident: cmd.Incident, Private: row.Private, Seq: row.Seq, Changed: row.Seq, ClientKey: row.ClientKey, Kind: FromPerson,
		Author: Author{ID: row.AuthorID, Name: row.AuthorName, AvatarKey: place.AvatarKey}, Mine: true, Source: row.Source, Document: document,
		PostedAt: said.at, Version: 1, InRoom: true, Origin: said.origin,
	}, nil
}

// insert numbers and writes a message, with its entry in the audit log and its event.
func (s *Service) insert(ctx context.Context, tx pgx.Tx, row *db.InsertMessageParams, mentions []id.ID) error {
	var err error
	if row.Seq, err = event.Next(ctx, tx, row.IncidentID); err != nil {
		return err
	}
	written, err := db.New(tx).InsertMessage(ctx, *row)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	if written == 0 {
		return errTwin
	}
	entry := audit.Entry{Action: "room.message_posted", TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
	if err := audit.Write(ctx, tx, row.RecordedAt, entry); err != nil {
		return err
	}
	if mentions == nil {
		mentions = []id.ID{}
	}
	return s.bus.Publish(ctx, tx, MessagePosted{Incident: row.IncidentID, Message: row.ID, Mentions: mentions, Private: row.Private, Thread: row.ParentID})
}

func attach(ctx context.Context, q *db.Queries, row db.InsertMessageParams, files []id.ID) error {
	if len(files) == 0 {
		return nil
	}
	attached, err := q.InsertFiles(ctx, db.InsertFilesParams{
		MessageID: row.ID, Private: row.Private, BlobIds: id.Strings(files), IncidentID: row.IncidentID, UploaderID: row.AuthorID,
	})
	if err != nil {
		return fmt.Errorf("attach files: %w", err)
	}
	if int(attached) != len(files) {
		return problem.Field("files", "unknown", "One of the files is not there any more. Add it again.")
	}
	if err := q.Posted(ctx, id.Strings(files)); err != nil {
		return fmt.Errorf("keep files that are shown: %w", err)
	}
	return nil
}
