package richtext

import (
	"slices"
	"strings"
)

// Redact returns the document with every occurrence of the secrets replaced, and how many there were. A secret is found
// across changes of style, line breaks and mentions, since a part of it may have been read as markup; a link that has
// it in its address loses the address. The source is not touched.
func (d Document) Redact(secrets []string, with string) (Document, int) {
	r := redactor{secrets: secrets, with: with}
	content, _ := fit(r.nodes(d.Content))
	if r.found == 0 {
		return d, 0
	}
	return Document{Source: d.Source, Content: content}, r.found
}

type redactor struct {
	secrets []string
	with    string
	found   int
}

func (r *redactor) nodes(nodes []Node) []Node {
	out := make([]Node, 0, len(nodes))
	for n := 0; n < len(nodes); n++ {
		if !nodes[n].inline() {
			block := nodes[n]
			block.Language = r.text(block.Language)
			block.Content = r.nodes(block.Content)
			out = append(out, block)
			continue
		}
		run := n
		for run < len(nodes) && nodes[run].inline() {
			run++
		}
		out = append(out, r.inline(nodes[n:run])...)
		n = run - 1
	}
	return out
}

// inline looks at what stands on one line as one text.
func (r *redactor) inline(nodes []Node) []Node {
	var whole strings.Builder
	starts := make([]int, len(nodes))
	for n, node := range nodes {
		starts[n] = whole.Len()
		whole.WriteString(shown(node))
	}
	spans := r.spans(whole.String())
	var out []Node
	for n, node := range nodes {
		node = r.attributes(node)
		text := shown(nodes[n])
		cut, at := cutOut(text, starts[n], spans, r.with)
		switch {
		case !at:
			out = append(out, node)
		case node.Kind == Text:
			node.Text = cut
			if cut != "" {
				out = append(out, node)
			}
		case cut != "": // a mention, an emoji or a break that was a part of it
			out = append(out, T(cut))
		}
	}
	return out
}

// attributes takes the secrets out of what is not shown.
func (r *redactor) attributes(node Node) Node {
	node.Marks = slices.Clone(node.Marks)
	node.Marks = slices.DeleteFunc(node.Marks, func(m Mark) bool { return r.text(m.Href) != m.Href })
	node.Src, node.Alt = r.text(node.Src), r.text(node.Alt)
	return node
}

func (r *redactor) text(text string) string {
	spans := r.spans(text)
	if len(spans) == 0 {
		return text
	}
	cut, _ := cutOut(text, 0, spans, r.with)
	return cut
}

type span struct{ from, to int }

// spans finds the secrets and counts them; those that overlap are one.
func (r *redactor) spans(text string) []span {
	spans := find(text, r.secrets)
	r.found += len(spans)
	return spans
}

// find returns where in a text the secrets stand, without overlaps.
func find(text string, secrets []string) []span {
	var all []span
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for from := 0; ; {
			at := strings.Index(text[from:], secret)
			if at < 0 {
				break
			}
			all = append(all, span{from + at, from + at + len(secret)})
			from += at + len(secret)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	var spans []span
	for _, s := range all {
		if last := len(spans) - 1; last >= 0 && s.from < spans[last].to {
			spans[last].to = max(spans[last].to, s.to)
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// RedactText is Document.Redact for plain text.
func RedactText(text string, secrets []string, with string) (string, int) {
	spans := find(text, secrets)
	if len(spans) == 0 {
		return text, 0
	}
	cut, _ := cutOut(text, 0, spans, with)
	return cut, len(spans)
}

// cutOut takes the spans, which count from the beginning of the line, out of a piece of it that begins at start. The
// replacement stands where each span begins.
func cutOut(text string, start int, spans []span, with string) (string, bool) {
	var out strings.Builder
	touched, done := false, 0
	for _, s := range spans {
		from, to := max(s.from-start, 0), min(s.to-start, len(text))
		if from >= to {
			continue
		}
		touched = true
		out.WriteString(text[done:from])
		if s.from >= start {
			out.WriteString(with)
		}
		done = to
	}
	out.WriteString(text[done:])
	return out.String(), touched
}

// shown is how an inline node looks within a line, for finding what runs across nodes.
func shown(n Node) string {
	switch n.Kind {
	case Text:
		return n.Text
	case HardBreak:
		return "\n"
	case Mention:
		return "@" + n.Label
	case Emoji:
		return ":" + n.Name + ":"
	default:
		return "\x00"
	}
}
