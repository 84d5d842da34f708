package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"rsc.io/qr"

	"github.com/musterhq/muster/internal/app/config"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// TestMain gives the scripts a muster whose product is as small as can be: the command line is what is tested.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"muster": func() { os.Exit(start(small)) }})
}

var small = product{
	watch: watch,
	run: func(ctx context.Context, _ *config.Config, roles []string) error {
		if !slices.Contains(roles, "web") {
			<-ctx.Done()
			return nil
		}
		listener, err := supervise.Inherited()
		if err != nil {
			return err
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/crash" {
				go panic("asked to crash")
				select {}
			}
			fmt.Fprintln(w, "process", os.Getpid())
		})}
		go server.Serve(listener)
		<-ctx.Done()
		return server.Shutdown(context.WithoutCancel(ctx))
	},
	migrate: func(ctx context.Context, cfg *config.Config) error {
		return execute(ctx, cfg, `create table if not exists organisation (name text, owner text)`)
	},
	demo: func(context.Context, *config.Config) (string, error) { return "demo@example.com", nil },
	signInLink: func(_ context.Context, cfg *config.Config, email string) (string, error) {
		return cfg.URL + "/sign-in/" + email, nil
	},
	createOrganisation: func(ctx context.Context, cfg *config.Config, name, owner string) (string, error) {
		return strings.ToLower(name), execute(ctx, cfg, `insert into organisation values ($1, $2)`, name, owner)
	},
}

func execute(ctx context.Context, cfg *config.Config, sql string, args ...any) error {
	conn, err := pgx.Connect(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql, args...)
	return err
}

func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// Short, and open to the server's own user when the tests run as root.
			data, err := os.MkdirTemp("/tmp", "muster-cli-")
			if err != nil {
				return err
			}
			env.Defer(func() {
				stopServer(filepath.Join(data, "data", "postgres", "data", "postmaster.pid"))
				os.RemoveAll(data)
			})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			defer listener.Close()
			env.Setenv("MUSTER_LISTEN", listener.Addr().String())
			env.Setenv("MUSTER_DATA", filepath.Join(data, "data"))
			env.Setenv("HOME", env.WorkDir)
			return os.Chmod(data, 0o711)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"await": await, "get": get, "eventually": eventually},
	})
}

// stopServer ends a PostgreSQL that a script which failed half-way has left behind.
func stopServer(pidFile string) {
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return
	}
	if pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0]); err == nil {
		syscall.Kill(pid, syscall.SIGQUIT)
	}
}

// await asks for a path until it is answered.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		body, err := fetch("http://" + ts.Getenv("MUSTER_LISTEN") + args[0])
		if err == nil {
			ts.Check(os.WriteFile(ts.MkAbs("answer"), []byte(body), 0o644))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no answer: %v", err)
		}
	}
}

// get asks once, whatever comes of it.
func get(ts *testscript.TestScript, _ bool, args []string) {
	_, _ = fetch("http://" + ts.Getenv("MUSTER_LISTEN") + args[0])
}

// eventually waits until a file holds a text.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		if strings.Contains(string(text), args[1]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never holds %q: %s", args[0], args[1], text)
		}
	}
}

func fetch(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestLANAddressesOnlyWhenOpen(t *testing.T) {
	addresses := []netip.Addr{
		netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("203.0.113.5"),
		netip.MustParseAddr("fe80::1"), netip.MustParseAddr("10.0.0.7"),
	}
	for listen, want := range map[string][]netip.AddrPort{
		"127.0.0.1:8080":   nil,
		"localhost:8080":   nil,
		"0.0.0.0:8080":     {netip.MustParseAddrPort("192.168.1.20:8080"), netip.MustParseAddrPort("10.0.0.7:8080")},
		"[::]:9":           {netip.MustParseAddrPort("192.168.1.20:9"), netip.MustParseAddrPort("10.0.0.7:9")},
		"192.168.1.20:443": nil,
	} {
		if diff := cmp.Diff(want, lanAddresses(listen, addresses), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", listen, diff)
		}
	}
}

func TestHalfBlocksDrawTheCode(t *testing.T) {
	const text = "http://192.168.1.20:8080"
	picture, err := halfBlocks(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(picture, "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, "    \x1b[30;107m"), "\x1b[0m")
		for x, mark := range []rune(line) {
			upper, lower := mark == '█' || mark == '▀', mark == '█' || mark == '▄'
			if upper != code.Black(x-2, 2*i-2) || lower != code.Black(x-2, 2*i-1) {
				t.Fatalf("line %d, column %d is %q", i, x, mark)
			}
		}
	}
	if want := (code.Size + 4 + 1) / 2; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
}

func TestVersionNamesTheSource(t *testing.T) {
	got := describe(&debug.BuildInfo{
		Main:     debug.Module{Version: "v0.1.0"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"}},
	})
	if !strings.HasPrefix(got, "muster v0.1.0 0123456789ab with changes of 2026-01-02T03:04:05Z, go") {
		t.Error(got)
	}
}
