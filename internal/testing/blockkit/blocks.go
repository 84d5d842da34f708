package blockkit

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// node is any part of Block Kit; which fields count depends on its type (https://docs.slack.dev/reference/block-kit).
type node struct {
	Type      string
	Text      json.RawMessage // a text object, or words in rich text
	Fields    []node
	Elements  []node
	Accessory *node
	Element   *node
	Label     *node
	Hint      *node
	Title     *node
	Close     *node
	Submit    *node
	Blocks    json.RawMessage
	Style     json.RawMessage // of a button "primary"; of words {"bold": true}; of a list "bullet"
	Indent    int
	Offset    int
	URL       string
	UserID    string `json:"user_id"`
	Name      string
	AltText   string `json:"alt_text"`
	ImageURL  string `json:"image_url"`
	SlackFile struct {
		ID  string
		URL string
	} `json:"slack_file"`
	Placeholder    *node
	InitialValue   string `json:"initial_value"`
	InitialUser    string `json:"initial_user"`
	InitialOption  *node  `json:"initial_option"`
	InitialOptions []node `json:"initial_options"`
	Multiline      bool
	Optional       bool
	Options        []node
	Description    *node
	Value          string
}

// words are those of a text object, or of rich text.
func (n *node) words() (text string, markup bool) {
	if n == nil || len(n.Text) == 0 {
		return "", false
	}
	if json.Unmarshal(n.Text, &text) == nil {
		return text, n.Type == "mrkdwn"
	}
	var object node
	if json.Unmarshal(n.Text, &object) != nil {
		return "", false
	}
	return object.words()
}

// text draws a text object or a node that has one.
func (a *artist) text(n *node) {
	text, markup := n.words()
	if markup {
		a.mrkdwn(text)
	} else {
		for {
			at := shortName.FindStringIndex(text)
			if at == nil {
				break
			}
			a.put("%s%s", text[:at[0]], emoji(text[at[0]:at[1]]))
			text = text[at[1]:]
		}
		a.put("%s", text)
	}
}

func (a *artist) blocks(data json.RawMessage) error {
	var blocks []node
	if err := json.Unmarshal(data, &blocks); err != nil {
		return fmt.Errorf("read blocks: %w", err)
	}
	for n := range blocks {
		if err := a.block(&blocks[n]); err != nil {
			return err
		}
	}
	return nil
}

func (a *artist) block(n *node) error {
	switch n.Type {
	case "header":
		a.put(`<h2>`)
		a.text(n)
		a.put(`</h2>`)
	case "divider":
		a.put(`<hr>`)
	case "section":
		a.section(n)
	case "context":
		a.put(`<div class="block context">`)
		for i := range n.Elements {
			a.put(`<span>`)
			a.text(&n.Elements[i])
			a.put(`</span>`)
		}
		a.put(`</div>`)
	case "actions":
		a.put(`<div class="block actions">`)
		for i := range n.Elements {
			a.control(&n.Elements[i])
		}
		a.put(`</div>`)
	case "image":
		name := n.SlackFile.ID
		if name == "" {
			name = n.ImageURL
		}
		a.image(name, n.AltText)
	case "rich_text":
		a.put(`<div class="block rich">`)
		for i := range n.Elements {
			a.rich(&n.Elements[i])
		}
		a.put(`</div>`)
	case "input":
		a.input(n)
	default:
		return fmt.Errorf("there is no picture of a block of type %q", n.Type)
	}
	return nil
}

func (a *artist) section(n *node) {
	a.put(`<div class="block section"><div class="grow">`)
	if len(n.Text) > 0 {
		a.put(`<div class="text">`)
		a.text(n)
		a.put(`</div>`)
	}
	if len(n.Fields) > 0 {
		a.put(`<div class="fields">`)
		for i := range n.Fields {
			a.put(`<div>`)
			a.text(&n.Fields[i])
			a.put(`</div>`)
		}
		a.put(`</div>`)
	}
	a.put(`</div>`)
	if n.Accessory != nil {
		a.control(n.Accessory)
	}
	a.put(`</div>`)
}

func (a *artist) image(name, alt string) {
	a.put(`<figure><figcaption>%s</figcaption><img src="%s" alt=""></figure>`, alt, a.picture(name))
}

// rich draws a part of rich text.
func (a *artist) rich(n *node) {
	inside := func(tag string) {
		a.put("<" + tag + ">")
		for i := range n.Elements {
			a.inline(&n.Elements[i])
		}
		a.put("</" + tag + ">")
	}
	switch n.Type {
	case "rich_text_quote":
		inside("blockquote")
	case "rich_text_preformatted":
		inside("pre")
	case "rich_text_list":
		tag := "ul"
		if string(n.Style) == `"ordered"` {
			tag = "ol"
		}
		a.put(`<`+tag+` class="indent%s" start="%s">`, strconv.Itoa(n.Indent), strconv.Itoa(n.Offset+1))
		for i := range n.Elements {
			a.put("<li>")
			a.rich(&n.Elements[i])
			a.put("</li>")
		}
		a.put("</" + tag + ">")
	default:
		inside("div")
	}
}

func (a *artist) inline(n *node) {
	var style struct{ Bold, Italic, Strike, Code bool }
	_ = json.Unmarshal(n.Style, &style)
	var closing string
	for _, mark := range []struct {
		set bool
		tag string
	}{{style.Bold, "b"}, {style.Italic, "i"}, {style.Strike, "s"}, {style.Code, "code"}} {
		if mark.set {
			a.put("<" + mark.tag + ">")
			closing = "</" + mark.tag + ">" + closing
		}
	}
	text, _ := n.words()
	switch n.Type {
	case "user":
		a.mention(n.UserID)
	case "emoji":
		a.put("%s", emoji(n.Name))
	case "link":
		if text == "" {
			text = n.URL
		}
		a.put("<a>%s</a>", text)
	default:
		a.put("%s", text)
	}
	a.put(closing)
}
