// Package installation runs the real program with all its processes and a private PostgreSQL, for tests and figures
// that are about processes: kills, starts, memory.
package installation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/platform/postgres/local"
)

// patience is how long a start may take on a loaded machine before it counts as failed.
const patience = 60 * time.Second

// Installation is a Muster with a data folder and an address of its own.
type Installation struct {
	// Program is the path of the binary, Data its data folder.
	Program, Data string
	// Listen is host and port, URL the address of the pages.
	Listen, URL string
	// Database is the address of another PostgreSQL than the private one, empty for that.
	Database string

	settings []string
	folder   string
	output   *journal

	mu      sync.Mutex
	command *exec.Cmd
	ended   chan struct{}
}

// Build compiles a command of this module into the folder and returns the program's path.
func Build(ctx context.Context, folder, command string) (string, error) {
	program := filepath.Join(folder, filepath.Base(command))
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/musterhq/muster/"+command)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", command, err, out)
	}
	return program, nil
}

// New prepares an installation of the program with settings ("MUSTER_X=..."); Start starts it, Remove ends it.
func New(program string, settings ...string) (*Installation, error) {
	folder, err := os.MkdirTemp("/tmp", "muster-inst-") // short, for the sockets in it
	if err != nil {
		return nil, err
	}
	i := &Installation{Program: program, Data: filepath.Join(folder, "data"), folder: folder, settings: settings, output: newJournal()}
	if err := local.MakePassable(i.Data); err != nil {
		return nil, err
	}
	if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // the database server's own user passes through
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i.Listen = listener.Addr().String()
	i.URL = "http://" + i.Listen
	return i, listener.Close()
}

// environment is this process's without settings of Muster, and with those of the installation.
func (i *Installation) environment() []string {
	kept := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MUSTER_") || strings.HasPrefix(v, "PORT=") })
	if i.Database != "" {
		kept = append(kept, "MUSTER_DATABASE_URL="+i.Database)
	}
	return append(append(kept, "MUSTER_LISTEN="+i.Listen, "MUSTER_DATA="+i.Data, "MUSTER_URL="+i.URL, "MUSTER_LOG=info,json"), i.settings...)
}

// Command prepares a run of the program with the installation's settings.
func (i *Installation) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, i.Program, args...) //nolint:gosec // the program under test
	command.Env = i.environment()
	return command
}

// Admin runs a subcommand and returns what it prints on standard output.
func (i *Installation) Admin(ctx context.Context, args ...string) (string, error) {
	var failure bytes.Buffer
	command := i.Command(ctx, args...)
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("muster %s: %w: %s", strings.Join(args, " "), err, failure.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// Launch starts the supervisor and does not wait until it serves.
func (i *Installation) Launch(args ...string) error {
	command := i.Command(context.Background(), append([]string{"serve"}, args...)...)
	command.Stdout, command.Stderr = i.output, i.output
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan struct{})
	i.mu.Lock()
	i.command, i.ended = command, ended
	i.mu.Unlock()
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	return nil
}

// Start starts the supervisor and waits until pages are answered; it returns how long that took.
func (i *Installation) Start(ctx context.Context, args ...string) (time.Duration, error) {
	begun := time.Now()
	if err := i.Launch(args...); err != nil {
		return 0, err
	}
	err := i.Ready(ctx)
	return time.Since(begun), err
}

// Ready waits until the installation says that it is ready.
func (i *Installation) Ready(ctx context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	deadline := time.Now().Add(patience)
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, i.URL+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(answer.Status)
		}
		if i.over() {
			return fmt.Errorf("the supervisor ended:\n%s", i.Output())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready in %s: %w\n%s", patience, err, i.Output())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (i *Installation) over() bool {
	select {
	case <-i.ended:
		return true
	default:
		return false
	}
}

// Terminate asks the supervisor to end and waits until it has.
func (i *Installation) Terminate() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.command == nil {
		return nil
	}
	_ = i.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-i.ended:
	case <-time.After(patience):
		return fmt.Errorf("the supervisor does not end:\n%s", i.Output())
	}
	status := i.command.ProcessState
	i.command = nil
	if !status.Success() {
		return fmt.Errorf("the supervisor ended with %s:\n%s", status, i.Output())
	}
	return nil
}

// KillSupervisor kills the supervisor and leaves its children to find that out.
func (i *Installation) KillSupervisor() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.command != nil {
		_ = i.command.Process.Kill()
		<-i.ended
		i.command = nil
	}
}

// Kill kills the newest process of a role, or "postgres"; it reports whether there was one to kill.
func (i *Installation) Kill(role string) bool {
	pid := i.PID(role)
	return pid > 0 && syscall.Kill(pid, syscall.SIGKILL) == nil
}

// PID is the process of a role ("supervisor", "web", "worker", "clock", "postgres"), 0 when it is unknown.
func (i *Installation) PID(role string) int {
	switch role {
	case "supervisor":
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.command == nil {
			return 0
		}
		return i.command.Process.Pid
	case "postgres":
		text, err := os.ReadFile(filepath.Join(i.Data, "postgres", "data", "postmaster.pid"))
		if err != nil {
			return 0
		}
		var pid int
		_, _ = fmt.Sscan(string(text), &pid)
		return pid
	default:
		return i.output.pid(role)
	}
}

// DatabaseURL is the address of the database for Muster's login.
func (i *Installation) DatabaseURL(ctx context.Context) (string, error) {
	if i.Database != "" {
		return i.Database, nil
	}
	return local.Running(ctx, filepath.Join(i.Data, "postgres"))
}

// SuperuserURL is the address of Muster's database for the superuser of the private PostgreSQL, who sees all rows.
func (i *Installation) SuperuserURL(ctx context.Context) (string, error) {
	address, err := i.DatabaseURL(ctx)
	return strings.Replace(address, local.Role+"@", local.Superuser+"@", 1), err
}

// Output is what the processes wrote last, for failure messages.
func (i *Installation) Output() string { return i.output.tail() }

// Requests are those that were answered since it was asked last; from the first time on they are kept. One that was just
// answered may not be among them yet.
func (i *Installation) Requests() []Request { return i.output.answered() }

// Errors are the ERROR lines that the processes wrote.
func (i *Installation) Errors() []string { return i.output.errors() }

// Remove ends what runs and deletes the data.
func (i *Installation) Remove() error {
	err := i.Terminate()
	if err != nil {
		i.KillSupervisor()
	}
	if pid := i.PID("postgres"); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
	return errors.Join(err, os.RemoveAll(i.folder))
}
