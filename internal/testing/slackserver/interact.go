package slackserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Answer is how the app acknowledged something that a person did, and what Slack made of it.
type Answer struct {
	Status  int           // of HTTP; 200 for an acknowledgement over a socket
	Body    []byte        // what came with the acknowledgement
	Took    time.Duration // from the request to the acknowledgement, in real time
	Err     error         // no acknowledgement in time, or what Slack's own client refuses
	Trigger string        // the trigger_id that went with it

	// What became of a modal that was submitted.
	Closed  bool
	Errors  map[string]string // by block_id
	Updated *View
	Pushed  *View
}

// OK reports whether the app acknowledged in time and without an error.
func (a Answer) OK() bool { return a.Err == nil && a.Status >= 200 && a.Status < 300 }

// Command lets a person type a slash command in a channel.
func (s *Server) Command(user, where, command, text string) Answer {
	s.mu.Lock()
	p, ch := s.must(user, where)
	ws := s.workspaces[p.team]
	name := ch.Name
	switch {
	case ch.IM && !ch.mpim:
		name = "directmessage"
	case ch.Private:
		name = "privategroup"
	}
	to := &response{channel: ch.ID, user: user}
	trigger := s.triggerFor(user, "")
	fields := map[string]string{
		"token": "standin-token", "team_id": ws.Team, "team_domain": ws.Domain, "channel_id": ch.ID, "channel_name": name, "user_id": user,
		"user_name": handle(p), "command": command, "text": text, "api_app_id": s.app.ID, "is_enterprise_install": strconv.FormatBool(ws.orgWide),
		"response_url": s.responseURL(to), "trigger_id": trigger,
	}
	if ws.Enterprise != "" {
		fields["enterprise_id"] = ws.Enterprise
	}
	address := s.stream.at.Commands
	s.mu.Unlock()

	form := url.Values{}
	for key, value := range fields {
		form.Set(key, value)
	}
	a := s.bring("slash_commands", address, fields, form, true)
	a.Trigger = trigger
	if a.OK() {
		s.mu.Lock()
		s.immediate(to, a.Body)
		s.mu.Unlock()
	}
	return a
}

func handle(p *person) string { return strings.ToLower(strings.ReplaceAll(p.Name, " ", ".")) }

func (s *Server) must(user, where string) (*person, *channel) {
	p, ch := s.users[user], s.channels[where]
	if p == nil || ch == nil {
		panic(fmt.Sprintf("slackserver: there is no user %q or no channel %q", user, where))
	}
	return p, ch
}

// Shortcut lets a person start a global shortcut.
func (s *Server) Shortcut(user, callback string) Answer {
	s.mu.Lock()
	payload := s.payload("shortcut", user)
	payload["callback_id"], payload["action_ts"] = callback, s.stamp()
	s.mu.Unlock()
	return s.interact(payload)
}

// MessageShortcut lets a person start a shortcut from a message's menu.
func (s *Server) MessageShortcut(user string, m Message, callback string) Answer {
	s.mu.Lock()
	_, ch := s.must(user, m.Channel)
	payload := s.payload("message_action", user)
	payload["callback_id"], payload["action_ts"], payload["message_ts"] = callback, s.stamp(), m.TS
	payload["channel"] = object{"id": ch.ID, "name": ch.Name}
	payload["message"] = m.object(true)
	payload["response_url"] = s.responseURL(&response{channel: ch.ID, user: user, original: m.TS})
	s.mu.Unlock()
	return s.interact(payload)
}

// Press lets a person use a button, or choose a value, on a message that is not theirs alone.
func (s *Server) Press(user string, m Message, action string, value ...any) Answer {
	return s.press(user, m, action, false, value)
}

// PressEphemeral is Press on a message that only this person sees.
func (s *Server) PressEphemeral(e Ephemeral, action string, value ...any) Answer {
	return s.press(e.To, e.Message, action, true, value)
}

func (s *Server) press(user string, m Message, action string, ephemeral bool, value []any) Answer {
	s.mu.Lock()
	_, ch := s.must(user, m.Channel)
	blocks, _ := copied(m.Blocks).([]any)
	block, element := pick(blocks, action)
	if element == nil {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the message has no action %q", action)}
	}
	done, err := s.used(block, element, value)
	if err != nil {
		s.mu.Unlock()
		return Answer{Err: err}
	}
	payload := s.payload("block_actions", user)
	container := object{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": ephemeral}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"], payload["channel"], payload["actions"] = container, object{"id": ch.ID, "name": ch.Name}, []object{done}
	payload["state"] = State{Values: initialState(blocks)}
	if !ephemeral {
		payload["message"] = m.object(true)
	}
	payload["response_url"] = s.responseURL(&response{channel: ch.ID, user: user, original: m.TS, ephemeral: ephemeral})
	s.mu.Unlock()
	return s.interact(payload)
}

