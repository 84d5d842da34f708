package slack

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

// deepest is how far Slack indents a list.
const deepest = 8

// richWriter writes blocks of a document as the elements of a rich text block.
type richWriter struct {
	Writer
	out []slack.RichTextElement
}

func (w Writer) rich(nodes []richtext.Node) []slack.RichTextElement {
	r := richWriter{Writer: w}
	r.blocks(nodes)
	return r.out
}

func (r *richWriter) blocks(nodes []richtext.Node) {
	for _, n := range nodes {
		switch n.Kind {
		case richtext.CodeBlock:
			code := richtext.Document{Content: []richtext.Node{n}}.Plain()
			r.out = append(r.out, &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: said(code, nil)})
		case richtext.Blockquote:
			if elements := r.flat(n.Content); len(elements) > 0 {
				r.out = append(r.out, &slack.RichTextQuote{Type: slack.RTEQuote, Elements: elements})
			}
		case richtext.BulletList, richtext.OrderedList:
			r.list(n, 0)
		default:
			r.words(r.line(n))
		}
	}
}

// words adds a paragraph; neighbouring ones share a section, with an empty line between them.
func (r *richWriter) words(elements []slack.RichTextSectionElement) {
	if len(elements) == 0 {
		return
	}
	if last := len(r.out) - 1; last >= 0 {
		if section, ok := r.out[last].(*slack.RichTextSection); ok {
			section.Elements = join(append(append(section.Elements, said("\n\n", nil)...), elements...))
			return
		}
	}
	r.out = append(r.out, slack.NewRichTextSection(elements...))
}

// list writes a list and those inside it: Slack has them one after another, with how far each is indented.
func (r *richWriter) list(n richtext.Node, indent int) {
	style := slack.RTEListBullet
	if n.Kind == richtext.OrderedList {
		style = slack.RTEListOrdered
	}
	var now *slack.RichTextList
	for at, item := range n.Content {
		if now == nil {
			now = slack.NewRichTextList(style, min(indent, deepest))
			if style == slack.RTEListOrdered {
				now.Offset = max(n.Start-1, 0) + at
			}
			r.out = append(r.out, now)
		}
		own := slices.IndexFunc(item.Content, func(n richtext.Node) bool { return n.Kind != richtext.Paragraph && n.Kind != richtext.Heading })
		if own < 0 {
			own = len(item.Content)
		}
		elements := r.flat(item.Content[:own])
		if len(elements) == 0 {
			elements = said(" ", nil)
		}
		now.Elements = append(now.Elements, slack.NewRichTextSection(elements...))
		for _, inner := range item.Content[own:] {
			now = nil
			if inner.Kind == richtext.BulletList || inner.Kind == richtext.OrderedList {
				r.list(inner, indent+1)
				continue
			}
			r.blocks([]richtext.Node{inner})
		}
	}
}

// flat writes blocks as lines, for where Slack takes no blocks.
func (r *richWriter) flat(nodes []richtext.Node) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, n := range nodes {
		var line []slack.RichTextSectionElement
		switch n.Kind {
		case richtext.CodeBlock:
			line = said(richtext.Document{Content: []richtext.Node{n}}.Plain(), &slack.RichTextSectionTextStyle{Code: true})
		case richtext.Blockquote:
			line = r.flat(n.Content)
		case richtext.BulletList, richtext.OrderedList:
			line = said(richtext.Document{Content: []richtext.Node{n}}.Plain(), nil)
		default:
			line = r.line(n)
		}
		if len(line) > 0 && len(out) > 0 {
			out = append(out, said("\n", nil)...)
		}
		out = append(out, line...)
	}
	return join(out)
}

// line writes the inline nodes of a paragraph or heading.
func (r *richWriter) line(n richtext.Node) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, c := range n.Content {
		if n.Kind == richtext.Heading {
			c.Marks = append([]richtext.Mark{{Style: richtext.Bold}}, c.Marks...)
		}
		out = append(out, r.inline(c)...)
	}
	return join(out)
}

func (r *richWriter) inline(n richtext.Node) []slack.RichTextSectionElement {
	style, href := looks(n.Marks)
	switch n.Kind {
	case richtext.Mention:
		if r.Person != nil {
			if known := r.Person(n.User); known != "" {
				return []slack.RichTextSectionElement{slack.NewRichTextSectionUserElement(known, style)}
			}
		}
		return said("@"+n.Label, style)
	case richtext.Emoji:
		if _, known := richtext.EmojiCharacter(n.Name); !known {
			return []slack.RichTextSectionElement{slack.NewRichTextSectionEmojiElement(n.Name, 0, style)}
		}
	case richtext.Image:
		n = richtext.T(described(n))
		if href == "" {
			href = n.Src
		}
	}
	text := richtext.Document{Content: []richtext.Node{richtext.P(n)}}.Plain()
	if n.Kind == richtext.HardBreak {
		text = "\n"
	}
	if n.Kind == richtext.Text {
		text = n.Text // white space at its ends counts
	}
	if address := r.whole(href); href != "" && !strings.HasPrefix(address, "/") && text != "" {
		return []slack.RichTextSectionElement{slack.NewRichTextSectionLinkElement(address, text, style)}
	}
	return said(text, style)
}

