package slackserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
)

// Submit lets a person fill in a modal and send it; the values are by action_id, block_id/action_id or the block_id of an input.
// What Slack's client would not send (a required answer that is missing, a text that is too long) comes back as Errors without a
// request. Afterwards the modal is closed, changed or covered as the app asked.
func (s *Server) Submit(user string, v View, values map[string]any) Answer {
	s.mu.Lock()
	live := s.views[v.ID]
	if live == nil || live.Closed || live.User != user {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the view %s is not open", v.ID)}
	}
	for action, value := range values {
		block, element := pick(live.Blocks, action)
		if element == nil {
			s.mu.Unlock()
			return Answer{Err: fmt.Errorf("the view has no action %q", action)}
		}
		done, err := s.used(block, element, []any{value})
		if err != nil {
			s.mu.Unlock()
			return Answer{Err: err}
		}
		live.set(block, element, stateOf(element, done))
	}
	if problems := live.unsendable(); len(problems) > 0 {
		s.mu.Unlock()
		return Answer{Errors: problems, Err: errors.New("slack's client does not send it")}
	}
	payload := s.payload("view_submission", user)
	payload["trigger_id"] = s.triggerFor(user, live.ID)
	payload["view"], _ = copied(live).(object)
	payload["response_urls"] = []any{}
	s.mu.Unlock()
	a := s.interact(payload)
	if a.OK() {
		s.mu.Lock()
		s.submitted(&a, live)
		s.mu.Unlock()
	}
	return a
}

// submitted does with a modal what the app answered to its submission.
func (s *Server) submitted(a *Answer, v *View) {
	p := s.users[v.User]
	var in struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   object            `json:"view"`
	}
	if len(a.Body) > 0 && string(a.Body) != "{}" {
		if err := json.Unmarshal(a.Body, &in); err != nil {
			a.Err = fmt.Errorf("the answer to a submission is not JSON: %w", err)
			return
		}
	}
	switch in.Action {
	case "":
		s.closeTop(p, v)
		a.Closed = true
	case "clear":
		s.closeAll(p)
		a.Closed = true
	case "errors":
		for id := range in.Errors {
			if block := inputOf(v.Blocks, id); block == nil {
				a.Err = fmt.Errorf("there is no input block %q for the error", id)
				return
			}
		}
		if len(in.Errors) == 0 {
			a.Err = errors.New("response_action errors without errors")
		}
		a.Errors = in.Errors
	case "update", "push":
		ws := s.workspaces[v.Team]
		c := &call{s: s, params: object{"view": in.View, "view_id": v.ID}, token: s.tokens[ws.BotToken], team: ws, now: s.clock.Now()}
		now, err := c.view()
		if err != nil {
			a.Err = fmt.Errorf("the view in the answer: %w", err)
			return
		}
		if in.Action == "update" {
			s.replace(v, now)
			a.Updated = v.clone()
			return
		}
		if len(p.stack) >= 3 {
			a.Err = no("push_limit_reached")
			return
		}
		s.show(p, now)
		a.Pushed = now.clone()
	default:
		a.Err = fmt.Errorf("unknown response_action %q", in.Action)
	}
}

func inputOf(blocks []any, id string) object {
	for _, one := range blocks {
		if block, _ := one.(object); block["block_id"] == id && block["type"] == "input" {
			return block
		}
	}
	return nil
}

// CloseView lets a person dismiss a modal; the app hears of it if it asked to.
func (s *Server) CloseView(user string, v View) Answer {
	s.mu.Lock()
	live := s.views[v.ID]
	if live == nil || live.Closed {
		s.mu.Unlock()
		return Answer{Err: fmt.Errorf("the view %s is not open", v.ID)}
	}
	s.closeTop(s.users[user], live)
	payload := s.payload("view_closed", user)
	delete(payload, "trigger_id")
	payload["view"], _ = copied(live).(object)
	payload["is_cleared"] = false
	tell := live.NotifyOnClose
	s.mu.Unlock()
	if !tell {
		return Answer{Status: 200, Closed: true}
	}
	a := s.interact(payload)
	a.Closed = true
	return a
}

