package local_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/musterhq/muster/internal/platform/postgres/local"
)

const helperDir = "MUSTER_TEST_CLUSTER_DIR"

// TestMain lets the test binary be the process that starts a cluster and is then killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		c, err := local.Start(context.Background(), local.Options{Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.PID())
		c.Wait()
	}
	os.Exit(m.Run())
}

// folder is a short temporary folder that another user may pass through, as /var/lib/muster is.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "muster-local-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "postgres")
}

func start(t *testing.T, options local.Options) *local.Cluster {
	t.Helper()
	c, err := local.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var value T
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func run(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never happened: " + what)
		}
	}
}

func TestDataOutlivesStopAndSecondStartIsQuick(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if _, err := local.Running(t.Context(), dir); !errors.Is(err, local.ErrNotRunning) {
		t.Fatalf("Running before the first start: %v", err)
	}
	c := start(t, local.Options{Dir: dir})
	run(t, c.URL(), `create table kept (word text)`, `insert into kept values ('héllo')`)
	// As on a managed Postgres: no superuser, but able to make the role that row-level security holds for.
	run(t, c.URL(), `create role muster_app`, `grant muster_app to current_user`, `set role muster_app`)
	if query[bool](t, c.URL(), `select rolsuper from pg_roles where rolname = current_user`) {
		t.Error("Muster signs in as superuser")
	}
	if got := query[string](t, c.URL(), `show data_checksums`); got != "on" {
		t.Errorf("data_checksums = %s", got)
	}
	if got := query[string](t, c.URL(), `select string_agg(x, '' order by x) from unnest(array['a', 'B', 'ä']) x`); got != "Baä" {
		t.Errorf("order is %s, not by bytes", got)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Wait()

	began := time.Now()
	c = start(t, local.Options{Dir: dir})
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the second start took %s", took)
	}
	if got := query[string](t, c.URL(), `select upper(word) from kept`); got != "HÉLLO" {
		t.Errorf("kept = %s", got)
	}
	url, err := local.Running(t.Context(), dir)
	if err != nil || url != c.URL() {
		t.Errorf("Running = %s, %v; want %s", url, err, c.URL())
	}
}

func TestFolderRefusesSecondMuster(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	start(t, local.Options{Dir: dir, Disposable: true})
	_, err := local.Start(t.Context(), local.Options{Dir: dir})
	var used *local.AlreadyUsedError
	if !errors.As(err, &used) || used.PID != os.Getpid() || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Fatalf("second start: %v", err)
	}
}

func TestServerThatOutlivesKilledMusterIsAdopted(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	first := exec.Command(os.Args[0])
	first.Env = append(os.Environ(), helperDir+"="+dir)
	first.Stderr = os.Stderr
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	url, err := local.Running(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	run(t, url, `create table acknowledged as select 7 as n`)
	first.Process.Kill()
	first.Wait()
	if !alive(pid) {
		t.Fatal("the server died with Muster")
	}

	c := start(t, local.Options{Dir: dir})
	if !c.Adopted() || c.PID() != pid {
		t.Errorf("adopted %t, process %d; want process %d adopted", c.Adopted(), c.PID(), pid)
	}
	if got := query[int](t, c.URL(), `select n from acknowledged`); got != 7 {
		t.Errorf("n = %d", got)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if file := filepath.Join(dir, "data", "postmaster.pid"); exists(file) {
		t.Errorf("%s is left after Stop", file)
	}
}

func TestKilledServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	deaths := make(chan local.Death, 10)
	c := start(t, local.Options{Dir: dir, Disposable: true, Died: func(d local.Death) { deaths <- d }})
	for range 3 {
		pid := c.PID()
		// A session that is busy while its postmaster dies is what holds up the next start.
		busy, err := pgx.Connect(t.Context(), c.URL())
		if err != nil {
			t.Fatal(err)
		}
		syscall.Kill(pid, syscall.SIGKILL)
		if d := <-deaths; d.PID != pid || !strings.Contains(d.Status, "killed") {
			t.Errorf("death %+v", d)
		}
		eventually(t, "a new server answers", func() bool {
			_, err := local.Running(t.Context(), dir)
			return err == nil && c.PID() != pid
		})
		busy.Close(t.Context())
	}
}

func TestStalePIDFileOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, local.Options{Dir: dir, Disposable: true})
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%d\n%s/data\n1700000000\n5432\n%s/run\n\n  1 2\nready   \n", os.Getpid(), dir, dir)
	if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(stale), 0o644); err != nil {
		t.Fatal(err)
	}
	if c := start(t, local.Options{Dir: dir, Disposable: true}); c.Adopted() {
		t.Error("adopted a process that is no server")
	}
}

func TestReleasedServerRunsOn(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c, err := local.Start(t.Context(), local.Options{Dir: dir, Disposable: true})
	if err != nil {
		t.Fatal(err)
	}
	pid := c.PID()
	c.Release()
	if _, err := local.Running(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if c := start(t, local.Options{Dir: dir, Disposable: true}); c.PID() != pid {
		t.Errorf("process %d, want %d", c.PID(), pid)
	}
}

// TestSessionsOfAKilledServerAreWaitedFor starts a server while a session of the killed one before still holds its memory.
func TestSessionsOfAKilledServerAreWaitedFor(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c, err := local.Start(t.Context(), local.Options{Dir: dir, Disposable: true})
	if err != nil {
		t.Fatal(err)
	}
	pid := c.PID()
	conn, err := pgx.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var session int
	if err := conn.QueryRow(t.Context(), `select pg_backend_pid()`).Scan(&session); err != nil {
		t.Fatal(err)
	}
	c.Release()
	syscall.Kill(session, syscall.SIGSTOP)
	t.Cleanup(func() { syscall.Kill(session, syscall.SIGKILL) })
	syscall.Kill(pid, syscall.SIGKILL)
	held := time.AfterFunc(2*time.Second, func() { syscall.Kill(session, syscall.SIGKILL) })
	defer held.Stop()
	if c := start(t, local.Options{Dir: dir, Disposable: true}); query[int](t, c.URL(), `select 1`) != 1 || c.PID() == pid {
		t.Errorf("process %d answers, %d was killed", c.PID(), pid)
	}
}

func TestDeepFolderGetsShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("a", 60), strings.Repeat("b", 60))
	// What an initialisation that was killed leaves behind must not stand in the way.
	if err := os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, local.Options{Dir: dir, Disposable: true})
	socket := query[string](t, c.SuperuserURL("postgres"), `show unix_socket_directories`)
	if len(socket) > 90 || query[string](t, c.URL(), `show fsync`) != "off" {
		t.Errorf("socket in %s", socket)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v; want a folder closed to others", socket, info, err)
	}
	if err := c.Stop(t.Context()); err != nil || exists(socket) {
		t.Errorf("after Stop: %v, socket folder there %t", err, exists(socket))
	}
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }
