package richtext

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits that keep a hostile document from costing more than its size.
const (
	// MaxBytes is the longest source that Parse reads; the rest is cut off.
	MaxBytes = 1 << 20
	maxDepth = 12      // blocks inside blocks; deeper ones are flattened
	maxNodes = 200_000 // of a document read from JSON
	maxHref  = 2048    // bytes
	maxLabel = 200     // bytes of a mention's name
)

// Dropped lists what a document lost on the way, each node or mark once by its name.
type Dropped []string

func (d *Dropped) add(what string) {
	if !slices.Contains(*d, what) {
		*d = append(*d, what)
	}
}

// fit makes nodes obey the schema: known kinds, blocks in blocks, inline nodes in paragraphs, list items in lists, limited
// depth, merged texts. What cannot stay is reported; its words stay.
func fit(nodes []Node) ([]Node, Dropped) {
	var f fitter
	return f.blocks(nodes, 0), f.dropped
}

type fitter struct{ dropped Dropped }

func (f *fitter) blocks(nodes []Node, depth int) []Node {
	nodes = f.lift(nodes)
	var out, loose []Node
	flush := func() {
		if inline := f.inline(loose); len(inline) > 0 {
			out = append(out, Node{Kind: Paragraph, Content: inline})
		}
		loose = nil
	}
	for _, n := range nodes {
		if n.inline() {
			loose = append(loose, n)
			continue
		}
		flush()
		out = append(out, f.block(n, depth)...)
	}
	flush()
	return out
}

func (f *fitter) block(n Node, depth int) []Node {
	switch n.Kind {
	case Paragraph:
		inside := f.lift(n.Content)
		if !allInline(inside) {
			return f.blocks(inside, depth)
		}
		return []Node{{Kind: Paragraph, Content: f.inline(inside)}}
	case Heading:
		inside := f.lift(n.Content)
		if !allInline(inside) {
			return f.blocks(inside, depth)
		}
		return []Node{{Kind: Heading, Level: min(max(n.Level, 1), 6), Content: f.oneLine(inside)}}
	case CodeBlock:
		block := Node{Kind: CodeBlock, Language: word(n.Language)}
		if code := strings.TrimSuffix(words(n.Content, "\n"), "\n"); code != "" {
			block.Content = []Node{T(clean(code))}
		}
		return []Node{block}
	case HorizontalRule:
		return []Node{{Kind: HorizontalRule}}
	case Blockquote:
		if depth >= maxDepth {
			f.dropped.add(n.Kind.name())
			return f.blocks(n.Content, depth)
		}
		if inside := f.blocks(n.Content, depth+1); len(inside) > 0 {
			return []Node{{Kind: Blockquote, Content: inside}}
		}
		return nil
	case BulletList, OrderedList:
		return f.list(n, depth)
	default: // a list item outside a list: what it says stays
		return f.blocks(n.Content, depth)
	}
}

// lift replaces nodes that the schema does not know by what they hold.
func (f *fitter) lift(nodes []Node) []Node {
	if !slices.ContainsFunc(nodes, func(n Node) bool { return !n.inline() && !isBlock[n.Kind] }) {
		return nodes
	}
	var out []Node
	for _, n := range nodes {
		if n.inline() || isBlock[n.Kind] {
			out = append(out, n)
			continue
		}
		if n.Kind != Doc {
			f.dropped.add(n.Kind.name())
		}
		out = append(out, f.lift(n.Content)...)
	}
	return out
}

var isBlock = map[Kind]bool{
	Paragraph: true, Heading: true, BulletList: true, OrderedList: true, ListItem: true,
	CodeBlock: true, Blockquote: true, HorizontalRule: true,
}

func (f *fitter) list(n Node, depth int) []Node {
	if depth >= maxDepth {
		f.dropped.add(n.Kind.name())
		return f.blocks(n.Content, depth)
	}
	list := Node{Kind: n.Kind}
	if n.Kind == OrderedList {
		list.Start = min(max(n.Start, 0), 999_999_999)
	}
	for _, item := range n.Content {
		inside := f.blocks([]Node{{Kind: ListItem, Content: item.Content}}, depth+1)
		if item.Kind != ListItem {
			inside = f.blocks([]Node{item}, depth+1)
		}
		if len(inside) == 0 || inside[0].Kind != Paragraph {
			inside = append([]Node{{Kind: Paragraph}}, inside...)
		}
		list.Content = append(list.Content, Node{Kind: ListItem, Content: inside})
	}
	if len(list.Content) == 0 {
		return nil
	}
	return []Node{list}
}

