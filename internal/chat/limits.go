package chat

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// The limits of a message, the narrowest of the platforms that we know (https://docs.slack.dev/reference/block-kit/blocks).
const (
	MostBlocks   = 50
	MostText     = 3000 // characters of one block of text
	MostFacts    = 10
	MostFact     = 2000 // characters of one value
	MostButtons  = 25
	MostLabel    = 75   // characters on a button
	MostValue    = 2000 // bytes of a button's value
	MostFallback = 300  // characters of the plain line
)

// Check answers with a problem for what no cutting would mend: a message without key or words, a button without an action.
func (m Message) Check() error {
	switch {
	case m.Key == "":
		return problem.Field("key", "missing", "A message needs a key.")
	case len(m.Key) > 200:
		return problem.Field("key", "too_long", "A message's key has at most 200 bytes, this one has %d.", len(m.Key))
	case strings.TrimSpace(m.Text) == "" && len(m.Blocks) == 0:
		return problem.Field("text", "missing", "A message says something.")
	}
	for _, b := range m.Blocks {
		if err := b.check(); err != nil {
			return err
		}
	}
	return nil
}

func (b Block) check() error {
	known := []BlockKind{TextBlock, SectionBlock, FieldsBlock, ButtonsBlock, ContextBlock, DividerBlock, ImageBlock, FileBlock}
	switch {
	case !slices.Contains(known, b.Kind):
		return problem.Field("blocks", "unknown", "There is no block %q.", b.Kind)
	case b.Text == nil && (b.Kind == TextBlock || b.Kind == SectionBlock || b.Kind == ContextBlock):
		return problem.Field("blocks", "missing", "A block of kind %q has text.", b.Kind)
	case len(b.Buttons) != 1 && b.Kind == SectionBlock:
		return problem.Field("blocks", "wrong_count", "A section has one button.")
	case b.Kind == ImageBlock && (!richtext.SafeURL(b.URL) || b.Alt == ""):
		return problem.Field("blocks", "image", "An image has an address and a description.")
	case b.Kind == FileBlock && (!b.File.Valid() || b.Alt == ""):
		return problem.Field("blocks", "file", "A file has an id and a name.")
	}
	for _, button := range b.Buttons {
		switch {
		case button.Label == "" || (button.Action == "" && button.URL == ""):
			return problem.Field("blocks", "button", "A button has a label, and an action or an address.")
		case len(button.Value) > MostValue:
			return problem.Field("blocks", "too_long", "The value of a button has at most %d bytes, this one has %d.", MostValue, len(button.Value))
		case button.URL != "" && !richtext.SafeURL(button.URL):
			return problem.Field("blocks", "address", "The address of a button is not safe to follow.")
		}
	}
	return nil
}

// Fit returns the message within the limits: long texts become several blocks, rows of too many buttons or facts several
// rows, and what is more than a message can hold is left out with a line that says so.
func (m Message) Fit() Message {
	var out []Block
	for _, b := range m.Blocks {
		out = append(out, b.fit()...)
	}
	if len(out) > MostBlocks {
		out = append(out[:MostBlocks-1:MostBlocks-1], Context(richtext.Literal("The rest is too long to be shown here.")))
	}
	m.Blocks = out
	if m.Text == "" {
		m.Text = plainLine(out)
	}
	m.Text = richtext.Truncate(m.Text, MostFallback)
	return m
}

