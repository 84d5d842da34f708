package supervise

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
)

// File descriptors that a child finds open.
const (
	controlFD  = 3
	crashFD    = 4
	listenerFD = 5
)

// process is one run of a child.
type process struct {
	role     string
	instance string
	cmd      *exec.Cmd
	control  *os.File
	output   *output
	crash    chan []byte
	since    time.Time
}

// spawn starts a child that holds the read end of a control pipe (so that it notices our end), the write end
// of a pipe for the Go runtime's last words, and the listening socket if its role has it.
func (s *supervisor) spawn(ctx context.Context, role string) (*process, error) {
	p := &process{
		role: role, instance: role + "-" + strings.ToLower(id.New(time.Now()).String()),
		output: &output{to: s.out}, crash: make(chan []byte, 1), since: time.Now(),
	}
	control, write, err := os.Pipe()
	if err != nil {
		return p, fmt.Errorf("make the control pipe: %w", err)
	}
	defer control.Close()
	words, crash, err := os.Pipe()
	if err != nil {
		write.Close()
		return p, fmt.Errorf("make the crash pipe: %w", err)
	}
	defer crash.Close()
	argv := s.options.Command(role)
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = append(os.Environ(), s.options.Env...)
	p.cmd.Env = append(p.cmd.Env, ChildPrefix+"ROLE="+role, ChildPrefix+"INSTANCE="+p.instance)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.ExtraFiles = []*os.File{control, crash}
	if s.options.Listener != nil && role == s.options.ListenerRole {
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, s.options.Listener)
		p.cmd.Env = append(p.cmd.Env, ChildPrefix+"LISTENER=1")
	}
	// A group of its own keeps the terminal's Ctrl-C away: the supervisor decides who is told when.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		write.Close()
		words.Close()
		return p, err
	}
	p.control = write
	Go(ctx, "last words of "+p.instance, func(context.Context) {
		defer words.Close()
		p.crash <- head(words)
	})
	return p, nil
}

// tell sends an event down the control pipe. A child that does not read for a second misses it: the event
// only hastens what a lease finds out anyway.
func (p *process) tell(e Event) {
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	if err := p.control.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return
	}
	_, _ = p.control.Write(append(line, '\n'))
}

// wait returns how the child ended.
func (p *process) wait(memory *memory) Death {
	_ = p.cmd.Wait()
	p.control.Close()
	crash := <-p.crash
	kind, status := judge(p.cmd.ProcessState, crash, memory.short())
	text := p.output.close()
	if len(crash) > 0 {
		text = append(append(crash, "\n--- before that:\n"...), text...)
	}
	return Death{
		Role: p.role, PID: p.cmd.Process.Pid, Instance: p.instance, Kind: kind, Status: status,
		At: time.Now().UTC(), Uptime: time.Since(p.since), Output: strings.ToValidUTF8(string(text), "?"),
	}
}
