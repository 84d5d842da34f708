package slackserver

import (
	"fmt"
	"slices"
	"strings"
)

// surface is where blocks stand; each has its own limits.
type surface struct {
	name string
	most int
}

var (
	messageSurface = surface{"message", 50}
	modalSurface   = surface{"modal", 100}
	homeSurface    = surface{"home", 100}
)

// checker collects what is wrong with blocks, in Slack's words and places.
type checker struct {
	s        *Server
	surface  surface
	problems []string
	focused  int
}

func (k *checker) wrong(at, format string, args ...any) {
	k.problems = append(k.problems, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// checkBlocks holds blocks to the limits of https://docs.slack.dev/reference/block-kit/blocks and says what breaks them.
func (s *Server) checkBlocks(blocks []any, on surface) []string {
	k := &checker{s: s, surface: on}
	if len(blocks) > on.most {
		k.wrong("/blocks", "no more than %d items allowed [input:%d]", on.most, len(blocks))
	}
	seen := map[string]bool{}
	markdown := 0
	for i, one := range blocks {
		at := fmt.Sprintf("/blocks/%d", i)
		block, is := one.(object)
		if !is {
			k.wrong(at, "must be an object")
			continue
		}
		if id, _ := block["block_id"].(string); id != "" {
			if seen[id] {
				k.wrong(at+"/block_id", "block_id %s already exists", id)
			}
			seen[id] = true
		}
		if text, _ := block["text"].(string); block["type"] == "markdown" {
			markdown += len([]rune(text))
		}
		k.block(at, block)
	}
	if markdown > 12000 {
		k.wrong("/blocks", "markdown blocks must have less than 12001 characters together")
	}
	return k.problems
}

func (k *checker) block(at string, b object) {
	k.short(at+"/block_id", b["block_id"], 255)
	switch kind, _ := b["type"].(string); kind {
	case "section":
		k.section(at, b)
	case "header":
		k.text(at+"/text", b["text"], 150, "plain_text")
	case "divider":
	case "image":
		k.image(at, b)
		if b["title"] != nil {
			k.text(at+"/title", b["title"], 2000, "plain_text")
		}
	case "actions":
		k.elements(at, b, 25, inActions)
	case "context":
		k.context(at, b)
	case "input":
		k.input(at, b)
	case "rich_text":
		if elements, _ := b["elements"].([]any); len(elements) == 0 {
			k.wrong(at+"/elements", "must provide at least one element")
		}
	case "markdown":
		if text, _ := b["text"].(string); text == "" {
			k.wrong(at+"/text", "must be more than 0 characters")
		}
	case "video", "file", "table", "context_actions":
	default:
		k.wrong(at+"/type", "unsupported type: %s", kind)
	}
}

func (k *checker) section(at string, b object) {
	fields, _ := b["fields"].([]any)
	if b["text"] == nil && len(fields) == 0 {
		k.wrong(at, "missing required field: text or fields")
	}
	if b["text"] != nil {
		k.text(at+"/text", b["text"], 3000)
	}
	if len(fields) > 10 {
		k.wrong(at+"/fields", "no more than 10 items allowed [input:%d]", len(fields))
	}
	for i, f := range fields {
		k.text(fmt.Sprintf("%s/fields/%d", at, i), f, 2000)
	}
	if accessory, is := b["accessory"].(object); is {
		k.element(at+"/accessory", accessory, append([]string{"image"}, inActions...))
	}
}

func (k *checker) context(at string, b object) {
	elements, _ := b["elements"].([]any)
	if len(elements) == 0 || len(elements) > 10 {
		k.wrong(at+"/elements", "must have 1 to 10 items [input:%d]", len(elements))
	}
	for i, one := range elements {
		place := fmt.Sprintf("%s/elements/%d", at, i)
		element, _ := one.(object)
		if element["type"] == "image" {
			k.image(place, element)
			continue
		}
		k.text(place, one, 3000)
	}
}

func (k *checker) image(at string, b object) {
	if alt, _ := b["alt_text"].(string); alt == "" {
		k.wrong(at+"/alt_text", "missing required field: alt_text")
	}
	k.short(at+"/alt_text", b["alt_text"], 2000)
	picture, file := b["image_url"], b["slack_file"]
	if (picture == nil) == (file == nil) {
		k.wrong(at, "must have either image_url or slack_file")
		return
	}
	if picture != nil {
		address, _ := picture.(string)
		if !link.MatchString(address) || len(address) > 3000 {
			k.wrong(at+"/image_url", "invalid url")
		}
		return
	}
	ref, _ := file.(object)
	id, _ := ref["id"].(string)
	from, _ := ref["url"].(string)
	for _, f := range k.s.files {
		if f.complete && (f.ID == id || (from != "" && strings.HasSuffix(from, f.path()))) {
			return
		}
	}
	k.wrong(at+"/slack_file", "invalid slack file")
}

func (k *checker) input(at string, b object) {
	k.text(at+"/label", b["label"], 2000, "plain_text")
	if b["hint"] != nil {
		k.text(at+"/hint", b["hint"], 2000, "plain_text")
	}
	element, is := b["element"].(object)
	if !is {
		k.wrong(at+"/element", "missing required field: element")
		return
	}
	k.element(at+"/element", element, inInputs)
}

var (
	selects = []string{
		"static_select", "multi_static_select", "external_select", "multi_external_select", "users_select", "multi_users_select",
		"conversations_select", "multi_conversations_select", "channels_select", "multi_channels_select",
	}
	choices   = []string{"checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker"}
	inActions = append(append([]string{"button", "overflow", "rich_text_input", "workflow_button"}, selects...), choices...)
	inInputs  = append(append([]string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"}, selects...), choices...)
)

func (k *checker) elements(at string, b object, most int, allowed []string) {
	elements, _ := b["elements"].([]any)
	if len(elements) == 0 || len(elements) > most {
		k.wrong(at+"/elements", "must have 1 to %d items [input:%d]", most, len(elements))
	}
	seen := map[string]bool{}
	for i, one := range elements {
		place := fmt.Sprintf("%s/elements/%d", at, i)
		element, _ := one.(object)
		if id, _ := element["action_id"].(string); id != "" {
			if seen[id] {
				k.wrong(place+"/action_id", "action_id %s already exists", id)
			}
			seen[id] = true
		}
		k.element(place, element, allowed)
	}
}

func (k *checker) element(at string, e object, allowed []string) {
	kind, _ := e["type"].(string)
	if !slices.Contains(allowed, kind) {
		k.wrong(at+"/type", "unsupported type: %s", kind)
		return
	}
	k.short(at+"/action_id", e["action_id"], 255)
	if e["placeholder"] != nil {
		k.text(at+"/placeholder", e["placeholder"], 150, "plain_text")
	}
	if e["confirm"] != nil {
		k.confirm(at+"/confirm", e["confirm"])
	}
	if e["focus_on_load"] == true {
		if k.focused++; k.focused > 1 {
			k.wrong(at+"/focus_on_load", "only one element may have focus_on_load")
		}
	}
	switch kind {
	case "image":
		k.image(at, e)
	case "button":
		k.text(at+"/text", e["text"], 75, "plain_text")
		k.short(at+"/value", e["value"], 2000)
		k.short(at+"/url", e["url"], 3000)
		k.short(at+"/accessibility_label", e["accessibility_label"], 75)
		if style, set := e["style"]; set && style != "primary" && style != "danger" {
			k.wrong(at+"/style", "must be one of primary, danger")
		}
	case "static_select", "multi_static_select":
		k.options(at, e, 100)
	case "checkboxes", "radio_buttons":
		k.options(at, e, 10)
	case "overflow":
		k.options(at, e, 5)
	case "plain_text_input":
		k.short(at+"/initial_value", e["initial_value"], 3000)
		if most, set := e["max_length"].(float64); set && (most < 1 || most > 3000) {
			k.wrong(at+"/max_length", "must be from 1 to 3000")
		}
	case "number_input":
		if _, set := e["is_decimal_allowed"].(bool); !set {
			k.wrong(at+"/is_decimal_allowed", "missing required field: is_decimal_allowed")
		}
	}
}

func (k *checker) options(at string, e object, most int) {
	groups, _ := e["option_groups"].([]any)
	options, _ := e["options"].([]any)
	if len(groups) > 100 {
		k.wrong(at+"/option_groups", "no more than 100 items allowed [input:%d]", len(groups))
	}
	all := options
	for i, one := range groups {
		group, _ := one.(object)
		k.text(fmt.Sprintf("%s/option_groups/%d/label", at, i), group["label"], 75, "plain_text")
		inside, _ := group["options"].([]any)
		k.option(fmt.Sprintf("%s/option_groups/%d", at, i), inside, 100)
		all = append(all, inside...)
	}
	if len(groups) == 0 {
		k.option(at, options, most)
	}
	initial, _ := e["initial_options"].([]any)
	if one := e["initial_option"]; one != nil {
		initial = append(initial, one)
	}
	for _, one := range initial {
		option, _ := one.(object)
		if !slices.ContainsFunc(all, func(o any) bool { known, _ := o.(object); return known["value"] == option["value"] }) {
			k.wrong(at+"/initial_option", "initial option must match one of the options")
		}
	}
}

func (k *checker) option(at string, options []any, most int) {
	if len(options) == 0 || len(options) > most {
		k.wrong(at+"/options", "must have 1 to %d items [input:%d]", most, len(options))
	}
	for i, one := range options {
		place := fmt.Sprintf("%s/options/%d", at, i)
		option, _ := one.(object)
		k.text(place+"/text", option["text"], 75)
		k.short(place+"/value", option["value"], 150)
		if option["description"] != nil {
			k.text(place+"/description", option["description"], 75)
		}
	}
}

func (k *checker) confirm(at string, value any) {
	dialog, _ := value.(object)
	k.text(at+"/title", dialog["title"], 100, "plain_text")
	k.text(at+"/text", dialog["text"], 300)
	k.text(at+"/confirm", dialog["confirm"], 30, "plain_text")
	k.text(at+"/deny", dialog["deny"], 30, "plain_text")
}

// text checks a text object; kinds are the types it may have, both when none is named.
func (k *checker) text(at string, value any, most int, kinds ...string) {
	t, is := value.(object)
	if !is {
		k.wrong(at, "missing required field: %s", at[strings.LastIndex(at, "/")+1:])
		return
	}
	if len(kinds) == 0 {
		kinds = []string{"plain_text", "mrkdwn"}
	}
	if kind, _ := t["type"].(string); !slices.Contains(kinds, kind) {
		k.wrong(at+"/type", "must be one of %s", strings.Join(kinds, ", "))
	}
	text, _ := t["text"].(string)
	switch n := len([]rune(text)); {
	case n == 0:
		k.wrong(at+"/text", "must be more than 0 characters")
	case n > most:
		k.wrong(at+"/text", "must be less than %d characters [input:%d]", most+1, n)
	}
}

// short checks a bare string.
func (k *checker) short(at string, value any, most int) {
	if text, _ := value.(string); len([]rune(text)) > most {
		k.wrong(at, "must be less than %d characters", most+1)
	}
}

// withIDs gives blocks and their elements the ids that Slack makes up where the app gave none.
func (s *Server) withIDs(blocks []any) []any {
	for _, one := range blocks {
		block, is := one.(object)
		if !is {
			continue
		}
		if id, _ := block["block_id"].(string); id == "" {
			block["block_id"] = s.fresh("b")
		}
		for _, element := range interactive(block) {
			if id, _ := element["action_id"].(string); id == "" {
				element["action_id"] = s.fresh("a")
			}
		}
	}
	return blocks
}

// interactive returns the elements of a block that somebody can use.
func interactive(block object) []object {
	var found []object
	add := func(value any) {
		if element, is := value.(object); is && element["type"] != "image" {
			found = append(found, element)
		}
	}
	add(block["element"])
	add(block["accessory"])
	if block["type"] == "actions" {
		elements, _ := block["elements"].([]any)
		for _, one := range elements {
			add(one)
		}
	}
	return found
}
