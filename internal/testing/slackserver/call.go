package slackserver

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Call is one request to the Web API.
type Call struct {
	At      time.Time
	Method  string
	Team    string
	Channel string
	Params  map[string]any // as sent, without the token
	Status  int            // 0 when the connection was cut
	Error   string         // Slack's word for what was wrong
	Took    time.Duration
}

// call is a request that is being answered.
type call struct {
	s      *Server
	r      *http.Request
	params map[string]any
	token  *token
	team   *workspace
	now    time.Time
}

// refusal is an error as Slack words it, with what else the answer holds.
type refusal struct {
	code  string
	extra object
}

// Error returns Slack's word.
func (r *refusal) Error() string { return r.code }

func no(code string) error { return &refusal{code: code} }

// invalid is an error with its places, as for blocks.
func invalid(code string, messages ...string) error {
	return &refusal{code, object{"response_metadata": object{"messages": messages}}}
}

type method struct {
	run   func(*call) (object, error)
	tier  int      // calls a minute; 0 for none
	needs []string // any of these scopes
	open  bool     // needs no token
	kinds []tokenKind
}

// api answers one call of the Web API.
func (s *Server) api(w http.ResponseWriter, r *http.Request, name string) {
	began := time.Now()
	params, err := parameters(r)
	record := Call{At: s.clock.Now(), Method: name, Params: params, Status: http.StatusOK}
	auth, _ := params["token"].(string)
	delete(params, "token")
	if bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		auth = bearer
	}
	fault := s.meet(name)
	if fault != nil && !fault.CutAfter && !s.endure(r, fault) {
		s.keep(record, began, 0, "cut")
		hangUp(w)
		return
	}
	if fault != nil && !fault.CutAfter && (fault.Status != 0 || fault.Error != "") {
		s.keep(record, began, s.fail(w, fault), fault.Error)
		return
	}
	if fault != nil && fault.Cut {
		s.keep(record, began, 0, "cut")
		hangUp(w)
		return
	}
	body, status, failed := s.take(w, r, &record, auth, err)
	if fault != nil && fault.CutAfter {
		s.endure(r, fault)
		if fault.Status != 0 {
			s.keep(record, began, s.fail(w, fault), fault.Error)
			return
		}
		s.keep(record, began, 0, "cut")
		hangUp(w)
		return
	}
	s.keep(record, began, status, failed)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// take does what a call asks for, unless it could not be read, and writes its answer; all of that under the lock.
func (s *Server) take(w http.ResponseWriter, r *http.Request, record *Call, auth string, unread error) (body []byte, status int, failed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{s: s, r: r, params: record.Params, now: s.clock.Now()}
	answer, wait, err := object(nil), time.Duration(0), unread
	if err == nil {
		answer, wait, err = c.answer(record.Method, auth)
	}
	if c.token != nil {
		record.Team = c.token.team
		w.Header().Set("X-OAuth-Scopes", strings.Join(c.token.scopes, ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(methods[record.Method].needs, ","))
	}
	record.Channel = c.str("channel")
	status = http.StatusOK
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		status, err = http.StatusTooManyRequests, no("ratelimited")
	}
	body, failed = encode(answer, err)
	return body, status, failed
}

// encode returns the body of an answer and Slack's word for what was wrong.
func encode(answer object, err error) ([]byte, string) {
	failed := ""
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		failed, answer = refused.code, object{}
		maps.Copy(answer, refused.extra)
	case err != nil:
		failed, answer = "invalid_arguments", object{"response_metadata": object{"messages": []string{"[ERROR] " + err.Error()}}}
	case answer == nil:
		answer = object{}
	}
	if answer["ok"] = failed == ""; failed != "" {
		answer["error"] = failed
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return []byte(`{"ok":false,"error":"internal_error"}`), "internal_error"
	}
	return body, failed
}

