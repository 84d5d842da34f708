package richtext

import (
	"strconv"
	"strings"
)

// Mail writes the document twice: HTML whose looks do not depend on a style sheet, and plain text with addresses written out.
func (d Document) Mail() (html, text string) {
	w := htmlWriter{mail: true}
	w.blocks(d.Content)
	p := plainWriter{addresses: true}
	return w.String(), p.document(d.Content)
}

// Mail programs drop style sheets, so the few looks that matter are written on the elements.
var mailStyles = map[string]string{
	"p":          "margin:0 0 12px",
	"h1":         "margin:0 0 12px;font-size:20px",
	"h2":         "margin:0 0 12px;font-size:18px",
	"h3":         "margin:0 0 12px;font-size:16px",
	"h4":         "margin:0 0 12px;font-size:15px",
	"h5":         "margin:0 0 12px;font-size:14px",
	"h6":         "margin:0 0 12px;font-size:14px",
	"ul":         "margin:0 0 12px;padding:0 24px",
	"ol":         "margin:0 0 12px;padding:0 24px",
	"blockquote": "margin:0 0 12px;padding:0 12px;border-inline-start:3px solid #c8ccd4",
	"pre":        "margin:0 0 12px;padding:12px;background:#f3f4f6;white-space:pre-wrap;font-family:monospace",
	"code":       "font-family:monospace",
	"hr":         "border:0;border-top:1px solid #c8ccd4",
}

func (w *htmlWriter) style(tag string) string {
	if !w.mail || mailStyles[tag] == "" {
		return ""
	}
	return ` style="` + mailStyles[tag] + `"`
}

// Plain writes the document as text of several lines.
func (d Document) Plain() string {
	var p plainWriter
	return p.document(d.Content)
}

// Line writes the document as text of one line.
func (d Document) Line() string { return strings.Join(strings.Fields(d.Plain()), " ") }

// Excerpt writes the start of the document as one line of at most limit characters as a reader counts them, with an
// ellipsis as the last when something is missing.
func (d Document) Excerpt(limit int) string { return Truncate(d.Line(), limit) }

type plainWriter struct{ addresses bool }

func (p plainWriter) document(nodes []Node) string {
	return strings.TrimRight(p.blocks(nodes, "\n\n"), "\n")
}

func (p plainWriter) blocks(nodes []Node, between string) string {
	parts := make([]string, 0, len(nodes))
	for _, n := range nodes {
		if part := p.block(n); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, between)
}

func (p plainWriter) block(n Node) string {
	switch n.Kind {
	case CodeBlock:
		return words(n.Content, "\n")
	case HorizontalRule:
		return "----"
	case Blockquote:
		return prefixed(p.blocks(n.Content, "\n"), "> ", "> ")
	case BulletList, OrderedList:
		lines := make([]string, len(n.Content))
		for i, item := range n.Content {
			first := "• "
			if n.Kind == OrderedList {
				first = strconv.Itoa(n.Start+i) + ". "
			}
			lines[i] = prefixed(p.blocks(item.Content, "\n"), first, "  ")
		}
		return strings.Join(lines, "\n")
	default:
		return p.inline(n.Content)
	}
}

func (p plainWriter) inline(nodes []Node) string {
	if !p.addresses {
		return words(nodes, "\n")
	}
	var b strings.Builder
	for i, n := range nodes {
		b.WriteString(words([]Node{n}, "\n"))
		href := n.href()
		if href == "" || (i+1 < len(nodes) && nodes[i+1].href() == href) {
			continue
		}
		if start := i; n.Text != href || (start > 0 && nodes[start-1].href() == href) {
			b.WriteString(" (" + href + ")")
		}
	}
	return b.String()
}

// prefixed puts first before the first line and other before the rest.
func prefixed(text, first, other string) string {
	return first + strings.ReplaceAll(text, "\n", "\n"+other)
}
