package richtext

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Markdown writes the document so that Parse reads the same again; marks that Markdown does not have (underline) are left out.
func (d Document) Markdown() string { return markdownBlocks(d.Content) }

func markdownBlocks(nodes []Node) string {
	var b strings.Builder
	var before Node
	other := false // the second of two lists in a row needs another marker
	for i, n := range nodes {
		other = i > 0 && n.Kind == before.Kind && !other
		part := markdownBlock(n, other)
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
			if !(before.Kind == Paragraph && len(before.Content) > 0 && tight(n)) {
				b.WriteString("\n")
			}
		}
		b.WriteString(part)
		before = n
	}
	return b.String()
}

// tight reports whether a list may follow its paragraph without an empty line.
func tight(list Node) bool {
	if list.Kind != BulletList && (list.Kind != OrderedList || list.Start != 1) {
		return false
	}
	return len(list.Content[0].Content[0].Content) > 0
}

func markdownBlock(n Node, other bool) string {
	switch n.Kind {
	case Heading:
		if text := markdownInline(n.Content); text != "" {
			return strings.Repeat("#", n.Level) + " " + escapeClosing(text)
		}
		return strings.Repeat("#", n.Level)
	case HorizontalRule:
		return "---"
	case CodeBlock:
		code := words(n.Content, "\n")
		fence := strings.Repeat("`", max(3, longestRun(code, '`')+1))
		if code != "" {
			code += "\n"
		}
		return fence + n.Language + "\n" + code + fence
	case Blockquote:
		return indented(markdownBlocks(n.Content), "> ", "> ")
	case BulletList, OrderedList:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			mark := "-"
			if other {
				mark = "*"
			}
			if n.Kind == OrderedList {
				mark = strconv.Itoa(min(n.Start+i, 999_999_999)) + "."
				if other {
					mark = strings.TrimSuffix(mark, ".") + ")"
				}
			}
			items[i] = indented(markdownItem(item), mark+" ", strings.Repeat(" ", len(mark)+1))
		}
		return strings.Join(items, "\n")
	default:
		return markdownInline(n.Content)
	}
}

// markdownItem writes the blocks of an item; an item without words of its own has its other blocks on the following lines.
func markdownItem(item Node) string {
	if len(item.Content) > 1 && len(item.Content[0].Content) == 0 {
		return "\n" + markdownBlocks(item.Content[1:])
	}
	return markdownBlocks(item.Content)
}

// indented puts first before the first line and other before the rest, without trailing spaces on empty lines.
func indented(text, first, other string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		prefix := other
		if i == 0 {
			prefix = first
		}
		if line == "" {
			prefix = strings.TrimRight(prefix, " ")
		}
		lines[i] = prefix + line
	}
	return strings.Join(lines, "\n")
}

