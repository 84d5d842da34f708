package export

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/export/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// State is how far an export that was asked for has come.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Ready     State = "ready"
	Failed    State = "failed"
	Canceled  State = "canceled"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// Export is an archive that an owner asked for.
type Export struct {
	ID      id.ID
	State   State
	Formats []Format
	// Files tells that the archive holds what people uploaded too.
	Files       bool
	By          tenant.Actor
	RequestedAt time.Time
	// Moment is the one of which the archive is true, EndedAt when it was finished or given up; nil before.
	Moment, EndedAt, ExpiresAt *time.Time
	Progress                   Progress
	// Trouble says why there is no archive.
	Trouble string
	Bytes   int64
	SHA256  string
}

// OnItsWay reports whether it is being made.
func (e Export) OnItsWay() bool { return e.State == Waiting || e.State == Running }

func exportOf(row db.MusterExport) Export {
	e := Export{
		ID: row.ID, State: State(row.State), Files: row.Files, RequestedAt: row.RequestedAt, Moment: row.Moment, EndedAt: row.EndedAt, ExpiresAt: row.ExpiresAt,
		By:       tenant.Actor{Type: tenant.User, ID: row.RequestedByID, Name: row.RequestedByName},
		Progress: Progress{Doing: row.Doing, Rows: row.RowsDone, RowsTotal: row.RowsTotal, Files: row.FilesDone, FilesTotal: row.FilesTotal},
		Trouble:  row.Trouble, Bytes: row.SizeBytes, SHA256: row.Sha256,
	}
	for _, f := range row.Formats {
		e.Formats = append(e.Formats, Format(f))
	}
	return e
}

// Request asks for an archive of everything.
type Request struct {
	Formats []Format
	// Files puts what people uploaded into it.
	Files bool
}

// Request lets an archive be made of the whole organisation, private incidents included, which is why only an owner may.
// There is one at a time.
func (s *Service) Request(ctx context.Context, r Request) (Export, error) {
	scope, err := tenant.Require(ctx, authz.ManageOwners)
	if err != nil {
		return Export{}, err
	}
	if err := (Take{Formats: r.Formats}).check(); err != nil {
		return Export{}, err
	}
	now := s.Clock.Now()
	made := Export{ID: id.New(now), State: Waiting, Formats: r.Formats, Files: r.Files, By: scope.Actor, RequestedAt: now}
	err = s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row := db.InsertExportParams{ID: made.ID, Files: r.Files, RequestedByID: scope.Actor.ID, RequestedByName: scope.Actor.Name, At: now}
		for _, f := range r.Formats {
			row.Formats = append(row.Formats, string(f))
		}
		count, err := db.New(tx).InsertExport(ctx, row)
		if err != nil {
			return fmt.Errorf("ask for an export: %w", err)
		}
		if count == 0 {
			return problem.New(problem.Conflict, "export_on_its_way", "An export is being made already. Wait for it, or stop it first.")
		}
		if err := s.note(ctx, tx, made.ID, "export.requested", map[string]any{"formats": r.Formats, "files": r.Files}); err != nil {
			return err
		}
		return s.Bus.Publish(ctx, tx, Requested{Export: made.ID})
	})
	return made, err
}

func (s *Service) note(ctx context.Context, tx pgx.Tx, of id.ID, action string, after any) error {
	return audit.Write(ctx, tx, s.Clock.Now(), audit.Entry{Action: action, TargetType: "export", TargetID: of, After: after})
}

// mostListed is how many exports are shown.
const mostListed = 20

// List shows the last exports, the newest first.
func (s *Service) List(ctx context.Context) ([]Export, error) {
	if _, err := tenant.Require(ctx, authz.ManageOwners); err != nil {
		return nil, err
	}
	var all []Export
	err := s.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Exports(ctx, mostListed)
		for _, row := range rows {
			all = append(all, exportOf(row))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the exports: %w", err)
	}
	return all, nil
}

// change runs fn on an export that is locked.
func (s *Service) change(ctx context.Context, of id.ID, fn func(ctx context.Context, tx pgx.Tx, e Export) error) error {
	if _, err := tenant.Require(ctx, authz.ManageOwners); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockExport(ctx, of)
		if postgres.None(err) {
			return problem.Missing("export")
		}
		if err != nil {
			return fmt.Errorf("read an export: %w", err)
		}
		return fn(ctx, tx, exportOf(row))
	})
}

// Stop ends an export that is being made, or deletes the archive of one that is there.
func (s *Service) Stop(ctx context.Context, of id.ID) error {
	err := s.change(ctx, of, func(ctx context.Context, tx pgx.Tx, e Export) error {
		to, action := Canceled, "export.stopped"
		switch {
		case e.State == Ready:
			to, action = Expired, "export.deleted"
		case !e.OnItsWay():
			return nil
		}
		now := s.Clock.Now()
		if err := db.New(tx).EndExport(ctx, db.EndExportParams{ID: of, State: string(to), At: &now}); err != nil {
			return fmt.Errorf("stop an export: %w", err)
		}
		if err := s.note(ctx, tx, of, action, nil); err != nil {
			return err
		}
		return s.Bus.Publish(ctx, tx, Ended{Export: of})
	})
	return err
}

// Archive is an export that can be read; whoever has it closes it.
type Archive struct {
	Name    string
	Bytes   int64
	Content io.ReadCloser
	At      time.Time
}

// Download opens the archive of an export, and writes down who did.
func (s *Service) Download(ctx context.Context, of id.ID) (Archive, error) {
	var key, slug string
	var found Export
	err := s.change(ctx, of, func(ctx context.Context, tx pgx.Tx, e Export) error {
		if e.State != Ready {
			return problem.Missing("archive")
		}
		found = e
		err := tx.QueryRow(ctx, `SELECT e.archive_key, c.slug FROM muster.export e JOIN control.organisation c ON c.id = e.organisation_id
			WHERE e.organisation_id = muster.current_organisation() AND e.id = $1`, string(of)).Scan(&key, &slug)
		if err != nil {
			return fmt.Errorf("find an archive: %w", err)
		}
		return s.note(ctx, tx, of, "export.downloaded", nil)
	})
	if err != nil {
		return Archive{}, err
	}
	content, meta, err := s.Blobs.Get(ctx, key)
	if err != nil {
		return Archive{}, err
	}
	return Archive{Name: archiveName(slug, *found.Moment) + ".zip", Bytes: meta.Size, Content: content, At: *found.Moment}, nil
}

func archiveName(slug string, moment time.Time) string {
	return "muster-" + slug + "-" + moment.UTC().Format("2006-01-02-1504")
}
