package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/musterhq/muster/internal/platform/supervise"
)

const startupLog = "startup.log"

// server is one run of the postmaster.
type server struct {
	pid   int
	since time.Time
	// cmd is nil when the server was adopted.
	cmd *exec.Cmd
	// status is set before ended is closed.
	status string
	ended  chan struct{}
}

// pidFile is what a postmaster writes about itself into its data folder.
type pidFile struct {
	pid    int
	status string
}

func readPIDFile(data string) (pidFile, bool) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}, false
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return pidFile{}, false
	}
	f := pidFile{pid: pid}
	if len(lines) > 7 {
		f.status = strings.TrimSpace(lines[7])
	}
	return f, true
}

// adoptOrLaunch gives a server that answers: the one that still runs in the folder, or a new one.
func (c *Cluster) adoptOrLaunch(ctx context.Context) (*server, error) {
	if file, ok := readPIDFile(c.place.data); ok && isPostmaster(file.pid, c.place.data) {
		s := &server{pid: file.pid, since: time.Now(), ended: make(chan struct{})}
		supervise.Go(context.WithoutCancel(ctx), "postgres adopted", func(context.Context) {
			for isPostmaster(s.pid, c.place.data) {
				time.Sleep(100 * time.Millisecond)
			}
			close(s.ended)
		})
		err := c.awaitReady(ctx, s)
		if err == nil {
			slog.InfoContext(ctx, "adopted the private PostgreSQL that still ran", "pid", s.pid)
			return s, nil
		}
		if !errors.Is(err, errServerEnded) {
			return nil, err
		}
	}
	for deadline := time.Now().Add(orphansLast); ; {
		s, err := c.launch(ctx)
		if !errors.Is(err, errOrphans) || time.Now().After(deadline) {
			return s, err
		}
		slog.InfoContext(ctx, "processes of a private PostgreSQL that was killed are still ending; starting again when they have")
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// orphansLast is how long the processes of a killed postmaster are waited for: they end when they next look for it.
const orphansLast = 30 * time.Second

// errOrphans says that processes of a killed postmaster still hold its memory, so that no other can start in its folder.
var errOrphans = errors.New("processes of an earlier PostgreSQL still hold its memory")

// launch starts a postmaster and waits until it answers. Left-over pid files are removed first: the server
// refuses to start when an unrelated process has since got the number in them.
func (c *Cluster) launch(ctx context.Context) (*server, error) {
	for _, name := range []string{
		filepath.Join(c.place.data, "postmaster.pid"),
		filepath.Join(c.place.socket, ".s.PGSQL."+port),
		filepath.Join(c.place.socket, ".s.PGSQL."+port+".lock"),
	} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("remove a left-over of the private PostgreSQL: %w", err)
		}
	}
	c.place.pruneLogs()
	// A file and not a pipe: the server must be able to write after this process is gone.
	name := filepath.Join(c.place.log, startupLog)
	os.Remove(name)
	output, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of the private PostgreSQL: %w", err)
	}
	defer output.Close()
	cmd := exec.Command(c.programs.path("postgres"), "-D", c.place.data)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", c.environment(), c.account.attributes()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the private PostgreSQL: %w", err)
	}
	s := &server{pid: cmd.Process.Pid, since: time.Now(), cmd: cmd, ended: make(chan struct{})}
	supervise.Go(context.WithoutCancel(ctx), "postgres wait", func(context.Context) {
		defer close(s.ended)
		cmd.Wait()
		s.status = cmd.ProcessState.String()
	})
	if err := c.awaitReady(ctx, s); err != nil {
		s.halt(context.WithoutCancel(ctx), 5*time.Second)
		if errors.Is(err, errServerEnded) && strings.Contains(string(tail(name, 4096)), "pre-existing shared memory block") {
			err = fmt.Errorf("%w: %w", errOrphans, err)
		}
		return nil, fmt.Errorf("%w; it wrote: %s", err, strings.TrimSpace(c.place.logTail()))
	}
	return s, nil
}

var errServerEnded = errors.New("the private PostgreSQL ended before it was ready")

// awaitReady waits as long as the server lives and the context allows: recovery after a crash may take minutes.
func (c *Cluster) awaitReady(ctx context.Context, s *server) error {
	for {
		if file, ok := readPIDFile(c.place.data); ok && file.pid == s.pid && file.status == "ready" {
			conn, err := pgx.Connect(ctx, c.place.url(Superuser, "postgres"))
			if err == nil {
				return conn.Close(ctx)
			}
		}
		select {
		case <-s.ended:
			return errServerEnded
		case <-ctx.Done():
			return fmt.Errorf("wait for the private PostgreSQL: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// halt ends the server: fast shutdown first, immediate shutdown after the patience or when the context ends,
// a kill at last. It reports whether the fast shutdown was enough.
func (s *server) halt(ctx context.Context, patience time.Duration) bool {
	hurry := ctx.Done()
	for i, step := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGINT, patience}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, time.Second}} {
		select {
		case <-s.ended:
			return true
		default:
		}
		syscall.Kill(s.pid, step.signal)
		select {
		case <-s.ended:
			return i == 0
		case <-hurry:
			hurry = nil
		case <-time.After(step.patience):
		}
	}
	return false
}

// isPostmaster tells whether a process is a live PostgreSQL on the data folder, not one that merely got the
// number of a dead one.
func isPostmaster(pid int, data string) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	return runsOn(pid, data)
}
