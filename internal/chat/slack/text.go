package slack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Names finds who and what is meant in a text; each may be nil, and gives false or "" for what is not known.
type Names struct {
	User    func(slackUser string) (id.ID, string, bool) // Muster's id and the name
	Channel func(channel string) string                  // the name, without #
	Group   func(group string) string                    // the handle, without @
}

// Source gives what a message says as Muster's Markdown, for the room: nothing is lost, and nothing becomes markup that was
// none. It says nothing of files.
func Source(m Message, names Names) string { return Document(m, names).Markdown() }

// Document gives what a message says.
func Document(m Message, names Names) richtext.Document {
	content := names.blocks(m.Blocks)
	if (richtext.Document{Content: content}).Empty() {
		content = names.markup(m.Text)
	}
	for _, a := range m.Attachments {
		content = append(content, names.attachment(a)...)
	}
	return richtext.Of(content...)
}

// attachment quotes a message that was passed on, or what another app says beside its text; what Slack shows of a link by
// itself is left out.
func (n Names) attachment(a Attachment) []richtext.Node {
	if a.FromURL != "" && !a.Shared && !a.Unfurled {
		return nil
	}
	inner := n.blocks(a.Blocks)
	for _, m := range a.Messages {
		inner = append(inner, n.blocks(m.Message.Blocks)...)
	}
	if (richtext.Document{Content: inner}).Empty() {
		inner = slices.Concat(n.markup(a.Pretext), n.markup(a.Title), n.markup(a.Text))
		for _, f := range a.Fields {
			inner = append(inner, n.markup("*"+f.Title+"*: "+f.Value)...)
		}
		if len(inner) == 0 {
			inner = n.markup(a.Fallback)
		}
	}
	if len(inner) == 0 {
		return nil
	}
	if a.AuthorName != "" {
		author := richtext.B(unescape(a.AuthorName))
		if richtext.SafeURL(a.FromURL) {
			author.Marks = append([]richtext.Mark{{Style: richtext.Link, Href: a.FromURL}}, author.Marks...)
		}
		inner = append([]richtext.Node{richtext.P(author)}, inner...)
	}
	return []richtext.Node{{Kind: richtext.Blockquote, Content: inner}}
}

// block is a block of Block Kit, or an element of one: what of it says something.
type block struct {
	Type                                       string
	Text, Title                                words
	Elements                                   []block
	Fields                                     []block
	UserID                                     string `json:"user_id"`
	ChannelID                                  string `json:"channel_id"`
	Group                                      string `json:"usergroup_id"`
	Range, Name, Unicode, URL, Value, Fallback string
	ImageURL                                   string `json:"image_url"`
	SkinTone                                   int    `json:"skin_tone"`
	Style                                      look
	Indent, Offset                             int
	Alt                                        string `json:"alt_text"`
}

// words are a string, or a text object.
type words struct{ Type, Text string }

func (w *words) UnmarshalJSON(data []byte) error {
	type object words
	if json.Unmarshal(data, &w.Text) == nil {
		return nil
	}
	return json.Unmarshal(data, (*object)(w))
}

// look is how a text looks, or the kind of a list or button.
type look struct {
	Name                       string
	Bold, Italic, Strike, Code bool
}

func (l *look) UnmarshalJSON(data []byte) error {
	type object look
	if json.Unmarshal(data, &l.Name) == nil {
		return nil
	}
	return json.Unmarshal(data, (*object)(l))
}

func (l look) marks() []richtext.Mark {
	var out []richtext.Mark
	for style, on := range map[richtext.Style]bool{richtext.Bold: l.Bold, richtext.Italic: l.Italic, richtext.Strike: l.Strike, richtext.Code: l.Code} {
		if on {
			out = append(out, richtext.Mark{Style: style})
		}
	}
	return out
}

// blocks reads blocks; what cannot be read says nothing, and the text of the message stands for it.
func (n Names) blocks(data json.RawMessage) []richtext.Node {
	var list []json.RawMessage
	if len(data) == 0 || json.Unmarshal(data, &list) != nil {
		return nil
	}
	var out []richtext.Node
	for _, one := range list {
		var b block
		if json.Unmarshal(one, &b) == nil {
			out = append(out, n.block(b)...)
		}
	}
	return out
}

