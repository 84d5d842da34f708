package notification

import (
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/mail"
)

// path leads to the incident's page.
func path(inc incident.Incident) string {
	if inc.Reference == "" {
		return "/incidents/" + string(inc.ID)
	}
	return "/incidents/" + inc.Reference
}

// called is what an incident is called in a sentence: by its reference, or as what it is.
func called(inc incident.Incident) string {
	switch {
	case inc.Reference == "":
		return "the tutorial"
	case inc.Mode == incident.Test:
		return inc.Reference + " (a test)"
	default:
		return inc.Reference
	}
}

// facts are what every letter tells of an incident.
func facts(inc incident.Incident) []mail.Fact {
	out := []mail.Fact{{Name: "Incident", Value: inc.Reference + " " + inc.Name}}
	if inc.Severity != nil {
		out = append(out, mail.Fact{Name: "Severity", Value: inc.Severity.Name})
	}
	out = append(out, mail.Fact{Name: "Status", Value: inc.Status.Name})
	if lead := inc.Lead(); lead != nil {
		out = append(out, mail.Fact{Name: "Lead", Value: lead.Name})
	}
	return out
}

// situation is an incident in half a line: "Major · Fixing".
func situation(inc incident.Incident) string {
	if inc.Severity == nil {
		return inc.Status.Name
	}
	return inc.Severity.Name + " · " + inc.Status.Name
}
