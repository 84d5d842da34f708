package richtext

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/musterhq/muster/internal/kernel/id"
)

// Person is who a mention means.
type Person struct {
	ID   id.ID
	Name string
}

// Options say how a source is read; the zero value reads explicit mentions and no variables.
type Options struct {
	// Name gives the present name of the person in @[Name](user:ID), or false for nobody known: then it stays text.
	Name func(id.ID) (string, bool)
	// Handle finds the person meant by @handle or @First Last as typed; nil leaves such words alone.
	Handle func(string) (Person, bool)
	// Variables reads {{name | filter}} as a variable; what is wrong in one stays text (ParseTemplate refuses it).
	Variables bool
}

// Parse reads Markdown as people type it in a chat: a line break is a line break, indented text is no code, HTML is text,
// an answer under a quotation is no part of it. It never fails; its time grows with the length of the source.
func Parse(source string, options Options) Document {
	d, _ := parse(cut(source, MaxBytes), options)
	return d
}

// parse also returns the first mistake in a variable, which stays text.
func parse(source string, options Options) (Document, error) {
	if len(source) > mostMarkup {
		return Document{Source: source, Content: lines(clean(source))}, nil
	}
	prepared := []byte(prepare(clean(source)))
	context := parser.NewContext()
	s := &state{options: options, linkBudget: 20_000_000 / (len(prepared) + 1), markBudget: mostMarks, hrefBudget: mostHrefs}
	context.Set(stateKey, s)
	tree := markdown.Parse(text.NewReader(prepared), parser.WithContext(context))
	reader := treeReader{source: prepared}
	content, _ := fit(reader.blocks(tree, 0))
	return Document{Source: source, Content: content}, s.mistake
}

// mostMarkup is the longest source, in bytes, in which markup is looked for. A longer one is a log or a dump, and goldmark
// takes quadratic time over some of those.
const mostMarkup = 64 << 10

// What of a source is looked at as markup: nobody writes more by hand, and what comes after stays text.
const (
	mostMarks = 4000 // marks of emphasis
	mostHrefs = 500  // schemes of addresses that turn out to be none
)

// lines makes paragraphs of literal text, parted by empty lines.
func lines(text string) []Node {
	var paragraphs []Node
	for part := range strings.SplitSeq(text, "\n\n") {
		if !blank(part) {
			paragraphs = append(paragraphs, P(T(part)))
		}
	}
	return Of(paragraphs...).Content
}

// paragraphParser takes indented lines too, since indentation makes no code here.
type paragraphParser struct{ parser.BlockParser }

// CanAcceptIndentedLine reports that indentation is no obstacle, as goldmark asks.
func (paragraphParser) CanAcceptIndentedLine() bool { return true }

// Reread reads a source again with the present parser, for documents that an earlier version stored.
func (d Document) Reread(options Options) Document {
	if d.Source == "" {
		return d
	}
	return Parse(d.Source, options)
}

var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(paragraphParser{parser.NewParagraphParser()}, 1000)),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(linkParser{inner: parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(atParser{}, 400),
		util.Prioritized(colonParser{}, 400),
		util.Prioritized(braceParser{}, 400),
		util.Prioritized(markParser{parser.NewEmphasisParser()}, 500),
		util.Prioritized(markParser{extension.NewStrikethroughParser()}, 500)),
)

// treeReader turns goldmark's tree into ours.
type treeReader struct{ source []byte }

func (r treeReader) blocks(parent ast.Node, depth int) []Node {
	var out []Node
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, r.block(n, depth))
	}
	return out
}

func (r treeReader) block(n ast.Node, depth int) Node {
	switch n := n.(type) {
	case *ast.Heading:
		return Node{Kind: Heading, Level: n.Level, Content: r.inline(n, nil)}
	case *ast.List:
		list := Node{Kind: BulletList, Content: r.blocks(n, depth+1)}
		if n.IsOrdered() {
			list.Kind, list.Start = OrderedList, n.Start
		}
		return list
	case *ast.ListItem:
		return Node{Kind: ListItem, Content: r.blocks(n, depth+1)}
	case *ast.Blockquote:
		return Node{Kind: Blockquote, Content: r.blocks(n, depth+1)}
	case *ast.ThematicBreak:
		return Node{Kind: HorizontalRule}
	case *ast.FencedCodeBlock:
		block := Node{Kind: CodeBlock, Language: string(n.Language(r.source))}
		if code := string(n.Lines().Value(r.source)); code != "" {
			block.Content = []Node{T(code)}
		}
		return block
	default:
		return Node{Kind: Paragraph, Content: r.inline(n, nil)}
	}
}

func (r treeReader) inline(parent ast.Node, marks []Mark) []Node {
	var out []Node
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			out = appendText(out, unescape(n.Segment.Value(r.source)), marks)
			if n.SoftLineBreak() || n.HardLineBreak() {
				out = append(out, Br())
			}
		case *ast.String:
			out = appendText(out, string(n.Value), marks)
		case *ast.CodeSpan:
			out = appendText(out, r.code(n), emphasised(marks, Mark{Style: Code}))
		case *ast.Emphasis:
			style := Italic
			if n.Level == 2 {
				style = Bold
			}
			out = append(out, r.inline(n, emphasised(marks, Mark{Style: style}))...)
		case *extast.Strikethrough:
			out = append(out, r.inline(n, emphasised(marks, Mark{Style: Strike}))...)
		case *ast.Link:
			out = append(out, r.inline(n, linked(marks, unescape(n.Destination)))...)
		case *ast.AutoLink:
			href := string(n.URL(r.source))
			if n.AutoLinkType == ast.AutoLinkEmail {
				href = "mailto:" + href
			}
			out = appendText(out, string(n.Label(r.source)), linked(marks, href))
		case *ast.Image:
			alt := words(r.inline(n, nil), " ")
			if src := unescape(n.Destination); SafeURL(src) {
				out = append(out, Node{Kind: Image, Src: src, Alt: alt, Marks: marks})
			} else {
				out = appendText(out, alt, marks)
			}
		case *inlineNode:
			made := n.node
			if made.Kind == Text && len(made.Marks) > 0 { // a bare address
				out = appendText(out, made.Text, linked(marks, made.href()))
				continue
			}
			made.Marks = marks
			out = append(out, made)
		default:
			out = append(out, r.inline(n, marks)...)
		}
	}
	return out
}

func (r treeReader) code(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(r.source))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func linked(marks []Mark, href string) []Mark {
	if !SafeURL(href) {
		return marks
	}
	return emphasised(marks, Mark{Style: Link, Href: href})
}

// unescape takes away the backslash before punctuation.
func unescape(raw []byte) string { return string(util.UnescapePunctuations(raw)) }
