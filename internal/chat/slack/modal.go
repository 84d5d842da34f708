package slack

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Meta is what a modal carries through Slack and back.
type Meta struct {
	Value   string `json:"v,omitempty"`  // of the form
	Channel string `json:"c,omitempty"`  // where it was asked for
	Message string `json:"m,omitempty"`  // whose button asked for it
	Thread  string `json:"th,omitempty"` // in which it was asked for
	// Key makes a second submission one with the first.
	Key string `json:"k,omitempty"`
	// Kept holds people who stand in the form but are not in Slack, by input: choosing nobody else keeps them.
	Kept map[string]string `json:"p,omitempty"`
	// Quote is the message that an incident is declared from.
	Quote *Quote `json:"q,omitempty"`
}

// Quote is a message that goes on elsewhere: who wrote it, by Slack's id, its address, and what it says as Muster's Markdown.
type Quote struct {
	By      string `json:"b,omitempty"`
	Address string `json:"a,omitempty"`
	Text    string `json:"t"`
}

// MetaOf reads what a modal carries.
func MetaOf(view slack.View) Meta {
	var m Meta
	if json.Unmarshal([]byte(view.PrivateMetadata), &m) != nil {
		return Meta{}
	}
	return m
}

func (m Meta) String() string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(m) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// What a modal takes (https://docs.slack.dev/reference/views/modal-views, .../block-kit/block-elements).
const (
	mostModal       = 100  // blocks
	mostTitle       = 24   // characters
	mostInputText   = 3000 // characters of one answer
	mostHint        = 2000
	mostPlaceholder = 150
	mostChoices     = 10   // radio buttons or boxes
	mostOptions     = 100  // of a menu, or of a group of one
	mostGrouped     = 1500 // of a menu with groups: the whole modal must not grow beyond what Slack takes
	mostOptionValue = 150
	mostMeta        = 3000
)

// Ids of the elements of a form. They tell how to read an answer; the block has the name of the input.
const (
	answerID = "answer"
	checkID  = "check"
	manyID   = "many"
	// refreshing marks an input whose answer other questions depend on.
	refreshing = "+refresh"
	// nothing is the value of the option for no value, since Slack takes no empty one.
	nothing = "muster:nothing"
)

// Modal writes a form.
func (w Writer) Modal(form chat.Form, meta Meta) slack.ModalViewRequest {
	form = form.Fit()
	meta.Value = form.Value
	meta.Kept = map[string]string{}
	var head, blocks []slack.Block
	if form.Intro != nil {
		head = w.blocks([]chat.Block{*form.Intro})
	}
	asked := map[slack.Block]bool{} // those that may be left out
	for _, in := range form.Inputs {
		for _, b := range w.input(in, meta.Kept) {
			blocks = append(blocks, b)
			asked[b] = !in.Required
		}
	}
	view := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: form.Action, Title: plain(form.Title, mostTitle),
		Submit: plain(form.Submit, mostTitle), Close: plain("Cancel", mostTitle),
		Blocks: slack.Blocks{BlockSet: append(head, w.most(blocks, mostModal-len(head), asked)...)},
	}
	if view.PrivateMetadata = meta.String(); utf8.RuneCountInString(view.PrivateMetadata) > mostMeta {
		meta.Kept = nil
		view.PrivateMetadata = meta.String()
	}
	return view
}

// most leaves out the last questions that need no answer when there are more than a modal holds, and says so.
func (w Writer) most(blocks []slack.Block, limit int, optional map[slack.Block]bool) []slack.Block {
	if len(blocks) <= limit {
		return blocks
	}
	for i := len(blocks) - 1; i >= 0 && len(blocks) >= limit; i-- {
		if optional[blocks[i]] {
			blocks = slices.Delete(blocks, i, i+1)
		}
	}
	blocks = blocks[:min(len(blocks), limit-1)]
	return append(blocks, w.small(richtext.Literal("Not all questions fit into Slack. Muster's own page asks the rest.")))
}

func (w Writer) input(in chat.Input, kept map[string]string) []slack.Block {
	switch in.Kind {
	case chat.TextInput, chat.MultilineInput:
		return texts(in)
	case chat.NumberInput, chat.MinutesInput:
		element := slack.NewNumberInputBlockElement(placeholder(in), action(answerID, in), false)
		element.InitialValue, element.MinValue = in.Initial, "0"
		if in.Most > 0 {
			element.MaxValue = strconv.Itoa(in.Most)
		}
		return one(in, element)
	case chat.CheckboxInput:
		yes := slack.NewOptionBlockObject("true", plain("Yes", mostTitle), nil)
		element := slack.NewCheckboxGroupsBlockElement(action(checkID, in), yes)
		if in.Initial == "true" {
			element.InitialOptions = []*slack.OptionBlockObject{yes}
		}
		return one(in, element)
	case chat.UserInput:
		element := w.user(&in, kept)
		return one(in, element)
	}
	options := menu(in)
	switch {
	case len(options) == 0:
		return []slack.Block{w.small(richtext.Literal(in.Label + ": there is nothing to choose from."))}
	case in.Kind == chat.ManyInput:
		return one(in, many(in, options))
	case in.Kind == chat.ChoiceInput && len(options) <= mostChoices:
		element := slack.NewRadioButtonsBlockElement(action(answerID, in), options...)
		element.InitialOption = chosen(options, in.Initial)
		return one(in, element)
	}
	element := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, placeholder(in), action(answerID, in))
	element.Options, element.OptionGroups = grouped(options)
	element.InitialOption = chosen(options, in.Initial)
	return one(in, element)
}

