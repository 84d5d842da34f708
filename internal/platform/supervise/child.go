package supervise

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
)

// ChildPrefix begins the environment variables by which a supervisor talks to its children; they are no
// settings for people.
const ChildPrefix = "MUSTER_CHILD_"

// orphanPatience is how long a child may go on after its supervisor is gone.
const orphanPatience = time.Second

// Event is what a supervisor tells its children; the only one so far is "died".
type Event struct {
	Event    string    `json:"event"`
	Role     string    `json:"role"`
	PID      int       `json:"pid"`
	Instance string    `json:"instance"`
	Kind     Kind      `json:"kind"`
	Status   string    `json:"status"`
	At       time.Time `json:"at"`
}

// told holds the last events that this process has received, and how many before them are forgotten.
var told struct {
	mu        sync.Mutex
	events    []Event
	forgotten int
	more      chan struct{}
}

const mostEvents = 256

var instance = sync.OnceValue(func() string {
	if name := os.Getenv(ChildPrefix + "INSTANCE"); name != "" {
		return name
	}
	return "muster-" + strings.ToLower(id.New(time.Now()).String())
})

// Instance is the unique name of this run of the process.
func Instance() string { return instance() }

// IsChild reports whether a supervisor started this process.
func IsChild() bool { return os.Getenv(ChildPrefix+"ROLE") != "" }

// Attach makes this process a child of its supervisor: last words go to the supervisor, and the context ends
// when the supervisor does, the process itself a second later. Without a supervisor it changes nothing.
func Attach(ctx context.Context) (context.Context, error) {
	if !IsChild() {
		return ctx, nil
	}
	crash := os.NewFile(crashFD, "crash output")
	if err := debug.SetCrashOutput(crash, debug.CrashOptions{}); err != nil {
		return ctx, fmt.Errorf("send last words to the supervisor: %w", err)
	}
	crash.Close()
	if err := syscall.SetNonblock(controlFD, true); err != nil {
		return ctx, fmt.Errorf("open the supervisor's pipe: %w", err)
	}
	syscall.CloseOnExec(controlFD)
	control := os.NewFile(controlFD, "control")
	ctx, cancel := context.WithCancel(ctx)
	Go(context.WithoutCancel(ctx), "listen to the supervisor", func(ctx context.Context) {
		lines := bufio.NewScanner(control)
		for lines.Scan() {
			var event Event
			if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
				slog.WarnContext(ctx, "the supervisor said something strange", "line", lines.Text(), "error", err)
				continue
			}
			tell(event)
		}
		slog.WarnContext(ctx, "the supervisor is gone; ending")
		cancel()
		time.Sleep(orphanPatience)
		os.Exit(0)
	})
	return ctx, nil
}

// Inherited is the listening socket that the supervisor owns, or nil when this process has to open its own.
func Inherited() (net.Listener, error) {
	if os.Getenv(ChildPrefix+"LISTENER") == "" {
		return nil, nil
	}
	file := os.NewFile(listenerFD, "listener")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("take the listening socket from the supervisor: %w", err)
	}
	return listener, nil
}

func tell(event Event) {
	told.mu.Lock()
	defer told.mu.Unlock()
	told.events = append(told.events, event)
	if extra := len(told.events) - mostEvents; extra > 0 {
		told.events = slices.Clone(told.events[extra:])
		told.forgotten += extra
	}
	if told.more != nil {
		close(told.more)
		told.more = nil
	}
}

// Events yields what the supervisor told this process, from the first word on, until the context ends.
// A new process is told of recent deaths again, so whoever listens must bear hearing of one twice.
func Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for next := 0; ; {
			told.mu.Lock()
			next = max(next, told.forgotten)
			events := told.events[next-told.forgotten:]
			if told.more == nil {
				told.more = make(chan struct{})
			}
			more := told.more
			told.mu.Unlock()
			for _, event := range events {
				if !yield(event) {
					return
				}
			}
			next += len(events)
			if len(events) > 0 {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-more:
			}
		}
	}
}
