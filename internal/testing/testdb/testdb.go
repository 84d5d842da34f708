// Package testdb gives tests a real PostgreSQL: one server for all test processes of a machine, a database for each
// test that asks, made from a migrated template.
package testdb

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Start is when time begins in tests that move a clock by hand.
var Start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// Database is a migrated database that belongs to one test.
type Database struct {
	// DB works under row-level security as the product does.
	DB *postgres.DB
	// URL is the address of the database for the role that owns it.
	URL string
}

// New makes a database for the test and drops it when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	ctx := t.Context()
	at, err := share()
	if err != nil {
		t.Fatalf("start a PostgreSQL for tests: %v", err)
	}
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), id.New(time.Now()))
	if err := at.create(ctx, name); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	d := &Database{URL: at.address(name)}
	d.DB, err = postgres.Open(ctx, postgres.Options{URL: d.URL, Connections: 16, Application: "test"})
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() {
		d.DB.Close()
		if err := at.drop(context.Background(), name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return d
}

// Empty makes a database without any schema and returns its address.
func Empty(t testing.TB) string {
	t.Helper()
	at, err := share()
	if err != nil {
		t.Fatalf("start a PostgreSQL for tests: %v", err)
	}
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), id.New(time.Now()))
	if err := at.exec(t.Context(), "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatalf("make an empty database: %v", err)
	}
	t.Cleanup(func() {
		if err := at.drop(context.Background(), name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return at.address(name)
}

// Organisation adds an organisation without anything in it and returns its id.
func (d *Database) Organisation(t testing.TB, name string) id.ID {
	t.Helper()
	made := id.New(time.Now())
	err := pgx.BeginFunc(t.Context(), d.DB.Pool(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO control.organisation (id, slug, created_at) VALUES ($1, lower($1), $2)`, made, Start); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO muster.organisation (organisation_id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)`, made, name, Start)
		return err
	})
	if err != nil {
		t.Fatalf("add the organisation %q: %v", name, err)
	}
	return made
}

// User adds an active user to an organisation and returns the id.
func (d *Database) User(t testing.TB, organisation id.ID, name, role string) id.ID {
	t.Helper()
	made := id.New(time.Now())
	_, err := d.DB.Pool().Exec(t.Context(), `INSERT INTO muster.user (organisation_id, id, name, email, role, created_at, updated_at)
		VALUES ($1, $2, $3, lower($2) || '@example.test', $4, $5, $5)`, organisation, made, name, role, Start)
	if err != nil {
		t.Fatalf("add the user %q: %v", name, err)
	}
	return made
}

// server is the shared PostgreSQL.
type server struct{ url *url.URL }

var share = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	given := os.Getenv("MUSTER_TEST_DATABASE_URL")
	if given == "" {
		var err error
		if given, err = join(ctx); err != nil {
			return nil, err
		}
	}
	parsed, err := url.Parse(given)
	if err != nil {
		return nil, fmt.Errorf("read the address of the PostgreSQL for tests: %w", err)
	}
	return &server{url: parsed}, nil
})

func (s *server) address(database string) string {
	u := *s.url
	u.Path = "/" + database
	return u.String()
}

func (s *server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// drop tries again for a while: a worker of autovacuum cannot be sent away, but leaves soon.
func (s *server) drop(ctx context.Context, name string) error {
	var err error
	for range 50 {
		if err = s.exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err == nil {
			return nil
		}
		<-time.After(100 * time.Millisecond)
	}
	return err
}
