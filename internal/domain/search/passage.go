package search

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// mention is how the source of a text names a person.
var mention = regexp.MustCompile(`@\[([^\]\n]{1,200})\]\(user:[0-9A-Za-z]{26}\)`)

// passage is what to show of a stored text: the part around what was looked for, or the line of its code that holds more
// of it than its words do.
func passage(document json.RawMessage, source string, sought []string) (pieces []Piece, code bool, err error) {
	if len(document) == 0 {
		return excerpt(strings.Join(strings.Fields(mention.ReplaceAllString(source, "@$1")), " "), sought), false, nil
	}
	read, _, err := richtext.FromJSON(document)
	if err != nil {
		return nil, false, problem.New(problem.Internal, "stored_text", "A stored text cannot be read.").Because(err)
	}
	prose, lines := parted(read)
	best, most := read.Line(), words(prose, sought)
	if most > 0 {
		best = prose
	}
	for _, line := range lines {
		if n := words(line, sought); n > most {
			best, most, code = line, n, true
		}
	}
	return excerpt(best, sought), code, nil
}

// parted is the prose of a text as one line, and the lines of its code.
func parted(d richtext.Document) (prose string, code []string) {
	var rest []richtext.Node
	for _, node := range d.Content {
		if node.Kind != richtext.CodeBlock {
			rest = append(rest, node)
			continue
		}
		for _, part := range node.Content {
			code = append(code, strings.Split(part.Text, "\n")...)
		}
	}
	return richtext.Of(rest...).Line(), code
}

// words is how many of the words that were looked for a text holds.
func words(text string, sought []string) int {
	n := 0
	for place, word := range sought {
		if slices.Index(sought, word) == place && len(spans(text, []string{word})) > 0 {
			n++
		}
	}
	return n
}
