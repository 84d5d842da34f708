package slackserver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Also is what a message of a person has besides its text.
type Also struct {
	Thread    string // ts of the message that is answered
	Broadcast bool   // the answer is shown in the channel too
	Files     []Upload
	Blocks    []any  // instead of the rich text that Slack makes of the text
	Bot       string // said by another app with this name
}

// act runs what somebody does in a channel; doing what Slack's own client would not let them do panics.
func (s *Server) act(user, id string, do func(*channel) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[id]
	switch {
	case ch == nil:
		panic(fmt.Sprintf("slackserver: there is no channel %q", id))
	case s.users[user] == nil:
		panic(fmt.Sprintf("slackserver: there is no user %q", user))
	}
	if err := do(ch); err != nil {
		panic(fmt.Sprintf("slackserver: %s in #%s: %v", s.users[user].Name, ch.Name, err))
	}
	s.touch()
}

func (ch *channel) open(user string) error {
	if ch.Archived {
		return no("is_archived")
	}
	if !ch.has(user) {
		return no("not_in_channel")
	}
	return nil
}

// on runs what somebody does with a message.
func (s *Server) on(user, where, ts string, do func(*channel, *Message) error) {
	s.act(user, where, func(ch *channel) error {
		m := ch.message(ts)
		if m == nil {
			return no("message_not_found")
		}
		return do(ch, m)
	})
}

// Say lets a person write into a channel; the text is as Slack keeps it, with <@U1> for a mention, and bare links become <links>.
func (s *Server) Say(user, where, text string, also ...Also) Message {
	var more Also
	if len(also) > 0 {
		more = also[0]
	}
	var out Message
	s.act(user, where, func(ch *channel) error {
		if err := ch.open(user); err != nil {
			return err
		}
		m := &Message{User: user, Text: linked(text), Blocks: more.Blocks, ClientMsgID: strings.ToLower(s.fresh("client-"))}
		if m.Blocks == nil && text != "" {
			m.Blocks = []any{richText(s.fresh("b"), m.Text)}
		}
		if more.Bot != "" {
			m.Subtype, m.User, m.ClientMsgID, m.BotID, m.Username, m.Blocks = "bot_message", "", "", s.fresh("B"), more.Bot, more.Blocks
		}
		if more.Thread != "" {
			if ch.message(more.Thread) == nil {
				return no("thread_not_found")
			}
			m.ThreadTS, m.broadcast = more.Thread, more.Broadcast
		}
		if len(more.Files) == 0 {
			s.post(ch, m)
			out = m.clone()
			return nil
		}
		m.Subtype = "file_share"
		var files []*file
		for _, u := range more.Files {
			files = append(files, s.newFile(ch.Team, user, u))
		}
		s.share(ch, m, files)
		out = m.clone()
		return nil
	})
	return out
}

// ShareLink lets a person post a link.
func (s *Server) ShareLink(user, where, link string) Message { return s.Say(user, where, link) }

// Edit lets a person change what they wrote.
func (s *Server) Edit(user, where, ts, text string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error {
		if m.User != user {
			return no("cant_update_message")
		}
		s.change(ch, m, user, func(m *Message) {
			m.Text = linked(text)
			m.Blocks = []any{richText(s.fresh("b"), m.Text)}
		})
		return nil
	})
}

// Delete lets a person take away what they wrote.
func (s *Server) Delete(user, where, ts string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error { s.remove(ch, m); return nil })
}

// React lets a person put an emoji on a message.
func (s *Server) React(user, where, ts, emoji string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error { return s.react(ch, m, user, emoji) })
}

// Unreact lets a person take their emoji from a message.
func (s *Server) Unreact(user, where, ts, emoji string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error { return s.unreact(ch, m, user, emoji) })
}

// Pin lets a person pin a message.
func (s *Server) Pin(user, where, ts string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error { return s.pin(ch, m, user) })
}

// Unpin lets a person unpin a message.
func (s *Server) Unpin(user, where, ts string) {
	s.on(user, where, ts, func(ch *channel, m *Message) error { return s.unpin(ch, m, user) })
}

// Join lets a person join a channel; into a private one somebody else has to Invite them.
func (s *Server) Join(user, where string) {
	s.act(user, where, func(ch *channel) error {
		if ch.Private {
			return no("channel_not_found")
		}
		if !ch.has(user) {
			s.join(ch, user, "")
		}
		return nil
	})
}

// Invite lets a member bring somebody into a channel, perhaps the app.
func (s *Server) Invite(by, where, user string) {
	s.act(by, where, func(ch *channel) error {
		if err := ch.open(by); err != nil {
			return err
		}
		if !ch.has(user) {
			s.join(ch, user, by)
		}
		return nil
	})
}

// Leave lets a person leave a channel.
func (s *Server) Leave(user, where string) {
	s.act(user, where, func(ch *channel) error {
		if ch.has(user) {
			s.leave(ch, user)
		}
		return nil
	})
}

