package slackserver

import (
	"slices"
	"strings"
)

func conversationsCreate(c *call) (object, error) {
	name, private := c.str("name"), c.flag("is_private")
	scope := "channels:manage"
	if private {
		scope = "groups:write"
	}
	if err := c.need(scope); err != nil {
		return nil, err
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if c.s.named(c.token.team, name) != nil {
		return nil, no("name_taken")
	}
	ch := c.s.newChannel(c.token.team, name, c.token.user, private)
	ch.members = []string{c.token.user}
	if !private {
		c.s.tell(ch.Team, object{"type": "channel_created", "channel": object{"id": ch.ID, "name": ch.Name, "created": ch.created.Unix(), "creator": ch.Creator}, "event_ts": c.s.stamp()})
	}
	return object{"channel": c.conversation(ch, false)}, nil
}

func conversationsRename(c *call) (object, error) {
	ch, err := c.live(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	name := c.str("name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	if ch.general || (ch.Creator != c.token.user && c.token.kind == botToken) {
		return nil, no("not_authorized")
	}
	if other := c.s.named(ch.Team, name); other != nil && other != ch {
		return nil, no("name_taken")
	}
	c.s.rename(ch, c.token.user, name)
	return object{"channel": c.conversation(ch, false)}, nil
}

func conversationsArchive(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	switch {
	case ch.Archived:
		return nil, no("already_archived")
	case ch.general:
		return nil, no("cant_archive_general")
	case !ch.has(c.token.user):
		return nil, no("not_in_channel")
	}
	c.s.archive(ch, c.token.user, true)
	return nil, nil
}

func conversationsUnarchive(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	if !ch.Archived {
		return nil, no("not_archived")
	}
	if c.token.kind == botToken {
		return nil, no("not_in_channel") // archiving throws bots out, and they cannot get back in
	}
	c.s.archive(ch, c.token.user, false)
	return nil, nil
}

func conversationsSetTopic(c *call) (object, error) {
	ch, err := c.live(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	topic := c.str("topic")
	if len([]rune(topic)) > 250 {
		return nil, no("too_long")
	}
	c.s.setTopic(ch, c.token.user, topic)
	return object{"channel": c.conversation(ch, false), "topic": topic}, nil
}

func conversationsSetPurpose(c *call) (object, error) {
	ch, err := c.live(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	purpose := c.str("purpose")
	if len([]rune(purpose)) > 250 {
		return nil, no("too_long")
	}
	ch.Purpose, ch.purposeBy = purpose, c.token.user
	c.s.line(ch, c.token.user, "purpose", object{"purpose": purpose}, "set the channel description: "+purpose)
	return object{"channel": c.conversation(ch, false), "purpose": purpose}, nil
}

func conversationsInvite(c *call) (object, error) {
	ch, err := c.live(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	users := c.list("users")
	if len(users) == 0 {
		return nil, no("no_user")
	}
	if len(users) > 1000 {
		return nil, no("too_many_users")
	}
	var wrong []object
	var good []string
	for _, id := range users {
		p, found := c.s.users[id]
		switch {
		case id == c.token.user:
			wrong = append(wrong, object{"user": id, "ok": false, "error": "cant_invite_self"})
		case !found || p.team != ch.Team || p.Deleted:
			wrong = append(wrong, object{"user": id, "ok": false, "error": "user_not_found"})
		case ch.has(id):
			wrong = append(wrong, object{"user": id, "ok": false, "error": "already_in_channel"})
		default:
			good = append(good, id)
		}
	}
	if len(wrong) > 0 && (!c.flag("force") || len(good) == 0) {
		return nil, &refusal{wrong[0]["error"].(string), object{"errors": wrong}}
	}
	for _, id := range good {
		c.s.join(ch, id, c.token.user)
	}
	return object{"channel": c.conversation(ch, false)}, nil
}

func conversationsKick(c *call) (object, error) {
	ch, err := c.live(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "write"); err != nil {
		return nil, err
	}
	user := c.str("user")
	switch {
	case user == c.token.user:
		return nil, no("cant_kick_self")
	case ch.general:
		return nil, no("cant_kick_from_general")
	case c.s.users[user] == nil:
		return nil, no("user_not_found")
	case !ch.has(user):
		return nil, no("not_in_channel")
	}
	c.s.leave(ch, user)
	return object{"errors": object{}}, nil
}

func conversationsJoin(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, no("is_archived")
	case ch.Private || ch.IM:
		return nil, no("method_not_supported_for_channel_type")
	case ch.has(c.token.user):
		return object{"channel": c.conversation(ch, false), "warning": "already_in_channel", "response_metadata": object{"warnings": []string{"already_in_channel"}}}, nil
	}
	c.s.join(ch, c.token.user, "")
	return object{"channel": c.conversation(ch, false)}, nil
}

func conversationsLeave(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, no("is_archived")
	case ch.general:
		return nil, no("cant_leave_general")
	case !ch.has(c.token.user):
		return object{"not_in_channel": true}, nil
	}
	c.s.leave(ch, c.token.user)
	return nil, nil
}

func conversationsOpen(c *call) (object, error) {
	users := c.list("users")
	if id := c.str("channel"); id != "" {
		ch, err := c.find(id)
		if err != nil {
			return nil, err
		}
		return object{"channel": c.conversation(ch, false), "already_open": true, "no_op": true}, nil
	}
	if len(users) == 0 {
		return nil, no("users_list_not_supplied")
	}
	if len(users) > 8 {
		return nil, no("too_many_users")
	}
	for _, id := range users {
		if p := c.s.users[id]; p == nil || p.team != c.token.team {
			return nil, no("user_not_found")
		} else if p.Deleted {
			return nil, no("user_disabled")
		}
	}
	scope := "im:write"
	if len(users) > 1 {
		scope = "mpim:write"
	}
	if err := c.need(scope); err != nil {
		return nil, err
	}
	ch, old := c.s.direct(c.token.team, append([]string{c.token.user}, users...))
	answer := object{"channel": object{"id": ch.ID}}
	if c.flag("return_im") {
		answer["channel"] = c.conversation(ch, false)
	}
	if old {
		answer["already_open"], answer["no_op"] = true, true
	}
	return answer, nil
}

// direct finds or makes the direct conversation between some people.
func (s *Server) direct(team string, members []string) (*channel, bool) {
	slices.Sort(members)
	members = slices.Compact(members)
	for _, ch := range s.channels {
		if ch.IM && ch.Team == team && slices.Equal(ch.members, members) {
			return ch, true
		}
	}
	ch := &channel{Channel: Channel{ID: s.fresh("D"), Team: team, IM: true}, created: s.clock.Now(), members: members}
	if len(members) > 2 {
		ch.ID, ch.mpim, ch.Name = s.fresh("G"), true, "mpdm-"+strings.ToLower(strings.Join(members, "--"))+"-1"
	}
	s.channels[ch.ID] = ch
	return ch, false
}

func conversationsInfo(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "read"); err != nil {
		return nil, err
	}
	return object{"channel": c.conversation(ch, c.flag("include_num_members"))}, nil
}

func conversationsMembers(c *call) (object, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "read"); err != nil {
		return nil, err
	}
	members, next, err := page(c, ch.members, c.limit(100, 1000))
	return object{"members": members, "response_metadata": next}, err
}

func conversationsList(c *call) (object, error) { return c.listConversations("") }

func usersConversations(c *call) (object, error) {
	user := c.str("user")
	if user == "" {
		user = c.token.user
	}
	return c.listConversations(user)
}

func (c *call) listConversations(member string) (object, error) {
	types := c.list("types")
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	scopes := map[string]string{"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
	for _, kind := range types {
		if scopes[kind] == "" {
			return nil, no("invalid_types")
		}
		if err := c.need(scopes[kind]); err != nil {
			return nil, err
		}
	}
	var all []*channel
	for _, ch := range c.s.channels {
		kind := "public_channel"
		switch {
		case ch.mpim:
			kind = "mpim"
		case ch.IM:
			kind = "im"
		case ch.Private:
			kind = "private_channel"
		}
		visible := ch.Team == c.token.team && (kind == "public_channel" || ch.has(c.token.user))
		if visible && slices.Contains(types, kind) && (member == "" || ch.has(member)) && !(ch.Archived && c.flag("exclude_archived")) {
			all = append(all, ch)
		}
	}
	slices.SortFunc(all, func(a, b *channel) int { return strings.Compare(a.ID, b.ID) })
	some, next, err := page(c, all, c.limit(100, 1000))
	if err != nil {
		return nil, err
	}
	channels := make([]object, 0, len(some))
	for _, ch := range some {
		channels = append(channels, c.conversation(ch, member == ""))
	}
	return object{"channels": channels, "response_metadata": next}, nil
}
