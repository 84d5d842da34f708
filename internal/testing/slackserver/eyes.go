package slackserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Messages returns what stands in a channel, threads included, the oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	if ch := s.channels[channel]; ch != nil {
		for _, m := range ch.messages {
			all = append(all, m.clone())
		}
	}
	return all
}

// Said returns the messages of a channel that people and apps wrote, without those that Slack writes itself.
func (s *Server) Said(channel string) []Message {
	return slices.DeleteFunc(s.Messages(channel), func(m Message) bool {
		return strings.HasPrefix(m.Subtype, "channel_") || strings.HasPrefix(m.Subtype, "group_") || m.Subtype == "pinned_item" || m.Subtype == "tombstone"
	})
}

// Message returns one message.
func (s *Server) Message(channel, ts string) (Message, bool) {
	for _, m := range s.Messages(channel) {
		if m.TS == ts {
			return m, true
		}
	}
	return Message{}, false
}

// Thread returns a thread's first message and its replies.
func (s *Server) Thread(channel, ts string) []Message {
	return slices.DeleteFunc(s.Messages(channel), func(m Message) bool { return m.TS != ts && m.ThreadTS != ts })
}

// Find returns the channel with an id.
func (s *Server) Find(id string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch := s.channels[id]; ch != nil {
		return ch.copy(), true
	}
	return Channel{}, false
}

// Named returns the channel of a workspace that bears a name.
func (s *Server) Named(team, name string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch := s.named(team, name); ch != nil {
		return ch.copy(), true
	}
	return Channel{}, false
}

// Channels returns all channels, direct conversations included, in the order in which they were made.
func (s *Server) Channels() []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Channel
	for _, ch := range s.channels {
		all = append(all, ch.copy())
	}
	slices.SortFunc(all, func(a, b Channel) int { return strings.Compare(a.ID[1:], b.ID[1:]) })
	return all
}

// Topic returns the line above a channel.
func (s *Server) Topic(channel string) string {
	ch, _ := s.Find(channel)
	return ch.Topic
}

// Members returns who is in a channel, the app included.
func (s *Server) Members(channel string) []string {
	ch, _ := s.Find(channel)
	return ch.Members
}

// Pins returns the ts of the messages that are pinned, in the order in which that was done.
func (s *Server) Pins(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	if ch := s.channels[channel]; ch != nil {
		for _, p := range ch.pins {
			all = append(all, p.ts)
		}
	}
	return all
}

// Bookmarks returns the links above a channel.
func (s *Server) Bookmarks(channel string) []Bookmark {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Bookmark
	if ch := s.channels[channel]; ch != nil {
		for _, b := range ch.bookmarks {
			all = append(all, *b)
		}
	}
	return all
}

// Reactions returns the emoji on a message with those who set them.
func (s *Server) Reactions(channel, ts string) map[string][]string {
	m, _ := s.Message(channel, ts)
	all := map[string][]string{}
	for _, r := range m.Reactions {
		all[r.Name] = r.Users
	}
	return all
}

// Unfurls returns the cards that the app hung on a message's links, by link.
func (s *Server) Unfurls(channel, ts string) map[string]map[string]any {
	m, _ := s.Message(channel, ts)
	all := map[string]map[string]any{}
	for _, card := range m.Attachments {
		if from, is := card["from_url"].(string); is {
			all[from] = card
		}
	}
	return all
}

// Ephemerals returns what only this person was shown.
func (s *Server) Ephemerals(user string) []Ephemeral {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Ephemeral
	for _, e := range s.whispers {
		if e.To == user {
			all = append(all, Ephemeral{Message: e.clone(), To: e.To})
		}
	}
	return all
}

// Views returns the modals that lie open before a person, the lowest first.
func (s *Server) Views(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []View
	if p := s.users[user]; p != nil {
		for _, v := range p.stack {
			all = append(all, *v.clone())
		}
	}
	return all
}

// View returns the modal that lies on top, if one is open.
func (s *Server) View(user string) (View, bool) {
	all := s.Views(user)
	if len(all) == 0 {
		return View{}, false
	}
	return all[len(all)-1], true
}

// Home returns a person's Home tab, if one was published.
func (s *Server) Home(user string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.users[user]; p != nil && p.home != nil {
		return *p.home.clone(), true
	}
	return View{}, false
}

func (v *View) clone() *View {
	out := *v
	out.Blocks, _ = copied(v.Blocks).([]any)
	out.State.Values = map[string]map[string]map[string]any{}
	for block, actions := range v.State.Values {
		out.State.Values[block] = map[string]map[string]any{}
		for action, value := range actions {
			out.State.Values[block][action], _ = copied(value).(object)
		}
	}
	return &out
}

// Installation returns a workspace as it stands.
func (s *Server) Installation(team string) Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.workspaces[team].Workspace
}

// Direct returns the conversation of a person with the app, if there is one.
func (s *Server) Direct(user string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.users[user]
	if p == nil {
		return Channel{}, false
	}
	bot := s.workspaces[p.team].BotUser
	for _, ch := range s.channels {
		if ch.IM && !ch.mpim && ch.has(user) && ch.has(bot) {
			return ch.copy(), true
		}
	}
	return Channel{}, false
}

// Calls returns the calls so far, of some methods or of all.
func (s *Server) Calls(methods ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []Call
	for _, c := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			some = append(some, c)
		}
	}
	return some
}

// Forget drops the calls so far.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *Server) last(n int) []string {
	calls := s.Calls()
	var lines []string
	for _, c := range calls[max(0, len(calls)-n):] {
		lines = append(lines, fmt.Sprintf("%s %d %s", c.Method, c.Status, c.Error))
	}
	return lines
}

// Text returns all words of blocks, line by line, for tests that look for one.
func Text(blocks []any) string {
	var lines []string
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, one := range value {
				walk(one)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				if text, is := value[key].(string); is && (key == "text" || key == "alt_text" || key == "initial_value") {
					lines = append(lines, text)
				}
				walk(value[key])
			}
		}
	}
	walk(blocks)
	return strings.Join(lines, "\n")
}
