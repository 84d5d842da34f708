package richtext

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/musterhq/muster/internal/kernel/id"
)

// state is what the inline parsers know while one source is read.
type state struct {
	options      Options
	linkBudget   int   // failing attempts at a link; each may cost the length of a paragraph
	markBudget   int   // marks of emphasis; each may be compared with all before it
	hrefBudget   int   // failing attempts at a bare address; each may cost the length of the longest
	handleBudget int   // look-ups of handles so far
	mistake      error // the first mistake in a variable
}

var stateKey = parser.NewContextKey()

func stateOf(context parser.Context) *state { return context.Get(stateKey).(*state) }

// inlineNode carries a finished node of ours through goldmark's tree.
type inlineNode struct {
	ast.BaseInline
	node Node
}

var inlineKind = ast.NewNodeKind("RichtextInline")

// Kind returns the node's kind, as goldmark asks.
func (*inlineNode) Kind() ast.NodeKind { return inlineKind }

// Dump prints the node for debugging, as goldmark asks.
func (n *inlineNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// linkParser is goldmark's with a limit on attempts that fail, which would cost quadratic time.
type linkParser struct{ inner parser.InlineParser }

func (p linkParser) Trigger() []byte { return p.inner.Trigger() }

func (p linkParser) Parse(parent ast.Node, block text.Reader, context parser.Context) ast.Node {
	s := stateOf(context)
	if s.linkBudget <= 0 {
		return nil
	}
	closing := block.Peek() == ']'
	made := p.inner.Parse(parent, block, context)
	if closing && made == nil {
		s.linkBudget--
	}
	return made
}

// CloseBlock lets goldmark's parser end a paragraph.
func (p linkParser) CloseBlock(parent ast.Node, block text.Reader, context parser.Context) {
	if closer, ok := p.inner.(parser.CloseBlocker); ok {
		closer.CloseBlock(parent, block, context)
	}
}

// markParser is one of goldmark's for emphasis with a limit on marks, which are compared with each other.
type markParser struct{ inner parser.InlineParser }

func (p markParser) Trigger() []byte { return p.inner.Trigger() }

func (p markParser) Parse(parent ast.Node, block text.Reader, context parser.Context) ast.Node {
	s := stateOf(context)
	if s.markBudget <= 0 {
		return nil
	}
	s.markBudget--
	return p.inner.Parse(parent, block, context)
}

// atParser reads @[Name](user:ID), and @handle where a look-up is given.
type atParser struct{}

func (atParser) Trigger() []byte { return []byte{'@'} }

var explicitMention = regexp.MustCompile(`^@\[((?:[^\]\[\\\n]|\\.){1,200})\]\(user:([0-9A-Za-z]{26})\)`)

func (atParser) Parse(_ ast.Node, block text.Reader, context parser.Context) ast.Node {
	line, _ := block.PeekLine()
	options := stateOf(context).options
	if len(line) > 1 && line[1] == '[' {
		found := explicitMention.FindSubmatch(line[:min(len(line), 500)])
		if found == nil {
			return nil
		}
		person := Person{ID: id.ID(found[2]), Name: oneLineOf(unescape(found[1]))}
		if options.Name != nil {
			name, known := options.Name(person.ID)
			if !known {
				block.Advance(len(found[0]))
				return &inlineNode{node: T("@" + person.Name)}
			}
			person.Name = name
		}
		if !person.ID.Valid() || person.Name == "" {
			return nil
		}
		block.Advance(len(found[0]))
		return &inlineNode{node: At(person.ID, person.Name)}
	}
	if options.Handle == nil || wordy(block.PrecendingCharacter()) {
		return nil
	}
	return typedHandle(line, block, stateOf(context))
}

const mostHandles = 2000 // look-ups in one source

// typedHandle tries the longest run of up to three words first, so that @Ada Lovelace wins over @Ada.
func typedHandle(line []byte, block text.Reader, s *state) ast.Node {
	ends := handleEnds(line)
	for i := len(ends) - 1; i >= 0 && s.handleBudget < mostHandles; i-- {
		s.handleBudget++
		if person, ok := s.options.Handle(string(line[1:ends[i]])); ok {
			block.Advance(ends[i])
			return &inlineNode{node: At(person.ID, person.Name)}
		}
	}
	return nil
}

// handleEnds returns where the first one, two and three words after the @ end, each also without trailing punctuation.
func handleEnds(line []byte) []int {
	var ends []int
	at := 1
	for range 3 {
		start := at
		for at < len(line) && at-start < 64 {
			r, size := utf8.DecodeRune(line[at:])
			if !wordy(r) && !strings.ContainsRune("._-'’", r) && !unicode.Is(unicode.M, r) {
				break
			}
			at += size
		}
		if at == start {
			break
		}
		if trimmed := start + len(bytes.TrimRight(line[start:at], "._-'")); trimmed != at && trimmed > start {
			ends = append(ends, trimmed)
		}
		ends = append(ends, at)
		if at >= len(line) || line[at] != ' ' {
			break
		}
		at++
	}
	return ends
}

func wordy(r rune) bool { return alphanumeric(r) || r == '_' }

func alphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// colonParser reads :shortcodes: and finds bare addresses by the colon of their scheme.
type colonParser struct{}

func (colonParser) Trigger() []byte { return []byte{':'} }

func (colonParser) Parse(parent ast.Node, block text.Reader, context parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if bytes.HasPrefix(line, []byte("://")) {
		s := stateOf(context)
		if s.hrefBudget <= 0 {
			return nil
		}
		made := bareAddress(parent, block, line, segment)
		if made == nil {
			s.hrefBudget--
		}
		return made
	}
	name, ok := shortcode(line)
	if !ok || alphanumeric(block.PrecendingCharacter()) {
		return nil
	}
	if next, _ := utf8.DecodeRune(line[len(name)+2:]); alphanumeric(next) {
		return nil
	}
	block.Advance(len(name) + 2)
	return &inlineNode{node: Node{Kind: Emoji, Name: name}}
}

// shortcode returns the known name in a text that starts with :name:.
func shortcode(line []byte) (string, bool) {
	end := bytes.IndexByte(line[1:min(len(line), 48)], ':')
	if end < 1 {
		return "", false
	}
	name := string(line[1 : end+1])
	_, known := emojis[name]
	return name, known
}

// bareAddress takes the scheme back from the text before the colon.
func bareAddress(parent ast.Node, block text.Reader, line []byte, segment text.Segment) ast.Node {
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || before.Segment.Stop != segment.Start || before.SoftLineBreak() || before.HardLineBreak() {
		return nil
	}
	said := before.Segment.Value(block.Source())
	scheme := schemeBefore(said)
	length := addressEnd(line)
	if scheme == "" || length <= len("://") {
		return nil
	}
	href := scheme + string(line[:length])
	if !SafeURL(href) {
		return nil
	}
	if rest := before.Segment.WithStop(before.Segment.Stop - len(scheme)); rest.Len() > 0 {
		before.Segment = rest
	} else {
		parent.RemoveChild(parent, before)
	}
	block.Advance(length)
	return &inlineNode{node: A(href, href)}
}

// schemeBefore returns the http or https that ends said, as written, when no word runs into it.
func schemeBefore(said []byte) string {
	for _, scheme := range []string{"https", "http"} {
		if len(said) < len(scheme) || !strings.EqualFold(string(said[len(said)-len(scheme):]), scheme) {
			continue
		}
		r, _ := utf8.DecodeLastRune(said[:len(said)-len(scheme)])
		if r < utf8.RuneSelf && wordy(r) {
			return ""
		}
		return string(said[len(said)-len(scheme):])
	}
	return ""
}

// addressEnd returns how much of text belongs to an address; what usually ends a sentence around it does not.
func addressEnd(line []byte) int {
	end, open, closed := 0, 0, 0
scan:
	for end < len(line) && end < maxHref {
		r, size := utf8.DecodeRune(line[end:])
		switch {
		case r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>[]{}|\\^`\"“”‘’«»", r):
			break scan
		case r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFF0F || r >= 0xFF1A && r <= 0xFF20: // CJK punctuation
			break scan
		case r == '(':
			open++
		case r == ')':
			closed++
		}
		end += size
	}
	for end > 0 {
		switch c := line[end-1]; {
		case c == ')' && closed > open:
			closed--
		case c != ')' && strings.IndexByte("?!.,:;*_~'", c) >= 0:
		default:
			return end
		}
		end--
	}
	return 0
}
