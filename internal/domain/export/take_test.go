package export

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/parquet-go/parquet-go"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// shelf is an organisation whose things are taken out.
type shelf struct {
	*testdb.Database
	*Service
	organisation id.ID
}

func house(t *testing.T) *shelf {
	t.Helper()
	d := testdb.New(t)
	blobs, err := blob.NewFiles(t.TempDir(), "", nil, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{Database: d, organisation: d.Organisation(t, "Ours")}
	s.Service = New(Needs{DB: d.DB, Clock: clock.NewManual(testdb.Start), Blobs: blobs, Folder: t.TempDir(), Moved: func(id.ID) {}, Worker: "test"})
	return s
}

// write adds entries to the audit log, which take any text.
func (s *shelf) write(t *testing.T, of id.ID, from, to int, text string) {
	t.Helper()
	_, err := s.DB.Pool().Exec(t.Context(), `INSERT INTO muster.audit_entry (organisation_id, id, action, actor_type, actor_name, target_type, target_id, after, occurred_at)
		SELECT $1, lpad(n::text, 26, '0'), 'thing.made', 'system', $2, 'thing', n::text, jsonb_build_object('n', n, 'text', $2::text), '2026-03-02 09:00:00.123456+00'::timestamptz + n * interval '1 second'
		FROM generate_series($3::int, $4::int) n`, string(of), text, from, to)
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shelf) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := s.DB.Pool().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// settle waits until no transaction is under way that is older than what was written: those of other tests are short.
func (s *shelf) settle(t *testing.T) {
	t.Helper()
	var mine int64
	if err := s.DB.Pool().QueryRow(t.Context(), "SELECT pg_current_xact_id()::text::bigint").Scan(&mine); err != nil {
		t.Fatal(err)
	}
	for oldest, until := int64(0), time.Now().Add(30*time.Second); oldest <= mine; {
		if err := s.DB.Pool().QueryRow(t.Context(), "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").Scan(&oldest); err != nil || time.Now().After(until) {
			t.Fatal(oldest, mine, err)
		}
	}
}

func (s *shelf) system(t *testing.T) context.Context {
	return tenant.AsSystem(t.Context(), s.organisation)
}

// export takes everything out into the folder.
func (s *shelf) export(t *testing.T, folder string, progress func(Progress)) (Manifest, error) {
	t.Helper()
	return s.Take(s.system(t), Take{Folder: folder, Formats: Formats(), Progress: progress})
}

// lines reads a table's JSON lines.
func lines(t *testing.T, folder string, table *Table) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for _, part := range table.Parts {
		f, err := os.Open(filepath.Join(folder, part.Files[0].Name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		read := bufio.NewScanner(f)
		read.Buffer(nil, 1<<20)
		for read.Scan() {
			row := map[string]any{}
			decoder := json.NewDecoder(strings.NewReader(read.Text()))
			decoder.UseNumber()
			if err := decoder.Decode(&row); err != nil {
				t.Fatalf("%s: %v", read.Text(), err)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// columnsOf reads a table's Parquet files as the JSON lines have it.
func columnsOf(t *testing.T, folder string, table *Table) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for _, part := range table.Parts {
		f, err := os.Open(filepath.Join(folder, part.Files[1].Name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, _ := f.Stat()
		opened, err := parquet.OpenFile(f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		read := parquet.NewReader(opened)
		for {
			batch := make([]parquet.Row, 10)
			n, err := read.ReadRows(batch)
			for _, values := range batch[:n] {
				rows = append(rows, rowOf(t, table, values))
			}
			if err != nil {
				break
			}
		}
	}
	return rows
}

func rowOf(t *testing.T, table *Table, values parquet.Row) map[string]any {
	row := map[string]any{}
	values.Range(func(place int, of []parquet.Value) bool {
		c, v := table.Columns[place], of[0]
		switch {
		case c.Type == "list of text":
			list := []any{}
			for _, one := range of {
				if !one.IsNull() {
					list = append(list, one.String())
				}
			}
			row[c.Name] = list
			if v.IsNull() && v.DefinitionLevel() == 0 {
				row[c.Name] = nil
			}
		case v.IsNull():
			row[c.Name] = nil
		case c.Type == "boolean":
			row[c.Name] = v.Boolean()
		case c.Type == "integer":
			row[c.Name] = json.Number(fmt.Sprint(v.Int64()))
		case c.Type == "timestamp":
			row[c.Name] = time.UnixMicro(v.Int64()).UTC().Format(time.RFC3339Nano)
		case c.Type == "date":
			row[c.Name] = time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
		case c.Type == "json":
			var value any
			decoder := json.NewDecoder(strings.NewReader(v.String()))
			decoder.UseNumber()
			if err := decoder.Decode(&value); err != nil {
				t.Errorf("%s: %v", v, err)
			}
			row[c.Name] = value
		default:
			row[c.Name] = v.String()
		}
		return true
	})
	return row
}

// TestBothFormatsHoldWhatTheTablesHold reads the files back and compares them with what PostgreSQL says of the rows.
func TestBothFormatsHoldWhatTheTablesHold(t *testing.T) {
	t.Parallel()
	s := house(t)
	s.partRows = 7
	s.write(t, s.organisation, 1, 20, "quote \" backslash \\ tab \t line \n zero-width \u200b snow ☃ <b>&\u2028 \x01")
	user := s.User(t, s.organisation, "Ada", "owner")
	s.exec(t, `INSERT INTO muster.access_attempt (organisation_id, user_id, asked_at) VALUES ($1, $2, 'infinity')`, string(s.organisation), string(user))
	s.exec(t, `INSERT INTO muster.slack_workspace (organisation_id, id, team_id, enterprise_id, is_enterprise, name, url, app_id, bot_id, bot_user_id, scopes, token, state, installed_at)
		VALUES ($1, 'W1', 'T1', '', false, 'W', '', '', '', '', '{a,"b,\"c",""}', 'xoxb-secret', 'active', now())`, string(s.organisation))
	s.exec(t, `INSERT INTO muster.push_subscription (organisation_id, id, user_id, endpoint, p256dh, auth, device, created_at) VALUES ($1, 'P1', $2, 'https://push.example.test/hidden', 'hidden', 'hidden', 'd', now())`, string(s.organisation), string(user))
	theirs := s.Organisation(t, "Theirs")
	s.write(t, theirs, 1, 5, "THEIRS")
	folder := t.TempDir()
	m, err := s.export(t, folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Complete || m.Organisation.Name != "Ours" || !m.Moment.Equal(testdb.Start) {
		t.Errorf("%+v", m)
	}
	compared := 0
	for n := range m.Tables {
		table := &m.Tables[n]
		var columns []string
		for _, c := range table.Columns {
			columns = append(columns, pgx.Identifier{c.Name}.Sanitize())
		}
		var order string
		if order = strings.Join(table.Key, ", "); order != "" {
			order = " ORDER BY " + order
		}
		rows, err := s.DB.Pool().Query(t.Context(), `SELECT to_jsonb(x) FROM (SELECT `+strings.Join(columns, ", ")+` FROM muster."`+table.Name+`" WHERE organisation_id = $1`+order+`) x`, string(s.organisation))
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (map[string]any, error) {
			var text []byte
			if err := row.Scan(&text); err != nil {
				return nil, err
			}
			held := map[string]any{}
			decoder := json.NewDecoder(strings.NewReader(string(text)))
			decoder.UseNumber()
			return held, decoder.Decode(&held)
		})
		if err != nil {
			t.Fatal(table.Name, err)
		}
		for _, row := range want {
			for _, c := range table.Columns {
				if text, is := row[c.Name].(string); is && c.Type == "timestamp" && text != "infinity" {
					at, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", text)
					if err != nil {
						t.Fatal(err)
					}
					row[c.Name] = at.UTC().Format(time.RFC3339Nano)
				}
			}
		}
		asLines, asColumns := lines(t, folder, table), columnsOf(t, folder, table)
		if table.Name == "access_attempt" { // Parquet has no end of time but its last moment
			asColumns[0]["asked_at"] = "infinity"
		}
		for _, got := range [][]map[string]any{asLines, asColumns} {
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %d rows\n%v\nwant %d\n%v", table.Name, len(got), got, len(want), want)
			}
		}
		if table.Rows != int64(len(want)) {
			t.Errorf("%s: the manifest counts %d rows of %d", table.Name, table.Rows, len(want))
		}
		compared += len(want)
	}
	if audits := m.table("audit_entry"); len(audits.Parts) != 3 || compared < 25 {
		t.Errorf("%d parts of the audit log, %d rows compared", len(audits.Parts), compared)
	}
	err = filepath.WalkDir(folder, func(at string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(at)
		for _, never := range []string{"THEIRS", "hidden", "xoxb"} {
			if strings.Contains(string(text), never) {
				t.Errorf("%s holds %q", at, never)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if m.ColumnsLeftOut["slack_workspace.token"] == "" || m.TablesLeftOut["search_entry"] == "" {
		t.Errorf("the manifest does not say what is left out: %v %v", m.ColumnsLeftOut, m.TablesLeftOut)
	}
}

// TestWhatIsWrittenMeanwhileIsNotThere changes rows while tables are written, ahead of where the export is.
func TestWhatIsWrittenMeanwhileIsNotThere(t *testing.T) {
	t.Parallel()
	s := house(t)
	s.partRows = 50
	s.write(t, s.organisation, 1, 200, "before")
	s.User(t, s.organisation, "Ada", "owner")
	folder, once := t.TempDir(), false
	m, err := s.export(t, folder, func(p Progress) {
		if once || p.Doing != "action" {
			return
		}
		once = true
		s.write(t, s.organisation, 201, 300, "after")
		s.exec(t, "UPDATE muster.audit_entry SET actor_name = 'after' WHERE id > lpad('100', 26, '0')")
		s.exec(t, "DELETE FROM muster.audit_entry WHERE id <= lpad('10', 26, '0')")
		s.exec(t, "UPDATE muster.user SET name = 'Eve'")
	})
	if err != nil || !once {
		t.Fatal(err, once)
	}
	rows := lines(t, folder, m.table("audit_entry"))
	before := 0
	for _, row := range rows {
		if row["actor_name"] == "before" {
			before++
		}
	}
	if before != 200 || len(rows) != 201 { // and that the export was taken
		t.Errorf("%d rows of before among %d", before, len(rows))
	}
	if people := lines(t, folder, m.table("user")); people[0]["name"] != "Ada" {
		t.Errorf("the person is called %v", people[0]["name"])
	}
}

var errKilled = errors.New("killed")

// TestCutOffExportGoesOnWithWhatIsUnchanged cuts an export off within a table, changes some rows and goes on: parts that
// are as they were stay, everything is true of the new moment.
func TestCutOffExportGoesOnWithWhatIsUnchanged(t *testing.T) {
	t.Parallel()
	s := house(t)
	s.partRows = 50
	for _, c := range []struct {
		name   string
		change string
		kept   int
	}{
		{"nothing", "", 5},
		{"a row at the end", "INSERT INTO muster.audit_entry SELECT (jsonb_populate_record(a, '{\"id\": \"zz\"}')).* FROM muster.audit_entry a WHERE organisation_id = $1 LIMIT 1", 5},
		{"a row of the third part", "UPDATE muster.audit_entry SET actor_name = 'changed' WHERE organisation_id = $1 AND id = lpad('130', 26, '0')", 2},
		{"a row fewer in the second part", "DELETE FROM muster.audit_entry WHERE organisation_id = $1 AND id = lpad('60', 26, '0')", 1},
		{"the last row of the first part", "DELETE FROM muster.audit_entry WHERE organisation_id = $1 AND id = lpad('50', 26, '0')", 0},
		{"a row deleted and made again", "WITH gone AS (DELETE FROM muster.audit_entry WHERE organisation_id = $1 AND id = lpad('60', 26, '0') RETURNING *) INSERT INTO muster.audit_entry SELECT * FROM gone", 1},
		{"a row before the first", "INSERT INTO muster.audit_entry SELECT (jsonb_populate_record(a, '{\"id\": \"!\"}')).* FROM muster.audit_entry a WHERE organisation_id = $1 LIMIT 1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.organisation = s.Organisation(t, c.name)
			s.write(t, s.organisation, 1, 220, "before")
			s.settle(t)
			folder := t.TempDir()
			ctx, kill := context.WithCancelCause(s.system(t))
			_, err := s.take(ctx, Take{Folder: folder, Formats: Formats(), Progress: func(p Progress) {
				if p.Doing == "blob" { // behind the audit log
					kill(errKilled)
				}
			}})
			if err == nil {
				t.Fatal("the export was not cut off")
			}
			cut, err := ReadManifest(folder)
			if err != nil || cut == nil || cut.Complete || len(cut.table("audit_entry").Parts) != 5 {
				t.Fatalf("%v: %+v", err, cut)
			}
			if c.change != "" {
				s.exec(t, c.change, string(s.organisation))
			}
			stamp := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
			for n := range 5 {
				if err := os.Chtimes(filepath.Join(folder, cut.table("audit_entry").Parts[n].Files[0].Name), stamp, stamp); err != nil {
					t.Fatal(err)
				}
			}
			m, err := s.take(s.system(t), Take{Folder: folder, Formats: Formats()})
			if err != nil {
				t.Fatal(err)
			}
			kept := 0
			for _, p := range m.table("audit_entry").Parts {
				if info, err := os.Stat(filepath.Join(folder, p.Files[0].Name)); err == nil && info.ModTime().Equal(stamp) {
					kept++
				}
			}
			if kept != c.kept {
				t.Errorf("%d parts were kept, want %d", kept, c.kept)
			}
			var want []string
			rows, err := s.DB.Pool().Query(t.Context(), "SELECT id || actor_name FROM muster.audit_entry WHERE organisation_id = $1 ORDER BY id", string(s.organisation))
			if err == nil {
				want, err = pgx.CollectRows(rows, pgx.RowTo[string])
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, all := range [][]map[string]any{lines(t, folder, m.table("audit_entry")), columnsOf(t, folder, m.table("audit_entry"))} {
				var got []string
				for _, row := range all {
					got = append(got, fmt.Sprint(row["id"], row["actor_name"]))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%d rows, want %d", len(got), len(want))
				}
			}
			if _, err := s.take(s.system(t), Take{Folder: folder, Formats: Formats()}); !problem.Is(err, problem.Conflict) {
				t.Errorf("a folder that is full is written to: %v", err)
			}
		})
	}
}

func TestFolderOfAnotherOrganisationIsRefused(t *testing.T) {
	t.Parallel()
	s := house(t)
	folder := t.TempDir()
	if _, err := s.export(t, folder, nil); err != nil {
		t.Fatal(err)
	}
	theirs := tenant.AsSystem(t.Context(), s.Organisation(t, "Theirs"))
	if _, err := s.Take(theirs, Take{Folder: folder, Formats: Formats()}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "Ours") {
		t.Errorf("%v", err)
	}
	if _, err := s.Take(theirs, Take{Folder: t.TempDir(), Formats: []Format{"xml"}}); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
	person := tenant.With(t.Context(), tenant.Scope{Organisation: s.organisation, Actor: tenant.Actor{Type: tenant.User, ID: "x"}})
	if _, err := s.Take(person, Take{Folder: t.TempDir(), Formats: Formats()}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a person takes everything out: %v", err)
	}
}

// TestEveryTableAndColumnIsDecidedAbout keeps a new table from being forgotten and a new secret from being written.
func TestEveryTableAndColumnIsDecidedAbout(t *testing.T) {
	t.Parallel()
	s := house(t)
	written := map[string]bool{}
	if err := s.DB.Read(s.system(t), func(ctx context.Context, tx pgx.Tx) error {
		all, err := tables(ctx, tx)
		for _, one := range all {
			written[one.name] = true
			if len(one.columns) == 0 {
				t.Errorf("%s has no column to write", one.name)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.DB.Pool().Query(t.Context(), `SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = 'muster'::regnamespace AND c.relkind IN ('r', 'p')`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var name, column, kind string
	if _, err := pgx.ForEachRow(rows, []any{&name, &column, &kind}, func() error {
		seen[name], seen[name+"."+column] = true, true
		if name != "schema_version" && !written[name] && leftOut[name] == "" {
			t.Errorf("the table %s is not exported and has no reason in leftOut", name)
		}
		if leftOut[name] == "" && hidden(name, column, kind) == undecided {
			t.Errorf("%s.%s may be a secret: put it into secrets with a reason, or into open", name, column)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for at := range leftOut {
		if !seen[at] {
			t.Errorf("%s is left out and not there", at)
		}
	}
	for _, at := range slices.Concat(slices.Collect(maps.Keys(secrets)), slices.Collect(maps.Keys(open))) {
		if !seen[at] {
			t.Errorf("%s is decided about and not there", at)
		}
	}
}