// used is the action of a payload: an element with what was chosen in it.
func (s *Server) used(block, element object, value []any) (object, error) {
	kind, _ := element["type"].(string)
	done := object{"type": kind, "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": s.stamp()}
	if kind == "button" {
		for _, name := range []string{"text", "value", "style", "url"} {
			if element[name] != nil {
				done[name] = element[name]
			}
		}
		return done, nil
	}
	if len(value) != 1 {
		return nil, fmt.Errorf("a %s takes one value, not %d", kind, len(value))
	}
	chosen, err := chosen(kind, element, value[0])
	maps.Copy(done, chosen)
	return done, err
}

// stateOf is what an action leaves in a view's state; a button leaves nothing.
func stateOf(element, done object) object {
	kind, _ := element["type"].(string)
	key, known := valueKeys[kind]
	if !known {
		return nil
	}
	return object{"type": kind, key: done[key]}
}

func (v *View) set(block, element, now object) {
	id, _ := block["block_id"].(string)
	action, _ := element["action_id"].(string)
	if v.State.Values == nil {
		v.State.Values = map[string]map[string]map[string]any{}
	}
	if v.State.Values[id] == nil {
		v.State.Values[id] = map[string]map[string]any{}
	}
	v.State.Values[id][action] = now
}

// chosen writes a value as an element of its kind holds it.
func chosen(kind string, element object, value any) (object, error) {
	key := valueKeys[kind]
	if kind == "overflow" {
		key = "selected_option"
	}
	switch key {
	case "selected_option":
		text, _ := value.(string)
		if value == nil || text == "" {
			return object{key: nil}, nil
		}
		option, err := optionOf(kind, element, text)
		return object{key: option}, err
	case "selected_options":
		options := []any{}
		texts, _ := value.([]string)
		for _, text := range texts {
			option, err := optionOf(kind, element, text)
			if err != nil {
				return nil, err
			}
			options = append(options, option)
		}
		return object{key: options}, nil
	case "selected_date_time":
		return object{key: value}, nil
	case "selected_users", "selected_conversations", "selected_channels":
		return object{key: copied(value)}, nil
	case "":
		return nil, fmt.Errorf("nobody can fill in a %s", kind)
	}
	switch text := value.(type) {
	case string:
		if text == "" {
			return object{key: nil}, nil
		}
		return object{key: text}, nil
	case int:
		return object{key: strconv.Itoa(text)}, nil
	default:
		return object{key: copied(value)}, nil
	}
}

// optionOf finds the option with a value; one that the app suggested is taken as it is.
func optionOf(kind string, element object, text string) (object, error) {
	if kind == "external_select" || kind == "multi_external_select" {
		return object{"text": object{"type": "plain_text", "text": text, "emoji": true}, "value": text}, nil
	}
	options, _ := element["options"].([]any)
	groups, _ := element["option_groups"].([]any)
	for _, one := range groups {
		group, _ := one.(object)
		inside, _ := group["options"].([]any)
		options = append(options[:len(options):len(options)], inside...)
	}
	for _, one := range options {
		if option, _ := one.(object); option["value"] == text {
			return option, nil
		}
	}
	return nil, fmt.Errorf("there is no option %q in %v", text, element["action_id"])
}

// unsendable says which inputs keep Slack's client from sending a modal.
func (v *View) unsendable() map[string]string {
	problems := map[string]string{}
	for _, one := range v.Blocks {
		block, _ := one.(object)
		if block["type"] != "input" {
			continue
		}
		id, _ := block["block_id"].(string)
		element, _ := block["element"].(object)
		action, _ := element["action_id"].(string)
		kind, _ := element["type"].(string)
		value := v.State.Values[id][action][valueKeys[kind]]
		many, list := value.([]any)
		text, _ := value.(string)
		long := float64(len([]rune(text)))
		most, bounded := element["max_length"].(float64)
		least, _ := element["min_length"].(float64)
		switch {
		case value == nil || (list && len(many) == 0):
			if block["optional"] != true {
				problems[id] = "Please complete this required field."
			}
		case kind == "plain_text_input" && bounded && long > most, kind == "plain_text_input" && long > 3000:
			problems[id] = "Please shorten this field."
		case kind == "plain_text_input" && long < least:
			problems[id] = "Please lengthen this field."
		case kind == "number_input":
			number, err := strconv.ParseFloat(text, 64)
			low, atLeast := bound(element["min_value"])
			high, atMost := bound(element["max_value"])
			if err != nil || (atLeast && number < low) || (atMost && number > high) {
				problems[id] = "Please enter a valid number."
			}
		}
	}
	return problems
}

func bound(value any) (float64, bool) {
	text, _ := value.(string)
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}
