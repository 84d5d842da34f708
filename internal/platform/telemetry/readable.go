package telemetry

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ANSI colours of readable lines.
const (
	reset  = "\x1b[0m"
	faint  = "\x1b[2m"
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	blue   = "\x1b[34m"
)

// readable writes a line as "15:04:05.000 INFO  message key=value".
type readable struct {
	mu     *sync.Mutex
	w      io.Writer
	level  slog.Leveler
	colour bool
	given  string // attributes of the logger, already written
	group  string // prefix of keys
}

func newReadable(w io.Writer, level slog.Leveler, colour bool) readable {
	return readable{mu: &sync.Mutex{}, w: w, level: level, colour: colour}
}

// Enabled reports whether lines of the level are written.
func (h readable) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level.Level() }

// Handle writes one line, and a stack under it.
func (h readable) Handle(_ context.Context, record slog.Record) error {
	var line bytes.Buffer
	line.WriteString(h.paint(faint, record.Time.Format("15:04:05.000")) + " ")
	line.WriteString(h.paint(levelColour(record.Level), levelName(record.Level)) + " ")
	line.WriteString(h.paint(bold, record.Message))
	line.WriteString(h.given)
	var stack string
	record.Attrs(func(attr slog.Attr) bool {
		if attr.Key == "stack" {
			stack = attr.Value.String()
			return true
		}
		h.attr(&line, h.group, attr)
		return true
	})
	line.WriteByte('\n')
	if stack != "" {
		line.WriteString("    " + strings.ReplaceAll(strings.TrimSpace(stack), "\n", "\n    ") + "\n")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(line.Bytes())
	return err
}

// WithAttrs returns a handler whose lines carry the attributes.
func (h readable) WithAttrs(attrs []slog.Attr) slog.Handler {
	var given bytes.Buffer
	for _, attr := range attrs {
		h.attr(&given, h.group, attr)
	}
	h.given += given.String()
	return h
}

// WithGroup returns a handler whose further keys begin with the name.
func (h readable) WithGroup(name string) slog.Handler {
	if name != "" {
		h.group += name + "."
	}
	return h
}

func (h readable) attr(line *bytes.Buffer, group string, attr slog.Attr) {
	value := attr.Value.Resolve()
	if attr.Equal(slog.Attr{}) {
		return
	}
	if value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			group += attr.Key + "."
		}
		for _, inner := range value.Group() {
			h.attr(line, group, inner)
		}
		return
	}
	text := value.String()
	if value.Kind() == slog.KindTime {
		text = value.Time().Format(time.RFC3339Nano)
	}
	if text == "" || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == '"' || c == 0x7f }) {
		text = strconv.Quote(text)
	}
	line.WriteString(" " + h.paint(faint, group+attr.Key+"=") + text)
}

func (h readable) paint(colour, text string) string {
	if !h.colour || colour == "" {
		return text
	}
	return colour + text + reset
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARN "
	case level >= slog.LevelInfo:
		return "INFO "
	}
	return "DEBUG"
}

func levelColour(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return red
	case level >= slog.LevelWarn:
		return yellow
	case level >= slog.LevelInfo:
		return green
	}
	return blue
}
