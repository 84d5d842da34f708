package richtext

import (
	"slices"
	"strconv"
	"strings"
)

// FeatureSet names what a place can show, as the public API does.
type FeatureSet string

// The feature sets, from one line of plain text to everything.
const (
	PlainSingleLine            FeatureSet = "plain_single_line"
	PlainSingleLineWithSecrets FeatureSet = "plain_single_line_with_secrets"
	PlainMultiLine             FeatureSet = "plain_multi_line"
	BasicNoLinks               FeatureSet = "basic_no_links"
	Basic                      FeatureSet = "basic"
	MrkdwnSet                  FeatureSet = "mrkdwn"
	Jira                       FeatureSet = "jira"
	SlackRichText              FeatureSet = "slack_rich_text"
	SlackRichTextWithHeadings  FeatureSet = "slack_rich_text_with_headings"
	Rich                       FeatureSet = "rich"
	RichWithImages             FeatureSet = "rich_with_images"
)

// FeatureSets returns every feature set in the order in which the public API lists them.
func FeatureSets() []FeatureSet {
	return []FeatureSet{
		Basic, BasicNoLinks, Jira, MrkdwnSet, PlainMultiLine, PlainSingleLine, PlainSingleLineWithSecrets,
		Rich, RichWithImages, SlackRichText, SlackRichTextWithHeadings,
	}
}

// Known reports whether there is such a feature set.
func (s FeatureSet) Known() bool { return slices.Contains(FeatureSets(), s) }

var (
	basicMarks = []Style{Bold, Italic, Strike, Underline, Code}
	chatMarks  = []Style{Bold, Italic, Strike, Code, Link}
	allMarks   = append([]Style{Link}, basicMarks...)
	lists      = []Kind{BulletList, OrderedList, ListItem}
	chatBlocks = append([]Kind{CodeBlock, Blockquote, Mention, Emoji, HardBreak}, lists...)
	richBlocks = append([]Kind{Heading, HorizontalRule}, chatBlocks...)
)

// allowed holds what each set has besides paragraphs, words and variables, which every set has.
var allowed = map[FeatureSet]struct {
	nodes []Kind
	marks []Style
}{
	PlainSingleLine:            {},
	PlainSingleLineWithSecrets: {},
	PlainMultiLine:             {nodes: []Kind{HardBreak}},
	BasicNoLinks:               {nodes: []Kind{HardBreak, Mention, Emoji}, marks: basicMarks},
	Basic:                      {nodes: []Kind{HardBreak, Mention, Emoji}, marks: allMarks},
	MrkdwnSet:                  {nodes: []Kind{HardBreak, Mention, Emoji, CodeBlock, Blockquote}, marks: chatMarks},
	Jira:                       {nodes: append([]Kind{Heading, HorizontalRule, HardBreak, CodeBlock, Blockquote}, lists...), marks: allMarks},
	SlackRichText:              {nodes: chatBlocks, marks: chatMarks},
	SlackRichTextWithHeadings:  {nodes: append([]Kind{Heading}, chatBlocks...), marks: chatMarks},
	Rich:                       {nodes: richBlocks, marks: allMarks},
	RichWithImages:             {nodes: append([]Kind{Image}, richBlocks...), marks: allMarks},
}

// Restrict returns the document with only what a feature set has, words kept, and lists what was lost. An unknown set keeps
// nothing but plain lines; callers check Known where a person can choose.
func Restrict(d Document, set FeatureSet) (Document, Dropped) {
	r := restricter{nodes: map[Kind]bool{Paragraph: true, Text: true, Variable: true}, marks: map[Style]bool{}}
	for _, kind := range allowed[set].nodes {
		r.nodes[kind] = true
	}
	for _, style := range allowed[set].marks {
		r.marks[style] = true
	}
	nodes := r.blocks(d.Content)
	if !r.nodes[HardBreak] {
		nodes = r.oneParagraph(nodes)
	}
	content, _ := fit(nodes)
	return Document{Source: d.Source, Content: content}, r.dropped
}

type restricter struct {
	nodes   map[Kind]bool
	marks   map[Style]bool
	dropped Dropped
}

func (r *restricter) blocks(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		out = append(out, r.block(n)...)
	}
	return out
}

func (r *restricter) block(n Node) []Node {
	if n.Kind == Paragraph || (n.Kind == Heading && r.nodes[Heading]) {
		n.Content = r.inline(n.Content)
		return []Node{n}
	}
	if r.nodes[n.Kind] {
		if n.Kind != CodeBlock {
			n.Content = r.blocks(n.Content)
		}
		return []Node{n}
	}
	r.dropped.add(n.Kind.name())
	switch n.Kind {
	case Heading:
		if r.marks[Bold] {
			for i, c := range n.Content {
				n.Content = slices.Clone(n.Content)
				n.Content[i].Marks = emphasised(c.Marks, Mark{Style: Bold})
			}
		}
		return []Node{P(r.inline(n.Content)...)}
	case CodeBlock:
		return []Node{P(n.Content...)}
	case BulletList, OrderedList:
		return r.asLines(n)
	default:
		return r.blocks(n.Content)
	}
}

// asLines writes a list as lines of one paragraph with a bullet or number before each.
func (r *restricter) asLines(list Node) []Node {
	var lines []Node
	for i, item := range list.Content {
		first := "• "
		if list.Kind == OrderedList {
			first = strconv.Itoa(list.Start+i) + ". "
		}
		if i > 0 {
			lines = append(lines, Br())
		}
		lines = append(lines, T(first))
		for j, block := range r.blocks(item.Content) {
			if j > 0 {
				lines = append(lines, Br())
			}
			lines = append(lines, block.Content...)
		}
	}
	if allInline(lines) {
		return []Node{P(lines...)}
	}
	return lines
}

func (r *restricter) inline(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		var kept []Mark
		for _, m := range n.Marks {
			if r.marks[m.Style] {
				kept = append(kept, m)
				continue
			}
			r.dropped.add(string(m.Style))
		}
		n.Marks = kept
		if !r.nodes[n.Kind] {
			if n.Kind == HardBreak { // one line: the break becomes a space
				out = append(out, T(" "))
				continue
			}
			if _, shown := emojis[n.Name]; n.Kind != Emoji || !shown { // a character says all that the node did
				r.dropped.add(n.Kind.name())
			}
			n = Node{Kind: Text, Text: words([]Node{n}, " "), Marks: kept}
		}
		out = append(out, n)
	}
	return out
}

func (r *restricter) oneParagraph(blocks []Node) []Node {
	var line []Node
	for i, b := range blocks {
		if i > 0 {
			line = append(line, T(" "))
		}
		for _, n := range b.Content {
			switch n.Kind {
			case HardBreak:
				n = T(" ")
			case Text:
				n.Text = strings.ReplaceAll(n.Text, "\n", " ")
			}
			line = append(line, n)
		}
	}
	if len(line) == 0 {
		return nil
	}
	return []Node{P(line...)}
}
