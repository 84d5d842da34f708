package export

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Take says what is taken out, and to where.
type Take struct {
	// Folder is empty, not there yet, or holds an export that was cut off.
	Folder  string
	Formats []Format
	// Files copies what people uploaded too; without it they are listed with their hashes.
	Files bool
	// Progress hears how far it is; nil where nobody listens. It is called often and must be quick.
	Progress func(Progress)
}

// Progress is how far an export is.
type Progress struct {
	// Doing is the table that is written, or words for what comes after the tables.
	Doing           string
	Rows, RowsTotal int64
	Files           int64
	FilesTotal      int64
}

// What is done after the tables.
const (
	doingFiles = "files"
	doingPack  = "packing"
)

// Take writes the whole of the organisation in ctx into a folder, private incidents included, all of it as it was at one
// moment. It is for who runs the installation. An export that was cut off goes on: it gets a new moment, and what has not
// changed since is not written again.
func (s *Service) Take(ctx context.Context, t Take) (Manifest, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return Manifest{}, err
	}
	if scope.Actor.Type != tenant.System || !scope.SeesPrivate {
		return Manifest{}, problem.New(problem.Forbidden, "operators_only", "Only who runs Muster may do this. An owner can make an export in the settings.")
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return audit.Write(ctx, tx, s.Clock.Now(), audit.Entry{
			Action: "export.taken", TargetType: "organisation", TargetID: scope.Organisation, After: map[string]any{"formats": t.Formats, "files": t.Files},
		})
	})
	if err != nil {
		return Manifest{}, err
	}
	return s.take(ctx, t)
}

// taking is an export on its way.
type taking struct {
	Take
	partRows int64
	manifest Manifest
	// before is what an export that was cut off left in the folder.
	before   *Manifest
	progress Progress
}

func (s *Service) take(ctx context.Context, t Take) (Manifest, error) {
	if err := t.check(); err != nil {
		return Manifest{}, err
	}
	if err := os.MkdirAll(t.Folder, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("make the folder of the export: %w", err)
	}
	run := &taking{Take: t, partRows: s.partRows}
	var err error
	if run.before, err = ReadManifest(t.Folder); err != nil {
		return Manifest{}, err
	}
	// One transaction that only reads sees one moment, however long it takes.
	err = s.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := run.begin(ctx, tx, s); err != nil {
			return err
		}
		return run.tables(ctx, tx)
	})
	if err != nil {
		return Manifest{}, err
	}
	if err := run.copy(ctx, s.Blobs); err != nil {
		return Manifest{}, err
	}
	run.manifest.Complete = true
	return run.manifest, run.manifest.write(t.Folder)
}

func (t Take) check() error {
	for _, f := range t.Formats {
		if !slices.Contains(Formats(), f) {
			return problem.Field("format", "unknown", "There is no format %q; there are jsonl and parquet.", f)
		}
	}
	if len(t.Formats) == 0 {
		return problem.Field("format", "missing", "Choose a format: jsonl, parquet or both.")
	}
	return nil
}

func (r *taking) tell() {
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}

// begin fixes the moment and writes down what this export is.
func (r *taking) begin(ctx context.Context, tx pgx.Tx, s *Service) error {
	m := &r.manifest
	m.Version, m.FilesCopied, m.Formats = 1, r.Files, r.Formats
	m.TablesLeftOut, m.ColumnsLeftOut = maps.Clone(leftOut), map[string]string{}
	// Tables and who wrote their rows are known in this database only, not in one that was restored from it.
	err := tx.QueryRow(ctx, `SELECT o.organisation_id, c.slug, o.name, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
			(SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database()) || '/' || 'muster.organisation'::regclass::oid
		FROM muster.organisation o JOIN control.organisation c ON c.id = o.organisation_id
		WHERE o.organisation_id = muster.current_organisation()`).Scan(&m.Organisation.ID, &m.Organisation.Slug, &m.Organisation.Name, &m.Settled, &m.Database)
	if err != nil {
		return fmt.Errorf("begin an export: %w", err)
	}
	m.Moment = s.Clock.Now().UTC()
	switch b := r.before; {
	case b == nil:
	case b.Organisation.ID != m.Organisation.ID:
		return problem.New(problem.Conflict, "another_export", "%s holds an export of another organisation, %s. Choose another folder.", r.Folder, b.Organisation.Name)
	case b.Complete:
		return problem.New(problem.Conflict, "another_export", "%s holds an export already, of %s. Choose another folder.", r.Folder, b.Moment.Format("2006-01-02 15:04 MST"))
	case b.Version != m.Version || b.Database != m.Database || !slices.Equal(b.Formats, m.Formats):
		r.before = nil // nothing in it can be trusted to be what would be written
	}
	return nil
}

// tables writes each table, and the list of files, as they are in the transaction.
func (r *taking) tables(ctx context.Context, tx pgx.Tx) error {
	all, err := tables(ctx, tx)
	if err != nil {
		return err
	}
	if err := r.notes(ctx, tx); err != nil {
		return err
	}
	// Rows come in the order of the key's index at once; sorting a large table first would take its size on the disk.
	if _, err := tx.Exec(ctx, "SELECT set_config('enable_sort', 'off', true)"); err != nil {
		return fmt.Errorf("begin an export: %w", err)
	}
	for _, t := range all {
		var rows int64
		err := tx.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{"muster", t.name}.Sanitize()+" WHERE organisation_id = muster.current_organisation()").Scan(&rows)
		if err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		r.progress.RowsTotal += rows
	}
	r.tell()
	for _, t := range all {
		if err := r.table(ctx, tx, t); err != nil {
			return fmt.Errorf("write the table %s: %w", t.name, err)
		}
	}
	return r.list(ctx, tx)
}