// inline merges texts with equal marks, turns newlines into breaks and trims breaks at both ends.
func (f *fitter) inline(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		if n.Kind != Text {
			if fitted, ok := f.atom(n); ok {
				out = append(out, fitted)
			}
			continue
		}
		marks := f.marks(n.Marks)
		for i, line := range strings.Split(clean(n.Text), "\n") {
			if i > 0 {
				out = append(out, Br())
			}
			out = appendText(out, line, marks)
		}
	}
	for len(out) > 0 && out[0].Kind == HardBreak {
		out = out[1:]
	}
	for len(out) > 0 && out[len(out)-1].Kind == HardBreak {
		out = out[:len(out)-1]
	}
	return merge(out)
}

func (f *fitter) oneLine(nodes []Node) []Node {
	var out []Node
	for _, n := range f.inline(nodes) {
		switch n.Kind {
		case HardBreak:
			out = appendText(out, " ", nil)
		case Text:
			out = appendText(out, n.Text, n.Marks)
		default:
			out = append(out, n)
		}
	}
	return merge(out)
}

func (f *fitter) atom(n Node) (Node, bool) {
	switch n.Kind {
	case HardBreak:
		return Br(), true
	case Mention:
		label := oneLineOf(n.Label)
		if label == "" || !n.User.Valid() {
			f.dropped.add(Mention.name())
			if label == "" {
				return Node{}, false
			}
			return Node{Kind: Text, Text: "@" + label}, true
		}
		return Node{Kind: Mention, User: n.User, Label: cut(label, maxLabel), Marks: f.marks(n.Marks)}, true
	case Emoji:
		if name := strings.Trim(n.Name, ":"); emojiName.MatchString(name) {
			return Node{Kind: Emoji, Name: name, Marks: f.marks(n.Marks)}, true
		}
	case Image:
		if SafeURL(n.Src) && !strings.HasPrefix(n.Src, "mailto:") && !strings.HasPrefix(n.Src, "tel:") {
			return Node{Kind: Image, Src: n.Src, Alt: oneLineOf(n.Alt), Marks: f.marks(n.Marks)}, true
		}
	case Variable:
		if name, ok := n.Variable["name"].(string); ok && name != "" {
			return Node{Kind: Variable, Variable: n.Variable, Marks: f.marks(n.Marks)}, true
		}
	}
	f.dropped.add(n.Kind.name())
	return Node{}, false
}

func (f *fitter) marks(marks []Mark) []Mark {
	var out []Mark
	for _, m := range marks {
		if _, known := styleOrder[m.Style]; !known || (m.Style == Link && !SafeURL(m.Href)) {
			f.dropped.add(string(m.Style))
			continue
		}
		if m.Style != Link {
			m.Href = ""
		}
		out = emphasised(out, m)
	}
	return out
}

func appendText(nodes []Node, text string, marks []Mark) []Node {
	if text == "" {
		return nodes
	}
	return append(nodes, Node{Kind: Text, Text: text, Marks: marks})
}

// merge joins neighbouring texts with equal marks.
func merge(nodes []Node) []Node {
	out := nodes[:0]
	for i := 0; i < len(nodes); {
		end := i + 1
		for nodes[i].Kind == Text && end < len(nodes) && nodes[end].Kind == Text && slices.Equal(nodes[end].Marks, nodes[i].Marks) {
			end++
		}
		one := nodes[i]
		if end > i+1 {
			var b strings.Builder
			for _, n := range nodes[i:end] {
				b.WriteString(n.Text)
			}
			one.Text = b.String()
		}
		out = append(out, one)
		i = end
	}
	return out
}

func allInline(nodes []Node) bool {
	return !slices.ContainsFunc(nodes, func(n Node) bool { return !n.inline() })
}

// SafeURL reports whether an address may be followed or shown: http, https, mailto, tel, or a path on this site.
func SafeURL(address string) bool {
	if address == "" || len(address) > maxHref || strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' || r == '<' || r == '>' || r == '"' || r == utf8.RuneError
	}) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return u.Host != ""
	case "mailto", "tel":
		return u.Opaque != ""
	case "":
		return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")
	}
	return false
}

// clean makes text safe to store and show anywhere: valid UTF-8, no control characters but tab and newline.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

func oneLineOf(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// word keeps what can name a programming language.
func word(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return cut(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+-#._", r) {
			return r
		}
		return -1
	}, first), 40)
}

// cut shortens text to at most limit bytes at the boundary of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// words gathers the plain words of inline nodes, with line breaks as given.
func words(nodes []Node, lineBreak string) string {
	var b strings.Builder
	for _, n := range nodes {
		switch n.Kind {
		case Text:
			b.WriteString(n.Text)
		case HardBreak:
			b.WriteString(lineBreak)
		case Mention:
			b.WriteString("@" + n.Label)
		case Emoji:
			b.WriteString(emojiText(n.Name))
		case Image:
			b.WriteString(n.Alt)
		case Variable:
			b.WriteString(variableSource(n))
		default:
			b.WriteString(words(n.Content, lineBreak))
		}
	}
	return b.String()
}
