package slack

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Writer writes messages, forms and pages as Slack's Block Kit (https://docs.slack.dev/reference/block-kit).
type Writer struct {
	// Person gives Slack's id of somebody by Muster's, or "" when they are not in the workspace; it may be nil.
	Person func(user id.ID) string
	// Base is the address of Muster, without a slash at its end; it makes addresses of this site whole.
	Base string
	// File gives the id of a picture that Slack has, by its address, or ""; it may be nil.
	File func(url string) string
	// Uploaded gives the file of a room's message as the workspace has it, empty where it does not; it may be nil.
	Uploaded func(file id.ID) Uploaded
}

// Uploaded is a file that was brought into a workspace.
type Uploaded struct {
	ID        string // Slack's
	Permalink string
	Picture   bool
}

// What a message takes. Slack's documents know the number of blocks; that their whole length is limited too, near 13,000
// characters, shows only in its answers.
const (
	mostMessage = 12_000
	mostRich    = 9_000 // of one rich text block as JSON; what is longer is written as markup
	mostHome    = 100
)

// linkAction is the action of buttons that only follow a link: Slack reports them, and nothing is to be done.
const linkAction = "link"

// Blocks writes a message. What one message of Slack cannot hold is left out with a line that says so; Parts leaves out
// nothing.
func (w Writer) Blocks(m chat.Message) []slack.Block {
	parts := w.Parts(m)
	if len(parts) == 0 {
		return nil
	}
	if len(parts) > 1 {
		first := parts[0]
		note := w.small(richtext.Literal("The rest is too long to be shown here."))
		return append(first[:min(len(first), chat.MostBlocks-1):min(len(first), chat.MostBlocks-1)], note)
	}
	return parts[0]
}

// Parts writes a message as one or several, each within what Slack takes.
func (w Writer) Parts(m chat.Message) [][]slack.Block {
	var parts [][]slack.Block
	used := 0
	blocks := w.blocks(m.Blocks)
	if !m.Late.IsZero() {
		blocks = append(blocks, lateNote(m.Late))
	}
	for _, b := range blocks {
		length := size(b)
		if last := len(parts) - 1; last < 0 || len(parts[last]) == chat.MostBlocks || used+length > mostMessage {
			parts, used = append(parts, nil), 0
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], b)
		used += length
	}
	return parts
}

// lateNote says when something was said that could not be passed on at once, in each reader's own time zone.
func lateNote(at time.Time) slack.Block {
	unix := strconv.FormatInt(at.Unix(), 10)
	return slack.NewContextBlock("", markup("Said <!date^"+unix+"^{date_short_pretty} at {time}|"+at.Format("Jan 2 15:04")+" UTC>, brought here later"))
}

// Fallback writes the message in one line, for notifications and screen readers.
func (w Writer) Fallback(m chat.Message) string { return escapes.Replace(m.Fit().Text) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// size is what a block counts towards mostMessage.
func size(b slack.Block) int {
	data, err := json.Marshal(b)
	if err != nil {
		return mostMessage
	}
	return utf8.RuneCount(data)
}

func (w Writer) blocks(blocks []chat.Block) []slack.Block {
	ids := actionIDs{}
	var out []slack.Block
	for _, whole := range blocks {
		for _, b := range (chat.Message{Blocks: []chat.Block{whole}}).Fit().Blocks {
			out = append(out, w.block(b, ids)...)
		}
	}
	return out
}

func (w Writer) block(b chat.Block, ids actionIDs) []slack.Block {
	switch b.Kind {
	case chat.TextBlock:
		return w.text(*b.Text)
	case chat.SectionBlock:
		button := w.button(b.Buttons[0], ids)
		texts := w.texts(*b.Text, chat.MostText)
		if len(texts) == 0 {
			return []slack.Block{slack.NewActionBlock("", button)}
		}
		out := sections(texts)
		out[0].(*slack.SectionBlock).Accessory = slack.NewAccessory(button)
		return out
	case chat.FieldsBlock:
		return w.fields(b.Fields)
	case chat.ButtonsBlock:
		return w.buttons(b.Buttons, ids)
	case chat.ContextBlock:
		var out []slack.Block
		for _, text := range w.texts(*b.Text, chat.MostText) {
			out = append(out, slack.NewContextBlock("", markup(text)))
		}
		return out
	case chat.DividerBlock:
		return []slack.Block{slack.NewDividerBlock()}
	case chat.ImageBlock:
		return w.picture(b)
	case chat.FileBlock:
		return w.file(b)
	}
	return nil
}

// text writes words exactly as they are meant, which rich text does and markup cannot: in markup a star in a name is bold.
func (w Writer) text(d richtext.Document) []slack.Block {
	var out []slack.Block
	var run []richtext.Node
	flush := func() {
		part := richtext.Document{Content: run}
		run = nil
		if part.Empty() {
			return
		}
		rich := slack.NewRichTextBlock("", w.rich(part.Content)...)
		if size(rich) <= mostRich {
			out = append(out, rich)
			return
		}
		out = append(out, sections(w.texts(part, chat.MostText))...)
	}
	for _, n := range d.Content {
		if n.Kind == richtext.HorizontalRule {
			flush()
			out = append(out, slack.NewDividerBlock())
			continue
		}
		run = append(run, n)
	}
	flush()
	return out
}

// texts writes a document as pieces of markup that each fit into a block.
func (w Writer) texts(d richtext.Document, limit int) []string {
	var out []string
	for _, part := range chat.Split(d, limit) {
		text := w.mrkdwn(part)
		switch {
		case utf8.RuneCountInString(text) > chat.MostText && limit > chat.MostText/16: // whole addresses are longer than counted
			out = append(out, w.texts(part, limit/2)...)
		case text != "":
			out = append(out, text)
		}
	}
	return out
}

func sections(texts []string) []slack.Block {
	var out []slack.Block
	for _, text := range texts {
		out = append(out, slack.NewSectionBlock(markup(text), nil, nil, slack.SectionBlockOptionExpand(true)))
	}
	return out
}

// small writes a short line of Muster's own in small print.
func (w Writer) small(d richtext.Document) slack.Block {
	return slack.NewContextBlock("", markup(w.mrkdwn(d)))
}

// mostLabel is how much of a fact's label is shown; Slack gives label and value 2,000 characters.
const mostLabel = 100

func (w Writer) fields(facts []chat.Fact) []slack.Block {
	var fields []*slack.TextBlockObject
	for _, f := range facts {
		label := w.mrkdwn(richtext.Of(richtext.P(richtext.B(richtext.Truncate(f.Label, mostLabel)))))
		value := "–"
		for limit := chat.MostFact / 2; ; limit /= 2 { // what is longer than that is no fact for a card
			if text := w.mrkdwn(chat.Split(f.Value, limit)[0]); utf8.RuneCountInString(text) <= chat.MostFact/2 {
				value = first(text, value)
				break
			}
		}
		fields = append(fields, markup(label+"\n"+value))
	}
	if len(fields) == 0 {
		return nil
	}
	return []slack.Block{slack.NewSectionBlock(nil, fields, nil)}
}

func (w Writer) buttons(buttons []chat.Button, ids actionIDs) []slack.Block {
	var elements []slack.BlockElement
	for _, b := range buttons {
		elements = append(elements, w.button(b, ids))
	}
	if len(elements) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("", elements...)}
}

