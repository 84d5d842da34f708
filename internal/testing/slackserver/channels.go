package slackserver

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Channel is a conversation as it stands.
type Channel struct {
	ID, Team, Name, Topic, Purpose, Creator string
	Private, Archived, IM                   bool
	Members                                 []string
}

type channel struct {
	Channel
	general   bool
	mpim      bool
	created   time.Time
	previous  []string
	topicBy   string
	purposeBy string
	messages  []*Message // by ts
	lastStamp int64
	pins      []pin
	bookmarks []*Bookmark
	members   []string
}

type pin struct {
	ts, by string
	at     time.Time
}

// Channel makes a public channel of a workspace with some members, as people make one by hand.
func (s *Server) Channel(team, name string, members ...string) Channel {
	return s.makeChannel(team, name, false, members)
}

// PrivateChannel makes a private channel; the app sees it once it is a member.
func (s *Server) PrivateChannel(team, name string, members ...string) Channel {
	return s.makeChannel(team, name, true, members)
}

func (s *Server) makeChannel(team, name string, private bool, members []string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	creator := ""
	if len(members) > 0 {
		creator = members[0]
	}
	ch := s.newChannel(team, name, creator, private)
	ch.members = append(ch.members, members...)
	if !private {
		s.tell(team, object{"type": "channel_created", "channel": object{"id": ch.ID, "name": ch.Name, "created": ch.created.Unix(), "creator": creator}, "event_ts": s.stamp()})
	}
	s.touch()
	return ch.copy()
}

func (s *Server) newChannel(team, name, creator string, private bool) *channel {
	ch := &channel{Channel: Channel{ID: s.fresh("C"), Team: team, Name: name, Creator: creator, Private: private}, created: s.clock.Now()}
	s.channels[ch.ID] = ch
	return ch
}

func (ch *channel) copy() Channel {
	out := ch.Channel
	out.Members = slices.Clone(ch.members)
	return out
}

func (ch *channel) has(user string) bool { return slices.Contains(ch.members, user) }

// named finds the live or archived channel that bears a name.
func (s *Server) named(team, name string) *channel {
	for _, ch := range s.channels {
		if ch.Team == team && ch.Name == name && !ch.IM {
			return ch
		}
	}
	return nil
}

var goodName = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Lm}\p{N}_-]+$`)

// checkName holds a channel's name to Slack's rules.
func checkName(name string) error {
	switch {
	case name == "":
		return no("invalid_name_required")
	case len([]rune(name)) > 80:
		return no("invalid_name_maxlength")
	case !goodName.MatchString(name):
		return no("invalid_name_specials")
	case strings.Trim(name, "-_") == "":
		return no("invalid_name_punctuation")
	case slices.Contains([]string{"here", "channel", "everyone", "archive", "archived", "archives", "group", "all"}, name):
		return no("name_taken")
	}
	return nil
}

// find returns a channel that the token may know of.
func (c *call) find(id string) (*channel, error) {
	ch, found := c.s.channels[id]
	if !found || ch.Team != c.token.team || ((ch.Private || ch.IM) && !ch.has(c.token.user)) {
		return nil, no("channel_not_found")
	}
	return ch, nil
}

// live returns a channel that the token is a member of and that is not archived.
func (c *call) live(id string) (*channel, error) {
	ch, err := c.find(id)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, no("is_archived")
	case !ch.has(c.token.user):
		return nil, no("not_in_channel")
	}
	return ch, nil
}

// needFor asks for the scope that fits the sort of conversation: "history" is channels:history, groups:history and so on.
func (c *call) needFor(ch *channel, what string) error {
	family, verb := "channels", what
	switch {
	case ch.mpim:
		family = "mpim"
	case ch.IM:
		family = "im"
	case ch.Private:
		family = "groups"
	case what == "write":
		verb = "manage"
	}
	return c.need(family + ":" + verb)
}

// conversation is a channel as the token sees it.
func (c *call) conversation(ch *channel, count bool) object {
	out := object{
		"id": ch.ID, "created": ch.created.Unix(), "updated": ch.created.UnixMilli(), "is_archived": ch.Archived, "is_im": ch.IM && !ch.mpim, "is_mpim": ch.mpim,
		"is_org_shared": false, "context_team_id": ch.Team, "is_private": ch.Private || ch.IM,
	}
	if ch.IM && !ch.mpim {
		for _, member := range ch.members {
			if member != c.token.user {
				out["user"] = member
			}
		}
		return out
	}
	for key, value := range (object{
		"name": ch.Name, "name_normalized": ch.Name, "is_channel": !ch.Private && !ch.mpim, "is_group": ch.Private, "is_general": ch.general, "unlinked": 0,
		"is_shared": false, "is_ext_shared": false, "is_pending_ext_shared": false, "pending_shared": []string{}, "shared_team_ids": []string{ch.Team},
		"creator": ch.Creator, "is_member": ch.has(c.token.user), "previous_names": append([]string{}, ch.previous...),
		"topic":   object{"value": ch.Topic, "creator": ch.topicBy, "last_set": 0},
		"purpose": object{"value": ch.Purpose, "creator": ch.purposeBy, "last_set": 0},
	}) {
		out[key] = value
	}
	if count {
		out["num_members"] = len(ch.members)
	}
	return out
}

// sees reports whether the app hears what happens in a channel.
func (s *Server) sees(ch *channel) bool {
	ws := s.workspaces[ch.Team]
	return ws.Installed && ch.has(ws.BotUser)
}
