package slackserver

import (
	"regexp"
	"slices"
)

// Bookmark is a link above a channel.
type Bookmark struct {
	ID      string `json:"id"`
	Channel string `json:"channel_id"`
	Title   string `json:"title"`
	Link    string `json:"link"`
	Emoji   string `json:"emoji"`
	IconURL string `json:"icon_url"`
	Type    string `json:"type"`
	Created int64  `json:"date_created"`
	Updated int64  `json:"date_updated"`
	Rank    string `json:"rank"`
	By      string `json:"last_updated_by_user_id"`
	ByTeam  string `json:"last_updated_by_team_id"`
	AppID   string `json:"app_id"`
}

// item is the message that a reaction or a pin is about.
func (c *call) item(missing string) (*channel, *Message, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, nil, err
	}
	if ch.Archived {
		return nil, nil, no("is_archived")
	}
	if !ch.has(c.token.user) {
		return nil, nil, no("not_in_channel")
	}
	if c.str("timestamp") == "" {
		return nil, nil, no("no_item_specified")
	}
	m := ch.message(c.str("timestamp"))
	if m == nil {
		return nil, nil, no(missing)
	}
	return ch, m, nil
}

func pinsAdd(c *call) (object, error) {
	ch, m, err := c.item("message_not_found")
	if err != nil {
		return nil, err
	}
	return nil, c.s.pin(ch, m, c.token.user)
}

func (s *Server) pin(ch *channel, m *Message, by string) error {
	if slices.ContainsFunc(ch.pins, func(p pin) bool { return p.ts == m.TS }) {
		return no("already_pinned")
	}
	if len(ch.pins) >= 100 {
		return no("too_many_pins")
	}
	ch.pins = append(ch.pins, pin{ts: m.TS, by: by, at: s.clock.Now()})
	m.PinnedTo = []string{ch.ID}
	s.tellIn(ch, object{"type": "pin_added", "user": by, "channel_id": ch.ID, "item_user": m.User, "pin_count": len(ch.pins), "item": s.pinned(ch, ch.pins[len(ch.pins)-1]), "event_ts": s.stamp()})
	s.line(ch, by, "pinned", nil, "pinned a message to this channel.")
	return nil
}

func (s *Server) pinned(ch *channel, p pin) object {
	m := ch.message(p.ts)
	shown := m.object(false)
	shown["permalink"] = s.permalink(m)
	return object{"type": "message", "channel": ch.ID, "created": p.at.Unix(), "created_by": p.by, "message": shown}
}

func pinsRemove(c *call) (object, error) {
	ch, m, err := c.item("message_not_found")
	if err != nil {
		return nil, err
	}
	return nil, c.s.unpin(ch, m, c.token.user)
}

func (s *Server) unpin(ch *channel, m *Message, by string) error {
	at := slices.IndexFunc(ch.pins, func(p pin) bool { return p.ts == m.TS })
	if at < 0 {
		return no("no_pin")
	}
	item := s.pinned(ch, ch.pins[at])
	ch.pins, m.PinnedTo = slices.Delete(ch.pins, at, at+1), nil
	s.tellIn(ch, object{"type": "pin_removed", "user": by, "channel_id": ch.ID, "item_user": m.User, "pin_count": len(ch.pins), "has_pins": len(ch.pins) > 0, "item": item, "event_ts": s.stamp()})
	s.touch()
	return nil
}

func pinsList(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if !ch.has(c.token.user) {
		return nil, no("not_in_channel")
	}
	items := []object{}
	for _, p := range slices.Backward(ch.pins) {
		items = append(items, c.s.pinned(ch, p))
	}
	return object{"items": items}, nil
}

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

func reactionsAdd(c *call) (object, error) {
	ch, m, err := c.item("message_not_found")
	if err != nil {
		return nil, err
	}
	return nil, c.s.react(ch, m, c.token.user, c.str("name"))
}

func (s *Server) react(ch *channel, m *Message, by, name string) error {
	if !emojiName.MatchString(name) {
		return no("invalid_name")
	}
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case at < 0 && len(m.Reactions) >= 50:
		return no("too_many_emoji")
	case at < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name})
		at = len(m.Reactions) - 1
	case slices.Contains(m.Reactions[at].Users, by):
		return no("already_reacted")
	}
	r := &m.Reactions[at]
	r.Users = append(r.Users, by)
	r.Count = len(r.Users)
	s.reacted("reaction_added", ch, m, by, name)
	return nil
}