func (b Block) fit() []Block {
	b.Buttons = slices.Clone(b.Buttons)
	for i := range b.Buttons {
		b.Buttons[i].Label = richtext.Truncate(b.Buttons[i].Label, MostLabel)
	}
	switch b.Kind {
	case TextBlock, SectionBlock, ContextBlock:
		var out []Block
		for i, part := range Split(*b.Text, MostText) {
			one := Block{Kind: b.Kind, Text: &part, Buttons: b.Buttons}
			if i > 0 { // the button stays beside the first part
				one.Buttons = nil
				if b.Kind == SectionBlock {
					one.Kind = TextBlock
				}
			}
			out = append(out, one)
		}
		if out == nil && b.Kind == SectionBlock {
			return []Block{b}
		}
		return out
	case FieldsBlock:
		var out []Block
		for facts := range slices.Chunk(b.Fields, MostFacts) {
			facts = slices.Clone(facts)
			for i := range facts {
				facts[i].Value = Split(facts[i].Value, MostFact)[0]
			}
			out = append(out, Fields(facts...))
		}
		return out
	case ButtonsBlock:
		var out []Block
		for buttons := range slices.Chunk(b.Buttons, MostButtons) {
			out = append(out, Buttons(buttons...))
		}
		return out
	}
	return []Block{b}
}

// Split parts a document into ones that take at most limit characters each in the longest markup of a platform; it always
// answers with at least one. It parts between blocks where it can, then between items and lines, then between words.
func Split(document richtext.Document, limit int) []richtext.Document {
	if size(document.Content) <= limit {
		return []richtext.Document{document}
	}
	var out []richtext.Document
	var now []richtext.Node
	flush := func() {
		if len(now) > 0 {
			out = append(out, richtext.Document{Content: now})
			now = nil
		}
	}
	used := 0
	for _, part := range pieces(document.Content, limit) {
		length := size([]richtext.Node{part}) + 2
		if used+length > limit {
			flush()
			used = 0
		}
		now = append(now, part)
		used += length
	}
	flush()
	return out
}

func size(nodes []richtext.Node) int {
	return utf8.RuneCountInString(richtext.Document{Content: nodes}.Mrkdwn(func(user id.ID) string { return string(user) }))
}

// pieces breaks every block that is longer than the limit by itself.
func pieces(blocks []richtext.Node, limit int) []richtext.Node {
	var out []richtext.Node
	for _, b := range blocks {
		if size([]richtext.Node{b})+2 <= limit {
			out = append(out, b)
			continue
		}
		whole := b
		inner := pieces
		switch b.Kind {
		case richtext.Paragraph, richtext.Heading, richtext.CodeBlock:
			inner = texts
		}
		number := b.Start
		// A quarter of the limit stays free for what each line of a quotation or an item has before it.
		for _, group := range groups(b, inner(b.Content, limit-limit/4), limit-limit/4) {
			part := whole
			part.Content, part.Start = group, number
			if b.Kind == richtext.OrderedList {
				number += len(group)
			}
			out = append(out, part)
		}
	}
	return out
}

// groups gathers what a block holds, each counted as it is written in that block.
func groups(in richtext.Node, nodes []richtext.Node, limit int) [][]richtext.Node {
	var out [][]richtext.Node
	used := 0
	for i, n := range nodes {
		length := size([]richtext.Node{{Kind: in.Kind, Start: in.Start, Content: []richtext.Node{n}}})
		if i == 0 || used+length > limit {
			out = append(out, nil)
			used = 0
		}
		out[len(out)-1] = append(out[len(out)-1], n)
		used += length + 1
	}
	return out
}

// texts breaks long texts after a newline or a space where there is one in the second half.
func texts(nodes []richtext.Node, limit int) []richtext.Node {
	var out []richtext.Node
	longest := max(limit/6, 1) // escapes of a platform make a character six times as long at most
	for _, n := range nodes {
		for n.Kind == richtext.Text && utf8.RuneCountInString(n.Text) > longest && size([]richtext.Node{richtext.P(n)}) > limit {
			at := breakAt(n.Text, longest)
			part := n
			part.Text, n.Text = n.Text[:at], n.Text[at:]
			out = append(out, part)
		}
		out = append(out, n)
	}
	return out
}

func breakAt(text string, most int) int {
	end := 0
	for range most {
		_, width := utf8.DecodeRuneInString(text[end:])
		end += width
	}
	for _, mark := range []string{"\n", " "} {
		if at := strings.LastIndex(text[:end], mark); at > end/2 {
			return at + 1
		}
	}
	return end
}
