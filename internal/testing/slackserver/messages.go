package slackserver

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Message is a message as conversations.history shows it.
type Message struct {
	Type        string           `json:"type"`
	Subtype     string           `json:"subtype,omitempty"`
	Hidden      bool             `json:"hidden,omitempty"`
	TS          string           `json:"ts"`
	ThreadTS    string           `json:"thread_ts,omitempty"`
	ParentUser  string           `json:"parent_user_id,omitempty"`
	Team        string           `json:"team,omitempty"`
	User        string           `json:"user,omitempty"`
	BotID       string           `json:"bot_id,omitempty"`
	AppID       string           `json:"app_id,omitempty"`
	BotProfile  map[string]any   `json:"bot_profile,omitempty"`
	Username    string           `json:"username,omitempty"`
	Icons       map[string]any   `json:"icons,omitempty"`
	ClientMsgID string           `json:"client_msg_id,omitempty"`
	Text        string           `json:"text"`
	Blocks      []any            `json:"blocks,omitempty"`
	Attachments []map[string]any `json:"attachments,omitempty"`
	Files       []map[string]any `json:"files,omitempty"`
	Upload      bool             `json:"upload,omitempty"`
	Edited      *Edited          `json:"edited,omitempty"`
	Reactions   []Reaction       `json:"reactions,omitempty"`
	ReplyCount  int              `json:"reply_count,omitempty"`
	ReplyUsers  []string         `json:"reply_users,omitempty"`
	LatestReply string           `json:"latest_reply,omitempty"`
	Root        *Message         `json:"root,omitempty"`
	PinnedTo    []string         `json:"pinned_to,omitempty"`
	Metadata    map[string]any   `json:"metadata,omitempty"`
	Inviter     string           `json:"inviter,omitempty"`
	Topic       string           `json:"topic,omitempty"`
	Purpose     string           `json:"purpose,omitempty"`
	OldName     string           `json:"old_name,omitempty"`
	Name        string           `json:"name,omitempty"`
	Subscribed  bool             `json:"subscribed,omitempty"`
	Channel     string           `json:"-"`
	broadcast   bool
}

// Edited says who changed a message and when.
type Edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Reaction is an emoji on a message with those who set it.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// reply reports whether a message hangs in a thread under another.
func (m *Message) reply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// object returns the message as it goes over the wire, without its metadata unless asked for.
func (m *Message) object(metadata bool) object {
	out, _ := copied(m).(object)
	if !metadata {
		delete(out, "metadata")
	}
	return out
}

func (m *Message) clone() Message {
	var out Message
	encoded, _ := json.Marshal(m)
	_ = json.Unmarshal(encoded, &out)
	out.Channel = m.Channel
	return out
}

// stamp is the present moment as Slack writes it.
func (s *Server) stamp() string { return written(s.clock.Now().UnixMicro()) }

func written(micro int64) string { return fmt.Sprintf("%d.%06d", micro/1e6, micro%1e6) }

// next gives a channel's next ts, which no other message of it has.
func (s *Server) next(ch *channel) string {
	ch.lastStamp = max(s.clock.Now().UnixMicro(), ch.lastStamp+1)
	return written(ch.lastStamp)
}

func (ch *channel) message(ts string) *Message {
	at, found := slices.BinarySearchFunc(ch.messages, ts, func(m *Message, ts string) int { return strings.Compare(m.TS, ts) })
	if !found {
		return nil
	}
	return ch.messages[at]
}

