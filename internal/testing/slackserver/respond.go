package slackserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// response is the right to answer an interaction through its response_url: five times within 30 minutes.
type response struct {
	channel, user string
	original      string // ts of the message that was pressed
	ephemeral     bool   // whether the original is seen by one person only
	uses          int
	expires       time.Time
}

func (s *Server) responseURL(r *response) string {
	r.expires = s.clock.Now().Add(30 * time.Minute)
	id := s.fresh("R")
	s.responses[id] = r
	return s.http.URL + "/respond/" + id
}

// respond takes what the app sends to a response_url.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, id string) {
	began := time.Now()
	var in map[string]any
	err := json.NewDecoder(r.Body).Decode(&in)
	record := Call{At: s.clock.Now(), Method: "response_url", Params: in}
	fault := s.meet("response_url")
	if fault != nil && !fault.CutAfter && (!s.endure(r, fault) || fault.Cut) {
		s.keep(record, began, 0, "cut")
		hangUp(w)
		return
	}
	if fault != nil && fault.Status != 0 {
		s.keep(record, began, s.fail(w, fault), fault.Error)
		return
	}
	failed := "invalid_payload"
	if err == nil {
		s.mu.Lock()
		failed = s.use(id, in)
		s.touch()
		s.mu.Unlock()
	}
	if fault != nil && fault.CutAfter {
		s.endure(r, fault)
		s.keep(record, began, 0, "cut")
		hangUp(w)
		return
	}
	status := http.StatusOK
	if failed != "" {
		status = http.StatusNotFound
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(object{"ok": false, "error": failed})
	} else {
		_, _ = w.Write([]byte("ok"))
	}
	s.keep(record, began, status, failed)
}

// use does what a response asks for and returns what was wrong with it.
func (s *Server) use(id string, in object) string {
	r := s.responses[id]
	switch {
	case r == nil:
		return "invalid_url"
	case s.clock.Now().After(r.expires):
		return "expired_url"
	case r.uses >= 5:
		return "used_url"
	}
	r.uses++
	return s.answered(r, in)
}

// answered posts, replaces or deletes as the body of a response says.
func (s *Server) answered(r *response, in object) string {
	ch := s.channels[r.channel]
	if in["delete_original"] == true {
		s.replaceOriginal(ch, r, nil)
		return ""
	}
	m := s.ours(s.tokens[s.workspaces[ch.Team].BotToken])
	m.Text, _ = in["text"].(string)
	blocks, _ := in["blocks"].([]any)
	if problems := s.checkBlocks(blocks, messageSurface); len(problems) > 0 {
		return "invalid_blocks"
	}
	if m.Text == "" && len(blocks) == 0 {
		return "no_text"
	}
	m.Blocks = s.withIDs(blocks)
	m.ThreadTS, _ = in["thread_ts"].(string)
	switch {
	case in["replace_original"] == true:
		s.replaceOriginal(ch, r, m)
	case in["response_type"] == "in_channel":
		s.post(ch, m)
	default:
		s.whisper(ch, r.user, m)
	}
	return ""
}

// replaceOriginal makes the message that was pressed say something else, or takes it away.
func (s *Server) replaceOriginal(ch *channel, r *response, now *Message) {
	if r.ephemeral {
		for i := range s.whispers {
			if e := &s.whispers[i]; e.TS == r.original && e.Channel == ch.ID {
				if now == nil {
					s.whispers = append(s.whispers[:i:i], s.whispers[i+1:]...)
					return
				}
				e.Text, e.Blocks = now.Text, now.Blocks
			}
		}
		return
	}
	m := ch.message(r.original)
	if m == nil {
		return
	}
	if now == nil {
		s.remove(ch, m)
		return
	}
	s.change(ch, m, "", func(m *Message) { m.Text, m.Blocks = now.Text, now.Blocks })
}

// immediate shows what the app answered a slash command with at once.
func (s *Server) immediate(r *response, body []byte) {
	text := strings.TrimSpace(string(body))
	if text == "" {
		return
	}
	var in object
	if err := json.Unmarshal(body, &in); err != nil {
		in = object{"text": text}
	}
	if len(in) == 0 {
		return
	}
	s.answered(r, in)
}
