package telemetry

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Sizes of a journal.
const (
	journalBytes  = 1 << 20 // of the file of one process; the one before it is kept too
	journalTraces = 100     // that are shown
	journalAge    = time.Hour
)

// Span is one step of a trace.
type Span struct {
	TraceID string            `json:"trace"`
	ID      string            `json:"id"`
	Parent  string            `json:"parent,omitempty"`
	Name    string            `json:"name"`
	Process string            `json:"process"`
	Begun   time.Time         `json:"begun"`
	Took    time.Duration     `json:"took"`
	Attrs   map[string]string `json:"attrs,omitempty"`
	Error   string            `json:"error,omitempty"`
	Failed  bool              `json:"failed,omitempty"`
	Depth   int               `json:"-"` // 0 for the first span, as a page indents it
	Offset  time.Duration     `json:"-"` // after the beginning of the trace
}

// Trace is one piece of work through requests, events and jobs; its spans are in the order in which a tree of them is read.
type Trace struct {
	ID     string
	Name   string // of its first span
	Begun  time.Time
	Took   time.Duration
	Failed bool
	Spans  []Span
}

// Journal keeps the last traces of all processes in a folder, for the view in development.
type Journal struct {
	folder, process string

	mu   sync.Mutex
	file *os.File
	size int
}

// NewJournal returns the journal of one process in a folder that all processes share; it is made when missing.
func NewJournal(folder, process string) (*Journal, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of traces: %w", err)
	}
	j := &Journal{folder: folder, process: process}
	if err := j.turn(); err != nil {
		return nil, err
	}
	return j, nil
}

// turn begins a new file and keeps the one before it.
func (j *Journal) turn() error {
	path := filepath.Join(j.folder, fmt.Sprintf("%s-%d.jsonl", j.process, os.Getpid()))
	if j.file != nil {
		if err := errors.Join(j.file.Close(), os.Rename(path, path+".old")); err != nil {
			return fmt.Errorf("turn the journal of traces: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open the journal of traces: %w", err)
	}
	j.file, j.size = file, 0
	return nil
}

// OnStart does nothing: spans are written when they end.
func (j *Journal) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd writes a span. What cannot be written is lost: the view is a comfort.
func (j *Journal) OnEnd(span sdk.ReadOnlySpan) {
	kept := Span{
		TraceID: span.SpanContext().TraceID().String(), ID: span.SpanContext().SpanID().String(), Name: span.Name(), Process: j.process,
		Begun: span.StartTime(), Took: span.EndTime().Sub(span.StartTime()), Error: span.Status().Description, Failed: span.Status().Code == codes.Error,
	}
	if span.Parent().SpanID().IsValid() {
		kept.Parent = span.Parent().SpanID().String()
	}
	if attrs := span.Attributes(); len(attrs) > 0 {
		kept.Attrs = make(map[string]string, len(attrs))
		for _, attr := range attrs {
			kept.Attrs[string(attr.Key)] = attr.Value.String()
		}
	}
	line, err := json.Marshal(kept)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.size > journalBytes && j.turn() != nil {
		return
	}
	n, _ := j.file.Write(append(line, '\n'))
	j.size += n
}

// ForceFlush does nothing: nothing is held back.
func (j *Journal) ForceFlush(context.Context) error { return nil }

// Shutdown closes the file.
func (j *Journal) Shutdown(context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file.Close()
}

// Recent returns the last traces of all processes that have at least so many steps or failed, the newest first, and
// forgets the files of processes that are long gone.
func (j *Journal) Recent(steps int) ([]Trace, error) {
	paths, err := filepath.Glob(filepath.Join(j.folder, "*.jsonl*"))
	if err != nil {
		return nil, fmt.Errorf("list the journals of traces: %w", err)
	}
	spans := map[string][]Span{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && time.Since(info.ModTime()) > journalAge {
			err = os.Remove(path)
		} else if err == nil {
			err = readSpans(path, spans)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a file may go while it is listed
			return nil, fmt.Errorf("read a journal of traces: %w", err)
		}
	}
	traces := make([]Trace, 0, len(spans))
	for _, one := range spans {
		if trace := assemble(one); trace.Failed || len(trace.Spans) >= steps {
			traces = append(traces, trace)
		}
	}
	slices.SortFunc(traces, func(a, b Trace) int { return b.Begun.Compare(a.Begun) })
	return traces[:min(len(traces), journalTraces)], nil
}

func readSpans(path string, into map[string][]Span) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, journalBytes)
	for lines.Scan() {
		var span Span
		if json.Unmarshal(lines.Bytes(), &span) == nil { // the last line may be half written
			into[span.TraceID] = append(into[span.TraceID], span)
		}
	}
	return lines.Err()
}

// assemble orders the spans of one trace as a tree; a span whose parent has not ended yet stands at the root.
func assemble(spans []Span) Trace {
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(b.Took, a.Took), cmp.Compare(a.ID, b.ID))
	})
	first, end := spans[0], spans[0].Begun
	known, children := map[string]bool{}, map[string][]Span{}
	for _, span := range spans {
		known[span.ID] = true
	}
	trace := Trace{ID: first.TraceID, Name: first.Name, Begun: first.Begun}
	for _, span := range spans {
		if !known[span.Parent] {
			span.Parent = ""
		}
		span.Offset = span.Begun.Sub(first.Begun)
		children[span.Parent] = append(children[span.Parent], span)
		trace.Failed = trace.Failed || span.Failed
		if last := span.Begun.Add(span.Took); last.After(end) {
			end = last
		}
	}
	trace.Took = end.Sub(first.Begun)
	var walk func(parent string, depth int)
	walk = func(parent string, depth int) {
		for _, span := range children[parent] {
			span.Depth = depth
			trace.Spans = append(trace.Spans, span)
			walk(span.ID, depth+1)
		}
	}
	walk("", 0)
	return trace
}