func described(n richtext.Node) string {
	if n.Alt == "" {
		return "picture"
	}
	return n.Alt
}

func looks(marks []richtext.Mark) (style *slack.RichTextSectionTextStyle, href string) {
	var s slack.RichTextSectionTextStyle
	for _, m := range marks {
		switch m.Style {
		case richtext.Bold:
			s.Bold = true
		case richtext.Italic:
			s.Italic = true
		case richtext.Strike:
			s.Strike = true
		case richtext.Code:
			s.Code = true
		case richtext.Link:
			href = m.Href
		}
	}
	if s == (slack.RichTextSectionTextStyle{}) {
		return nil, href
	}
	return &s, href
}

func said(text string, style *slack.RichTextSectionTextStyle) []slack.RichTextSectionElement {
	if text == "" {
		return nil
	}
	return []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(text, style)}
}

// join makes one of neighbouring texts that look alike.
func join(elements []slack.RichTextSectionElement) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, e := range elements {
		now, isText := e.(*slack.RichTextSectionTextElement)
		if isText && len(out) > 0 {
			if before, ok := out[len(out)-1].(*slack.RichTextSectionTextElement); ok && alike(before.Style, now.Style) {
				out[len(out)-1] = slack.NewRichTextSectionTextElement(before.Text+now.Text, now.Style)
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

func alike(a, b *slack.RichTextSectionTextStyle) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// mrkdwn writes a document in Slack's markup, in which nothing that was not markup becomes so.
func (w Writer) mrkdwn(d richtext.Document) string {
	calm := calmer{w, map[byte]int{}}
	calm.count(d.Content)
	return strings.TrimSpace(richtext.Document{Content: calm.nodes(d.Content)}.Mrkdwn(w.Person))
}

// lookalikes stand for the signs of Slack's markup, which has no way to write them as themselves.
var lookalikes = map[byte]string{'*': "∗", '_': "ˍ", '~': "∼", '`': "ˋ"}

var signs = map[richtext.Style]byte{richtext.Bold: '*', richtext.Italic: '_', richtext.Strike: '~', richtext.Code: '`'}

// calmer replaces what Slack would read as markup. A sign inside a word, or the only one of its kind, is no markup and stays.
type calmer struct {
	Writer
	seen map[byte]int
}

func (c calmer) count(nodes []richtext.Node) {
	for _, n := range nodes {
		for _, m := range n.Marks {
			c.seen[signs[m.Style]] += 2
		}
		for sign := range lookalikes {
			c.seen[sign] += strings.Count(n.Text, string(sign)) + strings.Count(n.Label, string(sign))
		}
		c.count(n.Content)
	}
}

func (c calmer) nodes(nodes []richtext.Node) []richtext.Node {
	out := slices.Clone(nodes)
	for i := range out {
		out[i] = c.node(out[i])
	}
	return out
}

func (c calmer) node(n richtext.Node) richtext.Node {
	if n.Kind == richtext.CodeBlock {
		code := richtext.Document{Content: []richtext.Node{n}}.Plain()
		n.Content = []richtext.Node{richtext.T(strings.ReplaceAll(code, "```", "`\u200b`\u200b`"))}
		return n
	}
	n.Marks = slices.Clone(n.Marks)
	for m := range n.Marks {
		n.Marks[m].Href = c.whole(n.Marks[m].Href)
	}
	n.Marks = slices.DeleteFunc(n.Marks, func(m richtext.Mark) bool { return strings.HasPrefix(m.Href, "/") })
	if slices.ContainsFunc(n.Marks, func(m richtext.Mark) bool { return m.Style == richtext.Code }) {
		n.Text = strings.ReplaceAll(n.Text, "`", lookalikes['`'])
	} else {
		n.Text = c.calm(n.Text)
	}
	n.Label = c.calm(n.Label)
	n.Content = c.nodes(n.Content)
	return n
}

func (c calmer) calm(text string) string {
	var b strings.Builder
	for i := range len(text) {
		other, sign := lookalikes[text[i]]
		switch {
		case sign && c.seen[text[i]] > 1 && !inWord(text, i):
			b.WriteString(other)
		case text[i] == '>' && (i == 0 || text[i-1] == '\n'):
			b.WriteString("\u200b>") // a line that begins with it is a quotation
		default:
			b.WriteByte(text[i])
		}
	}
	return shortCode.ReplaceAllStringFunc(b.String(), func(code string) string {
		if _, known := emojiNode(strings.Trim(code, ":")); known {
			return ":\u200b" + code[1:] // it was no emoji
		}
		return code
	})
}

func inWord(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return wordy(before) && wordy(after)
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
