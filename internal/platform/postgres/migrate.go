package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// QueueSchema is the schema of the job queue's own tables.
const QueueSchema = "river"

// migrationLock is the advisory lock under which migrations run: "muster" in ASCII.
const migrationLock = 0x6d7573746572

// Migrate brings the schema at url up to date: the job queue's first, then ours. Several processes may call it at
// once; one does the work and the others wait. Migrations already there are skipped.
func Migrate(ctx context.Context, url string, files fs.FS) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
	}()
	if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS muster; CREATE SCHEMA IF NOT EXISTS "+QueueSchema); err != nil {
		return fmt.Errorf("create the schemas: %w", err)
	}
	queue, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: QueueSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the job queue's migrations: %w", err)
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if err := migrateOurs(ctx, pool, files); err != nil {
		return err
	}
	return allowQueue(ctx, conn.Conn())
}

func migrateOurs(ctx context.Context, pool *pgxpool.Pool, files fs.FS) error {
	std := stdlib.OpenDBFromPool(pool)
	defer func(std *sql.DB) { _ = std.Close() }(std)
	store, err := database.NewStore(database.DialectPostgres, "muster.schema_version")
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	provider, err := goose.NewProvider("", std, files, goose.WithStore(store), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, result := range results {
		slog.InfoContext(ctx, "migrated", "file", result.Source.Path, "took", result.Duration)
	}
	return nil
}

// allowQueue lets a tenant transaction put jobs into the queue in the same commit as its rows.
func allowQueue(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT muster.allow('USAGE ON SCHEMA river'),
		muster.allow('SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA river'),
		muster.allow('USAGE ON ALL SEQUENCES IN SCHEMA river')`)
	if err != nil {
		return fmt.Errorf("open the job queue to transactions: %w", err)
	}
	return nil
}