// Limits of the question asked before an action.
const (
	mostQuestion = 300
	mostAnswer   = 30
)

func (w Writer) button(b chat.Button, ids actionIDs) *slack.ButtonBlockElement {
	action := b.Action
	if b.URL != "" {
		action = linkAction
	}
	out := slack.NewButtonBlockElement(ids.next(action), b.Value, plain(b.Label, chat.MostLabel))
	if b.URL != "" {
		out.URL = w.whole(b.URL)
	}
	switch b.Style {
	case chat.Primary:
		out.Style = slack.StylePrimary
	case chat.Danger:
		out.Style = slack.StyleDanger
	}
	if b.Confirm != "" {
		out.Confirm = slack.NewConfirmationBlockObject(plain("Are you sure?", 100), plain(b.Confirm, mostQuestion), plain(b.Label, mostAnswer), plain("Cancel", mostAnswer))
		if b.Style == chat.Danger {
			out.Confirm.Style = slack.StyleDanger
		}
	}
	return out
}

// picture shows what Slack holds or anybody can fetch. One of Muster's own needs a session, which Slack does not have: it
// becomes a link.
func (w Writer) picture(b chat.Block) []slack.Block {
	alt := richtext.Truncate(b.Alt, chat.MostFact)
	if w.File != nil {
		if file := w.File(b.URL); file != "" {
			return []slack.Block{slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: file}, alt, "", nil)}
		}
	}
	address := w.whole(b.URL)
	own := w.Base != "" && strings.HasPrefix(address, w.Base+"/")
	if web(address) && !own && len(address) <= chat.MostText {
		return []slack.Block{slack.NewImageBlock(address, alt, "", nil)}
	}
	return w.text(richtext.Of(richtext.P(richtext.A(alt, address))))
}

// file shows a picture, or names a file with a link to it; one that Slack does not have is named alone.
func (w Writer) file(b chat.Block) []slack.Block {
	var there Uploaded
	if w.Uploaded != nil {
		there = w.Uploaded(b.File)
	}
	if there.Picture && there.ID != "" {
		return []slack.Block{slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: there.ID}, richtext.Truncate(b.Alt, chat.MostFact), "", nil)}
	}
	name := richtext.T(b.Alt)
	if there.Permalink != "" {
		name = richtext.A(b.Alt, there.Permalink)
	}
	return w.text(richtext.Of(richtext.P(richtext.T("📎 "), name)))
}

// whole makes an address of this site one that works everywhere.
func (w Writer) whole(address string) string {
	if strings.HasPrefix(address, "/") {
		return w.Base + address
	}
	return address
}

func web(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// actionIDs counts how often an action stands in a message, since Slack wants each id once.
type actionIDs map[string]int

func (ids actionIDs) next(action string) string {
	ids[action]++
	if n := ids[action]; n > 1 {
		return action + "#" + strconv.Itoa(n)
	}
	return action
}

// actionOf takes from the id of a button what makes it unique.
func actionOf(id string) string {
	action, _, _ := strings.Cut(id, "#")
	return action
}

// markup is text that Slack reads as mrkdwn; what looks like an address or a name in it is left alone.
func markup(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

// plain is text in which nothing is markup.
func plain(text string, most int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, richtext.Truncate(strings.TrimSpace(text), most), false, false)
}
