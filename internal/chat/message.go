package chat

import (
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Message is something that Muster says.
type Message struct {
	// Key is the same for every attempt to say this; a platform posts a key once in a conversation.
	Key string `json:"key"`
	// Target is the key of the posted message that an edit or a deletion is about, or that a post replies to.
	Target string `json:"target,omitempty"`
	Author Author `json:"author"`
	// Broadcast shows a reply in the conversation's own flow too, where the platform can.
	Broadcast bool `json:"broadcast,omitempty"`
	// Line marks what only tells of something done: while several such wait one after the other, they become one message.
	Line bool `json:"line,omitempty"`
	// Late is when it was said, for what could not be passed on in time; zero for what was.
	Late time.Time `json:"late,omitzero"`
	// Text is the whole message in one plain line, for notifications and for readers that show no blocks.
	Text   string  `json:"text"`
	Blocks []Block `json:"blocks"`
}

// Author is who a message is from: Muster itself when User is empty.
type Author struct {
	User string `json:"user,omitempty"` // Muster's id of the person for whom it is said
	Name string `json:"name,omitempty"`
}

// BlockKind is what sort of part of a message a block is.
type BlockKind string

// The kinds of block.
const (
	TextBlock    BlockKind = "text"
	SectionBlock BlockKind = "section" // text with a button beside it
	FieldsBlock  BlockKind = "fields"
	ButtonsBlock BlockKind = "buttons"
	ContextBlock BlockKind = "context" // small print
	DividerBlock BlockKind = "divider"
	ImageBlock   BlockKind = "image"
	FileBlock    BlockKind = "file" // a file of a room's message, which the platform fetches from Muster and keeps
)

// Block is one part of a message; which fields count depends on its kind.
type Block struct {
	Kind    BlockKind          `json:"kind"`
	Text    *richtext.Document `json:"text,omitempty"`
	Fields  []Fact             `json:"fields,omitempty"`
	Buttons []Button           `json:"buttons,omitempty"` // a section has one
	URL     string             `json:"url,omitempty"`     // of an image
	Alt     string             `json:"alt,omitempty"`     // of an image, or the name of a file
	File    id.ID              `json:"file,omitempty"`    // of a file block
}

// Fact is a label with its value, as a card shows them.
type Fact struct {
	Label string            `json:"label"`
	Value richtext.Document `json:"value"`
}

// Style is the weight of a button.
type Style string

// The weights of a button.
const (
	Plain   Style = ""
	Primary Style = "primary"
	Danger  Style = "danger"
)

// Button starts an action, or follows a link when it has a URL.
type Button struct {
	Action  string `json:"action"`          // "incident.role.assign"
	Value   string `json:"value,omitempty"` // what the action is about
	Label   string `json:"label"`
	Style   Style  `json:"style,omitempty"`
	Confirm string `json:"confirm,omitempty"` // the question asked before a dangerous action
	URL     string `json:"url,omitempty"`
}

// Text makes a block of text.
func Text(document richtext.Document) Block { return Block{Kind: TextBlock, Text: &document} }

// Section makes a block of text with a button beside it.
func Section(document richtext.Document, accessory Button) Block {
	return Block{Kind: SectionBlock, Text: &document, Buttons: []Button{accessory}}
}

// Fields makes a block of labels with values.
func Fields(facts ...Fact) Block { return Block{Kind: FieldsBlock, Fields: facts} }

// Buttons makes a row of buttons.
func Buttons(buttons ...Button) Block { return Block{Kind: ButtonsBlock, Buttons: buttons} }

// Context makes a block of small print.
func Context(document richtext.Document) Block { return Block{Kind: ContextBlock, Text: &document} }

// Divider makes a line between blocks.
func Divider() Block { return Block{Kind: DividerBlock} }

// Image makes a picture with its description.
func Image(url, alt string) Block { return Block{Kind: ImageBlock, URL: url, Alt: alt} }

// File makes a block of a room's file.
func File(file id.ID, name string) Block { return Block{Kind: FileBlock, File: file, Alt: name} }

// Say makes a message of text, with the plain line made from its blocks.
func Say(key string, blocks ...Block) Message {
	return Message{Key: key, Text: plainLine(blocks), Blocks: blocks}
}

func plainLine(blocks []Block) string {
	var documents []richtext.Document
	for _, b := range blocks {
		if b.Text != nil {
			documents = append(documents, *b.Text)
		}
		for _, f := range b.Fields {
			documents = append(documents, richtext.Literal(f.Label+": "+f.Value.Line()))
		}
	}
	return richtext.Join(documents...).Excerpt(MostFallback)
}
