// Package backup_test tries what docs/hosting.md says about backups, and about databases whose login may do little.
package backup_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// program runs one of PostgreSQL's own programs and returns what it prints, or how it fails.
func program(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	path, err := local.Program(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput() //nolint:gosec // as an operator would
	return string(out), err
}

// superuser is the address of the same database for the superuser.
func superuser(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	_, rest, _ = strings.Cut(rest, "@")
	return scheme + "://" + local.Superuser + "@" + rest
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestDumpIsRestoredWhole(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	fill(t, s)
	stranger := s.Begin("Day shift", "Zoe", "zoe@example.test")
	dump := filepath.Join(t.TempDir(), "muster.dump")
	if out, err := program(t, "pg_dump", "--format=custom", "--enable-row-security", "--file="+dump, s.App.Config.DatabaseURL); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, out)
	}

	restored := testdb.Empty(t)
	if out, err := program(t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+restored, dump); err != nil {
		t.Fatalf("pg_restore: %v: %s", err, out)
	}
	same(t, s.App.Config.DatabaseURL, restored)
	alive(t, s, restored, stranger.ID)
}

func TestDumpIsRestoredOnServerWithoutTheRole(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	fill(t, s)
	stranger := s.Begin("Day shift", "Zoe", "zoe@example.test")
	dump := filepath.Join(t.TempDir(), "muster.dump")
	if out, err := program(t, "pg_dump", "--format=custom", "--enable-row-security", "--file="+dump, s.App.Config.DatabaseURL); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, out)
	}
	folder, err := os.MkdirTemp("/tmp", "muster-restore-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // the server's own user passes through
		t.Fatal(err)
	}
	other, err := local.Start(t.Context(), local.Options{Dir: filepath.Join(folder, "postgres"), Disposable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Stop(context.Background()) })
	restored := other.URL()

	// Restored in the wrong order the walls between organisations are not whole, and Muster must say so and not start.
	out, err := program(t, "pg_restore", "--no-owner", "--dbname="+restored, dump)
	if err == nil || !strings.Contains(out, "muster_app") {
		t.Fatalf("a restore without the role does not complain: %s", out)
	}
	if _, err := app.New(t.Context(), settings(t, s, restored), app.Options{Name: "restored"}); err == nil || !strings.Contains(err.Error(), "muster_app") {
		t.Fatalf("Muster starts on a database whose role is missing: %v", err)
	}

	conn := connect(t, other.SuperuserURL("postgres"))
	for _, sql := range []string{
		"DROP DATABASE muster WITH (FORCE)", "CREATE DATABASE muster OWNER muster TEMPLATE template0 ENCODING 'UTF8'",
		"CREATE ROLE muster_app NOLOGIN", "GRANT muster_app TO muster",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if out, err := program(t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+restored, dump); err != nil {
		t.Fatalf("pg_restore: %v: %s", err, out)
	}
	same(t, s.App.Config.DatabaseURL, restored)
	alive(t, s, restored, stranger.ID)
}

// fill lets two people work for a while.
func fill(t *testing.T, s *scenario.Scenario) {
	t.Helper()
	ben := s.Person("Ben", authz.Responder)
	s.Device(ben, "phone") // with which the installation makes its sealed keys
	for n := range 3 {
		key := fmt.Sprint(n)
		where := s.Owner.Post("/incidents", url.Values{"name": {"Incident " + key}, "key": {key}}).Is(200).Path
		text := fmt.Sprintf("Please look, @[Ben](user:%s) 👀", ben.ID)
		s.Owner.Post(where+"/room/messages", url.Values{"text": {text}, "client_key": {key}}).Is(200)
		ben.Post(where+"/updates", url.Values{"message": {"Told " + key}, "next": {"30"}, "key": {key}}).Is(200)
		s.Work()
	}
	if _, err := s.App.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "Quartz leak", Private: true}); err != nil {
		t.Fatal(err)
	}
	s.Work()
}

// comments of a dump name the program's version and random marks.
var comments = regexp.MustCompile(`(?m)^(--.*|\\(un)?restrict .*)?\n`)

// same compares two databases: every row of every table, and everything else that the catalogue knows.
func same(t *testing.T, before, after string) {
	t.Helper()
	var schemas [2]string
	var rows [2]map[string]string
	for n, address := range []string{before, after} {
		out, err := program(t, "pg_dump", "--schema-only", superuser(address))
		if err != nil {
			t.Fatalf("read the schema: %v: %s", err, out)
		}
		schemas[n] = comments.ReplaceAllString(out, "")
		conn := connect(t, superuser(address))
		found, err := conn.Query(t.Context(), `SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname IN ('muster', 'control', 'river') ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(found, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		rows[n] = map[string]string{}
		for _, name := range names {
			var sum string
			if err := conn.QueryRow(t.Context(), "SELECT count(*) || ' rows ' || coalesce(md5(string_agg(x::text, E'\\n' ORDER BY x::text)), '') FROM "+name+" x").Scan(&sum); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			rows[n][name] = sum
		}
	}
	if diff := cmp.Diff(rows[0], rows[1]); diff != "" {
		t.Errorf("the rows are not the same: %s", diff)
	}
	if diff := cmp.Diff(strings.Split(schemas[0], "\n"), strings.Split(schemas[1], "\n")); diff != "" {
		t.Errorf("the schema is not the same: %s", diff)
	}
	if len(rows[0]) < 40 || strings.HasPrefix(rows[0]["muster.room_message"], "0 ") || !strings.Contains(schemas[0], "CREATE POLICY tenant") {
		t.Errorf("hardly anything was compared: %d tables", len(rows[0]))
	}
}

// settings are those of the scenario over another database.
func settings(t *testing.T, s *scenario.Scenario, address string) *config.Config {
	t.Helper()
	cfg, err := config.Read("MUSTER_DATABASE_URL="+address, "MUSTER_DATA="+t.TempDir(), "MUSTER_SECRET_KEY="+s.App.Config.SecretKey)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// alive starts Muster on the restored database and goes on where the other stopped.
func alive(t *testing.T, s *scenario.Scenario, address string, stranger id.ID) {
	t.Helper()
	cfg := settings(t, s, address)
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatalf("migrate what was restored: %v", err)
	}
	a, err := app.New(t.Context(), cfg, app.Options{Name: "restored", Clock: s.Clock})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if !a.DB.Isolated() {
		t.Error("transactions have no role of their own any more")
	}
	brief, err := a.Incidents.Declare(s.Owner.Context(), incident.Declare{Name: "After the restore"})
	if err != nil || brief.Reference != "INC-5" {
		t.Errorf("the next incident is %s: %v", brief.Reference, err)
	}
	if _, err := a.Auth.SignInLink(t.Context(), s.Owner.Email, ""); err != nil {
		t.Errorf("nobody can sign in: %v", err)
	}
	if _, err := a.Notifications.PublicKey(s.Owner.Context()); err != nil {
		t.Errorf("what the secret key sealed cannot be opened: %v", err)
	}
	list, err := a.Incidents.List(tenant.AsSystem(t.Context(), stranger), incident.Filter{}, "", 10)
	if err != nil || len(list.Incidents) != 0 {
		t.Errorf("another organisation sees %d incidents: %v", len(list.Incidents), err)
	}
	if _, err := a.Timers.Fire(t.Context()); err != nil {
		t.Errorf("timers do not fire: %v", err)
	}
}