// post appends a message to a channel, keeps its thread's account and tells of it.
func (s *Server) post(ch *channel, m *Message) {
	m.Type, m.TS, m.Channel, m.Team = "message", s.next(ch), ch.ID, ch.Team
	if root := ch.message(m.ThreadTS); root != nil {
		if root.reply() {
			root = ch.message(root.ThreadTS)
		}
		m.ThreadTS, m.ParentUser = root.TS, root.User
		root.ThreadTS, root.LatestReply = root.TS, m.TS
		root.ReplyCount++
		if who := m.User + m.BotID; !slices.Contains(root.ReplyUsers, who) {
			root.ReplyUsers = append(root.ReplyUsers, who)
		}
		if m.broadcast {
			m.Subtype = "thread_broadcast"
			copied := root.clone()
			m.Root = &copied
		}
	}
	ch.messages = append(ch.messages, m)
	event := m.object(false)
	event["channel"], event["channel_type"], event["event_ts"] = ch.ID, ch.kind(), m.TS
	s.tellIn(ch, event)
	if ws := s.workspaces[ch.Team]; m.User != "" && m.BotID == "" {
		if strings.Contains(m.Text, "<@"+ws.BotUser+">") {
			s.tellIn(ch, object{"type": "app_mention", "user": m.User, "text": m.Text, "ts": m.TS, "thread_ts": m.ThreadTS, "team": ch.Team, "channel": ch.ID, "blocks": m.Blocks, "event_ts": m.TS})
		}
		s.shareLinks(ws, ch, m)
	}
	s.touch()
}

func (ch *channel) kind() string {
	switch {
	case ch.mpim:
		return "mpim"
	case ch.IM:
		return "im"
	case ch.Private:
		return "group"
	}
	return "channel"
}

// change makes a message say something else and tells of it.
func (s *Server) change(ch *channel, m *Message, by string, edit func(*Message)) {
	before := m.object(false)
	text := m.Text
	edit(m)
	if by != "" && m.Text != text {
		m.Edited = &Edited{User: by, TS: s.stamp()}
	}
	s.tellIn(ch, object{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": ch.ID, "channel_type": ch.kind(), "ts": s.stamp(), "event_ts": s.stamp(),
		"message": m.object(false), "previous_message": before,
	})
	s.touch()
}

// remove takes a message away, or leaves a tombstone where replies hang on it.
func (s *Server) remove(ch *channel, m *Message) {
	if !m.reply() && m.ReplyCount > 0 {
		s.change(ch, m, "", func(m *Message) {
			m.Subtype, m.Hidden, m.User, m.BotID, m.Text = "tombstone", true, "USLACKBOT", "", "This message was deleted."
			m.Blocks, m.Files, m.Attachments, m.Reactions, m.Metadata, m.Username = nil, nil, nil, nil, nil, ""
		})
		return
	}
	ch.messages = slices.DeleteFunc(ch.messages, func(one *Message) bool { return one == m })
	ch.pins = slices.DeleteFunc(ch.pins, func(p pin) bool { return p.ts == m.TS })
	if root := ch.message(m.ThreadTS); m.reply() && root != nil {
		root.ReplyCount--
	}
	s.tellIn(ch, object{
		"type": "message", "subtype": "message_deleted", "hidden": true, "channel": ch.ID, "channel_type": ch.kind(), "ts": s.stamp(), "event_ts": s.stamp(),
		"deleted_ts": m.TS, "previous_message": m.object(false),
	})
	s.touch()
}

// line is what Slack itself writes into a channel when something about it changes: channel_join, group_topic and so on.
func (s *Server) line(ch *channel, user, what string, extra object, text string) {
	if ch.IM {
		return
	}
	prefix := "channel_"
	if ch.Private && !strings.HasPrefix(what, "convert_") {
		prefix = "group_"
	}
	m := &Message{Subtype: prefix + what, User: user, Text: "<@" + user + "> " + text}
	m.Topic, _ = extra["topic"].(string)
	m.Purpose, _ = extra["purpose"].(string)
	m.OldName, _ = extra["old_name"].(string)
	m.Name, _ = extra["name"].(string)
	m.Inviter, _ = extra["inviter"].(string)
	if what == "pinned" {
		m.Subtype = "pinned_item"
	}
	s.post(ch, m)
}

