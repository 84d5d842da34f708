package escalation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Standing tells in a line how it is with one target: "push to Pixel 9, mail at 03:12; has until 03:17 to answer". clock
// words a time of day for the reader.
func Standing(e Escalation, t Target, clock func(time.Time) string) string {
	var parts []string
	if sent := t.sent(); len(sent) > 0 {
		parts = append(parts, strings.Join(sent, ", ")+" at "+clock(*t.ReachedAt))
	}
	if t.Person != nil && len(t.Attempts) > 0 && !slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return a.Method == "push" }) {
		parts = append(parts, "has no device that takes push")
	}
	parts = append(parts, t.Troubles()...)
	switch {
	case t.State == TargetAnswered && e.EndedAt != nil:
		parts = append(parts, "answered at "+clock(*e.EndedAt))
	case t.State == TargetWaiting && e.State == Pending:
		parts = append(parts, "waits for their turn")
	case t.State == TargetWaiting:
		parts = append(parts, "was not called")
	case t.State == TargetPassed && !t.Unreachable:
		parts = append(parts, "no answer")
	case t.Unreachable:
		parts = append(parts, "cannot be reached")
	case e.State == Pending && !slices.ContainsFunc(t.Attempts, func(a Attempt) bool { return !a.underway() }):
		parts = append(parts, "is being called")
	case e.State == Pending:
		parts = append(parts, fmt.Sprintf("has until %s to answer", clock(e.Next())))
	}
	return strings.Join(parts, "; ")
}

// sent names the ways that worked, each once.
func (t Target) sent() []string {
	var ways []string
	for _, a := range t.Attempts {
		way := ""
		switch {
		case a.Resolving && a.State == attemptSent:
			way = "settled there too"
		case a.State != attemptSent:
			continue
		case a.Method == "push" && a.Label != "":
			way = "push to " + a.Label
		case a.Method == "push", a.Method == "mail":
			way = a.Method
		case a.Method == "slack":
			way = "a message in Slack"
		default:
			way = "paged"
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return ways
}

// underway reports whether something is being sent at this moment, for all that is known.
func (a Attempt) underway() bool { return a.State == attemptWaiting && a.Tries == 0 }

// Troubles tell what did not work, and why.
func (t Target) Troubles() []string {
	var troubles []string
	for _, a := range t.Attempts {
		if a.State == attemptSent || a.underway() {
			continue
		}
		what := a.Method
		if what == "slack" {
			what = "a message in Slack"
		}
		if a.Label != "" && a.Method == "push" {
			what = "push to " + a.Label
		}
		trouble := what + " failed"
		if a.State == attemptWaiting && t.awaited {
			trouble = what + " did not get through yet and is tried again"
		}
		if a.Answer != "" {
			trouble += " (" + strings.TrimSuffix(a.Answer, ".") + ")"
		}
		if !slices.Contains(troubles, trouble) {
			troubles = append(troubles, trouble)
		}
	}
	return troubles
}
