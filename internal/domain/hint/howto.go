package hint

import "strings"

// HowTo is the command, without its slash, that does what an activity of a kind tells of; empty where there is none.
func HowTo(kind string) string {
	switch {
	case strings.HasSuffix(kind, "severity_changed"):
		return "severity major"
	case strings.HasSuffix(kind, "status_changed"):
		return "status fixing"
	case strings.HasSuffix(kind, "update_sent"):
		return "update your words"
	case strings.Contains(kind, "role_assigned"):
		return "lead @name"
	case strings.HasSuffix(kind, "renamed"):
		return "rename new name"
	case strings.HasSuffix(kind, "summary_changed"):
		return "summary your words"
	case strings.HasSuffix(kind, "action.created"):
		return "action what to do"
	case strings.HasSuffix(kind, "incident.closed"):
		return "close"
	default:
		return ""
	}
}
