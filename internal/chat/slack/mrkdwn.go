package slack

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/musterhq/muster/internal/kernel/richtext"
)

// CommandText gives what somebody typed after a command, with people and channels as Muster's commands name them.
func CommandText(text string, names Names) string {
	return unescape(tag.ReplaceAllStringFunc(text, func(whole string) string {
		node := names.tag(whole[1 : len(whole)-1])
		if node.Kind == richtext.Mention {
			return richtext.Document{Content: []richtext.Node{richtext.P(node)}}.Markdown()
		}
		for _, m := range node.Marks {
			if m.Style == richtext.Link {
				return strings.TrimPrefix(m.Href, "mailto:")
			}
		}
		return node.Text
	}))
}

var tag = regexp.MustCompile(`<[^<>\n]+>`)

// markup reads Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text) as blocks.
func (n Names) markup(text string) []richtext.Node {
	var out []richtext.Node
	parts := strings.Split(text, "```")
	if last := len(parts) - 1; last%2 == 1 { // the last one is never closed
		parts = append(parts[:last-1], parts[last-1]+"```"+parts[last])
	}
	for i, part := range parts {
		if i%2 == 0 {
			out = append(out, n.lines(part)...)
			continue
		}
		code := strings.TrimSuffix(strings.TrimPrefix(part, "\n"), "\n")
		out = append(out, richtext.Codes(n.verbatim(code), "").Content...)
	}
	return out
}

// verbatim writes what stands in code, where Slack still writes addresses and people as tags.
func (n Names) verbatim(text string) string {
	return unescape(tag.ReplaceAllStringFunc(text, func(whole string) string {
		return richtext.Document{Content: []richtext.Node{richtext.P(n.tag(whole[1 : len(whole)-1]))}}.Plain()
	}))
}

var bullet = regexp.MustCompile(`^( *)(?:•|◦|▪︎|▪) +(.*)$`)

// lines reads what is no code: quotations, lists and paragraphs, parted by empty lines.
func (n Names) lines(text string) []richtext.Node {
	var out, line, quote []richtext.Node
	var lists lister
	flush := func() {
		out = append(out, lists.done()...)
		if len(quote) > 0 {
			if inside := paragraphs(quote); len(inside) > 0 {
				out = append(out, richtext.Node{Kind: richtext.Blockquote, Content: inside})
			}
			quote = nil
		}
		out = append(out, paragraphs(line)...)
		line = nil
	}
	all := strings.Split(text, "\n")
	for i := 0; i < len(all); i++ {
		said := all[i]
		quoted, isQuote := quotation(said)
		if rest, toEnd := strings.CutPrefix(quoted, "&gt;&gt;"); isQuote && toEnd { // >>> quotes all that follows
			flush()
			said = strings.Join(append([]string{rest}, all[i+1:]...), "\n")
			quote = n.inlineMarkup(strings.TrimLeft(said, " \n"))
			flush()
			return out
		}
		found := bullet.FindStringSubmatch(said)
		switch {
		case isQuote:
			if len(quote) == 0 {
				flush()
			} else {
				quote = append(quote, richtext.T("\n"))
			}
			quote = append(quote, n.inlineMarkup(quoted)...)
		case found != nil:
			if len(lists.open) == 0 {
				flush()
			}
			lists.add(richtext.BulletList, len(found[1])/4, 1, paragraphs(n.inlineMarkup(found[2])))
		case strings.TrimSpace(said) == "":
			flush()
		default:
			if len(quote) > 0 || len(lists.open) > 0 {
				flush()
			}
			if len(line) > 0 {
				line = append(line, richtext.T("\n"))
			}
			line = append(line, n.inlineMarkup(said)...)
		}
	}
	flush()
	return out
}

func quotation(line string) (rest string, is bool) {
	for _, mark := range []string{"&gt;", ">"} {
		if rest, is := strings.CutPrefix(line, mark); is {
			return strings.TrimPrefix(rest, " "), true
		}
	}
	return line, false
}

var styles = map[byte]richtext.Style{'*': richtext.Bold, '_': richtext.Italic, '~': richtext.Strike, '`': richtext.Code}

// inlineMarkup reads tags, marks and emoji of a line.
func (n Names) inlineMarkup(text string) []richtext.Node {
	var out []richtext.Node
	start := 0
	say := func(end int) {
		if end > start {
			out = append(out, emojis(unescape(text[start:end]))...)
		}
	}
	for i := 0; i < len(text); {
		if text[i] == '<' {
			if at := tag.FindStringIndex(text[i:]); at != nil && at[0] == 0 {
				say(i)
				out = append(out, n.tag(text[i+1:i+at[1]-1]))
				i += at[1]
				start = i
				continue
			}
		}
		style, is := styles[text[i]]
		if !is {
			i++
			continue
		}
		end := closing(text, i)
		if end < 0 {
			i++
			continue
		}
		say(i)
		inner := text[i+1 : end]
		if style == richtext.Code {
			out = append(out, richtext.C(n.verbatim(inner)))
		} else {
			out = append(out, marked(n.inlineMarkup(inner), richtext.Mark{Style: style})...)
		}
		i = end + 1
		start = i
	}
	say(len(text))
	return out
}

// closing returns where the mark that may begin at i ends, or -1: marks stand alone and at the edges of words.
func closing(text string, i int) int {
	if wordBefore(text[:i]) || i+1 >= len(text) || text[i+1] == text[i] || i > 0 && text[i-1] == text[i] {
		return -1
	}
	if r, _ := utf8.DecodeRuneInString(text[i+1:]); unicode.IsSpace(r) {
		return -1
	}
	for end := i + 2; end < len(text) && end-i < 4000 && text[end] != '\n'; end++ {
		if text[end] == text[i] && text[end-1] != ' ' && !wordAfter(text[end+1:]) {
			if text[end-1] == text[i] || end+1 < len(text) && text[end+1] == text[i] {
				return -1
			}
			return end
		}
	}
	return -1
}

// tag reads what stands between < and >.
func (n Names) tag(inside string) richtext.Node {
	target, label, _ := strings.Cut(inside, "|")
	label = unescape(label)
	switch {
	case strings.HasPrefix(target, "@"):
		return n.user(target[1:], label)
	case strings.HasPrefix(target, "#"):
		return richtext.T("#" + n.channel(target[1:], label))
	case strings.HasPrefix(target, "!subteam^"):
		return richtext.T("@" + n.group(strings.TrimPrefix(target, "!subteam^"), label))
	case strings.HasPrefix(target, "!date^"):
		return richtext.T(label)
	case strings.HasPrefix(target, "!"):
		return richtext.T("@" + first(strings.TrimPrefix(label, "@"), target[1:]))
	}
	address := unescape(target)
	return linkTo(address, first(label, strings.TrimPrefix(address, "mailto:")))
}

// entities are how Slack writes the signs of its markup.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(text string) string { return entities.Replace(text) }

func wordBefore(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return text != "" && wordy(r)
}

func wordAfter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && wordy(r)
}