func escapeClosing(heading string) string {
	trimmed := strings.TrimRight(heading, "#")
	if slashes := len(trimmed) - len(strings.TrimRight(trimmed, `\`)); trimmed != heading && slashes%2 == 0 {
		return trimmed + `\` + heading[len(trimmed):]
	}
	return heading
}

func longestRun(text string, of byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] == of {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
	}
	return longest
}

// inlineWriter writes inline nodes, opening and closing marks as they begin and end.
type inlineWriter struct {
	strings.Builder
	nodes []Node
	open  []opened
}

type opened struct {
	mark      Mark
	delimiter string
}

func markdownInline(nodes []Node) string {
	var w inlineWriter
	w.nodes = spread(nodes)
	for i, n := range w.nodes {
		w.turn(i, n.Marks)
		w.leaf(i, n)
	}
	w.turn(len(w.nodes), nil)
	return w.String()
}

// spread parts texts from the white space at their ends, which Markdown does not have at the edge of a mark.
func spread(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		n.Marks = slices.DeleteFunc(slices.Clone(n.Marks), func(m Mark) bool { return m.Style == Underline })
		if n.Kind != Text || n.has(Code) {
			out = append(out, n)
			continue
		}
		core := strings.TrimSpace(n.Text)
		if core == "" {
			out = appendText(out, n.Text, n.Marks)
			continue
		}
		at := strings.Index(n.Text, core)
		out = appendText(out, n.Text[:at], n.Marks)
		out = appendText(out, core, n.Marks)
		out = appendText(out, n.Text[at+len(core):], n.Marks)
	}
	return joinSpaces(out)
}

// joinSpaces leaves white space only the marks that go on at both of its sides.
func joinSpaces(nodes []Node) []Node {
	for i := range nodes {
		if nodes[i].Kind != Text || !blank(nodes[i].Text) {
			continue
		}
		var shared []Mark
		for _, m := range nodes[i].Marks {
			if i > 0 && i+1 < len(nodes) && slices.Contains(nodes[i-1].Marks, m) && slices.Contains(nodes[i+1].Marks, m) {
				shared = append(shared, m)
			}
		}
		nodes[i].Marks = shared
	}
	return merge(nodes)
}

// turn closes what ends before node i and opens what begins there, the longest first.
func (w *inlineWriter) turn(i int, marks []Mark) {
	keep := 0
	for keep < len(w.open) && slices.Contains(marks, w.open[keep].mark) {
		keep++
	}
	for len(w.open) > keep {
		last := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		if last.mark.Style == Link {
			w.WriteString("](" + destination(last.mark.Href) + ")")
			continue
		}
		w.WriteString(last.delimiter)
	}
	var begin []Mark
	for _, m := range marks {
		if m.Style != Code && !slices.ContainsFunc(w.open, func(o opened) bool { return o.mark == m }) && !w.bare(i, m) {
			begin = append(begin, m)
		}
	}
	slices.SortStableFunc(begin, func(a, b Mark) int { return w.reach(i, b) - w.reach(i, a) })
	for _, m := range begin {
		delimiter := ""
		switch m.Style {
		case Bold:
			delimiter = "**"
		case Strike:
			delimiter = "~~"
		case Italic:
			delimiter = w.italic(i, m)
		case Link:
			w.open = append(w.open, opened{mark: m})
			w.WriteString("[")
			continue
		}
		w.open = append(w.open, opened{m, delimiter})
		w.WriteString(delimiter)
	}
}

// reach returns the index of the first node from i on that does not have the mark.
func (w *inlineWriter) reach(i int, m Mark) int {
	for i < len(w.nodes) && slices.Contains(w.nodes[i].Marks, m) {
		i++
	}
	return i
}

// italic prefers the underscore, which does not run together with the stars of bold; inside a word only the star works.
func (w *inlineWriter) italic(i int, m Mark) string {
	before, _ := utf8.DecodeLastRuneInString(w.String())
	after := ' '
	if end := w.reach(i, m); end < len(w.nodes) {
		after, _ = utf8.DecodeRuneInString(words(w.nodes[end:end+1], "\n"))
	}
	if wordy(before) || wordy(after) || w.String() != "" && before == '_' {
		return "*"
	}
	return "_"
}

// bare reports whether node i is a link that shows its own address and that Parse finds by itself.
func (w *inlineWriter) bare(i int, m Mark) bool {
	if m.Style != Link || w.reach(i, m) != i+1 || (i > 0 && slices.Contains(w.nodes[i-1].Marks, m)) {
		return false
	}
	n := w.nodes[i]
	return n.Kind == Text && n.Text == m.Href && !n.has(Code) && w.found(i, n.Text)
}

func (w *inlineWriter) found(i int, address string) bool {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || (!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(w.String())
	if before < utf8.RuneSelf && wordy(before) {
		return false
	}
	after := ""
	if i+1 < len(w.nodes) && len(w.nodes[i].Marks) == 1 {
		after = words(w.nodes[i+1:i+2], "\n")
	}
	if next, _ := utf8.DecodeRuneInString(after); after != "" && !unicode.IsSpace(next) {
		return false
	}
	if len(w.nodes[i].Marks) > 1 {
		return false
	}
	return addressEnd([]byte("://"+rest)) == len("://"+rest)
}

func destination(href string) string {
	if strings.ContainsAny(href, "()*_~`[]!&") {
		return "<" + href + ">"
	}
	return href
}

func (w *inlineWriter) leaf(i int, n Node) {
	switch n.Kind {
	case Text:
		switch {
		case n.has(Code):
			w.WriteString(codeSpan(n.Text))
		case slices.ContainsFunc(n.Marks, func(m Mark) bool { return w.bare(i, m) }):
			w.WriteString(n.Text)
		default:
			w.WriteString(escape(n.Text, w.String()))
		}
	case HardBreak:
		if s := w.String(); s == "" || strings.HasSuffix(s, "\n") { // an empty line in a paragraph
			w.WriteString(`\`)
		}
		w.WriteString("\n")
	case Mention:
		w.WriteString("@[" + bracketed(n.Label) + "](user:" + string(n.User) + ")")
	case Emoji:
		before, _ := utf8.DecodeLastRuneInString(w.String())
		after := ' '
		if i+1 < len(w.nodes) {
			after, _ = utf8.DecodeRuneInString(words(w.nodes[i+1:i+2], "\n"))
		}
		if alphanumeric(before) || alphanumeric(after) {
			w.WriteString(emojiText(n.Name))
			return
		}
		w.WriteString(":" + n.Name + ":")
	case Image:
		w.WriteString("![" + bracketed(n.Alt) + "](" + destination(n.Src) + ")")
	case Variable:
		source := variableSource(n)
		if _, length, err := readVariable(source); err != nil || length != len(source) { // a name that cannot be typed
			source = escape(source, w.String())
		}
		w.WriteString(source)
	}
}

func bracketed(text string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, "*", `\*`, "_", `\_`, "`", "\\`", "~", `\~`, "<", `\<`, ":", `\:`, "{", `\{`, "@", `\@`).Replace(text)
}

func codeSpan(code string) string {
	ticks := 1
	for strings.Contains(code, strings.Repeat("`", ticks)) && longestRun(code, '`') >= ticks {
		ticks++
	}
	fence := strings.Repeat("`", ticks)
	if strings.HasPrefix(code, "`") || strings.HasSuffix(code, "`") ||
		(strings.HasPrefix(code, " ") && strings.HasSuffix(code, " ") && !blank(code)) {
		code = " " + code + " "
	}
	return fence + code + fence
}

// escape puts a backslash before whatever Parse would read as markup; before is what stands in front of the text.
func escape(text, before string) string {
	var b strings.Builder
	atStart := before == "" || strings.HasSuffix(before, "\n")
	if atStart {
		text = strings.TrimLeft(text, " \t")
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if atStart && i == 0 {
			if length, _ := marker(strings.TrimRight(text, " ")); length > 0 && c >= '0' && c <= '9' {
				b.WriteString(text[:length-1] + `\` + text[length-1:length])
				i = length - 1
				continue
			}
			if strings.IndexByte("#>-+=", c) >= 0 {
				b.WriteByte('\\')
			}
		}
		switch c {
		case '\\', '*', '`', '[', ']', '<', '~':
			b.WriteByte('\\')
		case '_':
			if !inWord(text, i) {
				b.WriteByte('\\')
			}
		case ':':
			if _, known := shortcode([]byte(text[i:min(len(text), i+48)])); known || strings.HasPrefix(text[i:], "://") {
				b.WriteByte('\\')
			}
		case '{':
			if i+1 == len(text) || text[i+1] == '{' { // what follows the text may begin with one
				b.WriteByte('\\')
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func inWord(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return alphanumeric(before) && alphanumeric(after)
}
