package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// starts measures how soon pages are answered, on an empty folder and then on what is there.
func (b *bench) starts(ctx context.Context) error {
	first, err := b.here.Start(ctx)
	if err != nil {
		return err
	}
	if err := b.tell("start.first", first.Seconds(), "s", "new folder: makes the database, migrates, serves"); err != nil {
		return err
	}
	var taken []time.Duration
	for range 3 {
		if err := b.here.Terminate(); err != nil {
			return err
		}
		took, err := b.here.Start(ctx)
		if err != nil {
			return err
		}
		taken = append(taken, took)
	}
	return b.tell("start.second", percentile(taken, 50).Seconds(), "s", "median of 3; the goal is below 2 s")
}

// memory measures what an idle Muster holds.
func (b *bench) memory(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
	}
	all := 0.0
	for _, role := range []string{"supervisor", "web", "worker", "clock"} {
		size, err := resident(ctx, b.here.PID(role))
		if err != nil {
			return err
		}
		all += size
		if err := b.tell("memory."+role, size, "MB", "resident"); err != nil {
			return err
		}
	}
	server, err := b.server(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		b.tell("memory.muster", all, "MB", "the four processes; pages of the program are counted in each"),
		b.tell("memory.postgres", server, "MB", "all processes of the private server, shared pages counted once where the system tells"))
}

// resident is the memory that a process holds, in megabytes.
func resident(ctx context.Context, pid int) (float64, error) {
	out, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // a number
	if err != nil {
		return 0, fmt.Errorf("ask for the memory of process %d: %w", pid, err)
	}
	kilobytes, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return kilobytes / 1024, err
}

// server adds up the processes of the private PostgreSQL.
func (b *bench) server(ctx context.Context) (float64, error) {
	postmaster := strconv.Itoa(b.here.PID("postgres"))
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,ppid=,rss=").Output()
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	total := 0.0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != postmaster && fields[1] != postmaster {
			continue
		}
		kilobytes, ok := proportional(fields[0])
		if !ok {
			if kilobytes, err = strconv.ParseFloat(fields[2], 64); err != nil {
				return 0, err
			}
		}
		total += kilobytes / 1024
	}
	return total, nil
}

// proportional is the memory of a process in kilobytes, in which pages shared by several count in parts, on Linux.
func proportional(pid string) (float64, bool) {
	text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Pss:" {
			kilobytes, err := strconv.ParseFloat(fields[1], 64)
			return kilobytes, err == nil
		}
	}
	return 0, false
}
