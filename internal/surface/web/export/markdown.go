package export

import (
	"fmt"
	"strings"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// markdown is the story as text that every tool reads; of pictures it has the names.
func (s story) markdown() string {
	w := &strings.Builder{}
	line := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	line("# %s\n\n%s\n", words(s.title()), words(s.told()))
	line("| | |\n|---|---|")
	for _, f := range s.facts() {
		line("| %s | %s |", cell(f.Name), cell(f.Value))
	}
	section := func(title, text string) {
		if text != "" {
			line("\n## %s\n\n%s", title, text)
		}
	}
	section("Summary", s.inc.Summary.Markdown())
	section("For customers", words(s.customers.Text))
	if len(s.updates) > 0 {
		line("\n## Updates")
	}
	for _, u := range s.updates {
		title := s.moment(u.At) + ", " + u.Author.Name
		if changed := changes(u); changed != "" {
			title += " (" + changed + ")"
		}
		line("\n### %s\n\n%s", words(title), u.Message.Markdown())
	}
	if len(s.items) > 0 {
		line("\n## Timeline")
	}
	day := ""
	for _, item := range s.items {
		if today := s.day(item.At); today != day {
			day = today
			line("\n### %s\n", day)
		}
		title := item.Title("").String()
		if item.Moved() {
			title += " (happened at " + s.moment(item.OccurredAt) + ")"
		}
		line("- **%s** %s", s.clock(item.At), words(title))
		for _, text := range []string{item.Body.Markdown(), item.Note.Markdown()} {
			if text != "" {
				line("\n%s\n", indented(text))
			}
		}
		for _, f := range s.pictures[item.SourceID] {
			line("\n  *Picture: %s*\n", words(f.Name))
		}
	}
	if len(s.actions) > 0 {
		line("\n## Actions\n")
	}
	for _, a := range s.actions {
		box, who := " ", ""
		if a.Status == action.Completed {
			box = "x"
		}
		if a.Assignee != nil {
			who = " (" + a.Assignee.Name + ")"
		}
		if a.Status == action.NotDoing {
			who += " (not doing)"
		}
		line("- [%s] %s", box, words(a.Description+who))
	}
	return w.String()
}

// words writes text so that nothing in it is read as markup, on one line.
func words(text string) string {
	return strings.Join(strings.Fields(richtext.Literal(text).Markdown()), " ")
}

func cell(text string) string { return strings.ReplaceAll(words(text), "|", `\|`) }

// indented puts text under an item of a list.
func indented(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
