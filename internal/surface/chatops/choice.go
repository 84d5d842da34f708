package chatops

import (
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// choice is one of the organisation's severities, statuses or roles.
type choice struct {
	id          id.ID
	name        string
	short       string
	description string
}

// word is what people type for the choice.
func (c choice) word() string {
	if c.short != "" {
		return c.short
	}
	return c.name
}

// pick finds what a typed word means among choices: the name, its only continuation, or the nearest name as advice.
func pick(noun, typed string, from []choice) (choice, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var begins []choice
	names := make([]string, len(from))
	for n, c := range from {
		name := strings.ToLower(c.name)
		if name == typed || c.short != "" && c.short == typed {
			return c, nil
		}
		if strings.HasPrefix(name, typed) && typed != "" {
			begins = append(begins, c)
		}
		names[n] = c.name
	}
	if len(begins) == 1 {
		return begins[0], nil
	}
	advice := ""
	if near := nearest(typed, names); near != "" {
		advice = " Did you mean " + near + "?"
	}
	return choice{}, problem.Field(noun, "unknown", "There is no %s “%s”.%s There are %s.", noun, typed, advice, listed(names))
}

// leading finds the longest choice that a text begins with, and what is left of the text.
func leading(text string, from []choice) (choice, string, bool) {
	var found choice
	length := 0
	lower := strings.ToLower(text)
	for _, c := range from {
		for _, name := range []string{strings.ToLower(c.name), c.short} {
			if name == "" || len(name) <= length || !strings.HasPrefix(lower, name) || len(lower) > len(name) && lower[len(name)] != ' ' {
				continue
			}
			found, length = c, len(name)
		}
	}
	return found, strings.TrimSpace(text[min(length, len(text)):]), length > 0
}

func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func nearest(typed string, names []string) string {
	vocabulary := make(Vocabulary, len(names))
	for n, name := range names {
		vocabulary[n] = Word{Name: name, Aliases: []string{strings.ToLower(name)}}
	}
	return vocabulary.nearest(typed)
}
