package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// withDatabase runs fn with the address of the database in the settings. The private PostgreSQL is used when it
// runs, and started for the time of fn when it does not.
func withDatabase(ctx context.Context, cfg *config.Config, fn func(ctx context.Context) error) error {
	if err := makeData(cfg); err != nil {
		return err
	}
	if !cfg.Private() {
		return fn(ctx)
	}
	for try := 0; ; try++ {
		if url, err := local.Running(ctx, cfg.PostgresDir()); err == nil {
			cfg.DatabaseURL, cfg.DatabaseDirectURL = url, url
			return fn(ctx)
		}
		cluster, err := startCluster(ctx, cfg)
		var used *local.AlreadyUsedError
		if errors.As(err, &used) && try < 100 {
			// Whoever holds the folder is about to start it, or to stop it.
			if err := pause(ctx, 200*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		err = fn(ctx)
		return errors.Join(err, cluster.Stop(context.WithoutCancel(ctx)))
	}
}

// startCluster starts the private PostgreSQL and puts its address into the settings.
func startCluster(ctx context.Context, cfg *config.Config) (*local.Cluster, error) {
	cluster, err := local.Start(ctx, local.Options{Dir: cfg.PostgresDir(), Died: func(death local.Death) {
		kind := supervise.Crash
		// Of an adopted server nobody can tell how it ended; its log has the rest.
		if death.Status == "" || strings.HasPrefix(death.Status, "signal: killed") {
			kind = supervise.Signal
		}
		record := supervise.Death{
			Role: "postgres", PID: death.PID, Kind: kind, Status: death.Status,
			At: time.Now().UTC(), Uptime: death.Uptime, Output: death.Log,
		}
		if err := supervise.Record(cfg.CrashFile(), record); err != nil {
			slog.ErrorContext(ctx, "a death could not be written down", "error", err)
		}
	}})
	if err != nil {
		return nil, err
	}
	cfg.DatabaseURL, cfg.DatabaseDirectURL = cluster.URL(), cluster.DirectURL()
	return cluster, nil
}

// makeData makes the folder of the data. The private PostgreSQL's user passes through it when Muster runs as
// root, and what lies in it is closed to others by itself.
func makeData(cfg *config.Config) error {
	if err := local.MakePassable(cfg.Data); err != nil {
		return fmt.Errorf("make the data folder: %w (set MUSTER_DATA to a folder that you may write to)", err)
	}
	return nil
}

// migrateWhenReachable waits for a database that is still starting, as container platforms start things in any order.
func (p *program) migrateWhenReachable(ctx context.Context, cfg *config.Config) error {
	for try := 0; ; try++ {
		err := p.product.migrate(ctx, cfg)
		if !unreachable(err) {
			return err
		}
		slog.WarnContext(ctx, "the database cannot be reached; trying again", "error", err)
		if err := pause(ctx, max(supervise.Backoff(try), 100*time.Millisecond)); err != nil {
			return err
		}
	}
}

// unreachable tells a database that is not there yet from one that refuses.
func unreachable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		const startingUp = "57P03"
		return refused.Code == startingUp
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// migrate is the command that brings the schema up to date.
func migrate(ctx context.Context, p *program, args []string) error {
	if err := p.none("migrate", args); err != nil {
		return err
	}
	cfg, err := p.settings("migrate")
	if err != nil {
		return err
	}
	return withDatabase(ctx, cfg, func(ctx context.Context) error { return p.migrateWhenReachable(ctx, cfg) })
}
