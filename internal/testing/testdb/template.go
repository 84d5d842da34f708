package testdb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/migrations"
)

// templateLock is the advisory lock under which the template is made and copied; copies need it unconnected.
const templateLock = 0x74656d706c6174

var made sync.Map

// create copies the migrated template, which is made first where this set of migrations has none yet.
func (s *server) create(ctx context.Context, name string) error {
	template := "template_" + fingerprint()
	if _, there := made.Load(template); !there {
		if err := s.makeTemplate(ctx, template); err != nil {
			return err
		}
		made.Store(template, true)
	}
	return s.exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{template}.Sanitize())
}

func (s *server) makeTemplate(ctx context.Context, template string) error {
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", template).Scan(&there); err != nil || there {
		return err
	}
	raw := template + "_raw"
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+raw); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+raw); err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, s.address(raw), migrations.Files); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+raw+" RENAME TO "+template)
	return err
}

// fingerprint names the set of migrations that this test was built with.
var fingerprint = sync.OnceValue(func() string {
	sum := sha256.New()
	err := fs.WalkDir(migrations.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.Files, path)
		sum.Write(content)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("read the embedded migrations: %v", err))
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6])
})
