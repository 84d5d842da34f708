package slackserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// View is a modal or a Home tab.
type View struct {
	ID              string         `json:"id"`
	Team            string         `json:"team_id"`
	Type            string         `json:"type"`
	CallbackID      string         `json:"callback_id"`
	Title           map[string]any `json:"title"`
	Submit          map[string]any `json:"submit"`
	CloseText       map[string]any `json:"close"`
	Blocks          []any          `json:"blocks"`
	PrivateMetadata string         `json:"private_metadata"`
	State           State          `json:"state"`
	Hash            string         `json:"hash"`
	ClearOnClose    bool           `json:"clear_on_close"`
	NotifyOnClose   bool           `json:"notify_on_close"`
	ExternalID      string         `json:"external_id"`
	Root            string         `json:"root_view_id"`
	Previous        *string        `json:"previous_view_id"`
	AppID           string         `json:"app_id"`
	AppTeam         string         `json:"app_installed_team_id"`
	BotID           string         `json:"bot_id"`
	User            string         `json:"-"` // who sees it
	Closed          bool           `json:"-"`
}

// State is what somebody has filled in so far: block, action, value.
type State struct {
	Values map[string]map[string]map[string]any `json:"values"`
}

// trigger is the right to open a modal, for 3 s and once.
type trigger struct {
	user    string
	view    string
	expires time.Time
	used    bool
}

// triggerFor makes a trigger for somebody who did something; the caller holds the lock.
func (s *Server) triggerFor(user, view string) string {
	id := fmt.Sprintf("%d.%s.%s", s.clock.Now().UnixMilli(), s.fresh("T"), s.fresh("x"))
	s.triggers[id] = &trigger{user: user, view: view, expires: s.clock.Now().Add(3 * time.Second)}
	return id
}

func (c *call) spend() (*trigger, error) {
	t := c.s.triggers[c.str("trigger_id")]
	switch {
	case t == nil:
		return nil, no("invalid_trigger_id")
	case t.used:
		return nil, no("exchanged_trigger_id")
	case c.now.After(t.expires):
		return nil, no("expired_trigger_id")
	}
	return t, nil
}

// view reads and checks the view of a call.
func (c *call) view() (*View, error) {
	var raw object
	if err := c.tree("view", &raw); err != nil || raw == nil {
		return nil, invalid("invalid_arguments", "[ERROR] missing required field: view")
	}
	problems := checkView(raw)
	on := modalSurface
	if raw["type"] == "home" {
		on = homeSurface
	}
	blocks, _ := raw["blocks"].([]any)
	problems = append(problems, c.s.checkBlocks(blocks, on)...)
	if len(problems) > 0 {
		return nil, invalid("invalid_arguments", problems...)
	}
	encoded, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	if len(encoded) > 250_000 {
		return nil, no("view_too_large")
	}
	v := &View{}
	if err := json.Unmarshal(encoded, v); err != nil {
		return nil, invalid("invalid_arguments", "[ERROR] "+err.Error())
	}
	if v.ExternalID != "" {
		for _, other := range c.s.views {
			if other.ExternalID == v.ExternalID && !other.Closed && other.Team == c.token.team && other.ExternalID != c.str("external_id") && other.ID != c.str("view_id") {
				return nil, no("duplicate_external_id")
			}
		}
	}
	v.Blocks = c.s.withIDs(v.Blocks)
	v.Team, v.AppID, v.AppTeam, v.BotID = c.token.team, c.s.app.ID, c.token.team, c.token.bot
	v.State.Values = initialState(v.Blocks)
	return v, nil
}

// checkView holds a view to the limits of https://docs.slack.dev/reference/views.
func checkView(v object) []string {
	k := &checker{}
	kind, _ := v["type"].(string)
	k.short("/view/callback_id", v["callback_id"], 255)
	k.short("/view/external_id", v["external_id"], 255)
	k.short("/view/private_metadata", v["private_metadata"], 3000)
	blocks, is := v["blocks"].([]any)
	if !is {
		k.wrong("/view/blocks", "missing required field: blocks")
	}
	switch kind {
	case "modal":
		k.text("/view/title", v["title"], 24, "plain_text")
		for _, part := range []string{"submit", "close"} {
			if v[part] != nil {
				k.text("/view/"+part, v[part], 24, "plain_text")
			}
		}
		for _, one := range blocks {
			if block, _ := one.(object); block["type"] == "input" && v["submit"] == nil {
				k.wrong("/view/submit", "submit is required when the view has input blocks")
				break
			}
		}
	case "home":
	default:
		k.wrong("/view/type", "unsupported type: %s", kind)
	}
	return k.problems
}

func viewsOpen(c *call) (object, error) { return c.openView(false) }

func viewsPush(c *call) (object, error) { return c.openView(true) }

func (c *call) openView(push bool) (object, error) {
	t, err := c.spend()
	if err != nil {
		return nil, err
	}
	v, err := c.view()
	if err != nil {
		return nil, err
	}
	if v.Type != "modal" {
		return nil, invalid("invalid_arguments", "[ERROR] only a modal can be opened")
	}
	p := c.s.users[t.user]
	if push && t.view == "" {
		return nil, no("not_found")
	}
	if push && len(p.stack) >= 3 {
		return nil, no("push_limit_reached")
	}
	t.used = true
	if !push {
		c.s.closeAll(p)
	}
	c.s.show(p, v)
	return object{"view": v}, nil
}