// Kick lets a member put somebody out of a channel, perhaps the app.
func (s *Server) Kick(by, where, user string) {
	s.act(by, where, func(ch *channel) error {
		if ch.has(user) {
			s.leave(ch, user)
		}
		return nil
	})
}

// Rename lets a member rename a channel by hand.
func (s *Server) Rename(user, where, name string) {
	s.act(user, where, func(ch *channel) error {
		if other := s.named(ch.Team, name); other != nil && other != ch {
			return no("name_taken")
		}
		s.rename(ch, user, name)
		return nil
	})
}

// SetTopic lets a member write the line above a channel.
func (s *Server) SetTopic(user, where, topic string) {
	s.act(user, where, func(ch *channel) error { s.setTopic(ch, user, topic); return nil })
}

// Archive lets a member archive a channel; the app is thrown out.
func (s *Server) Archive(user, where string) {
	s.act(user, where, func(ch *channel) error { s.archive(ch, user, true); return nil })
}

// Unarchive lets a person bring a channel back; the app is not in it.
func (s *Server) Unarchive(user, where string) {
	s.act(user, where, func(ch *channel) error { s.archive(ch, user, false); return nil })
}

// MakePrivate turns a public channel into a private one.
func (s *Server) MakePrivate(user, where string) {
	s.act(user, where, func(ch *channel) error {
		ch.Private = true
		s.line(ch, user, "convert_to_private", nil, "made this channel private.")
		return nil
	})
}

// MakePublic turns a private channel into a public one, as those who run a workspace can.
func (s *Server) MakePublic(user, where string) {
	s.act(user, where, func(ch *channel) error {
		ch.Private = false
		s.line(ch, user, "convert_to_public", nil, "made this channel public.")
		return nil
	})
}

// Renumber gives a channel another id, as when its workspace comes into an organisation.
func (s *Server) Renumber(where, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[where]
	delete(s.channels, where)
	ch.ID = to
	s.channels[to] = ch
	s.tell(ch.Team, object{"type": "channel_id_changed", "old_channel_id": where, "new_channel_id": to, "event_ts": s.stamp()})
	s.touch()
}

// DeleteChannel takes a channel away for good.
func (s *Server) DeleteChannel(user, where string) {
	s.act(user, where, func(ch *channel) error {
		delete(s.channels, ch.ID)
		kind := "channel_deleted"
		if ch.Private {
			kind = "group_deleted"
		}
		s.tell(ch.Team, object{"type": kind, "channel": ch.ID, "event_ts": s.stamp()})
		return nil
	})
}

// MessageApp lets a person write to the app in their direct conversation.
func (s *Server) MessageApp(user, text string) Message {
	s.mu.Lock()
	ch, _ := s.direct(s.users[user].team, []string{user, s.workspaces[s.users[user].team].BotUser})
	s.mu.Unlock()
	return s.Say(user, ch.ID, text)
}

// OpenHome lets a person open the app's Home tab.
func (s *Server) OpenHome(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.users[user]
	ch, _ := s.direct(p.team, []string{user, s.workspaces[p.team].BotUser})
	event := object{"type": "app_home_opened", "user": user, "channel": ch.ID, "tab": "home", "event_ts": s.stamp()}
	if p.home != nil {
		event["view"] = p.home
	}
	s.tell(p.team, event)
	s.touch()
}

var bare = regexp.MustCompile(`(^|[\s(])(https?://[^\s<>|)]+)`)

// linked writes bare links as Slack keeps them.
func linked(text string) string { return bare.ReplaceAllString(text, "$1<$2>") }

var piece = regexp.MustCompile(`<[^<>]+>|:[a-z0-9_+-]+:`)

// richText makes the block that Slack's editor makes of a text.
func richText(id, text string) object {
	var elements []any
	plain := func(part string) {
		if part != "" {
			elements = append(elements, object{"type": "text", "text": strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(part)})
		}
	}
	at := 0
	for _, found := range piece.FindAllStringIndex(text, -1) {
		plain(text[at:found[0]])
		elements = append(elements, richPiece(text[found[0]:found[1]]))
		at = found[1]
	}
	plain(text[at:])
	return object{"type": "rich_text", "block_id": id, "elements": []any{object{"type": "rich_text_section", "elements": elements}}}
}

func richPiece(text string) object {
	if strings.HasPrefix(text, ":") {
		return object{"type": "emoji", "name": strings.Trim(text, ":")}
	}
	target, label, _ := strings.Cut(strings.Trim(text, "<>"), "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return object{"type": "user", "user_id": target[1:]}
	case strings.HasPrefix(target, "#"):
		return object{"type": "channel", "channel_id": target[1:]}
	case slices.Contains([]string{"!here", "!channel", "!everyone"}, target):
		return object{"type": "broadcast", "range": target[1:]}
	}
	out := object{"type": "link", "url": target}
	if label != "" {
		out["text"] = label
	}
	return out
}