func (n Names) block(b block) []richtext.Node {
	switch b.Type {
	case "rich_text":
		return n.rich(b.Elements)
	case "header":
		return []richtext.Node{richtext.P(marked(n.words(b.Text), richtext.Mark{Style: richtext.Bold})...)}
	case "divider":
		return []richtext.Node{{Kind: richtext.HorizontalRule}}
	case "image":
		return n.image(b)
	case "markdown":
		return richtext.Parse(b.Text.Text, richtext.Options{}).Content
	case "actions", "input", "call": // what can be done is not what was said
		return nil
	}
	out := n.object(b.Text)
	for _, f := range b.Fields {
		out = append(out, n.object(words{f.Type, f.Text.Text})...)
	}
	if b.Type == "context" {
		for _, e := range b.Elements {
			if e.Type == "image" {
				out = append(out, n.image(e)...)
				continue
			}
			out = append(out, n.object(words{e.Type, e.Text.Text})...)
		}
	}
	return out
}

func (n Names) image(b block) []richtext.Node {
	said := first(b.Title.Text, b.Alt)
	if said == "" {
		return nil
	}
	return []richtext.Node{richtext.P(linkTo(b.ImageURL, unescape(said)))}
}

func (n Names) object(w words) []richtext.Node {
	if w.Type == "plain_text" {
		return paragraphs(n.words(w))
	}
	return n.markup(w.Text)
}

// words reads plain text, in which emoji alone are markup.
func (n Names) words(w words) []richtext.Node { return emojis(unescape(w.Text)) }

// rich reads the elements of a rich text block.
func (n Names) rich(elements []block) []richtext.Node {
	var out []richtext.Node
	var lists lister
	for _, e := range elements {
		if e.Type != "rich_text_list" {
			out = append(out, lists.done()...)
		}
		switch e.Type {
		case "rich_text_list":
			kind := richtext.BulletList
			if e.Style.Name == "ordered" {
				kind = richtext.OrderedList
			}
			for i, item := range e.Elements {
				lists.add(kind, e.Indent, e.Offset+i+1, paragraphs(n.inline(item.Elements)))
			}
		case "rich_text_preformatted":
			var code strings.Builder
			for _, c := range e.Elements {
				code.WriteString(first(c.Text.Text, c.URL))
			}
			out = append(out, richtext.Codes(code.String(), "").Content...)
		case "rich_text_quote":
			out = append(out, richtext.Node{Kind: richtext.Blockquote, Content: paragraphs(n.inline(e.Elements))})
		case "rich_text_section":
			out = append(out, paragraphs(n.inline(e.Elements))...)
		default:
			out = append(out, paragraphs(n.inline([]block{e}))...)
		}
	}
	return append(out, lists.done()...)
}

func (n Names) inline(elements []block) []richtext.Node {
	var out []richtext.Node
	for _, e := range elements {
		marks := e.Style.marks()
		switch e.Type {
		case "text":
			out = append(out, richtext.Node{Kind: richtext.Text, Text: e.Text.Text, Marks: marks})
		case "link":
			link := linkTo(e.URL, first(e.Text.Text, e.URL))
			link.Marks = append(link.Marks, marks...)
			out = append(out, link)
		case "user":
			out = append(out, marked([]richtext.Node{n.user(e.UserID, "")}, marks...)...)
		case "channel":
			out = append(out, richtext.Node{Kind: richtext.Text, Text: "#" + n.channel(e.ChannelID, ""), Marks: marks})
		case "usergroup":
			out = append(out, richtext.Node{Kind: richtext.Text, Text: "@" + n.group(e.Group, ""), Marks: marks})
		case "broadcast":
			out = append(out, richtext.Node{Kind: richtext.Text, Text: "@" + e.Range, Marks: marks})
		case "emoji":
			out = append(out, marked([]richtext.Node{emojiOf(e)}, marks...)...)
		default: // a date, a color, and whatever Slack will think of
			said := first(e.Text.Text, e.Fallback, e.Value, e.Name, e.URL)
			if said == "" && len(e.Elements) > 0 {
				out = append(out, n.inline(e.Elements)...)
				continue
			}
			out = append(out, richtext.Node{Kind: richtext.Text, Text: said, Marks: marks})
		}
	}
	return out
}