func (s *Server) reacted(kind string, ch *channel, m *Message, by, name string) {
	s.tellIn(ch, object{"type": kind, "user": by, "reaction": name, "item_user": m.User, "item": object{"type": "message", "channel": ch.ID, "ts": m.TS}, "event_ts": s.stamp()})
	s.touch()
}

func reactionsRemove(c *call) (object, error) {
	ch, m, err := c.item("message_not_found")
	if err != nil {
		return nil, err
	}
	return nil, c.s.unreact(ch, m, c.token.user, c.str("name"))
}

func (s *Server) unreact(ch *channel, m *Message, by, name string) error {
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name && slices.Contains(r.Users, by) })
	if at < 0 {
		return no("no_reaction")
	}
	r := &m.Reactions[at]
	r.Users = slices.DeleteFunc(r.Users, func(u string) bool { return u == by })
	if r.Count = len(r.Users); r.Count == 0 {
		m.Reactions = slices.Delete(m.Reactions, at, at+1)
	}
	s.reacted("reaction_removed", ch, m, by, name)
	return nil
}

func reactionsGet(c *call) (object, error) {
	ch, m, err := c.item("message_not_found")
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": ch.ID, "message": m.object(false)}, nil
}

// bookmarked returns the channel of a bookmark and, when one is named, the bookmark.
func (c *call) bookmarked(id string) (*channel, *Bookmark, error) {
	ch, err := c.find(c.str("channel_id"))
	switch {
	case err != nil:
		return nil, nil, err
	case ch.Archived:
		return nil, nil, no("is_archived")
	case !ch.has(c.token.user):
		return nil, nil, no("not_in_channel")
	}
	for _, b := range ch.bookmarks {
		if b.ID == id {
			return ch, b, nil
		}
	}
	if id != "" {
		return nil, nil, no("not_found")
	}
	return ch, nil, nil
}

var link = regexp.MustCompile(`^https?://[^\s]+$`)

func bookmarksAdd(c *call) (object, error) {
	ch, _, err := c.bookmarked("")
	switch {
	case err != nil:
		return nil, err
	case c.str("type") != "link":
		return nil, no("invalid_bookmark_type")
	case !link.MatchString(c.str("link")):
		return nil, no("invalid_link")
	case c.str("title") == "":
		return nil, no("invalid_arguments")
	case len(ch.bookmarks) >= 100:
		return nil, no("too_many_bookmarks")
	}
	now := c.now.Unix()
	b := &Bookmark{
		ID: c.s.fresh("Bk"), Channel: ch.ID, Title: c.str("title"), Link: c.str("link"), Emoji: c.str("emoji"), Type: "link", Created: now, Updated: now,
		Rank: c.s.fresh("u"), By: c.token.user, ByTeam: ch.Team, AppID: c.s.app.ID,
	}
	ch.bookmarks = append(ch.bookmarks, b)
	return object{"bookmark": b}, nil
}

func bookmarksEdit(c *call) (object, error) {
	_, b, err := c.bookmarked(c.str("bookmark_id"))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, no("not_found")
	}
	if c.given("link") && !link.MatchString(c.str("link")) {
		return nil, no("invalid_link")
	}
	for name, field := range map[string]*string{"title": &b.Title, "link": &b.Link, "emoji": &b.Emoji} {
		if c.given(name) {
			*field = c.str(name)
		}
	}
	b.Updated = c.now.Unix()
	return object{"bookmark": b}, nil
}

func bookmarksList(c *call) (object, error) {
	ch, _, err := c.bookmarked("")
	if err != nil {
		return nil, err
	}
	return object{"bookmarks": append([]*Bookmark{}, ch.bookmarks...)}, nil
}

func bookmarksRemove(c *call) (object, error) {
	ch, b, err := c.bookmarked(c.str("bookmark_id"))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, no("not_found")
	}
	ch.bookmarks = slices.DeleteFunc(ch.bookmarks, func(one *Bookmark) bool { return one == b })
	return nil, nil
}
