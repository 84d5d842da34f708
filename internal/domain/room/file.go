package room

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/blob"
)

// MaxFileSize is the most bytes that a file may have.
const MaxFileSize = 25 << 20

// AttachFile brings a file of any kind to an incident, to be shown with the message that names it in Files.
type AttachFile struct {
	Incident id.ID
	// Name is the file's name as the sender's machine has it.
	Name    string
	Content io.Reader
}

// head is how much of a file tells what it is and gives its first lines, in bytes.
const head = 4096

// AttachFile keeps a file; a picture is kept as AttachPicture does it. Problems are about "file".
func (s *Service) AttachFile(ctx context.Context, cmd AttachFile) (File, error) {
	scope, err := person(ctx)
	if err != nil {
		return File{}, err
	}
	begin := make([]byte, head)
	n, err := io.ReadFull(cmd.Content, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return File{}, fmt.Errorf("read a file: %w", err)
	}
	begin = begin[:n]
	if n == 0 {
		return File{}, problem.Field("file", "empty", "The file %s is empty.", fileName(cmd.Name))
	}
	whole := io.MultiReader(bytes.NewReader(begin), cmd.Content)
	kind := mediaType(begin)
	if strings.HasPrefix(kind, "image/") {
		return s.AttachPicture(ctx, AttachPicture{Incident: cmd.Incident, Name: cmd.Name, Content: whole})
	}
	if err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error { return visible(ctx, tx, cmd.Incident) }); err != nil {
		return File{}, err
	}
	now := s.clock.Now()
	row := db.InsertBlobParams{
		OrganisationID: scope.Organisation, ID: id.New(now), IncidentID: cmd.Incident, Key: blob.NewKey("rooms", extension(cmd.Name)),
		Name: fileName(cmd.Name), MediaType: kind, UploaderID: scope.Actor.ID, CreatedAt: now,
	}
	if strings.HasPrefix(kind, "text/") {
		row.Preview = firstLines(begin)
	}
	if row.SizeBytes, err = s.keep(ctx, row, whole); err != nil {
		return File{}, err
	}
	if err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return insertBlob(ctx, tx, &row) }); err != nil {
		return File{}, err
	}
	file := File{ID: row.ID, Name: row.Name, MediaType: row.MediaType, Size: row.SizeBytes, Preview: row.Preview, key: row.Key}
	return file, s.signFile(ctx, &file)
}

// errLarge ends the reading of a file that is larger than may be.
var errLarge = problem.Field("file", "too_large", "A file may have %d MB at most. Put it elsewhere and send a link.", MaxFileSize>>20)

// keep writes a file into the store and returns its size.
func (s *Service) keep(ctx context.Context, row db.InsertBlobParams, content io.Reader) (int64, error) {
	counted := &counter{Reader: content}
	err := s.blobs.Put(ctx, row.Key, counted, blob.Meta{ContentType: row.MediaType, Name: row.Name})
	if counted.read > MaxFileSize {
		return 0, errLarge
	}
	if err != nil {
		return 0, fmt.Errorf("keep a file: %w", err)
	}
	return counted.read, nil
}

// counter counts what is read and fails when it is more than a file may have, so that the store keeps nothing of it.
type counter struct {
	io.Reader
	read int64
}

// Read reads on.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.read += int64(n); c.read > MaxFileSize {
		return n, errLarge
	}
	return n, err
}

// mediaType is what the bytes of a file are, of the few types that are worth a name; the rest is bytes. All but pictures
// are only ever downloaded, whatever their type.
func mediaType(begin []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(begin), ";")
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "application/zip", "application/x-gzip":
		return kind
	case "text/plain", "text/html", "text/xml":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// previewed is how much of a text's beginning is kept: lines, and characters.
const previewed, previewedCharacters = 10, 1200

// firstLines returns the first lines of a text, empty when it is no UTF-8.
func firstLines(begin []byte) string {
	for cut := 0; cut < utf8.UTFMax && !utf8.Valid(begin); cut++ { // a character may be cut in two at the end
		begin = begin[:len(begin)-1]
	}
	if !utf8.Valid(begin) {
		return ""
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(begin), "\x00", ""), "\r\n", "\n")
	lines := strings.SplitAfterN(text, "\n", previewed+1)
	text = strings.Join(lines[:min(len(lines), previewed)], "")
	if runes := []rune(text); len(runes) > previewedCharacters {
		text = string(runes[:previewedCharacters])
	}
	return strings.TrimRight(text, " \t\n")
}

// plainExtension is the form of extensions that a key may have.
var plainExtension = regexp.MustCompile(`^\.[a-z0-9]{1,8}$`)

func extension(name string) string {
	if found := strings.ToLower(path.Ext(fileName(name))); plainExtension.MatchString(found) {
		return found
	}
	return ""
}
