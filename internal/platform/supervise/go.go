// Package supervise keeps the processes and goroutines of Muster running and remembers what killed them.
package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
)

// Report receives what a recovered panic said: where it happened, the panic as an error and its stack.
type Report func(ctx context.Context, where string, err error, stack []byte)

var report atomic.Pointer[Report]

// OnPanic sets who is told of recovered panics, besides the log.
func OnPanic(fn Report) { report.Store(&fn) }

// Go runs fn in a goroutine of its own; a panic in it is recovered, logged and reported, never fatal.
func Go(ctx context.Context, where string, fn func(ctx context.Context)) {
	go func() {
		defer Recover(ctx, where)
		fn(ctx)
	}()
}

// Recover is deferred at each door; it turns a panic into a log line and a report.
func Recover(ctx context.Context, where string) {
	if value := recover(); value != nil {
		Panicked(ctx, where, value)
	}
}

// Panicked logs and reports a panic value that the caller has recovered itself, and returns it as an error.
func Panicked(ctx context.Context, where string, value any) error {
	err, ok := value.(error)
	if !ok {
		err = fmt.Errorf("%v", value)
	}
	err = fmt.Errorf("panic in %s: %w", where, err)
	stack := debug.Stack()
	slog.ErrorContext(ctx, "recovered from a panic", "where", where, "error", err, "stack", string(stack))
	if fn := report.Load(); fn != nil {
		(*fn)(ctx, where, err, stack)
	}
	return err
}