// notes writes down which columns are left out.
func (r *taking) notes(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, NULL)
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'muster'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p')`)
	if err != nil {
		return fmt.Errorf("read the columns: %w", err)
	}
	var name, attribute, kind string
	_, err = pgx.ForEachRow(rows, []any{&name, &attribute, &kind}, func() error {
		if why := hidden(name, attribute, kind); why != "" && leftOut[name] == "" {
			r.manifest.ColumnsLeftOut[name+"."+attribute] = why
		}
		return nil
	})
	return err
}

const (
	// partBytes ends a part before it has as many rows as a part has: what was finished is not written again.
	partBytes = 256 << 20
	// tellRows is after how many rows somebody hears of it.
	tellRows = 2000
)

// part is one that is being written.
type part struct {
	writers []writer
	rows    int64
	bytes   int64
}

func (p *part) abandon() {
	for _, w := range p.writers {
		w.abandon()
	}
}

// table writes a table in parts, from the first row that an export that was cut off does not have as it is now.
func (r *taking) table(ctx context.Context, tx pgx.Tx, t table) (err error) {
	written := Table{Name: t.name, Parts: []Part{}}
	for _, c := range t.columns {
		written.Columns = append(written.Columns, Column{Name: c.name, Type: c.kind.word(), Nullable: c.nullable})
	}
	for _, k := range t.key {
		written.Key = append(written.Key, k.name)
	}
	if written.Parts, err = r.unchanged(ctx, tx, t, written); err != nil {
		return err
	}
	var after []string
	for _, p := range written.Parts {
		written.Rows += p.Rows
		after = p.Last
	}
	at := len(r.manifest.Tables)
	r.manifest.Tables = append(r.manifest.Tables, written)
	into := &r.manifest.Tables[at]
	r.progress.Doing = t.name
	r.progress.Rows += into.Rows
	r.tell()

	columns := make([]string, len(t.columns))
	for n, c := range t.columns {
		columns[n] = c.sql
	}
	var now *part
	defer func() {
		if now != nil {
			now.abandon()
		}
	}()
	last := make([][]byte, len(t.key))
	end := func() error {
		err := r.endPart(into, now, last)
		now = nil
		return err
	}
	err = stream(ctx, tx, t.rows(columns, after), after, func(values [][]byte) (err error) {
		if now == nil {
			if now, err = r.beginPart(t, len(into.Parts)+1); err != nil {
				return err
			}
		}
		for _, w := range now.writers {
			if err := w.row(values[:len(columns)]); err != nil {
				return err
			}
		}
		for n, key := range values[len(columns):] { // the bytes are the driver's until the next row
			last[n] = append(last[n][:0], key...)
		}
		for _, value := range values {
			now.bytes += int64(len(value))
		}
		now.rows++
		if r.progress.Rows++; r.progress.Rows%tellRows == 0 {
			r.tell()
		}
		if now.rows < r.partRows && now.bytes < partBytes {
			return nil
		}
		return end()
	})
	if err == nil && now != nil {
		err = end()
	}
	return err
}

func (r *taking) beginPart(t table, number int) (*part, error) {
	p := &part{}
	for _, format := range r.Formats {
		f, err := create(r.Folder, fmt.Sprintf("tables/%s/%05d.%s", t.name, number, format))
		if err != nil {
			p.abandon()
			return nil, err
		}
		if format == Parquet {
			p.writers = append(p.writers, newParquet(f, t.name, t.columns))
		} else {
			p.writers = append(p.writers, newJSON(f, t.columns))
		}
	}
	return p, nil
}

func (r *taking) endPart(into *Table, p *part, last [][]byte) error {
	done := Part{Rows: p.rows}
	for _, key := range last {
		done.Last = append(done.Last, string(key))
	}
	for n, w := range p.writers {
		f, err := w.finish()
		if err != nil {
			(&part{writers: p.writers[n+1:]}).abandon()
			return err
		}
		done.Files = append(done.Files, f)
	}
	into.Parts = append(into.Parts, done)
	into.Rows += p.rows
	return r.manifest.write(r.Folder)
}

// fetched is how many rows are asked for at a time.
const fetched = 1000

// stream runs a query and hands each row's values to fn, in PostgreSQL's binary format and good until fn returns. Rows come
// a few at a time, so neither side keeps many, and fn may end it early by an error.
func stream(ctx context.Context, tx pgx.Tx, sql string, args []string, fn func(values [][]byte) error) error {
	params := make([][]byte, len(args))
	for n, arg := range args {
		params[n] = []byte(arg)
	}
	conn := tx.Conn().PgConn()
	if _, err := conn.ExecParams(ctx, "DECLARE export_rows NO SCROLL CURSOR FOR "+sql, params, nil, nil, nil).Close(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	var failed error
	for count := fetched; count == fetched && failed == nil; {
		count = 0
		rows := conn.ExecParams(ctx, "FETCH FORWARD "+strconv.Itoa(fetched)+" FROM export_rows", nil, nil, nil, []int16{pgx.BinaryFormatCode})
		for rows.NextRow() {
			if count++; failed == nil {
				failed = fn(rows.Values())
			}
		}
		if _, err := rows.Close(); err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
	}
	if _, err := conn.ExecParams(ctx, "CLOSE export_rows", nil, nil, nil, nil).Close(); err != nil && failed == nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return failed
}
