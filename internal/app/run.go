// Package app builds Muster from its settings, runs it and stops it.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/migrations"
)

// Run works as the given roles until the context ends, and then finishes the requests that are in.
func Run(ctx context.Context, cfg *config.Config, roles []string) error {
	if !slices.Contains(roles, "web") {
		<-ctx.Done()
		return nil
	}
	listener, err := supervise.Inherited()
	if err == nil && listener == nil {
		listener, err = net.Listen("tcp", cfg.Listen)
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	server := httpx.NewServer(mux)
	served := make(chan error, 1)
	supervise.Go(ctx, "serve http", func(context.Context) { served <- server.Serve(listener) })
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// Migrate brings the schema of the database up to date.
func Migrate(ctx context.Context, cfg *config.Config) error {
	return postgres.Migrate(ctx, cfg.DatabaseDirectURL, migrations.Files)
}
