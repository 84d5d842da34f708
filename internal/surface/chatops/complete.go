package chatops

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

// Suggestion is one way to complete what is being typed.
type Suggestion struct {
	// Command is the whole text that the choice leaves, "/severity major".
	Command string
	// Meaning says what it does and how it stands now: "Change the severity, now Major".
	Meaning string
	// Usage is what may follow, "[name]".
	Usage string
}

// Complete suggests commands for a text that begins with a slash, and the choices of those that have some.
func (b *Bot) Complete(ctx context.Context, in id.ID, text string) ([]Suggestion, error) {
	if !strings.HasPrefix(text, "/") {
		return nil, nil
	}
	inc, err := b.Incidents.Get(ctx, in)
	if err != nil {
		return nil, err
	}
	lead := "/"
	typed := strings.ToLower(strings.TrimPrefix(text, "/"))
	for _, own := range []string{"inc ", "incident "} {
		if after, found := strings.CutPrefix(typed, own); found {
			typed, lead = after, "/"+own
		}
	}
	word, argument, more := strings.Cut(typed, " ")
	if more {
		return b.choices(ctx, inc, lead, word, strings.TrimSpace(argument))
	}
	var out []Suggestion
	for _, c := range b.commands {
		if !strings.HasPrefix(c.Name, typed) {
			continue
		}
		meaning := c.Help
		if c.now != nil {
			meaning += ", " + c.now(inc)
		}
		out = append(out, Suggestion{Command: lead + c.Name, Meaning: meaning, Usage: c.Usage})
	}
	return out, nil
}

// choices completes the argument of a command that chooses from a list.
func (b *Bot) choices(ctx context.Context, inc incident.Incident, lead, word, typed string) ([]Suggestion, error) {
	c, known := b.find(word)
	if !known {
		return nil, nil
	}
	var options []choice
	var err error
	switch c.Name {
	case "severity":
		options, err = b.severities(ctx)
	case "status":
		options, err = b.statuses(ctx)
	case "role":
		options, err = b.roles(ctx)
	}
	var out []Suggestion
	for _, o := range options {
		if strings.HasPrefix(strings.ToLower(o.name), typed) || strings.HasPrefix(o.short, typed) {
			out = append(out, Suggestion{Command: lead + c.Name + " " + strings.ToLower(o.word()), Meaning: o.description})
		}
	}
	return out, err
}
