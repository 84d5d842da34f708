package richtext

import "strings"

// prepare bends Markdown to how people write in a chat: a line after a quotation or a list that is not marked or indented
// ends it, and markers nested deeper than is useful become text.
func prepare(source string) string {
	var b strings.Builder
	b.Grow(len(source) + len(source)/16)
	var fence, before shape
	inFence := false
	for line := range strings.Lines(source) {
		now := shapeOf(line)
		if inFence {
			switch {
			case fence.quote && !now.quote: // the quotation ended, and the code in it
				inFence = false
			case now.fence != "" && now.fence[0] == fence.fence[0] && len(now.fence) >= len(fence.fence) && now.bare:
				inFence = false
				before = now
				b.WriteString(line)
				continue
			default:
				b.WriteString(line)
				continue
			}
		}
		if !now.blank && ((before.quote && !now.quote) || (before.list && !now.list && !now.indented && !now.quote)) {
			b.WriteByte('\n')
		}
		if now.fence != "" {
			inFence, fence = true, now
		}
		b.WriteString(shallow(line))
		inList := before.list && !before.blank && now.indented && !now.quote
		before = now
		before.list = before.list || inList
	}
	return b.String()
}

// shape is what the start of a line says about its block.
type shape struct {
	blank, quote, list, indented bool
	fence                        string // the fence's characters
	bare                         bool   // nothing follows the fence
}

func shapeOf(line string) shape {
	var s shape
	rest := strings.TrimRight(line, " \t\n")
	s.blank = rest == ""
	s.indented = strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
	for n := 0; n < maxDepth; n++ {
		rest = strings.TrimLeft(rest, " \t")
		length, quote := marker(rest)
		if length == 0 {
			break
		}
		s.quote = s.quote || (quote && n == 0)
		s.list = s.list || (!quote && !s.quote)
		rest = rest[length:]
	}
	rest = strings.TrimLeft(rest, " \t")
	for _, c := range []string{"`", "~"} {
		after := strings.TrimLeft(rest, c)
		if length := len(rest) - len(after); length >= 3 && (c == "~" || !strings.Contains(after, "`")) {
			s.fence, s.bare = rest[:length], strings.TrimSpace(after) == ""
		}
	}
	return s
}

// marker returns the length of the quotation or list marker at the start of text, or 0.
func marker(text string) (length int, quote bool) {
	if text == "" {
		return 0, false
	}
	digits := 0
	switch text[0] {
	case '>':
		return 1, true
	case '-', '+', '*':
		length = 1
	default:
		for digits < len(text) && digits < 9 && text[digits] >= '0' && text[digits] <= '9' {
			digits++
		}
		if digits == 0 || digits >= len(text) || (text[digits] != '.' && text[digits] != ')') {
			return 0, false
		}
		length = digits + 1
	}
	if length < len(text) && text[length] != ' ' && text[length] != '\t' {
		return 0, false
	}
	return length, false
}

// shallow escapes the first marker of a line that is nested deeper than documents go.
func shallow(line string) string {
	at := 0
	for n := 0; ; n++ {
		for at < len(line) && (line[at] == ' ' || line[at] == '\t') {
			at++
		}
		length, _ := marker(strings.TrimRight(line[at:min(len(line), at+12)], "\n"))
		if length == 0 {
			return line
		}
		if n == maxDepth {
			if line[at] >= '0' && line[at] <= '9' {
				return line[:at+length-1] + `\` + line[at+length-1:]
			}
			return line[:at] + `\` + line[at:]
		}
		at += length
	}
}
