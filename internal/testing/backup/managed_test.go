package backup_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// lodger makes a database whose owner is neither superuser nor may make roles, and returns its address.
func lodger(t *testing.T) string {
	t.Helper()
	address := testdb.Empty(t)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name, database := fmt.Sprintf("lodger_%d", os.Getpid()), strings.TrimPrefix(at.Path, "/")
	conn := connect(t, superuser(address))
	run := func(ctx context.Context, sql string) {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	run(t.Context(), "CREATE ROLE "+name+" LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB")
	run(t.Context(), fmt.Sprintf("ALTER DATABASE %q OWNER TO %s", database, name))
	t.Cleanup(func() {
		ctx := context.Background()
		run(ctx, fmt.Sprintf("REASSIGN OWNED BY %s TO %s", name, local.Role))
		run(ctx, "DROP OWNED BY "+name)
		run(ctx, "DROP ROLE "+name)
	})
	at.User = url.User(name)
	return at.String()
}

// team is an organisation with somebody who is signed in.
type team struct {
	id    id.ID
	owner *installation.Person
	where string
}

func found(t *testing.T, here *installation.Installation, name string) team {
	t.Helper()
	a, err := here.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.DB.Isolated() {
		t.Error("there is a role after all: this is not what is to be tried")
	}
	email := strings.ToLower(name) + "@example.test"
	begun, err := a.Organisations.CreateWithOwner(t.Context(), organisation.CreateWithOwner{Name: name, OwnerName: name, OwnerEmail: email})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Users.Enrol(tenant.AsSystem(t.Context(), begun.ID), user.Enrol{Name: "Second", Email: "second-" + email, Role: authz.Responder}); err != nil {
		t.Fatal(err)
	}
	link, err := a.Auth.SignInLink(t.Context(), email, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := here.SignIn(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	return team{id: begun.ID, owner: p}
}

func (o *team) do(t *testing.T, method, path string, form url.Values, status int) installation.Answer {
	t.Helper()
	answer, err := o.owner.Do(t.Context(), method, path, form)
	if err != nil || answer.Status != status {
		t.Fatalf("%s %s: %d, want %d, %v: %s", method, path, answer.Status, status, err, answer.Body)
	}
	return answer
}

func TestLoginWithoutRightsKeepsOrganisationsApart(t *testing.T) {
	t.Parallel()
	address := lodger(t)
	folder := t.TempDir()
	binary, err := installation.Build(t.Context(), folder, "cmd/muster")
	if err != nil {
		t.Fatal(err)
	}
	here, err := installation.New(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := here.Remove(); err != nil {
			t.Error(err)
		}
	})
	here.Database = address
	if _, err := here.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	teams := []team{found(t, here, "Night"), found(t, here, "Day")}
	for n := range teams {
		o := &teams[n]
		o.where = o.do(t, http.MethodPost, "/incidents", url.Values{"name": {"Only for " + string(o.id)}, "key": {"one"}}, http.StatusNoContent).Header.Get("Muster-Location")
		o.do(t, http.MethodPost, o.where+"/room/messages", url.Values{"text": {"Said in " + string(o.id)}, "client_key": {"one"}}, http.StatusCreated)
		o.do(t, http.MethodPost, o.where+"/updates", url.Values{"message": {"Told"}, "next": {"15"}, "key": {"one"}}, http.StatusNoContent)
	}
	for n := range teams {
		other := string(teams[1-n].id)
		for _, path := range []string{"/", "/incidents", "/incidents?q=only", teams[n].where, teams[n].where + "/timeline", "/people", "/palette?q=only"} {
			if body := teams[n].do(t, http.MethodGet, path, nil, http.StatusOK).Body; strings.Contains(body, "for "+other) || strings.Contains(body, "in "+other) {
				t.Errorf("%s shows what belongs to another organisation", path)
			}
		}
		if body := teams[n].do(t, http.MethodGet, "/incidents?q=only", nil, http.StatusOK).Body; !strings.Contains(body, "Only for "+string(teams[n].id)) {
			t.Error("searching finds nothing")
		}
	}
	walls(t, address, teams)
	fires(t, address, teams)

	out, err := here.Command(t.Context(), "doctor").CombinedOutput()
	if !strings.Contains(string(out), "forced row-level security alone") {
		t.Errorf("doctor does not say how organisations are kept apart (%v): %s", err, out)
	}
	// A dump by this login would be empty with row security and must fail loudly without: docs/hosting.md says what to do.
	if out, err := program(t, "pg_dump", "--format=custom", "--file="+filepath.Join(folder, "none.dump"), address); err == nil || !strings.Contains(out, "row-level security") {
		t.Errorf("pg_dump by the login does not refuse: %v %s", err, out)
	}
}

// walls holds each table to the tenant of the transaction, for reading and for writing.
func walls(t *testing.T, address string, teams []team) {
	t.Helper()
	all, login := connect(t, superuser(address)), connect(t, address)
	rows, err := all.Query(t.Context(), `SELECT format('%I.%I', table_schema, table_name) FROM information_schema.columns WHERE table_schema = 'muster' AND column_name = 'organisation_id' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 25 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	count := func(conn *pgx.Conn, sql string, args ...any) (n int) {
		if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return n
	}
	seen := 0
	for _, table := range tables {
		if n := count(login, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%s shows %d rows to no organisation", table, n)
		}
		for n := range teams {
			mine, other := string(teams[n].id), string(teams[1-n].id)
			err := pgx.BeginFunc(t.Context(), login, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), "SELECT set_config('muster.organisation_id', $1, true), set_config('muster.sees_private', 'all', true)", mine); err != nil {
					return err
				}
				seen += count(login, "SELECT count(*) FROM "+table)
				if n := count(login, "SELECT count(*) FROM "+table+" WHERE organisation_id = $1", other); n != 0 {
					t.Errorf("%s shows %d rows of another organisation", table, n)
				}
				tag, err := tx.Exec(t.Context(), "DELETE FROM "+table+" WHERE organisation_id = $1", other)
				if err == nil && tag.RowsAffected() != 0 {
					t.Errorf("%s lets %d rows of another organisation be deleted", table, tag.RowsAffected())
				}
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", table, err)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d rows were there to be seen", seen)
	}
}

// fires lets the promised updates of both organisations fall due and waits for the reminders, and for all jobs.
func fires(t *testing.T, address string, teams []team) {
	t.Helper()
	conn := connect(t, superuser(address))
	if _, err := conn.Exec(t.Context(), `UPDATE muster.incident SET next_update_due_at = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `UPDATE control.timer SET due_at = now() - interval '1 second' WHERE kind = 'incident.update_due'`); err != nil {
		t.Fatal(err)
	}
	var reminded, handled, waiting int
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := conn.QueryRow(t.Context(), `SELECT (SELECT count(DISTINCT organisation_id) FROM muster.event WHERE kind = 'incident.update_due'),
			(SELECT count(DISTINCT organisation_id) FROM muster.event_handled),
			(SELECT count(*) FROM river.river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded'))`).Scan(&reminded, &handled, &waiting)
		if err != nil {
			t.Fatal(err)
		}
		if reminded == len(teams) && handled == len(teams) && waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d organisations %d were reminded and %d had jobs done; %d jobs wait", len(teams), reminded, handled, waiting)
		}
	}
}
