package slackserver

import (
	"slices"
	"strings"
)

// readable returns a channel whose messages the token may read.
func (c *call) readable() (*channel, error) {
	ch, err := c.find(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.needFor(ch, "history"); err != nil {
		return nil, err
	}
	if !ch.has(c.token.user) {
		return nil, no("not_in_channel")
	}
	return ch, nil
}

func conversationsHistory(c *call) (object, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	var found []*Message
	for _, m := range slices.Backward(ch.messages) {
		if !m.reply() || m.Subtype == "thread_broadcast" {
			found = append(found, m)
		}
	}
	answer, err := c.window(found, 100, 999)
	if err == nil {
		answer["pin_count"] = len(ch.pins)
	}
	return answer, err
}

func conversationsReplies(c *call) (object, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	root := ch.message(c.str("ts"))
	if root == nil {
		return nil, no("thread_not_found")
	}
	if root.reply() {
		root = ch.message(root.ThreadTS)
	}
	found := []*Message{root}
	for _, m := range ch.messages {
		if m.reply() && m.ThreadTS == root.TS {
			found = append(found, m)
		}
	}
	return c.window(found, 1000, 1000)
}

// window cuts messages to the time asked for, and to a page; the root of a thread is always there.
func (c *call) window(all []*Message, usual, most int) (object, error) {
	oldest, latest, inclusive := c.str("oldest"), c.str("latest"), c.flag("inclusive")
	for _, bound := range []*string{&oldest, &latest} {
		if *bound == "0" {
			*bound = ""
		}
		if *bound == "now" {
			*bound = ""
		}
		if strings.Trim(*bound, "0123456789.") != "" {
			return nil, no("invalid_ts_latest")
		}
	}
	var within []*Message
	for i, m := range all {
		after := oldest == "" || compareStamps(m.TS, oldest) > 0 || (inclusive && compareStamps(m.TS, oldest) == 0)
		before := latest == "" || compareStamps(m.TS, latest) < 0 || (inclusive && compareStamps(m.TS, latest) == 0)
		root := i == 0 && c.given("ts")
		if root || (after && before) {
			within = append(within, m)
		}
	}
	some, next, err := page(c, within, c.limit(usual, most))
	if err != nil {
		return nil, err
	}
	messages := make([]object, 0, len(some))
	for _, m := range some {
		messages = append(messages, m.object(c.flag("include_all_metadata")))
	}
	return object{"messages": messages, "has_more": next["next_cursor"] != "", "response_metadata": next}, nil
}

// compareStamps orders two ts, also when one is written with fewer digits.
func compareStamps(a, b string) int {
	long := func(ts string) string {
		seconds, rest, _ := strings.Cut(ts, ".")
		return strings.Repeat("0", max(0, 12-len(seconds))) + seconds + (rest + "000000")[:6]
	}
	return strings.Compare(long(a), long(b))
}
