package richtext

import (
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Mrkdwn writes the document in Slack's markup; person gives the chat platform's own id of a user, or "" when they are not
// known there, and may be nil.
func (d Document) Mrkdwn(person func(id.ID) string) string {
	w := mrkdwnWriter{person: person}
	return w.blocks(d.Content, "\n\n")
}

type mrkdwnWriter struct{ person func(id.ID) string }

func (w mrkdwnWriter) blocks(nodes []Node, between string) string {
	parts := make([]string, 0, len(nodes))
	for _, n := range nodes {
		if part := w.block(n); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, between)
}

func (w mrkdwnWriter) block(n Node) string {
	switch n.Kind {
	case Heading:
		bold := make([]Node, len(n.Content))
		for i, c := range n.Content {
			c.Marks = emphasised(c.Marks, Mark{Style: Bold})
			bold[i] = c
		}
		return w.inline(bold)
	case CodeBlock:
		return "```\n" + escapeMrkdwn(words(n.Content, "\n")) + "\n```"
	case HorizontalRule:
		return "———"
	case Blockquote:
		return prefixed(w.blocks(n.Content, "\n"), "> ", "> ")
	case BulletList, OrderedList:
		lines := make([]string, len(n.Content))
		for i, item := range n.Content {
			first := "• "
			if n.Kind == OrderedList {
				first = strconv.Itoa(n.Start+i) + ". "
			}
			lines[i] = prefixed(w.blocks(item.Content, "\n"), first, "    ")
		}
		return strings.Join(lines, "\n")
	default:
		return w.inline(n.Content)
	}
}

var slackMarks = map[Style]string{Bold: "*", Italic: "_", Strike: "~", Code: "`"}

// inline writes each span with its marks around it; a space of no width keeps marks apart from words they touch, since
// Slack reads them at the edges of words only.
func (w mrkdwnWriter) inline(nodes []Node) string {
	var b strings.Builder
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		text := w.leaf(n)
		if href := n.href(); href != "" {
			text = "<" + escapeMrkdwn(href) + "|" + strings.ReplaceAll(text, "|", "¦") + ">"
			if n.Text == href {
				text = "<" + escapeMrkdwn(href) + ">"
			}
		}
		core := strings.TrimSpace(text)
		if core == "" || n.Kind == HardBreak {
			b.WriteString(text)
			continue
		}
		at := strings.Index(text, core)
		open, shut := "", ""
		for _, m := range n.Marks {
			open += slackMarks[m.Style]
			shut = slackMarks[m.Style] + shut
		}
		b.WriteString(text[:at])
		if open != "" && endsInWord(b.String()) {
			open = "\u200b" + open
		}
		if shut != "" && at+len(core) == len(text) && i+1 < len(nodes) && startsInWord(words(nodes[i+1:i+2], "\n")) {
			shut += "\u200b"
		}
		b.WriteString(open + core + shut + text[at+len(core):])
	}
	return b.String()
}

func (w mrkdwnWriter) leaf(n Node) string {
	switch n.Kind {
	case HardBreak:
		return "\n"
	case Mention:
		if w.person != nil {
			if known := w.person(n.User); known != "" {
				return "<@" + known + ">"
			}
		}
		return escapeMrkdwn("@" + n.Label)
	case Emoji:
		return ":" + n.Name + ":"
	case Image:
		if strings.HasPrefix(n.Src, "/") {
			return escapeMrkdwn("[" + n.described() + "]")
		}
		return "<" + escapeMrkdwn(n.Src) + "|" + strings.ReplaceAll(escapeMrkdwn(n.described()), "|", "¦") + ">"
	default:
		return escapeMrkdwn(words([]Node{n}, "\n"))
	}
}

var mrkdwnEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escapeMrkdwn(text string) string { return mrkdwnEscapes.Replace(text) }
