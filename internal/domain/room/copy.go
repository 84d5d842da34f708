package room

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// subscribeCopies brings messages to where they are needed: what an incident was declared from, and what was pinned
// in one that lives on in another.
func (s *Service) subscribeCopies(bus *event.Bus) {
	event.After(bus, "room.evidence", s.evidence, event.On(event.Chat), event.When(
		func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Declared) (bool, error) {
			return !e.Message.Empty(), nil
		}))
	event.After(bus, "room.merged_pins", s.mergedPins, event.On(event.Chat))
}

func (s *Service) evidence(ctx context.Context, r event.Record, e incident.Declared) error {
	return s.copyTo(ctx, r.Actor, e.Message, e.Incident)
}

// mostPins is how many pinned messages go along when an incident is merged.
const mostPins = 200

func (s *Service) mergedPins(ctx context.Context, r event.Record, e incident.Merged) error {
	var pinned []id.ID
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		pinned, err = db.New(tx).Pinned(ctx, db.PinnedParams{IncidentID: e.Incident, Count: mostPins})
		return err
	})
	if err != nil {
		return fmt.Errorf("read what is pinned: %w", err)
	}
	for _, message := range pinned {
		if err := s.copyTo(ctx, r.Actor, message, e.Into); err != nil {
			return err
		}
	}
	return nil
}

// copyTo says a message again in another room, as its author and at its own time, and pins it there. Its pictures are
// stored a second time: each room's files are seen by those who see that room. A copy that is there stays alone.
func (s *Service) copyTo(ctx context.Context, by tenant.Actor, message, into id.ID) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	scope.Actor = by // who brought it; what they may see was decided when they did
	ctx = tenant.With(ctx, scope)
	original, err := s.Message(ctx, message)
	if problem.Is(err, problem.NotFound) || (err == nil && (original.Deleted || original.Kind == FromEvent)) {
		return nil
	}
	if err != nil {
		return err
	}
	key := "copy/" + string(message)
	if _, err := s.byKey(ctx, into, original.Author.ID, key); err == nil || !problem.Is(err, problem.NotFound) {
		return err
	}
	blobs := make([]db.InsertBlobParams, len(original.Files))
	for n, file := range original.Files {
		if blobs[n], err = s.copyFile(ctx, scope.Organisation, original, file, into); err != nil {
			return err
		}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return s.writeCopy(ctx, tx, original, into, key, blobs) })
	if errors.Is(err, errTwin) {
		return nil
	}
	return err
}

func (s *Service) copyFile(ctx context.Context, organisation id.ID, of Message, file File, into id.ID) (db.InsertBlobParams, error) {
	now := s.clock.Now()
	row := db.InsertBlobParams{
		OrganisationID: organisation, ID: id.New(now), IncidentID: into, Name: file.Name, MediaType: file.MediaType, SizeBytes: file.Size,
		UploaderID: of.Author.ID, CreatedAt: now, Preview: file.Preview,
		Width: int32(file.Width), Height: int32(file.Height), ThumbnailWidth: int32(file.ThumbWidth), ThumbnailHeight: int32(file.ThumbHeight), //nolint:gosec // pixels of a picture that was scaled down
	}
	var err error
	if row.Key, err = s.copyBlob(ctx, file.key); err != nil || file.thumbKey == "" {
		return row, err
	}
	thumb, err := s.copyBlob(ctx, file.thumbKey)
	row.ThumbnailKey = &thumb
	return row, err
}

func (s *Service) copyBlob(ctx context.Context, key string) (string, error) {
	content, meta, err := s.blobs.Get(ctx, key)
	if err != nil {
		return "", fmt.Errorf("read a file that is to be copied: %w", err)
	}
	defer content.Close() //nolint:errcheck // only read
	to := blob.NewKey("rooms", path.Ext(key))
	if err := s.blobs.Put(ctx, to, content, meta); err != nil {
		return "", fmt.Errorf("copy a file: %w", err)
	}
	return to, nil
}

func (s *Service) writeCopy(ctx context.Context, tx pgx.Tx, original Message, into id.ID, key string, blobs []db.InsertBlobParams) error {
	q := db.New(tx)
	private, err := q.Hold(ctx, into)
	if postgres.None(err) {
		return nil // gone meanwhile
	}
	if err != nil {
		return fmt.Errorf("enter the room: %w", err)
	}
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	row := db.InsertMessageParams{
		OrganisationID: scope.Organisation, ID: id.New(now), IncidentID: into, Private: private, ClientKey: key, Kind: string(original.Kind),
		AuthorID: original.Author.ID, AuthorName: original.Author.Name, Source: original.Source, Document: original.Document.JSON(),
		Blocks: original.Blocks, Format: richtext.Version, PostedAt: original.PostedAt, RecordedAt: now, InRoom: true,
	}
	if original.Kind == FromBot {
		row.Document = nil
	}
	var files []id.ID
	for n := range blobs {
		if err := insertBlob(ctx, tx, &blobs[n]); err != nil {
			return err
		}
		files = append(files, blobs[n].ID)
	}
	if err := s.insert(ctx, tx, &row, nil); err != nil {
		return err
	}
	if err := q.SetCopied(ctx, db.SetCopiedParams{CopiedFromID: original.ID, ID: row.ID}); err != nil {
		return fmt.Errorf("note what the message is a copy of: %w", err)
	}
	if err := attach(ctx, q, row, files); err != nil {
		return err
	}
	written, err := lock(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	return s.writePin(ctx, tx, written, scope.Actor.ID, true)
}
