package mail

import (
	_ "embed"
	"html/template"
	"strings"
)

// Letter is the content of a mail, from which its HTML and its plain text are made.
type Letter struct {
	Title     string // the heading, dir=auto
	Preheader string // what inboxes show beside the subject
	Blocks    []Block
	Action    *Action // the one button
	Reason    string  // why the reader gets this, in the footer
	Settings  string  // address where the reader changes what they get, may be empty
}

// Block is one part of a letter; what is empty is left out.
type Block struct {
	Text  string        // a paragraph
	Quote string        // text that a person wrote, as plain text
	HTML  template.HTML // the same text as safe HTML, shown instead of Quote
	Facts []Fact        // a table of names and values
}

// Fact is one line of a table.
type Fact struct{ Name, Value string }

// Action is a button that opens an address.
type Action struct{ Label, URL string }

//go:embed letter.html
var letterHTML string

var letterTemplate = template.Must(template.New("letter").Parse(letterHTML))

// Render returns the letter as HTML and as plain text.
func (l Letter) Render() (html, text string) {
	var out strings.Builder
	if err := letterTemplate.Execute(&out, l); err != nil {
		panic(err) // the template is fixed and writing to memory does not fail
	}
	return out.String(), l.text()
}

func (l Letter) text() string {
	parts := []string{l.Title}
	for _, block := range l.Blocks {
		if block.Text != "" {
			parts = append(parts, block.Text)
		}
		if block.Quote != "" {
			parts = append(parts, "> "+strings.ReplaceAll(block.Quote, "\n", "\n> "))
		}
		if len(block.Facts) > 0 {
			lines := make([]string, len(block.Facts))
			for n, fact := range block.Facts {
				lines[n] = fact.Name + ": " + fact.Value
			}
			parts = append(parts, strings.Join(lines, "\n"))
		}
	}
	if l.Action != nil {
		parts = append(parts, l.Action.Label+":\n"+l.Action.URL)
	}
	footer := l.Reason
	if l.Settings != "" {
		footer = strings.TrimSpace(footer + "\nChange what you get: " + l.Settings)
	}
	if footer != "" {
		parts = append(parts, "-- \n"+footer)
	}
	return strings.Join(parts, "\n\n") + "\n"
}
