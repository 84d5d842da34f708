package supervise_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/platform/supervise"
)

// TestMain lets the test binary be a child, and a supervisor that is killed.
func TestMain(m *testing.M) {
	switch {
	case supervise.IsChild():
		child()
	case os.Getenv("TEST_SUPERVISOR") != "":
		listener, _ := net.Listen("tcp", "127.0.0.1:0")
		file, _ := listener.(*net.TCPListener).File()
		fmt.Println(listener.Addr())
		supervise.Run(context.Background(), options(file, os.Stderr), nil)
	}
	os.Exit(m.Run())
}

// child serves its process id and does on request what kills it.
func child() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if os.Getenv("TEST_STUBBORN") != "" {
		ctx = context.Background()
	}
	ctx, err := supervise.Attach(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	role, _, _ := strings.Cut(supervise.Instance(), "-")
	listener, err := supervise.Inherited()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if role == "worker" {
		fmt.Fprintln(os.Stderr, "worker", os.Getpid(), "works")
		for event := range supervise.Events(ctx) {
			fmt.Fprintf(os.Stderr, "worker %d heard %s %s %d %s\n", os.Getpid(), event.Event, event.Role, event.PID, event.Kind)
		}
		fmt.Fprintln(os.Stderr, "worker", os.Getpid(), "drained")
		os.Exit(0)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			fmt.Fprintln(os.Stderr, "about to go")
			go panic("boiler exploded")
			select {}
		case "/exit":
			status, _ := strconv.Atoi(r.FormValue("status"))
			os.Exit(status)
		case "/slow":
			fmt.Fprintln(os.Stderr, "slow request is in")
			<-ctx.Done()
		}
		fmt.Fprint(w, os.Getpid())
	})}
	go server.Serve(listener)
	<-ctx.Done()
	server.Shutdown(context.Background())
	os.Exit(0)
}

func options(listener *os.File, output io.Writer) supervise.Options {
	return supervise.Options{
		Roles: []string{"web", "worker"}, Command: func(string) []string { return []string{os.Args[0]} },
		Listener: listener, ListenerRole: "web", Output: output, Drain: 5 * time.Second,
	}
}

// supervised is a supervisor that runs in the test process.
type supervised struct {
	t       *testing.T
	address string
	output  *buffer
	deaths  chan supervise.Death
	crashes string
	stop    context.CancelFunc
	kill    chan struct{}
	ended   chan struct{}
}

func start(t *testing.T, env ...string) *supervised {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	s := &supervised{
		t: t, address: "http://" + listener.Addr().String(), output: &buffer{}, deaths: make(chan supervise.Death, 100),
		crashes: filepath.Join(t.TempDir(), "crashes.jsonl"), kill: make(chan struct{}), ended: make(chan struct{}),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	o := options(file, s.output)
	o.Env, o.CrashFile, o.Died = env, s.crashes, func(d supervise.Death) { s.deaths <- d }
	go func() {
		defer close(s.ended)
		supervise.Run(ctx, o, s.kill)
	}()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	return s
}

// pid asks the web child for its process id; it fails the test when the connection is refused.
func (s *supervised) pid() int {
	s.t.Helper()
	for {
		body, err := s.get("/pid")
		if err != nil {
			// A connection that was already taken dies with the process; a refused one is what must never be.
			if strings.Contains(err.Error(), "refused") {
				s.t.Fatal(err)
			}
			continue
		}
		pid, err := strconv.Atoi(body)
		if err != nil {
			s.t.Fatal(err)
		}
		return pid
	}
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

func (s *supervised) get(path string) (string, error) {
	response, err := client.Get(s.address + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (s *supervised) waitFor(text string) {
	s.t.Helper()
	eventually(s.t, func() bool { return strings.Contains(s.output.String(), text) }, func() string {
		return fmt.Sprintf("%q in\n%s", text, s.output.String())
	})
}

func eventually(t *testing.T, condition func() bool, what func() string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never happened: " + what())
		}
	}
}

func TestDeathsAreToldApartAndWrittenDown(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name   string
		die    func(pid int)
		kind   supervise.Kind
		status string
		output string
	}{
		{"panic", func(int) { s.get("/panic") }, supervise.Crash, "exit status 2", "panic: boiler exploded"},
		{"status", func(int) { s.get("/exit?status=3") }, supervise.Crash, "exit status 3", ""},
		{"killed from outside", func(pid int) { syscall.Kill(pid, syscall.SIGKILL) }, supervise.Signal, "signal: killed", ""},
		{"asked for its stacks", func(pid int) { syscall.Kill(pid, syscall.SIGQUIT) }, supervise.Signal, "signal: quit", "goroutine"},
		{"segmentation fault", func(pid int) { syscall.Kill(pid, syscall.SIGSEGV) }, supervise.Crash, "exit status 2", "SIGSEGV"},
		{"clean", func(int) { s.get("/exit?status=0") }, supervise.Exit, "exit status 0", ""},
	} {
		pid := s.pid()
		test.die(pid)
		d := <-s.deaths
		if d.Role != "web" || d.PID != pid || d.Kind != test.kind || d.Status != test.status || !strings.Contains(d.Output, test.output) {
			t.Errorf("%s: %+v", test.name, d)
		}
		if next := s.pid(); next == pid {
			t.Errorf("%s: process %d still answers", test.name, pid)
		}
	}
	deaths, err := supervise.Deaths(s.crashes, 100)
	if err != nil || len(deaths) != 6 || deaths[0].Kind != supervise.Exit {
		t.Fatalf("%d records, %v", len(deaths), err)
	}
	if first := deaths[5]; !strings.HasPrefix(first.Output, "panic: boiler exploded") || !strings.Contains(first.Output, "about to go") || !strings.HasPrefix(first.Instance, "web-") {
		t.Errorf("record of the panic: %+v", first)
	}
	if !strings.Contains(s.output.String(), "about to go\n") {
		t.Error("what the child wrote was not passed on")
	}
}

// TestNoConnectionIsRefusedWhileWebDies holds because the supervisor keeps the socket open.
func TestNoConnectionIsRefusedWhileWebDies(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.pid()
	asked := make(chan int)
	done := make(chan struct{})
	var askers sync.WaitGroup
	for range 4 {
		askers.Add(1)
		go func() {
			defer askers.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				body, err := s.get("/pid")
				if err != nil && strings.Contains(err.Error(), "refused") {
					t.Error(err)
					return
				}
				if pid, err := strconv.Atoi(body); err == nil {
					select {
					case asked <- pid:
					case <-done:
					}
				}
			}
		}()
	}
	for deaths := 0; deaths < 4; {
		select {
		case pid := <-asked:
			syscall.Kill(pid, syscall.SIGKILL)
		case <-s.deaths:
			deaths++
		}
	}
	close(done)
	askers.Wait()
}

