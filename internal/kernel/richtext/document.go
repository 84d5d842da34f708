// Package richtext is the one model for what people write: in the room, in updates, in mail, in the API and on chat platforms.
//
// The canonical form is a ProseMirror document. It is kept beside the source as typed, with the version of the format, so
// that a later parser can read the source again.
package richtext

import (
	"maps"
	"reflect"
	"slices"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Version is the version of the document format that this package writes. The first had other names for line breaks, lists
// and mentions; it is still read.
const Version = 2

// Kind names a node as ProseMirror's JSON does, but for lists, which are one node there with their sort as an attribute.
type Kind string

// The nodes that a document can hold.
const (
	Doc            Kind = "doc"
	Paragraph      Kind = "paragraph"
	Heading        Kind = "heading"
	BulletList     Kind = "bulletList"
	OrderedList    Kind = "orderedList"
	ListItem       Kind = "listItem"
	CodeBlock      Kind = "codeBlock"
	Blockquote     Kind = "blockquote"
	HorizontalRule Kind = "horizontalRule"
	Text           Kind = "text"
	HardBreak      Kind = "lineBreak"
	Image          Kind = "image"
	Mention        Kind = "user"
	Emoji          Kind = "emoji"
	Variable       Kind = "varSpec"
)

// name is what a node is called in JSON and in what was dropped.
func (k Kind) name() string {
	if k == BulletList || k == OrderedList {
		return "list"
	}
	return string(k)
}

// Style names a mark as ProseMirror's JSON does.
type Style string

// The marks that text can carry, in the canonical order of nesting.
const (
	Link      Style = "link"
	Bold      Style = "bold"
	Italic    Style = "italic"
	Strike    Style = "strike"
	Underline Style = "underline"
	Code      Style = "code"
)

var styleOrder = map[Style]int{Link: 0, Bold: 1, Italic: 2, Strike: 3, Underline: 4, Code: 5}

// Mark is one mark of a piece of text; only a link has an address.
type Mark struct {
	Style Style
	Href  string
}

// Node is one node of a document; which fields count depends on its kind.
type Node struct {
	Kind     Kind
	Text     string         // the words of a text node
	Marks    []Mark         // of inline nodes, in canonical order
	Level    int            // of a heading, 1 to 6
	Start    int            // the first number of an ordered list
	Language string         // of a code block
	User     id.ID          // of a mention
	Label    string         // of a mention, without the @
	Name     string         // of an emoji, without the colons
	Src, Alt string         // of an image
	Variable map[string]any // the attributes of a variable, kept whole
	Content  []Node
}

// Document is a text with its structure, and the source that it was read from.
type Document struct {
	Source  string // as typed; empty when the text did not come from Markdown
	Content []Node // blocks
}

// Equal reports whether both documents say the same, whatever source they came from.
func (d Document) Equal(other Document) bool { return equalNodes(d.Content, other.Content) }

func equalNodes(a, b []Node) bool { return slices.EqualFunc(a, b, equalNode) }

func equalNode(a, b Node) bool {
	return a.Kind == b.Kind && a.Text == b.Text && slices.Equal(a.Marks, b.Marks) && a.Level == b.Level && a.Start == b.Start &&
		a.Language == b.Language && a.User == b.User && a.Label == b.Label && a.Name == b.Name && a.Src == b.Src && a.Alt == b.Alt &&
		maps.EqualFunc(a.Variable, b.Variable, reflect.DeepEqual) && equalNodes(a.Content, b.Content)
}

// Empty reports whether the document shows nothing but white space.
func (d Document) Empty() bool {
	empty := true
	walk(d.Content, func(n Node) {
		switch n.Kind {
		case Text:
			empty = empty && blank(n.Text)
		case Image, Mention, Emoji, Variable, HorizontalRule:
			empty = false
		}
	})
	return empty
}

// Mentions returns the people mentioned, each once, in order of appearance.
func (d Document) Mentions() []id.ID {
	var found []id.ID
	walk(d.Content, func(n Node) {
		if n.Kind == Mention && !slices.Contains(found, n.User) {
			found = append(found, n.User)
		}
	})
	return found
}

// Links returns the addresses linked to, each once, in order of appearance.
func (d Document) Links() []string {
	var found []string
	seen := map[string]bool{}
	walk(d.Content, func(n Node) {
		for _, mark := range n.Marks {
			if mark.Style == Link && !seen[mark.Href] {
				seen[mark.Href] = true
				found = append(found, mark.Href)
			}
		}
	})
	return found
}

func walk(nodes []Node, visit func(Node)) {
	for _, n := range nodes {
		visit(n)
		walk(n.Content, visit)
	}
}

func (n Node) inline() bool {
	switch n.Kind {
	case Text, HardBreak, Image, Mention, Emoji, Variable:
		return true
	}
	return false
}

func (n Node) has(style Style) bool {
	return slices.ContainsFunc(n.Marks, func(m Mark) bool { return m.Style == style })
}

func (n Node) href() string {
	for _, m := range n.Marks {
		if m.Style == Link {
			return m.Href
		}
	}
	return ""
}

// emphasised returns the marks with one more, in canonical order; a mark that is there already is not doubled.
func emphasised(marks []Mark, add Mark) []Mark {
	if slices.ContainsFunc(marks, func(m Mark) bool { return m.Style == add.Style }) {
		return marks
	}
	out := append(slices.Clone(marks), add)
	slices.SortFunc(out, func(a, b Mark) int { return styleOrder[a.Style] - styleOrder[b.Style] })
	return out
}
