package richtext

import (
	"html"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
)

// HTMLOptions say for whom and where HTML is written.
type HTMLOptions struct {
	// Viewer is the person who looks; a mention of them stands out.
	Viewer id.ID
	// HeadingOffset is added to the level of headings, so that they fit under those of the page.
	HeadingOffset int
	// Source turns the address of an image into one that may be fetched, or "" to show its description only; nil keeps it.
	Source func(src string) string
}

// HTML writes the document as HTML that is safe by construction: every text is escaped and every tag is ours.
func (d Document) HTML(options HTMLOptions) string {
	w := htmlWriter{options: options}
	w.blocks(d.Content)
	return w.String()
}

type htmlWriter struct {
	strings.Builder
	options HTMLOptions
	mail    bool // attributes of style instead of classes
}

func (w *htmlWriter) put(parts ...string) {
	for _, part := range parts {
		w.WriteString(part)
	}
}

func (w *htmlWriter) blocks(nodes []Node) {
	for _, n := range nodes {
		w.block(n)
	}
}

func (w *htmlWriter) block(n Node) {
	switch n.Kind {
	case Paragraph:
		w.element("p", ` dir="auto"`, n, w.inline)
	case Heading:
		level := min(max(n.Level+w.options.HeadingOffset, 1), 6)
		w.element("h"+strconv.Itoa(level), ` dir="auto"`, n, w.inline)
	case BulletList:
		w.element("ul", ` dir="auto"`, n, w.blocks)
	case OrderedList:
		attributes := ` dir="auto"`
		if n.Start != 1 {
			attributes += ` start="` + strconv.Itoa(n.Start) + `"`
		}
		w.element("ol", attributes, n, w.blocks)
	case ListItem:
		w.element("li", "", n, w.item)
	case Blockquote:
		w.element("blockquote", ` dir="auto"`, n, w.blocks)
	case HorizontalRule:
		w.put("<hr", w.style("hr"), ">")
	case CodeBlock:
		w.put(`<pre dir="ltr"`, w.style("pre"), `><code`)
		if n.Language != "" && !w.mail {
			w.put(` class="language-`, html.EscapeString(n.Language), `"`)
		}
		w.put(">", html.EscapeString(words(n.Content, "\n")), "</code></pre>")
	}
}

func (w *htmlWriter) element(tag, attributes string, n Node, inside func([]Node)) {
	w.put("<", tag, attributes, w.style(tag), ">")
	inside(n.Content)
	w.put("</", tag, ">")
}

// item writes an item without a paragraph around its first line, so that lists are not set apart line by line.
func (w *htmlWriter) item(nodes []Node) {
	if len(nodes) > 0 && nodes[0].Kind == Paragraph {
		w.inline(nodes[0].Content)
		nodes = nodes[1:]
	}
	w.blocks(nodes)
}

var tags = map[Style]string{Bold: "strong", Italic: "em", Strike: "s", Underline: "u", Code: "code"}

func (w *htmlWriter) inline(nodes []Node) {
	for _, n := range nodes {
		if n.Kind == HardBreak {
			w.put("<br>")
			continue
		}
		for _, m := range n.Marks {
			if m.Style == Link {
				w.put(`<a href="`, html.EscapeString(m.Href), `" rel="noopener nofollow"`, w.style("a"), ">")
				continue
			}
			w.put("<", tags[m.Style], w.style(tags[m.Style]), ">")
		}
		w.leaf(n)
		for i := len(n.Marks) - 1; i >= 0; i-- {
			if n.Marks[i].Style == Link {
				w.put("</a>")
				continue
			}
			w.put("</", tags[n.Marks[i].Style], ">")
		}
	}
}

func (w *htmlWriter) leaf(n Node) {
	switch n.Kind {
	case Text:
		w.put(html.EscapeString(n.Text))
	case Mention:
		class := "mention"
		if n.User == w.options.Viewer && !w.options.Viewer.Empty() {
			class += " mention--you"
		}
		if w.mail {
			w.put("<strong>@", html.EscapeString(n.Label), "</strong>")
			return
		}
		w.put(`<span class="`, class, `" dir="auto" data-user="`, html.EscapeString(string(n.User)), `">@`, html.EscapeString(n.Label), "</span>")
	case Emoji:
		if character, ok := emojis[n.Name]; ok && !w.mail {
			w.put(`<span class="emoji" role="img" aria-label="`, html.EscapeString(strings.ReplaceAll(n.Name, "_", " ")), `">`, character, "</span>")
			return
		}
		w.put(html.EscapeString(emojiText(n.Name)))
	case Image:
		src := n.Src
		if w.options.Source != nil {
			src = w.options.Source(src)
		}
		if src == "" || w.mail || !SafeURL(src) {
			w.put("[", html.EscapeString(n.described()), "]")
			return
		}
		w.put(`<img src="`, html.EscapeString(src), `" alt="`, html.EscapeString(n.Alt), `" loading="lazy">`)
	case Variable:
		label, _ := n.Variable["label"].(string)
		if label == "" {
			label = variableSource(n)
		}
		if w.mail {
			w.put(html.EscapeString(label))
			return
		}
		w.put(`<span class="variable" dir="auto">`, html.EscapeString(label), "</span>")
	}
}

func (n Node) described() string {
	if n.Alt == "" {
		return "image"
	}
	return n.Alt
}