func TestOthersAndSuccessorHearOfDeath(t *testing.T) {
	t.Parallel()
	s := start(t)
	web := s.pid()
	s.waitFor(" works\n")
	var worker int
	fmt.Sscanf(s.output.String(), "worker %d works", &worker)
	syscall.Kill(web, syscall.SIGKILL)
	<-s.deaths
	s.waitFor(fmt.Sprintf("worker %d heard died web %d signal\n", worker, web))
	syscall.Kill(worker, syscall.SIGKILL)
	<-s.deaths
	s.waitFor(fmt.Sprintf(" heard died worker %d signal\n", worker))
}

func TestDrainFinishesRequests(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.pid()
	s.waitFor(" works\n") // a worker that is not yet there cannot be drained
	answered := make(chan error)
	go func() {
		_, err := s.get("/slow")
		answered <- err
	}()
	s.waitFor("slow request is in")
	s.stop()
	if err := <-answered; err != nil {
		t.Error(err)
	}
	<-s.ended
	if !strings.Contains(s.output.String(), "drained") {
		t.Errorf("the worker was not drained:\n%s", s.output.String())
	}
	if _, err := s.get("/pid"); err == nil {
		t.Error("the socket is still open")
	}
	if len(s.deaths) > 0 {
		t.Errorf("a drained child counts as dead: %+v", <-s.deaths)
	}
}

func TestSecondSignalKillsStubbornChildrenAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "TEST_STUBBORN=1")
	s.pid()
	s.waitFor(" works\n")
	s.stop()
	close(s.kill)
	select {
	case <-s.ended:
	case <-time.After(4 * time.Second):
		t.Fatal("children outlived the kill")
	}
}

func TestChildrenEndWithKilledSupervisor(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "TEST_SUPERVISOR=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		t.Fatal(err)
	}
	s := &supervised{t: t, address: "http://" + address}
	s.pid()
	parent.Process.Kill()
	parent.Wait()
	// The next supervisor can listen as soon as the child has let go of the socket.
	eventually(t, func() bool {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return false
		}
		listener.Close()
		return true
	}, func() string { return "the web child lets go of " + address })
}

func TestCrashRecordsAreBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "crashes.jsonl")
	for i := range 100 {
		if err := supervise.Record(file, supervise.Death{PID: i + 1, Output: strings.Repeat("x", 128<<10)}); err != nil {
			t.Fatal(err)
		}
	}
	// A line cut short, as a full disk leaves it.
	out, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(out, `{"role":"we`)
	out.Close()
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	var size int64
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	deaths, err := supervise.Deaths(file, 10)
	if err != nil || len(deaths) != 10 || deaths[0].PID != 100 || deaths[9].PID != 91 || size > 6<<20 || len(files) != 2 {
		t.Errorf("%d deaths, %d bytes in %d files, %v", len(deaths), size, len(files), err)
	}
}

func TestBackoffIsCapped(t *testing.T) {
	if supervise.Backoff(-1) != 0 || supervise.Backoff(0) != 0 || supervise.Backoff(1) != 100*time.Millisecond || supervise.Backoff(1000) != 2*time.Second {
		t.Error("back-off")
	}
}
