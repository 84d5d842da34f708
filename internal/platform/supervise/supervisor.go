package supervise

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Options say which children a supervisor runs and how.
type Options struct {
	// Roles has one child each.
	Roles []string
	// Command gives the program and arguments of a role.
	Command func(role string) []string
	// Env is added to the environment of this process.
	Env []string
	// Listener is the listening socket that the child of ListenerRole serves. The supervisor keeps it open
	// while that child is dead: connections wait in its queue and none is refused.
	Listener     *os.File
	ListenerRole string
	// Output gets what the children write.
	Output io.Writer
	// Drain is how long children may take to end after they were asked to.
	Drain time.Duration
	// CrashFile gets a line for each death.
	CrashFile string
	// Died is told of each death, after it was written down.
	Died func(Death)
}

// lifeThatCounts is how long a child must live for its next death to count as the first.
const lifeThatCounts = 10 * time.Second

type supervisor struct {
	options Options
	out     *shared
	memory  *memory

	mu      sync.Mutex
	running map[string]*process
	recent  []Event
}

// Run keeps a child of each role running until the context ends, and then drains them: SIGTERM, and SIGKILL
// after Options.Drain or at once when kill is closed. It returns when all have ended.
func Run(ctx context.Context, options Options, kill <-chan struct{}) {
	s := &supervisor{options: options, out: &shared{w: options.Output}, memory: newMemory(), running: map[string]*process{}}
	detached := context.WithoutCancel(ctx)
	Go(ctx, "watch memory", s.memory.watch)
	var children sync.WaitGroup
	for _, role := range options.Roles {
		children.Add(1)
		Go(detached, "supervise "+role, func(detached context.Context) {
			defer children.Done()
			s.keep(ctx, detached, role)
		})
	}
	ended := make(chan struct{})
	Go(detached, "supervise all", func(context.Context) {
		children.Wait()
		close(ended)
	})
	<-ctx.Done()
	s.drain()
	select {
	case <-ended:
		return
	case <-kill:
	case <-time.After(options.Drain):
		slog.WarnContext(detached, "children took too long to drain and are killed", "after", options.Drain)
	}
	s.kill()
	<-ended
}

// keep runs the child of a role again and again.
func (s *supervisor) keep(ctx, detached context.Context, role string) {
	for deaths := 0; ; deaths++ {
		select {
		case <-ctx.Done():
		case <-time.After(Backoff(deaths - 1)):
		}
		p, err := s.begin(ctx, detached, role)
		if p == nil {
			return
		}
		if err != nil {
			s.died(ctx, startDeath(role, p.instance, err))
			continue
		}
		slog.InfoContext(ctx, "started", "role", role, "pid", p.cmd.Process.Pid, "instance", p.instance)
		death := p.wait(s.memory)
		s.remove(p)
		if ctx.Err() != nil {
			return
		}
		if death.Uptime >= lifeThatCounts {
			deaths = 0
		}
		s.died(ctx, death)
	}
}

// begin starts a child, unless the supervisor drains, and tells it of recent deaths: it may be the one to pick
// up what its predecessor left.
func (s *supervisor) begin(ctx, detached context.Context, role string) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return nil, nil
	}
	p, err := s.spawn(detached, role)
	if err != nil {
		return p, err
	}
	s.running[role] = p
	for _, event := range s.recent {
		p.tell(event)
	}
	return p, nil
}

// drain lets no new connection in and asks the children to end. It holds the lock, so that no child is
// being started meanwhile.
func (s *supervisor) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Listener != nil {
		s.options.Listener.Close()
	}
	for _, p := range s.running {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
}

func (s *supervisor) remove(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, p.role)
}

func (s *supervisor) died(ctx context.Context, death Death) {
	slog.ErrorContext(ctx, "a process died; starting it again", "where", death.Role, "pid", death.PID, "kind", string(death.Kind),
		"error", death.Status, "uptime", death.Uptime.Round(time.Millisecond), "instance", death.Instance)
	event := Event{Event: "died", Role: death.Role, PID: death.PID, Instance: death.Instance, Kind: death.Kind, Status: death.Status, At: death.At}
	s.mu.Lock()
	s.recent = append(s.recent, event)
	s.recent = slices.Clone(s.recent[max(0, len(s.recent)-32):])
	for _, p := range s.running {
		p.tell(event)
	}
	s.mu.Unlock()
	if s.options.CrashFile != "" {
		if err := Record(s.options.CrashFile, death); err != nil {
			slog.ErrorContext(ctx, "a death could not be written down", "error", err)
		}
	}
	if s.options.Died != nil {
		defer Recover(ctx, "told of a death")
		s.options.Died(death)
	}
}

func (s *supervisor) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.running {
		_ = p.cmd.Process.Kill()
	}
}