// show puts a modal on top of what lies open.
func (s *Server) show(p *person, v *View) {
	v.ID, v.Hash, v.User, v.Root = s.fresh("V"), s.fresh("h"), p.ID, ""
	if len(p.stack) > 0 {
		top := p.stack[len(p.stack)-1]
		v.Root, v.Previous = top.Root, &top.ID
	}
	if v.Root == "" {
		v.Root = v.ID
	}
	s.views[v.ID] = v
	p.stack = append(p.stack, v)
	s.touch()
}

func (s *Server) closeAll(p *person) {
	for _, v := range p.stack {
		v.Closed = true
	}
	p.stack = nil
	s.touch()
}

func (s *Server) closeTop(p *person, v *View) {
	v.Closed = true
	p.stack = slices.DeleteFunc(p.stack, func(one *View) bool { return one == v })
	s.touch()
}

func viewsUpdate(c *call) (object, error) {
	var old *View
	for _, v := range c.s.views {
		if v.Team == c.token.team && !v.Closed && (v.ID == c.str("view_id") || (v.ExternalID != "" && v.ExternalID == c.str("external_id"))) {
			old = v
		}
	}
	if old == nil {
		return nil, no("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != old.Hash {
		return nil, no("hash_conflict")
	}
	v, err := c.view()
	if err != nil {
		return nil, err
	}
	c.s.replace(old, v)
	return object{"view": old}, nil
}

// replace puts a new view in an old one's place; what was filled in stays where block and action have the same ids.
func (s *Server) replace(old, v *View) {
	v.ID, v.Root, v.Previous, v.User, v.Hash = old.ID, old.Root, old.Previous, old.User, s.fresh("h")
	for block, actions := range v.State.Values {
		for action, value := range actions {
			if kept, found := old.State.Values[block][action]; found && kept["type"] == value["type"] {
				actions[action] = kept
			}
		}
	}
	*old = *v
	s.touch()
}

func viewsPublish(c *call) (object, error) {
	p := c.s.users[c.str("user_id")]
	if p == nil || p.team != c.token.team {
		return nil, invalid("invalid_arguments", "[ERROR] user_id is not a user of the workspace")
	}
	if hash := c.str("hash"); hash != "" && p.home != nil && hash != p.home.Hash {
		return nil, no("hash_conflict")
	}
	v, err := c.view()
	if err != nil {
		return nil, err
	}
	if v.Type != "home" {
		return nil, invalid("invalid_arguments", "[ERROR] only a home view can be published")
	}
	v.ID, v.User, v.Hash = c.s.fresh("V"), p.ID, c.s.fresh("h")
	if p.home != nil {
		v.ID = p.home.ID
	}
	v.Root = v.ID
	c.s.views[v.ID], p.home = v, v
	return object{"view": v}, nil
}

// initialState is what a view holds before anybody touches it.
func initialState(blocks []any) map[string]map[string]map[string]any {
	values := map[string]map[string]map[string]any{}
	for _, one := range blocks {
		block, _ := one.(object)
		id, _ := block["block_id"].(string)
		for _, e := range interactive(block) {
			value := empty(e)
			if value == nil {
				continue
			}
			if values[id] == nil {
				values[id] = map[string]map[string]any{}
			}
			action, _ := e["action_id"].(string)
			values[id][action] = value
		}
	}
	return values
}

// empty is an element's value as it begins; a button has none.
func empty(e object) object {
	kind, _ := e["type"].(string)
	key, known := valueKeys[kind]
	if !known {
		return nil
	}
	value := object{"type": kind, key: nil}
	initials := map[string]string{
		"value": "initial_value", "selected_option": "initial_option", "selected_options": "initial_options", "selected_user": "initial_user",
		"selected_users": "initial_users", "selected_conversation": "initial_conversation", "selected_conversations": "initial_conversations",
		"selected_channel": "initial_channel", "selected_channels": "initial_channels", "selected_date": "initial_date", "selected_time": "initial_time",
		"selected_date_time": "initial_date_time", "rich_text_value": "initial_value",
	}
	if initial := e[initials[key]]; initial != nil {
		value[key] = initial
	} else if key[len(key)-1] == 's' && key != "files" {
		value[key] = []any{}
	}
	return value
}

var valueKeys = map[string]string{
	"plain_text_input": "value", "email_text_input": "value", "url_text_input": "value", "number_input": "value", "rich_text_input": "rich_text_value",
	"static_select": "selected_option", "external_select": "selected_option", "radio_buttons": "selected_option", "multi_static_select": "selected_options",
	"multi_external_select": "selected_options", "checkboxes": "selected_options", "users_select": "selected_user", "multi_users_select": "selected_users",
	"conversations_select": "selected_conversation", "multi_conversations_select": "selected_conversations", "channels_select": "selected_channel",
	"multi_channels_select": "selected_channels", "datepicker": "selected_date", "timepicker": "selected_time", "datetimepicker": "selected_date_time",
	"file_input": "files",
}
