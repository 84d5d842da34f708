// Package local keeps the private PostgreSQL of one Muster: it initialises, starts, adopts, watches and stops it.
//
// The server listens on a unix socket in a folder that only its own system user (and root) can enter.
// It is never tied to the life of the process that started it: a postmaster that outlives a killed
// supervisor finishes what it is doing and is adopted by the next start, so that nothing acknowledged is lost.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/musterhq/muster/internal/platform/supervise"
)

const (
	// Role owns the database and is what Muster signs in as. It is no superuser, so that the private
	// cluster behaves like a managed one.
	Role = "muster"
	// Superuser is the bootstrap role of the cluster.
	Superuser = "postgres"
	// Database is the name of the database that Start makes.
	Database = "muster"

	port = "5432"
)

// ErrNotRunning says that no server answers for a folder.
var ErrNotRunning = errors.New("no private PostgreSQL runs in this folder")

// Options say where a cluster lies and how it is run.
type Options struct {
	// Dir is the folder of the cluster, made when missing. It holds data, log, the socket and the lock.
	Dir string
	// Disposable trades durability for speed: for tests only, a power cut loses the data.
	Disposable bool
	// Died is told of each death of the server that nobody asked for, before it is started again.
	Died func(Death)
}

// Death is the end of a server that should be running.
type Death struct {
	PID    int
	Uptime time.Duration
	// Status is how the process ended; empty when the server was adopted and its parent is gone.
	Status string
	// Log is the end of what the server wrote.
	Log string
}

// Cluster is a private PostgreSQL that this process looks after.
type Cluster struct {
	options  Options
	place    place
	programs programs
	account  account
	lock     *os.File

	mu      sync.Mutex
	server  *server
	unwatch context.CancelFunc
	stopped chan struct{}
	once    sync.Once
}

// Start makes the cluster answer: it initialises the folder if needed, adopts a server that still runs there
// or starts one, and then keeps it running until Stop. It fails with AlreadyUsedError when another process
// looks after the folder.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	dir, err := filepath.Abs(options.Dir)
	if err != nil || options.Dir == "" {
		return nil, fmt.Errorf("folder of the private PostgreSQL %q: not usable", options.Dir)
	}
	options.Dir = dir
	owner, err := serverAccount()
	if err != nil {
		return nil, err
	}
	if err := makeFolder(dir, owner); err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: options, account: owner, lock: lock, stopped: make(chan struct{})}
	if err := c.bringUp(ctx); err != nil {
		lock.Close()
		return nil, err
	}
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	c.unwatch = unwatch
	supervise.Go(watching, "postgres watch", c.watch)
	return c, nil
}

func (c *Cluster) bringUp(ctx context.Context) error {
	var err error
	if c.place, err = placeOf(c.options.Dir, c.account); err != nil {
		return err
	}
	if c.programs, err = findPrograms(c.place.data); err != nil {
		return err
	}
	if err := c.initialise(ctx); err != nil {
		return err
	}
	if err := c.configure(); err != nil {
		return err
	}
	if c.server, err = c.adoptOrLaunch(ctx); err != nil {
		return err
	}
	if err := c.furnish(ctx); err != nil {
		c.server.halt(context.WithoutCancel(ctx), 10*time.Second)
		return err
	}
	return nil
}

// furnish makes the role and the database that Muster uses; it changes nothing when they exist.
func (c *Cluster) furnish(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.place.url(Superuser, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var hasRole, hasDatabase bool
	err = conn.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1), exists (select from pg_database where datname = $2)`,
		Role, Database).Scan(&hasRole, &hasDatabase)
	if err != nil {
		return fmt.Errorf("look into the private PostgreSQL: %w", err)
	}
	if !hasRole {
		if _, err := conn.Exec(ctx, `create role `+Role+` login createrole createdb`); err != nil {
			return fmt.Errorf("make the role %s: %w", Role, err)
		}
	}
	if !hasDatabase {
		if _, err := conn.Exec(ctx, `create database `+Database+` owner `+Role+` template template0`); err != nil {
			return fmt.Errorf("make the database %s: %w", Database, err)
		}
	}
	return nil
}

// URL is the address of Muster's database for its own role.
func (c *Cluster) URL() string { return c.place.url(Role, Database) }

// DirectURL is an address that is good for LISTEN; the private server has no pooler, so it is URL.
func (c *Cluster) DirectURL() string { return c.URL() }

// SuperuserURL is the address of a database of the cluster for its bootstrap superuser.
func (c *Cluster) SuperuserURL(database string) string { return c.place.url(Superuser, database) }

// PID is the process id of the postmaster that runs now.
func (c *Cluster) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server.pid
}

// Adopted reports whether the server that runs now was started by another process.
func (c *Cluster) Adopted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server.cmd == nil
}

// Wait returns when the server has been stopped or released.
func (c *Cluster) Wait() { <-c.stopped }

// Stop ends the server: fast shutdown, and immediate shutdown when the context ends or after 20 seconds.
// It may be called more than once.
func (c *Cluster) Stop(ctx context.Context) error {
	var err error
	c.once.Do(func() {
		c.unwatch()
		<-c.stopped
		if !c.server.halt(ctx, 20*time.Second) {
			err = fmt.Errorf("the private PostgreSQL (process %d) did not end in time and was stopped at once; it recovers at the next start", c.server.pid)
		}
		if filepath.Dir(c.place.socket) != c.options.Dir {
			os.Remove(c.place.socket)
		}
		c.lock.Close()
	})
	return err
}

// Release leaves the server running without anyone who looks after it and gives up the folder.
func (c *Cluster) Release() {
	c.once.Do(func() {
		c.unwatch()
		<-c.stopped
		c.lock.Close()
	})
}

// watch starts the server again whenever it ends unasked.
func (c *Cluster) watch(ctx context.Context) {
	defer close(c.stopped)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.server.ended:
		}
		uptime := time.Since(c.server.since)
		death := Death{PID: c.server.pid, Uptime: uptime, Status: c.server.status, Log: c.place.logTail()}
		slog.ErrorContext(ctx, "the private PostgreSQL died; starting it again", "pid", death.PID, "status", death.Status, "uptime", uptime)
		if c.options.Died != nil {
			c.options.Died(death)
		}
		if !c.relaunch(ctx) {
			return
		}
	}
}

// relaunch tries until the server answers again, and reports false when it was asked to stop meanwhile.
func (c *Cluster) relaunch(ctx context.Context) bool {
	for try := 0; ; try++ {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(supervise.Backoff(try)):
		}
		next, err := c.adoptOrLaunch(ctx)
		if err == nil {
			c.mu.Lock()
			c.server = next
			c.mu.Unlock()
			slog.InfoContext(ctx, "the private PostgreSQL runs again", "pid", next.pid)
			return true
		}
		slog.ErrorContext(ctx, "the private PostgreSQL does not start", "try", try+1, "error", err)
	}
}

// Running gives the address of the cluster in a folder when its server answers, whoever looks after it;
// otherwise it fails with ErrNotRunning.
func Running(ctx context.Context, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	p := newPlace(dir)
	if _, err := os.Stat(p.data); err != nil {
		if errors.Is(err, os.ErrPermission) {
			return "", fmt.Errorf("the private PostgreSQL in %s belongs to another user: %w", dir, err)
		}
		return "", ErrNotRunning
	}
	address := p.url(Role, Database)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	conn.Close(ctx)
	return address, nil
}

func (p place) url(role, database string) string {
	query := url.Values{"host": {p.socket}, "port": {port}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query.Encode()}).String()
}
