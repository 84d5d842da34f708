package room

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// AttachPicture brings a picture to an incident, to be shown with the message that names it in Files.
type AttachPicture struct {
	Incident id.ID
	// Name is the file's name as the sender's machine has it.
	Name    string
	Content io.Reader
}

// AttachPicture keeps a picture, encoded anew without what the camera wrote into it; problems are about "file".
func (s *Service) AttachPicture(ctx context.Context, cmd AttachPicture) (File, error) {
	scope, err := person(ctx)
	if err != nil {
		return File{}, err
	}
	// Before the work of decoding; the write below looks again.
	if err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return visible(ctx, tx, cmd.Incident) }); err != nil {
		return File{}, err
	}
	picture, err := blob.NewPicture(ctx, cmd.Content, blob.DefaultLimits)
	if err != nil {
		return File{}, err
	}
	stored, err := picture.Put(ctx, s.blobs, "rooms")
	if err != nil {
		return File{}, fmt.Errorf("keep a picture: %w", err)
	}
	now := s.clock.Now()
	row := db.InsertBlobParams{
		OrganisationID: scope.Organisation, ID: id.New(now), IncidentID: cmd.Incident, Key: stored.Key, ThumbnailKey: &stored.ThumbKey,
		Name: fileName(cmd.Name), MediaType: stored.ContentType, SizeBytes: stored.Size, UploaderID: scope.Actor.ID, CreatedAt: now,
		Width: int32(stored.Width), Height: int32(stored.Height), ThumbnailWidth: int32(stored.ThumbWidth), ThumbnailHeight: int32(stored.ThumbHeight), //nolint:gosec // pixels of a picture that was scaled down
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return insertBlob(ctx, tx, &row) })
	if err != nil {
		return File{}, err
	}
	file := File{
		ID: row.ID, Name: row.Name, MediaType: row.MediaType, Size: row.SizeBytes, Width: stored.Width, Height: stored.Height,
		ThumbWidth: stored.ThumbWidth, ThumbHeight: stored.ThumbHeight, key: stored.Key, thumbKey: stored.ThumbKey,
	}
	return file, s.signFile(ctx, &file)
}

func insertBlob(ctx context.Context, tx pgx.Tx, row *db.InsertBlobParams) error {
	q := db.New(tx)
	private, err := q.Visible(ctx, row.IncidentID)
	if postgres.None(err) {
		return problem.Missing("incident")
	}
	if err != nil {
		return fmt.Errorf("look for the incident: %w", err)
	}
	row.Private = private
	if err := q.InsertBlob(ctx, *row); err != nil {
		return fmt.Errorf("write down a file: %w", err)
	}
	action := "room.file_attached"
	if row.Width > 0 {
		action = "room.picture_attached"
	}
	return audit.Write(ctx, tx, row.CreatedAt, audit.Entry{Action: action, TargetType: "blob", TargetID: row.ID, Incident: row.IncidentID, Private: private})
}

// fileName keeps the last part of a path as one line.
func fileName(given string) string {
	given = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(given, "\x00", ""), "\uFFFD")), " ")
	if cut := strings.LastIndexAny(given, `/\`); cut >= 0 {
		given = given[cut+1:]
	}
	if given == "" {
		given = "file"
	}
	return richtext.Truncate(given, 120)
}
