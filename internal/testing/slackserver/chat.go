package slackserver

import (
	"encoding/json"
	"slices"
	"strings"
)

// mostBlockText is about how many characters the blocks of one message have together; Slack does not document the number.
const mostBlockText = 13200

// content reads what a message says and holds it to Slack's limits.
func (c *call) content(m *Message) error {
	m.Text = c.str("text")
	if len([]rune(m.Text)) > 40000 {
		return no("msg_too_long")
	}
	if markdown := c.str("markdown_text"); markdown != "" {
		if len([]rune(markdown)) > 12000 {
			return no("msg_too_long")
		}
		m.Text = markdown
	}
	var blocks []any
	if err := c.tree("blocks", &blocks); err != nil {
		return no("invalid_blocks_format")
	}
	if problems := c.s.checkBlocks(blocks, messageSurface); len(problems) > 0 {
		return invalid("invalid_blocks", problems...)
	}
	if encoded, _ := json.Marshal(blocks); len([]rune(string(encoded))) > mostBlockText {
		return no("msg_blocks_too_long")
	}
	m.Blocks = c.s.withIDs(blocks)
	if err := c.tree("attachments", &m.Attachments); err != nil {
		return no("invalid_attachments")
	}
	if len(m.Attachments) > 100 {
		return no("too_many_attachments")
	}
	if err := c.tree("metadata", &m.Metadata); err != nil {
		return no("invalid_metadata_format")
	}
	if m.Metadata != nil {
		kind, _ := m.Metadata["event_type"].(string)
		payload, is := m.Metadata["event_payload"].(object)
		if kind == "" || !is {
			return no("invalid_metadata_format")
		}
		if encoded, _ := json.Marshal(payload); len(encoded) > 8000 {
			return no("metadata_too_large")
		}
	}
	return nil
}

// destination is where a message goes: a channel, or a person's conversation with the app.
func (c *call) destination(id string) (*channel, error) {
	if p := c.s.users[id]; p != nil && p.team == c.token.team {
		if p.Deleted {
			return nil, no("user_disabled")
		}
		ch, _ := c.s.direct(p.team, []string{c.token.user, id})
		return ch, nil
	}
	ch, err := c.find(id)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, no("is_archived")
	case !ch.has(c.token.user) && !slices.Contains(c.token.scopes, "chat:write.public"):
		return nil, no("not_in_channel")
	}
	return ch, nil
}

func chatPostMessage(c *call) (object, error) {
	ch, err := c.destination(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m := c.s.ours(c.token)
	if err := c.content(m); err != nil {
		return nil, err
	}
	if m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return nil, no("no_text")
	}
	if m.ThreadTS = c.str("thread_ts"); m.ThreadTS != "" && ch.message(m.ThreadTS) == nil {
		return nil, no("thread_not_found")
	}
	if slices.Contains(c.token.scopes, "chat:write.customize") && c.str("username") != "" {
		m.Subtype, m.User, m.BotProfile, m.Username, m.Icons = "bot_message", "", nil, c.str("username"), object{}
		if icon := c.str("icon_url"); icon != "" {
			m.Icons = object{"image_36": icon, "image_48": icon, "image_72": icon}
		}
		if emoji := c.str("icon_emoji"); emoji != "" {
			m.Icons = object{"emoji": emoji}
		}
	}
	m.broadcast = c.flag("reply_broadcast")
	c.s.post(ch, m)
	return object{"channel": ch.ID, "ts": m.TS, "message": m.object(true)}, nil
}

// ours is an empty message of the token's owner.
func (s *Server) ours(t *token) *Message {
	m := &Message{User: t.user, BotID: t.bot}
	if t.kind == botToken {
		m.AppID = s.app.ID
		m.BotProfile = object{"id": t.bot, "app_id": s.app.ID, "name": s.app.Name, "team_id": t.team, "deleted": false, "icons": object{}}
	}
	return m
}

// own returns a message that the token's owner may change.
func (c *call) own(refused string) (*channel, *Message, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, nil, err
	}
	if ch.Archived {
		return nil, nil, no("is_archived")
	}
	m := ch.message(c.str("ts"))
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, nil, no("message_not_found")
	case c.token.kind == botToken && m.BotID != c.token.bot, c.token.kind == userToken && m.User != c.token.user:
		return nil, nil, no(refused)
	}
	return ch, m, nil
}