// answer does what a call asks for; a positive duration is how long the caller has to wait first.
func (c *call) answer(name, auth string) (object, time.Duration, error) {
	m, known := methods[name]
	if !known {
		return nil, 0, &refusal{"unknown_method", object{"req_method": name}}
	}
	if !m.open {
		t, found := c.s.tokens[auth]
		kinds := m.kinds
		if kinds == nil {
			kinds = []tokenKind{botToken, userToken}
		}
		switch {
		case auth == "":
			return nil, 0, no("not_authed")
		case !found:
			return nil, 0, no("invalid_auth")
		case t.revoked:
			return nil, 0, no("token_revoked")
		case !slices.Contains(kinds, t.kind):
			return nil, 0, no("not_allowed_token_type")
		}
		t = c.within(t)
		c.token, c.team = t, c.s.workspaces[t.team]
		if len(m.needs) > 0 {
			if err := c.need(m.needs...); err != nil {
				return nil, 0, err
			}
		}
		if wait := c.s.over(name, m.tier, t, c.str("channel")); wait > 0 {
			return nil, wait, nil
		}
	}
	answer, err := m.run(c)
	c.s.touch()
	return answer, 0, err
}

// need refuses a call whose token has none of the scopes.
func (c *call) need(scopes ...string) error {
	if slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(c.token.scopes, scope) }) {
		return nil
	}
	return &refusal{"missing_scope", object{"needed": scopes[0], "provided": strings.Join(c.token.scopes, ",")}}
}

func (s *Server) keep(record Call, began time.Time, status int, failed string) {
	record.Took, record.Status, record.Error = time.Since(began), status, failed
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, record)
	s.touch()
}

// parameters reads a request as Slack does: the address, and a body that is a form, many parts or JSON.
func parameters(r *http.Request) (map[string]any, error) {
	params := map[string]any{}
	add := func(values url.Values) {
		for name, value := range values {
			params[name] = value[0]
		}
	}
	add(r.URL.Query())
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		body, err := io.ReadAll(r.Body)
		if err != nil || len(strings.TrimSpace(string(body))) == 0 || string(body) == "null\n" {
			return params, err
		}
		if err := json.Unmarshal(body, &params); err != nil {
			return params, no("invalid_json")
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(32 << 20); err != nil {
			return params, no("invalid_form_data")
		}
		add(r.MultipartForm.Value)
	default:
		if err := r.ParseForm(); err != nil {
			return params, no("invalid_form_data")
		}
		add(r.PostForm)
	}
	return params, nil
}

// str returns a parameter as text.
func (c *call) str(name string) string {
	switch value := c.params[name].(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	default:
		return ""
	}
}

func (c *call) given(name string) bool {
	_, given := c.params[name]
	return given
}

func (c *call) flag(name string) bool {
	value := c.str(name)
	return value == "true" || value == "1"
}

// limit returns how many things a page has.
func (c *call) limit(usual, most int) int {
	n, err := strconv.Atoi(c.str("limit"))
	if err != nil || n <= 0 {
		n = usual
	}
	return min(n, most)
}

// list returns a parameter that holds names with commas between, or a JSON array.
func (c *call) list(name string) []string {
	var names []string
	if many, ok := c.params[name].([]any); ok {
		for _, one := range many {
			if text, is := one.(string); is {
				names = append(names, text)
			}
		}
		return names
	}
	for _, one := range strings.Split(c.str(name), ",") {
		if one = strings.TrimSpace(one); one != "" {
			names = append(names, one)
		}
	}
	return names
}

// tree reads a parameter that is JSON, or text that holds JSON.
func (c *call) tree(name string, into any) error {
	value, given := c.params[name]
	if !given || value == "" {
		return nil
	}
	text, is := value.(string)
	if !is {
		encoded, err := json.Marshal(value)
		if err != nil {
			return err
		}
		text = string(encoded)
	}
	return json.Unmarshal([]byte(text), into)
}

// page cuts a list to one page and returns the cursor of the next.
func page[T any](c *call, all []T, size int) ([]T, object, error) {
	start := 0
	if cursor := c.str("cursor"); cursor != "" {
		at, err := strconv.Atoi(strings.TrimPrefix(cursor, "next:"))
		if err != nil || at > len(all) {
			return nil, nil, no("invalid_cursor")
		}
		start = at
	}
	end, next := min(start+size, len(all)), ""
	if end < len(all) {
		next = "next:" + strconv.Itoa(end)
	}
	return all[start:end], object{"next_cursor": next}, nil
}

// copied returns a value as it looks after a way over the wire.
func copied(value any) any {
	var out any
	encoded, _ := json.Marshal(value)
	_ = json.Unmarshal(encoded, &out)
	return out
}
