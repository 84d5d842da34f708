package postgres

import (
	"runtime"
	"slices"
	"strings"
)

// own begins the names of the functions of this package.
const own = "github.com/musterhq/muster/internal/platform/postgres."

// verb names who asked for a transaction, "incident.Declare", as a trace shows it.
func verb() string {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "github.com/musterhq/") && !strings.HasPrefix(frame.Function, own) && !strings.Contains(frame.Function, "/telemetry.") {
			return spoken(frame.Function)
		}
		if !more {
			return "transaction"
		}
	}
}

// spoken leaves out of a function's full name its receiver and what the compiler numbers within it.
func spoken(function string) string {
	parts := strings.Split(function[strings.LastIndexByte(function, '/')+1:], ".")
	if len(parts) > 2 && strings.HasPrefix(parts[1], "(") {
		return parts[0] + "." + parts[2]
	}
	if end := slices.IndexFunc(parts, func(part string) bool { return strings.HasPrefix(part, "func") || strings.HasSuffix(part, "[") }); end > 0 {
		parts[end] = strings.TrimSuffix(parts[end], "[")
		if strings.HasPrefix(parts[end], "func") {
			end--
		}
		parts = parts[:end+1]
	}
	return parts[0] + "." + parts[len(parts)-1]
}
