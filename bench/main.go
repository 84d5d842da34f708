// Command bench measures the real program on this machine: it prints a line for each figure and writes
// bench/results.jsonl, and the plans of lists to bench/explain.txt. MUSTER_BENCH_INCIDENTS and MUSTER_BENCH_MESSAGES say
// how much the organisation holds when pages are measured, MUSTER_BENCH_PARTS which parts are.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/testing/installation"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// limit ends the whole run, whatever hangs.
const limit = 40 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is a run: where it measures and where its figures go.
type bench struct {
	*house
	here    *installation.Installation
	standin *slackserver.Server
	results *os.File
}

func run(ctx context.Context) (err error) {
	incidents, err := setting("MUSTER_BENCH_INCIDENTS", 100_000)
	if err != nil {
		return err
	}
	messages, err := setting("MUSTER_BENCH_MESSAGES", 2_000_000)
	if err != nil {
		return err
	}
	results, err := os.Create(filepath.Join("bench", "results.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	folder, err := os.MkdirTemp("/tmp", "muster-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program, err := installation.Build(ctx, folder, "cmd/muster")
	if err != nil {
		return err
	}
	standin, err := slackserver.Start(slackserver.Options{})
	if err != nil {
		return err
	}
	defer standin.Close()
	here, err := installation.New(program, slackSettings(standin)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, here.Remove()) }()
	b := &bench{here: here, results: results, standin: standin}
	if err := b.starts(ctx); err != nil {
		return err
	}
	if b.house, err = furnish(ctx, here); err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func(ctx context.Context) error
	}{
		{"memory", b.memory},
		{"declare", func(ctx context.Context) error { return errors.Join(b.declares(ctx, 1), b.declares(ctx, 8)) }},
		{"room", func(ctx context.Context) error { return errors.Join(b.room(ctx, 1), b.room(ctx, 20)) }},
		{"jobs", b.jobs},
		{"tasks", b.tasks},
		{"crowd", b.crowd},
		{"burst", b.burst},
		{"streams", b.idleStreams},
		{"pages", func(ctx context.Context) error { return b.pages(ctx, incidents, messages) }},
		{"api", func(ctx context.Context) error { return b.api(ctx, incidents) }},
		{"nudges", b.nudges},
		{"slack", b.slack},
		{"explain", b.explain},
		{"outage", b.outage},
	} {
		if !wanted(part.name) {
			continue
		}
		if err := b.bounded(ctx, part.name, part.measure); err != nil {
			return err
		}
	}
	return nil
}

// patience bounds each part.
const patience = 12 * time.Minute

func (b *bench) bounded(ctx context.Context, name string, measure func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := measure(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// wanted tells whether a part is to be measured: all are, unless MUSTER_BENCH_PARTS names some, parted by commas.
func wanted(part string) bool {
	parts := os.Getenv("MUSTER_BENCH_PARTS")
	return parts == "" || slices.Contains(strings.Split(parts, ","), part)
}

func setting(name string, otherwise int) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s=%q is no number from 1", name, text)
	}
	return n, nil
}

// figure is one line of the results.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Note  string  `json:"note,omitempty"`
}

func (b *bench) tell(name string, value float64, unit, note string) error {
	fmt.Printf("%-44s %10.2f %-4s %s\n", name, value, unit, note)
	line, err := json.Marshal(figure{Name: name, Value: value, Unit: unit, Note: note})
	if err != nil {
		return err
	}
	_, err = b.results.Write(append(line, '\n'))
	return err
}

// spread tells the median and the 99th percentile of durations.
func (b *bench) spread(name string, taken []time.Duration, note string) error {
	if len(taken) == 0 {
		return fmt.Errorf("nothing was measured for %s", name)
	}
	note = fmt.Sprintf("%d times%s", len(taken), note)
	return errors.Join(
		b.tell(name+".p50", milliseconds(percentile(taken, 50)), "ms", note),
		b.tell(name+".p99", milliseconds(percentile(taken, 99)), "ms", note))
}