// ChangeInput lets a person fill in one part of a modal or Home tab, or press a button there; the app hears of buttons, and of inputs
// that ask for it with dispatch_action.
func (s *Server) ChangeInput(user string, v View, action string, value ...any) Answer {
	s.mu.Lock()
	live := s.views[v.ID]
	if live == nil || live.Closed || live.User != user {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the view %s is not open", v.ID)}
	}
	block, element := pick(live.Blocks, action)
	if element == nil {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the view has no action %q", action)}
	}
	done, err := s.used(block, element, value)
	if err != nil {
		s.mu.Unlock()
		return Answer{Err: err}
	}
	if now := stateOf(element, done); now != nil {
		live.set(block, element, now)
	}
	if block["type"] == "input" && block["dispatch_action"] != true {
		s.mu.Unlock()
		return Answer{Status: http.StatusOK}
	}
	payload := s.payload("block_actions", user)
	payload["container"] = object{"type": "view", "view_id": live.ID}
	payload["actions"] = []object{done}
	payload["view"], _ = copied(live).(object)
	payload["trigger_id"] = s.triggerFor(user, live.ID)
	s.mu.Unlock()
	return s.interact(payload)
}

// Suggest lets a person type into a select that asks the app for its options; the options are in the answer's body.
func (s *Server) Suggest(user string, v View, action, typed string) Answer {
	s.mu.Lock()
	block, element := pick(v.Blocks, action)
	if element == nil {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the view has no action %q", action)}
	}
	payload := s.payload("block_suggestion", user)
	delete(payload, "trigger_id")
	payload["action_id"], payload["block_id"], payload["value"] = element["action_id"], block["block_id"], typed
	payload["container"] = object{"type": "view", "view_id": v.ID}
	payload["view"], _ = copied(v).(object)
	address := s.stream.at.Options
	s.mu.Unlock()
	encoded, _ := json.Marshal(payload)
	return s.bring("interactive", address, payload, url.Values{"payload": {string(encoded)}}, true)
}

// payload is what all interactions have; the caller holds the lock.
func (s *Server) payload(kind, user string) object {
	p := s.users[user]
	if p == nil {
		panic(fmt.Sprintf("slackserver: there is no user %q", user))
	}
	ws := s.workspaces[p.team]
	out := object{
		"type": kind, "token": "standin-token", "api_app_id": s.app.ID, "enterprise": nil, "is_enterprise_install": ws.orgWide,
		"team": object{"id": ws.Team, "domain": ws.Domain}, "trigger_id": s.triggerFor(user, ""),
		"user": object{"id": p.ID, "username": handle(p), "name": handle(p), "team_id": p.team},
	}
	if ws.Enterprise != "" {
		out["enterprise"] = object{"id": ws.Enterprise, "name": "Grid"}
	}
	return out
}

// interact brings an interaction to the app.
func (s *Server) interact(payload object) Answer {
	s.mu.Lock()
	address := s.stream.at.Interactions
	s.mu.Unlock()
	encoded, _ := json.Marshal(payload)
	a := s.bring("interactive", address, json.RawMessage(encoded), url.Values{"payload": {string(encoded)}}, payload["type"] == "view_submission")
	a.Trigger, _ = payload["trigger_id"].(string)
	return a
}

// bring carries something that a person did to the app, over a socket if one is open, and waits for the acknowledgement.
func (s *Server) bring(kind, address string, payload any, form url.Values, answers bool) (a Answer) {
	began := time.Now()
	defer func() { a.Took = time.Since(began) }()
	if s.isDown() {
		a.Err = fmt.Errorf("slack is down")
		return a
	}
	if link := s.link(); link != nil {
		a.Body, a.Err = link.ask(s, kind, payload, answers, nil)
		a.Status = http.StatusOK
		return a
	}
	if address == "" {
		a.Err = fmt.Errorf("the app has no address for %s and no socket", kind)
		return a
	}
	a.Status, a.Body, a.Err = s.request(address, "application/x-www-form-urlencoded", []byte(form.Encode()), nil)
	return a
}

// pick finds an element by its action_id, by block_id/action_id, or by the block_id of an input.
func pick(blocks []any, action string) (block, element object) {
	for _, one := range blocks {
		b, _ := one.(object)
		id, _ := b["block_id"].(string)
		for _, e := range interactive(b) {
			name, _ := e["action_id"].(string)
			if name == action || id+"/"+name == action || (b["type"] == "input" && id == action) {
				return b, e
			}
		}
	}
	return nil, nil
}
