package supervise

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Kind tells whose doing a death was.
type Kind string

const (
	// Crash is the process's own doing: a panic, a fatal error, out of memory, an exit status other than 0.
	Crash Kind = "crash"
	// Signal is a signal from outside.
	Signal Kind = "signal"
	// Exit is an orderly end that nobody asked for.
	Exit Kind = "exit"
)

// Death is the record of a process that ended while it should run.
type Death struct {
	Role string `json:"role"`
	PID  int    `json:"pid"`
	// Instance is the unique name of this run of the process.
	Instance string `json:"instance"`
	Kind     Kind   `json:"kind"`
	// Status is how the operating system says that it ended, with "out of memory" where that is known.
	Status string        `json:"status"`
	At     time.Time     `json:"at"`
	Uptime time.Duration `json:"uptime"`
	// Output is what it wrote while dying and the end of what it wrote before, 64 KB of each at most.
	Output string `json:"output,omitempty"`
}

// judge tells from the exit, the crash output of the Go runtime and the kernel's counter of
// processes killed for want of memory how a process ended.
func judge(state *os.ProcessState, crash []byte, outOfMemory bool) (Kind, string) {
	status := state.String()
	wait, _ := state.Sys().(syscall.WaitStatus)
	// The runtime also writes a report when it is asked for one from outside.
	asked := bytes.HasPrefix(crash, []byte("SIGQUIT: quit"))
	switch {
	case asked:
		return Signal, "signal: quit"
	case len(crash) > 0:
		return Crash, status
	case wait.Signaled() && wait.Signal() == syscall.SIGKILL && outOfMemory:
		return Crash, status + " (out of memory)"
	case wait.Signaled():
		switch wait.Signal() {
		case syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGSEGV, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGXCPU, syscall.SIGXFSZ:
			return Crash, status
		}
		return Signal, status
	case state.ExitCode() != 0:
		return Crash, status
	}
	return Exit, status
}

// memory notices that the kernel killed something for want of memory within the last seconds. It compares
// with a sample that is a second or two old, so that the cause of a death is not taken for its past.
type memory struct {
	mu           sync.Mutex
	older, newer int
}

func newMemory() *memory {
	n := outOfMemoryKills()
	return &memory{older: n, newer: n}
}

func (m *memory) watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.mu.Lock()
			m.older, m.newer = m.newer, outOfMemoryKills()
			m.mu.Unlock()
		}
	}
}

func (m *memory) short() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return outOfMemoryKills() > m.older
}

// outOfMemoryKills is the kernel's count of processes killed for want of memory: of this control group where
// there is one, else of the machine; 0 where it does not tell.
func outOfMemoryKills() int {
	if group, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(group)) {
			if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
				if n, ok := counter(filepath.Join("/sys/fs/cgroup", path, "memory.events"), "oom_kill"); ok {
					return n
				}
			}
		}
	}
	n, _ := counter("/proc/vmstat", "oom_kill")
	return n
}

func counter(file, name string) (int, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, err := strconv.Atoi(value)
			return n, err == nil
		}
	}
	return 0, false
}

// startDeath is the record of a process that could not be started at all.
func startDeath(role, instance string, err error) Death {
	return Death{Role: role, Instance: instance, Kind: Crash, Status: "did not start: " + err.Error(), At: time.Now().UTC()}
}