func (s *Server) join(ch *channel, user, inviter string) {
	ch.members = append(ch.members, user)
	letter := "C"
	if ch.Private {
		letter = "G"
	}
	event := object{"type": "member_joined_channel", "user": user, "channel": ch.ID, "channel_type": letter, "team": ch.Team, "event_ts": s.stamp()}
	if inviter != "" {
		event["inviter"] = inviter
	}
	s.line(ch, user, "join", object{"inviter": inviter}, "has joined the channel")
	s.tellIn(ch, event)
}

func (s *Server) leave(ch *channel, user string) {
	ch.members = slices.DeleteFunc(ch.members, func(m string) bool { return m == user })
	letter, gone := "C", "channel_left"
	if ch.Private {
		letter, gone = "G", "group_left"
	}
	if user == s.workspaces[ch.Team].BotUser {
		s.tell(ch.Team, object{"type": gone, "channel": ch.ID, "event_ts": s.stamp()})
	}
	s.line(ch, user, "leave", nil, "has left the channel")
	s.tellIn(ch, object{"type": "member_left_channel", "user": user, "channel": ch.ID, "channel_type": letter, "team": ch.Team, "event_ts": s.stamp()})
}

func (s *Server) rename(ch *channel, by, name string) {
	old := ch.Name
	ch.previous = append([]string{old}, ch.previous...)
	ch.Name = name
	s.line(ch, by, "name", object{"old_name": old, "name": name}, fmt.Sprintf("has renamed the channel from %q to %q", old, name))
	s.aboutChannel(ch, "rename", object{"channel": object{"id": ch.ID, "name": name, "name_normalized": name, "created": ch.created.Unix(), "is_channel": !ch.Private, "is_mpim": false}})
}

func (s *Server) archive(ch *channel, by string, archived bool) {
	word := "archive"
	if !archived {
		word = "unarchive"
		ch.Archived = false
	}
	s.line(ch, by, word, nil, word+"d the channel")
	s.aboutChannel(ch, word, object{"channel": ch.ID, "user": by})
	if archived {
		ch.Archived = true
		bot := s.workspaces[ch.Team].BotUser
		ch.members = slices.DeleteFunc(ch.members, func(m string) bool { return m == bot })
	}
	s.touch()
}

func (s *Server) setTopic(ch *channel, by, topic string) {
	ch.Topic, ch.topicBy = topic, by
	s.line(ch, by, "topic", object{"topic": topic}, "set the channel topic: "+topic)
}

// aboutChannel tells of channel_rename, group_archive and the like; everybody hears it of public channels.
func (s *Server) aboutChannel(ch *channel, what string, event object) {
	prefix := "channel_"
	if ch.Private {
		prefix = "group_"
	}
	event["type"], event["event_ts"] = prefix+what, s.stamp()
	if !ch.Private {
		s.tell(ch.Team, event)
		return
	}
	s.tellIn(ch, event)
}

var address = regexp.MustCompile(`<(https?://[^>|\s]+)(?:\|[^>]*)?>`)

// shareLinks tells of link_shared when a message holds a link of a domain that the app unfurls, wherever it was posted.
func (s *Server) shareLinks(ws *workspace, ch *channel, m *Message) {
	var links []object
	for _, found := range address.FindAllStringSubmatch(m.Text, -1) {
		host, _, _ := strings.Cut(strings.SplitN(found[1], "://", 2)[1], "/")
		name, _, _ := strings.Cut(host, ":")
		for _, domain := range ws.links {
			if name == domain || strings.HasSuffix(name, "."+domain) {
				links = append(links, object{"url": found[1], "domain": domain})
			}
		}
	}
	if len(links) == 0 {
		return
	}
	s.tell(ch.Team, object{
		"type": "link_shared", "user": m.User, "channel": ch.ID, "message_ts": m.TS, "thread_ts": m.ThreadTS, "links": links,
		"unfurl_id": ch.ID + "-" + m.TS, "source": "conversations_history", "is_bot_user_member": s.sees(ch), "event_ts": s.stamp(),
	})
}
