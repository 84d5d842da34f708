package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/postgres/local"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// What a supervisor has worked out, for its children.
const (
	childURL               = supervise.ChildPrefix + "URL"
	childDatabaseURL       = supervise.ChildPrefix + "DATABASE_URL"
	childDatabaseDirectURL = supervise.ChildPrefix + "DATABASE_DIRECT_URL"
	childLogFormat         = supervise.ChildPrefix + "LOG_FORMAT"
)

var allRoles = []string{"web", "worker", "clock"}

// drainTime is how long work in hand may take to finish after the first signal.
const drainTime = 25 * time.Second

func serve(ctx context.Context, p *program, args []string) error {
	var roles string
	var demo bool
	rest, err := p.flags("serve", args, func(set *flag.FlagSet) {
		set.StringVar(&roles, "roles", "", "run these `roles` (web, worker, clock) in this one process, for those who have their own supervisor")
		set.BoolVar(&demo, "demo", false, "make a demo organisation unless it is there, and print a link that signs in to it")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError{fmt.Sprintf("serve takes no argument %q", rest[0])}
	}
	if roles == "" {
		return p.supervise(ctx, demo)
	}
	var chosen []string
	for role := range strings.SplitSeq(roles, ",") {
		role = strings.TrimSpace(role)
		if !slices.Contains(allRoles, role) && role != app.RoleLone {
			return usageError{fmt.Sprintf("there is no role %q; the roles are %s", role, strings.Join(allRoles, ", "))}
		}
		chosen = append(chosen, role)
	}
	return p.runRoles(ctx, chosen)
}

// runRoles works as the roles in this process.
func (p *program) runRoles(ctx context.Context, roles []string) error {
	cfg, err := p.settings(strings.Join(roles, "+"))
	if err != nil {
		return err
	}
	if ctx, err = supervise.Attach(ctx); err != nil {
		return err
	}
	if supervise.IsChild() {
		return p.product.run(ctx, cfg, roles)
	}
	supervise.Go(context.WithoutCancel(ctx), "second signal", func(context.Context) {
		<-p.kill
		os.Exit(130)
	})
	// The database outlives the roles that drain, so its time does not end with theirs.
	return withDatabase(ctx, cfg, func(ctx context.Context) error {
		if err := prepare(cfg); err != nil {
			return err
		}
		if err := p.migrateWhenReachable(ctx, cfg); err != nil {
			return err
		}
		// A worker starts a child of its own for work that may be what kills workers.
		for _, variable := range childEnvironment(cfg) {
			name, value, _ := strings.Cut(variable, "=")
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
		return p.product.run(ctx, cfg, roles)
	})
}

// supervise owns the listening socket and the private PostgreSQL, and runs a child for each role.
func (p *program) supervise(ctx context.Context, demo bool) error {
	cfg, err := p.settings("supervisor")
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program to run children of: %w", err)
	}
	if err := makeData(cfg); err != nil {
		return err
	}
	// Who tells of the deaths of all others needs a way that lives without them.
	unwatch, err := p.product.watch(ctx, cfg, "supervisor")
	if err != nil {
		return err
	}
	defer unwatch()
	stop := func() error { return nil }
	if cfg.Private() {
		cluster, err := startCluster(ctx, cfg)
		if err != nil {
			return err
		}
		stop = func() error { return p.stopCluster(cluster) }
	}
	err = p.superviseOn(ctx, cfg, program, demo)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil
	}
	return errors.Join(err, stop())
}

func (p *program) superviseOn(ctx context.Context, cfg *config.Config, program string, demo bool) error {
	socket, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer socket.Close()
	if err := prepare(cfg); err != nil {
		return err
	}
	if err := p.migrateWhenReachable(ctx, cfg); err != nil {
		return err
	}
	ended := make(chan struct{})
	supervise.Go(context.WithoutCancel(ctx), "children", func(context.Context) {
		defer close(ended)
		supervise.Run(ctx, supervise.Options{
			Roles:    allRoles,
			Command:  func(role string) []string { return []string{program, "serve", "--roles", role} },
			Env:      childEnvironment(cfg),
			Listener: socket, ListenerRole: "web",
			Output: p.stderr, Drain: drainTime, CrashFile: cfg.CrashFile(),
		}, p.kill)
	})
	// Muster serves whether or not it can be greeted.
	if err := p.greet(ctx, cfg, demo); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "no link to sign in could be made", "error", err)
	}
	<-ended
	return nil
}

func (p *program) stopCluster(cluster *local.Cluster) error {
	ctx, hurry := context.WithCancel(context.Background())
	defer hurry()
	supervise.Go(ctx, "hurry", func(ctx context.Context) {
		select {
		case <-p.kill:
			hurry()
		case <-ctx.Done():
		}
	})
	return cluster.Stop(ctx)
}

func childEnvironment(cfg *config.Config) []string {
	return []string{
		childURL + "=" + cfg.URL, childDatabaseURL + "=" + cfg.DatabaseURL,
		childDatabaseDirectURL + "=" + cfg.DatabaseDirectURL, childLogFormat + "=" + cfg.LogFormat,
	}
}

// prepare makes the secret key before several processes look for it.
func prepare(cfg *config.Config) error {
	if cfg.SecretKey != "" {
		return nil
	}
	_, err := secrets.LoadOrCreate(cfg.SecretKeyFile)
	return err
}

// listen opens the socket that outlives the web processes. Children of a supervisor that was killed need a
// moment to let go of it.
func listen(ctx context.Context, cfg *config.Config) (*os.File, error) {
	var listener net.Listener
	var err error
	for deadline := time.Now().Add(3 * time.Second); ; {
		listener, err = net.Listen("tcp", cfg.Listen)
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			break
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s; stop it, or set MUSTER_LISTEN to another address", cfg.Listen)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; set MUSTER_LISTEN to a port above 1023", cfg.Listen)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("this machine has no address %s; set MUSTER_LISTEN to one that it has, or to 0.0.0.0 for all", cfg.Listen)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	defer listener.Close()
	cfg.Bound(listener.Addr())
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, fmt.Errorf("hand on the listening socket: %w", err)
	}
	return file, nil
}