func chatUpdate(c *call) (object, error) {
	ch, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	var now Message
	if err := c.content(&now); err != nil {
		return nil, err
	}
	if !c.given("text") && !c.given("blocks") && !c.given("attachments") && !c.given("metadata") {
		return nil, no("no_text")
	}
	says, shows := c.given("text") || c.given("markdown_text"), c.given("blocks")
	by := c.token.user
	if shows { // a message that is shown by its blocks does not get the word "edited"
		by = ""
	}
	c.s.change(ch, m, by, func(m *Message) {
		if says {
			m.Text = now.Text
		}
		if says || shows { // text alone takes the blocks away
			m.Blocks = now.Blocks
		}
		if c.given("attachments") {
			m.Attachments = now.Attachments
		}
		if c.given("metadata") {
			m.Metadata = now.Metadata
		}
	})
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": m.object(true)}, nil
}

func chatDelete(c *call) (object, error) {
	ch, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.s.remove(ch, m)
	return object{"channel": ch.ID, "ts": m.TS}, nil
}

// Ephemeral is a message that only one person sees.
type Ephemeral struct {
	Message
	To string
}

func chatPostEphemeral(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	to := c.str("user")
	switch {
	case ch.Archived:
		return nil, no("is_archived")
	case !ch.has(c.token.user) && (ch.Private || !slices.Contains(c.token.scopes, "chat:write.public")):
		return nil, no("not_in_channel")
	case !ch.has(to):
		return nil, no("user_not_in_channel")
	}
	m := c.s.ours(c.token)
	if err := c.content(m); err != nil {
		return nil, err
	}
	if m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return nil, no("no_text")
	}
	m.ThreadTS = c.str("thread_ts")
	return object{"message_ts": c.s.whisper(ch, to, m)}, nil
}

// whisper shows a message to one person.
func (s *Server) whisper(ch *channel, to string, m *Message) string {
	m.Type, m.TS, m.Channel = "message", s.next(ch), ch.ID
	s.whispers = append(s.whispers, Ephemeral{Message: *m, To: to})
	s.touch()
	return m.TS
}

func chatGetPermalink(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	m := ch.message(c.str("message_ts"))
	if m == nil {
		return nil, no("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": c.s.permalink(m)}, nil
}

func (s *Server) permalink(m *Message) string {
	ch := s.channels[m.Channel]
	link := "https://" + s.workspaces[ch.Team].Domain + ".slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.reply() {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return link
}

func chatUnfurl(c *call) (object, error) {
	id, ts := c.str("channel"), c.str("ts")
	if unfurl := c.str("unfurl_id"); unfurl != "" {
		if c.str("source") == "" {
			return nil, no("missing_source")
		}
		id, ts, _ = strings.Cut(unfurl, "-")
	}
	ch := c.s.channels[id]
	if ch == nil || ch.Team != c.token.team {
		return nil, no("cannot_find_channel")
	}
	m := ch.message(ts)
	if m == nil {
		return nil, no("cannot_find_message")
	}
	var unfurls map[string]object
	if err := c.tree("unfurls", &unfurls); err != nil {
		return nil, no("cannot_parse_attachment")
	}
	if len(unfurls) == 0 {
		return nil, no("missing_unfurls")
	}
	for link, card := range unfurls {
		if !strings.Contains(m.Text, link) {
			return nil, no("cannot_unfurl_url")
		}
		if blocks, is := card["blocks"].([]any); is {
			if problems := c.s.checkBlocks(blocks, messageSurface); len(problems) > 0 {
				return nil, invalid("invalid_blocks", problems...)
			}
		}
		card["from_url"], card["app_id"], card["bot_id"], card["is_app_unfurl"] = link, c.s.app.ID, c.token.bot, true
	}
	c.s.change(ch, m, "", func(m *Message) {
		for link, card := range unfurls {
			m.Attachments = append(slices.DeleteFunc(m.Attachments, func(a map[string]any) bool { return a["from_url"] == link }), card)
		}
	})
	return nil, nil
}
