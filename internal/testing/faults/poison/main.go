// Command poison is Muster with one more subscriber, whose work is good but for one incident: that kills its process.
// It is run as "poison serve" and runs its children as Muster does.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// deadly is the environment variable with the path of a file that names a severity: the job of an incident that was
// declared with it kills.
const deadly = "POISON_SEVERITY_FILE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "poison:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	cfg.LogFormat = "json"
	if len(args) == 3 && args[1] == "--roles" {
		if ctx, err = supervise.Attach(ctx); err != nil {
			return err
		}
		return app.RunWith(ctx, cfg, strings.Split(args[2], ","), subscribe)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if err := app.Migrate(ctx, cfg); err != nil {
		return err
	}
	if _, err := secrets.LoadOrCreate(cfg.SecretKeyFile); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	_ = listener.Close()
	supervise.Run(ctx, supervise.Options{
		Roles:    []string{app.RoleWeb, app.RoleWorker, app.RoleClock},
		Command:  func(role string) []string { return []string{program, "serve", "--roles", role} },
		Listener: socket, ListenerRole: app.RoleWeb,
		Output: os.Stderr, Drain: 10 * time.Second, CrashFile: cfg.CrashFile(),
	}, nil)
	return nil
}

// subscribe adds a job to each declaration, which takes long enough for several to run at once.
func subscribe(bus *event.Bus) {
	event.After(bus, "poison", func(ctx context.Context, _ event.Record, e incident.Declared) error {
		text, err := os.ReadFile(os.Getenv(deadly))
		if err != nil {
			return fmt.Errorf("read what kills: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if strings.TrimSpace(string(text)) == string(e.Severity) {
			go func() { panic("poisoned") }() // nobody recovers another goroutine
			select {}
		}
		return nil
	})
}
