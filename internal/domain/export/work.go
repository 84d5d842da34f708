package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/export/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// TakeUp makes the exports that wait, and goes on with those whose worker has died.
func (s *Service) TakeUp(ctx context.Context) error {
	organisations, err := s.Organisations(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, one := range organisations {
		if err := s.takeUp(tenant.AsSystem(ctx, one), one); err != nil {
			failed = append(failed, fmt.Errorf("make the export of %s: %w", one, err))
		}
	}
	return errors.Join(failed...)
}

// mostAttempts is how often an export is begun before it is given up: it may be what kills the worker.
const mostAttempts = 5

func (s *Service) takeUp(ctx context.Context, organisation id.ID) error {
	for {
		var row db.MusterExport
		err := s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			row, err = db.New(tx).ClaimExport(ctx, s.Worker)
			return err
		})
		if postgres.None(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.work(ctx, row); err != nil {
			return err
		}
		s.Moved(organisation)
	}
}

// errNotOurs ends work on an export that was stopped, withdrawn or taken up by another.
var errNotOurs = errors.New("the export is not this worker's any more")

// work makes one export, and says every second that it is at it.
func (s *Service) work(ctx context.Context, row db.MusterExport) error {
	folder := filepath.Join(s.Folder, string(row.ID))
	working, stop := context.WithCancelCause(ctx)
	var mu sync.Mutex
	var now Progress
	beaten := make(chan struct{})
	supervise.Go(working, "beat of an export", func(working context.Context) {
		defer close(beaten)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-tick.C:
			}
			mu.Lock()
			p := now
			mu.Unlock()
			if err := s.beat(working, row.ID, p); errors.Is(err, errNotOurs) {
				stop(err)
			}
		}
	})
	var archive blobbed
	err := errTooOften
	if row.Attempts <= mostAttempts {
		archive, err = s.make(working, row, folder, func(p Progress) {
			mu.Lock()
			now = p
			mu.Unlock()
		})
	}
	if cause := context.Cause(working); err != nil && errors.Is(cause, errNotOurs) {
		err = cause
	}
	stop(nil)
	<-beaten
	if err == nil {
		err = s.finish(ctx, row.ID, archive)
	}
	return s.leave(ctx, row, folder, err)
}

var errTooOften = errors.New("it was begun too often")

func (s *Service) beat(ctx context.Context, of id.ID, p Progress) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		count, err := db.New(tx).BeatExport(ctx, db.BeatExportParams{
			ID: of, Worker: s.Worker, Doing: p.Doing, RowsDone: p.Rows, RowsTotal: p.RowsTotal, FilesDone: p.Files, FilesTotal: p.FilesTotal,
		})
		if err == nil && count == 0 {
			err = errNotOurs
		}
		return err
	})
	if scope, failed := tenant.From(ctx); err == nil && failed == nil {
		s.Moved(scope.Organisation)
	}
	return err
}

// blobbed is an archive that is stored.
type blobbed struct {
	key      string
	file     File
	manifest Manifest
}

// make writes the tables into a folder, packs them and stores the archive.
func (s *Service) make(ctx context.Context, row db.MusterExport, folder string, tell func(Progress)) (blobbed, error) {
	var last Progress
	m, err := s.take(ctx, Take{Folder: folder, Formats: exportOf(row).Formats, Files: row.Files, Progress: func(p Progress) {
		last = p
		tell(p)
	}})
	if err != nil {
		return blobbed{}, err
	}
	last.Doing = doingPack
	tell(last)
	packed, err := pack(ctx, folder, archiveName(m.Organisation.Slug, m.Moment))
	if err != nil {
		return blobbed{}, err
	}
	f, err := os.Open(filepath.Join(folder, packed.Name))
	if err != nil {
		return blobbed{}, err
	}
	defer f.Close()
	made := blobbed{key: blob.NewKey("exports", ".zip"), file: packed, manifest: m}
	err = s.Blobs.Put(ctx, made.key, f, blob.Meta{ContentType: "application/zip", Name: archiveName(m.Organisation.Slug, m.Moment) + ".zip", Size: packed.Bytes})
	return made, err
}

// packedName is the archive within the folder that it is made of.
const packedName = "archive.zip"

// pack puts all files of a folder into one archive. What is compressed already is stored as it is.
func pack(ctx context.Context, folder, name string) (File, error) {
	f, err := create(folder, packedName)
	if err != nil {
		return File{}, err
	}
	defer f.abandon()
	archive := zip.NewWriter(f)
	err = filepath.WalkDir(folder, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(at, unfinished) || entry.Name() == packedName {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		within, err := filepath.Rel(folder, at)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: name + "/" + filepath.ToSlash(within), Method: zip.Store}
		if ext := filepath.Ext(at); ext == ".jsonl" || ext == ".json" {
			header.Method = zip.Deflate
		}
		into, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		source, err := os.Open(at)
		if err != nil {
			return err
		}
		defer source.Close()
		_, err = io.Copy(into, source)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return File{}, fmt.Errorf("pack the export: %w", err)
	}
	return f.finish()
}

// finish gives the archive out, unless somebody has stopped the export meanwhile.
func (s *Service) finish(ctx context.Context, of id.ID, made blobbed) error {
	at := s.Clock.Now()
	expires := at.Add(Kept)
	var rows int64
	for _, t := range made.manifest.Tables {
		rows += t.Rows
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		count, err := db.New(tx).FinishExport(ctx, db.FinishExportParams{
			ID: of, Worker: s.Worker, Moment: &made.manifest.Moment, ArchiveKey: &made.key, SizeBytes: made.file.Bytes, Sha256: made.file.SHA256,
			Rows: rows, Files: made.manifest.Files, At: &at, ExpiresAt: &expires,
		})
		if err == nil && count == 0 {
			err = errNotOurs
		}
		if err != nil {
			return err
		}
		return s.Bus.Publish(ctx, tx, Finished{Export: of})
	})
	if err != nil {
		_ = s.Blobs.Delete(context.WithoutCancel(ctx), made.key)
	}
	return err
}

// leave tidies up. A worker that is told to end lets another go on with what is in the folder.
func (s *Service) leave(ctx context.Context, row db.MusterExport, folder string, because error) error {
	ending := ctx.Err() != nil && because != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if !ending {
		if err := os.RemoveAll(folder); err != nil {
			slog.WarnContext(ctx, "what an export was made in could not be removed", "folder", folder, "error", err)
		}
	}
	if because == nil || errors.Is(because, errNotOurs) {
		return nil
	}
	next := db.LeaveExportParams{ID: row.ID, Worker: s.Worker, State: string(Waiting)}
	if !ending {
		at := s.Clock.Now()
		next.State, next.EndedAt = string(Failed), &at
		next.Trouble = "Something went wrong here while it was made. Whoever runs Muster sees what in the log."
		slog.ErrorContext(ctx, "an export failed", "export", row.ID, "attempt", row.Attempts, "error", because)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := db.New(tx).LeaveExport(ctx, next); err != nil || ending {
			return err
		}
		return s.Bus.Publish(ctx, tx, Ended{Export: row.ID})
	})
}
