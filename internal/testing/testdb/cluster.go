package testdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/platform/postgres/local"
)

// reaperVariable makes a test binary act as the reaper of the shared server instead of running tests.
const reaperVariable = "MUSTER_TESTDB_REAPER"

func init() {
	if dir := os.Getenv(reaperVariable); dir != "" {
		reap(dir)
		os.Exit(0)
	}
}

// home is the folder of the shared server of this user.
func home() string { return filepath.Join(os.TempDir(), fmt.Sprintf("muster-test-%d", os.Getuid())) }

// held are the locks of this process on the shared server; they live as long as the process, or the file would be
// closed when nothing refers to it any more.
var held []*os.File

// join starts the shared server or finds it running, and holds it for the life of this process by a shared lock on a
// file. The one who starts it also starts a reaper, which stops the server when nobody holds the lock any more.
func join(ctx context.Context) (string, error) {
	dir := home()
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // the server's own user must be able to enter
		return "", fmt.Errorf("make the folder of the PostgreSQL for tests: %w", err)
	}
	use, err := lock(filepath.Join(dir, "users"), syscall.LOCK_SH)
	if err != nil {
		return "", err
	}
	held = append(held, use)
	starting, err := lock(filepath.Join(dir, "starting"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer func() { _ = starting.Close() }()
	data := filepath.Join(dir, "postgres")
	if at, err := local.Running(ctx, data); err == nil {
		return at, nil
	} else if !errors.Is(err, local.ErrNotRunning) {
		return "", err
	}
	cluster, err := local.Start(ctx, local.Options{Dir: data, Disposable: true})
	if err != nil {
		return "", err
	}
	at := cluster.URL()
	cluster.Release()
	reaper := exec.Command(os.Args[0]) //nolint:gosec // this very test binary
	reaper.Env = append(os.Environ(), reaperVariable+"="+dir)
	reaper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := reaper.Start(); err != nil {
		return "", fmt.Errorf("start the reaper of the PostgreSQL for tests: %w", err)
	}
	return at, nil
}

// grace is how long the server waits for the next test process, as go test starts them one after another.
const grace = 10 * time.Second

func reap(dir string) {
	users := filepath.Join(dir, "users")
	for {
		held, err := lock(users, syscall.LOCK_EX) // waits for the last test process
		if err != nil {
			return
		}
		_ = held.Close()
		<-time.After(grace)
		held, err = lock(users, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue // somebody came in the meantime
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		if cluster, err := local.Start(ctx, local.Options{Dir: filepath.Join(dir, "postgres"), Disposable: true}); err == nil {
			_ = cluster.Stop(ctx)
		}
		cancel()
		_ = held.Close()
		return
	}
}

func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a path of our own
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}
