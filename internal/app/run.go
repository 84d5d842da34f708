package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/migrations"
)

// The roles of a process. Lone runs what may be what kills workers, and is started by a worker.
const (
	RoleWeb    = "web"
	RoleWorker = "worker"
	RoleClock  = "clock"
	RoleLone   = "lone"
)

// Run works as the given roles until the context ends, and then finishes what is in hand.
func Run(ctx context.Context, cfg *config.Config, roles []string) error {
	return RunWith(ctx, cfg, roles, nil)
}

// RunWith is Run with subscribers beside the product's own, for programs that are built around it.
func RunWith(ctx context.Context, cfg *config.Config, roles []string, subscribe func(bus *event.Bus)) error {
	process := strings.Join(roles, "+")
	watched, err := Watch(ctx, cfg, process)
	if err != nil {
		return err
	}
	defer watched.Stop(ctx)
	a, err := open(ctx, cfg, Options{Name: process, Watched: watched})
	if err != nil || a == nil {
		return err
	}
	defer a.Close()
	if subscribe != nil {
		subscribe(a.Bus)
	}
	supervise.Go(ctx, "lay down figures", a.shelf.Keep)
	if slices.Contains(roles, RoleLone) {
		return a.runLone(ctx)
	}
	// What is committed while the roles drain is still told.
	telling, stopTelling := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTelling()
	supervise.Go(telling, "send live signals", a.Notifier.Run)

	work := map[string]func(context.Context) error{RoleWeb: a.runWeb, RoleWorker: a.runWorker, RoleClock: a.runClock}
	ctx, end := context.WithCancel(ctx)
	defer end()
	var group sync.WaitGroup
	failures := make(chan error, len(roles))
	for _, role := range roles {
		group.Add(1)
		supervise.Go(ctx, "role "+role, func(ctx context.Context) {
			defer group.Done()
			defer end() // a process that lacks one of its roles had better start again
			failures <- complete(ctx, role, work[role])
		})
	}
	group.Wait()
	close(failures)
	var all []error
	for err := range failures {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// complete runs a role and says so when it ends before it was asked to: nobody takes that for a good end.
func complete(ctx context.Context, role string, work func(context.Context) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Panicked(ctx, "role "+role, value)
		}
	}()
	err = work(ctx)
	if err == nil && ctx.Err() == nil {
		err = fmt.Errorf("the role %s ended by itself", role)
	}
	return err
}

// open builds the application as soon as the database answers; when the context ends before, there is none.
func open(ctx context.Context, cfg *config.Config, options Options) (*App, error) {
	for try := 0; ; try++ {
		a, err := New(ctx, cfg, options)
		if !away(err) {
			return a, err
		}
		slog.WarnContext(ctx, "the database does not answer; trying again", "error", err)
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(min(max(supervise.Backoff(try), 100*time.Millisecond), 2*time.Second)):
		}
	}
}

// away tells a database that is not there at the moment from one that refuses.
func away(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return strings.HasPrefix(refused.Code, "57P") // stopping or starting
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}

// Migrate brings the schema of the database up to date.
func Migrate(ctx context.Context, cfg *config.Config) error {
	return postgres.Migrate(ctx, cfg.DatabaseDirectURL, migrations.Files)
}

// Ready returns nil when the database answers and its schema is at least the one that this build needs.
func (a *App) Ready(ctx context.Context) error {
	needed, err := newestMigration()
	if err != nil {
		return err
	}
	var there int64
	err = a.DB.Pool().QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM muster.schema_version WHERE is_applied").Scan(&there)
	if err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	if there < needed {
		return fmt.Errorf("the schema is at version %d and this build needs %d; run muster migrate", there, needed)
	}
	return nil
}

// newestMigration is the number of the last migration in this build.
var newestMigration = sync.OnceValues(func() (int64, error) {
	files, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("list the migrations: %w", errors.Join(err, os.ErrNotExist))
	}
	number, _, _ := strings.Cut(path.Base(slices.Max(files)), "_")
	return strconv.ParseInt(number, 10, 64)
})