func (n Names) user(slackUser, label string) richtext.Node {
	if n.User != nil {
		if user, name, known := n.User(slackUser); known {
			if user.Valid() {
				return richtext.At(user, name)
			}
			label = first(name, label)
		}
	}
	return richtext.T("@" + first(label, slackUser))
}

func (n Names) channel(channel, label string) string {
	if n.Channel != nil {
		label = first(n.Channel(channel), label)
	}
	return first(label, channel)
}

func (n Names) group(group, label string) string {
	if n.Group != nil {
		label = first(n.Group(group), strings.TrimPrefix(label, "@"))
	}
	return first(strings.TrimPrefix(label, "@"), group)
}

func linkTo(address, text string) richtext.Node {
	if !richtext.SafeURL(address) || strings.HasPrefix(address, "/") {
		return richtext.T(text)
	}
	return richtext.A(text, address)
}

func marked(nodes []richtext.Node, marks ...richtext.Mark) []richtext.Node {
	out := slices.Clone(nodes)
	for i := range out {
		for _, m := range marks {
			if !slices.ContainsFunc(out[i].Marks, func(has richtext.Mark) bool { return has.Style == m.Style }) {
				out[i].Marks = append(slices.Clone(out[i].Marks), m)
			}
		}
	}
	return out
}

// paragraphs parts inline nodes at empty lines.
func paragraphs(inline []richtext.Node) []richtext.Node {
	out := []richtext.Node{richtext.P()}
	for _, n := range inline {
		if n.Kind != richtext.Text {
			out[len(out)-1].Content = append(out[len(out)-1].Content, n)
			continue
		}
		for i, part := range emptyLine.Split(n.Text, -1) {
			if i > 0 {
				out = append(out, richtext.P())
			}
			if part != "" {
				said := n
				said.Text = part
				out[len(out)-1].Content = append(out[len(out)-1].Content, said)
			}
		}
	}
	for i := range out {
		trim(out[i].Content)
	}
	return slices.DeleteFunc(out, func(p richtext.Node) bool { return (richtext.Document{Content: []richtext.Node{p}}).Empty() })
}

// trim takes the white space at both ends of a paragraph away.
func trim(inline []richtext.Node) {
	if len(inline) == 0 {
		return
	}
	if first := &inline[0]; first.Kind == richtext.Text {
		first.Text = strings.TrimLeftFunc(first.Text, unicode.IsSpace)
	}
	if last := &inline[len(inline)-1]; last.Kind == richtext.Text {
		last.Text = strings.TrimRightFunc(last.Text, unicode.IsSpace)
	}
}

var emptyLine = regexp.MustCompile(`\n[ \t]*\n\s*`)

// lister makes lists of items that come one after another with how far each is indented.
type lister struct {
	open []*richtext.Node // the list at each depth, outermost first
	out  []richtext.Node
}

func (l *lister) add(kind richtext.Kind, depth, number int, content []richtext.Node) {
	depth = min(depth, len(l.open))
	for len(l.open) > depth+1 {
		l.shut()
	}
	if len(l.open) == depth+1 {
		if now := l.open[depth]; now.Kind != kind || kind == richtext.OrderedList && number < now.Start+len(now.Content) {
			l.shut()
		}
	}
	if len(l.open) == depth {
		l.open = append(l.open, &richtext.Node{Kind: kind, Start: number})
	}
	now := l.open[depth]
	now.Content = append(now.Content, richtext.Node{Kind: richtext.ListItem, Content: content})
}

// shut puts the innermost list into the last item of the one around it.
func (l *lister) shut() {
	last := len(l.open) - 1
	now := *l.open[last]
	if now.Kind == richtext.BulletList {
		now.Start = 0
	}
	l.open = l.open[:last]
	if last == 0 {
		l.out = append(l.out, now)
		return
	}
	around := l.open[last-1]
	item := &around.Content[len(around.Content)-1]
	item.Content = append(item.Content, now)
}

func (l *lister) done() []richtext.Node {
	for len(l.open) > 0 {
		l.shut()
	}
	out := l.out
	l.out = nil
	return out
}