// one makes the block of an input.
func one(in chat.Input, element slack.BlockElement) []slack.Block {
	block := slack.NewInputBlock(in.Name, plain(in.Label, mostHint), nil, element)
	if chosen, long := in.Explained(); long && in.Refresh { // beside the option Slack shows its beginning
		in.Hint = strings.TrimSpace(chosen.Label + ": " + chosen.Description + "\n" + in.Hint)
	}
	if in.Hint != "" {
		block.Hint = plain(in.Hint, mostHint)
	}
	block.Optional, block.DispatchAction = !in.Required, in.Refresh
	return []slack.Block{block}
}

// texts makes a field, or several for a text that is longer than Slack lets people edit in one.
func texts(in chat.Input) []slack.Block {
	var blocks []slack.Block
	for i, part := range portions(in.Initial) {
		now := in
		if i > 0 {
			now.Name, now.Label, now.Hint, now.Required = in.Name+"/"+strconv.Itoa(i+1)+part.before, in.Label+", continued", "", false
		}
		element := slack.NewPlainTextInputBlockElement(placeholder(now), action(answerID, in))
		element.InitialValue, element.Multiline = part.text, in.Kind == chat.MultilineInput
		element.MaxLength = mostInputText
		if in.Most > 0 {
			element.MaxLength = min(in.Most, mostInputText)
		}
		blocks = append(blocks, one(now, element)...)
	}
	return blocks
}

// portion is a part of a long text; before says what parted it from the one before.
type portion struct{ before, text string }

// joints are what may stand between two portions, by the letter in the block's name.
var joints = map[string]string{"p": "\n\n", "l": "\n", "w": " ", "c": ""}

// portions parts a text between paragraphs, lines or words, so that putting it together again gives the same.
func portions(text string) []portion {
	out := []portion{{}}
	for {
		if utf8.RuneCountInString(text) <= mostInputText {
			out[len(out)-1].text = text
			return out
		}
		end := 0
		for range mostInputText {
			_, width := utf8.DecodeRuneInString(text[end:])
			end += width
		}
		at, before := end, "c"
		for _, joint := range []string{"p", "l", "w"} {
			if found := strings.LastIndex(text[:end], joints[joint]); found > end/2 {
				at, before = found, joint
				break
			}
		}
		out[len(out)-1].text = text[:at]
		text = text[at+len(joints[before]):]
		out = append(out, portion{before: before})
	}
}

func (w Writer) user(in *chat.Input, kept map[string]string) slack.BlockElement {
	element := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, placeholder(*in), action(answerID, *in))
	if in.Initial == "" {
		return element
	}
	if w.Person != nil {
		element.InitialUser = w.Person(id.ID(in.Initial))
	}
	if element.InitialUser == "" {
		kept[in.Name] = in.Initial
		in.Required = false
		in.Hint = strings.TrimSpace("Who it is now is not in this Slack workspace, and stays if you choose nobody. " + in.Hint)
	}
	return element
}

func many(in chat.Input, options []*slack.OptionBlockObject) slack.BlockElement {
	var initial []*slack.OptionBlockObject
	for value := range strings.SplitSeq(in.Initial, ",") {
		if found := chosen(options, value); found != nil && value != "" {
			initial = append(initial, found)
		}
	}
	if len(options) <= mostChoices {
		element := slack.NewCheckboxGroupsBlockElement(action(manyID, in), options...)
		element.InitialOptions = initial
		return element
	}
	element := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, placeholder(in), action(manyID, in))
	element.Options, element.OptionGroups = grouped(options)
	element.InitialOptions = initial
	return element
}

// menu writes options; one whose value Slack cannot carry is left out.
func menu(in chat.Input) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	for _, o := range in.Options {
		if o.Value == "" {
			o.Value = nothing
		}
		if strings.TrimSpace(o.Label) == "" || utf8.RuneCountInString(o.Value) > mostOptionValue || len(out) == mostGrouped {
			continue
		}
		var description *slack.TextBlockObject
		if strings.TrimSpace(o.Description) != "" {
			description = plain(o.Description, chat.MostLabel)
		}
		out = append(out, slack.NewOptionBlockObject(o.Value, plain(o.Label, chat.MostLabel), description))
	}
	return out
}

func chosen(options []*slack.OptionBlockObject, value string) *slack.OptionBlockObject {
	if value == "" {
		value = nothing
	}
	for _, o := range options {
		if o.Value == value {
			return o
		}
	}
	return nil
}

// grouped parts many options into groups with the first and the last label as heading; people find theirs by typing.
func grouped(options []*slack.OptionBlockObject) ([]*slack.OptionBlockObject, []*slack.OptionGroupBlockObject) {
	if len(options) <= mostOptions {
		return options, nil
	}
	var groups []*slack.OptionGroupBlockObject
	for group := range slices.Chunk(options, mostOptions) {
		heading := richtext.Truncate(group[0].Text.Text, 35) + " – " + richtext.Truncate(group[len(group)-1].Text.Text, 35)
		groups = append(groups, slack.NewOptionGroupBlockElement(plain(heading, chat.MostLabel), group...))
	}
	return nil, groups
}

func placeholder(in chat.Input) *slack.TextBlockObject {
	if in.Placeholder == "" {
		return nil
	}
	return plain(in.Placeholder, mostPlaceholder)
}

func action(name string, in chat.Input) string {
	if in.Refresh {
		return name + refreshing
	}
	return name
}

// Loading is a modal that opens at once, before its form is ready to stand in its place.
func Loading(title string) slack.ModalViewRequest { return Notice(title, "One moment…") }

// Notice is a modal that only says something.
func Notice(title, text string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(title, mostTitle), Close: plain("Close", mostTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(plain(text, chat.MostText), nil, nil)}},
	}
}
