package slackserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// listener is an app that keeps what Slack tells it and answers as told.
type listener struct {
	*httptest.Server
	secret string

	mu           sync.Mutex
	virtual      bool // the clock is not the one by which the verifier goes
	bodies       [][]byte
	retries      []string
	interactions []slack.InteractionCallback
	commands     []url.Values
	answer       func(r *http.Request, body []byte) (int, string)
}

func listen(t *testing.T, s *slackserver.Server) *listener {
	t.Helper()
	l := &listener{secret: s.App().SigningSecret}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	if err := s.Point(slackserver.Endpoints{Events: l.URL + "/events", Commands: l.URL + "/commands", Interactions: l.URL + "/interactions"}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.virtual {
		verifier, err := slack.NewSecretsVerifier(r.Header, l.secret)
		if err == nil {
			_, _ = verifier.Write(body)
			err = verifier.Ensure()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
	}
	var challenge struct{ Challenge string }
	if _ = json.Unmarshal(body, &challenge); challenge.Challenge != "" {
		_, _ = io.WriteString(w, challenge.Challenge)
		return
	}
	switch r.URL.Path {
	case "/events":
		l.bodies = append(l.bodies, body)
		l.retries = append(l.retries, r.Header.Get("X-Slack-Retry-Num")+r.Header.Get("X-Slack-Retry-Reason"))
	case "/commands":
		form, _ := url.ParseQuery(string(body))
		l.commands = append(l.commands, form)
	case "/interactions":
		form, _ := url.ParseQuery(string(body))
		var in slack.InteractionCallback
		_ = json.Unmarshal([]byte(form.Get("payload")), &in)
		l.interactions = append(l.interactions, in)
	}
	if l.answer != nil {
		status, text := l.answer(r, body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func (l *listener) reply(answer func(r *http.Request, body []byte) (int, string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
}

func (l *listener) events(t *testing.T) []slackevents.EventsAPIEvent {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []slackevents.EventsAPIEvent
	for _, body := range l.bodies {
		event, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, event)
	}
	return all
}

func TestWhatPeopleDoIsToldInOrderAndSigned(t *testing.T) {
	s, api, ws := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-5"})
	s.UnfurlDomains("T1", "muster.example")
	l := listen(t, s)
	s.Join("UANN", ch.ID)
	m := s.Say("UANN", ch.ID, "look at https://muster.example/7 <@"+ws.BotUser+">", slackserver.Also{Files: []slackserver.Upload{{Name: "a.txt", Content: []byte("demo")}}})
	s.Edit("UANN", ch.ID, m.TS, "look")
	s.React("UANN", ch.ID, m.TS, "pushpin")
	s.Pin("UANN", ch.ID, m.TS)
	s.Delete("UANN", ch.ID, m.TS)
	s.Rename("UANN", ch.ID, "inc-5-renamed")
	_, _, _ = api.PostMessage(ch.ID, slack.MsgOptionText("mine", false))
	s.OpenHome("UANN")
	s.Wait(t, s.Settled)
	var got []string
	for _, event := range l.events(t) {
		kind := event.InnerEvent.Type
		if m, is := event.InnerEvent.Data.(*slackevents.MessageEvent); is {
			kind += "." + m.SubType
			if m.BotID == ws.BotID {
				kind += "own"
			}
		}
		got = append(got, kind)
	}
	want := "message.channel_join member_joined_channel message.file_share app_mention link_shared file_shared message.message_changed reaction_added pin_added " +
		"message.pinned_item message.message_deleted message.channel_name channel_rename message.own app_home_opened"
	if strings.Join(got, " ") != want {
		t.Errorf("told were\n%s, want\n%s", strings.Join(got, " "), want)
	}
}

func TestEventsAreSentAgainAndThenMissed(t *testing.T) {
	at := clock.NewManual(time.Now())
	s, _, ws := world(t, slackserver.Options{Clock: at})
	ch := s.Channel("T1", "demo", "UANN", ws.BotUser)
	l := listen(t, s)
	l.reply(func(*http.Request, []byte) (int, string) { return http.StatusInternalServerError, "" })
	l.virtual = true
	attempts := func(n int) func() bool {
		return func() bool { l.mu.Lock(); defer l.mu.Unlock(); return len(l.bodies) == n }
	}
	s.Say("UANN", ch.ID, "does anybody hear me?")
	s.Wait(t, attempts(2))
	at.Advance(time.Minute)
	s.Tick()
	s.Wait(t, attempts(3))
	at.Advance(5 * time.Minute)
	s.Tick()
	s.Wait(t, attempts(4))
	s.Wait(t, s.Settled)
	if got := strings.Join(l.retries, ","); got != ",1http_error,2http_error,3http_error" {
		t.Errorf("the attempts were marked %q", got)
	}
	if missed := s.Missed(); len(missed) != 1 || missed[0].Event != "message" {
		t.Errorf("missed are %v", missed)
	}
	l.reply(nil)
	s.Twice(true)
	s.Say("UANN", ch.ID, "again")
	s.Wait(t, attempts(6))
	s.Twice(false)
	s.Hold()
	s.Say("UANN", ch.ID, "first")
	s.Say("UANN", ch.ID, "second")
	s.Release(true)
	s.Wait(t, attempts(8))
	events := l.events(t)
	if got := events[6].InnerEvent.Data.(*slackevents.MessageEvent).Text; got != "second" {
		t.Errorf("out of order the first is %q", got)
	}
}

func TestSlowAppTimesOut(t *testing.T) {
	s, _, ws := world(t, slackserver.Options{Patience: 20 * time.Millisecond})
	ch := s.Channel("T1", "demo", "UANN", ws.BotUser)
	l := listen(t, s)
	stop := make(chan struct{})
	defer close(stop)
	l.reply(func(*http.Request, []byte) (int, string) { <-stop; return http.StatusOK, "" })
	if a := s.Command("UANN", ch.ID, "/inc", "too slow"); a.OK() || a.Took < 20*time.Millisecond {
		t.Errorf("the command was answered with %+v", a)
	}
}

func TestModalGoesItsWay(t *testing.T) {
	at := clock.NewManual(time.Now())
	s, api, _ := world(t, slackserver.Options{Clock: at})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-6"})
	s.Join("UANN", ch.ID)
	l := listen(t, s)
	plain := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject("plain_text", text, false, false)
	}
	modal := func(title string) slack.ModalViewRequest {
		name := slack.NewInputBlock("name", plain("Name"), nil, slack.NewPlainTextInputBlockElement(nil, "name"))
		severity := slack.NewInputBlock("severity", plain("Severity"), nil, slack.NewOptionsSelectBlockElement("static_select", nil, "severity",
			slack.NewOptionBlockObject("1", plain("Minor"), nil), slack.NewOptionBlockObject("2", plain("Major"), nil)))
		severity.DispatchAction = true
		return slack.ModalViewRequest{Type: "modal", CallbackID: "declare", Title: plain(title), Submit: plain("Declare"), Blocks: slack.Blocks{BlockSet: []slack.Block{name, severity}}}
	}
	l.reply(func(*http.Request, []byte) (int, string) { return http.StatusOK, "On its way" })
	a := s.Command("UANN", ch.ID, "/inc", "demo trouble")
	if !a.OK() || l.commands[0].Get("text") != "demo trouble" || s.Ephemerals("UANN")[0].Text != "On its way" {
		t.Fatalf("the command was answered with %+v", a)
	}
	l.reply(nil)
	if _, err := api.OpenView(a.Trigger, modal("A title that is much too long")); err == nil {
		t.Error("a title of 29 characters was taken")
	}
	if _, err := api.OpenView(a.Trigger, modal("Declare")); err != nil {
		t.Fatal(err)
	}
	_, err := api.OpenView(a.Trigger, modal("Declare"))
	refused(t, err, "exchanged_trigger_id")
	late := s.Shortcut("UANN", "declare")
	at.Advance(4 * time.Second)
	_, err = api.OpenView(late.Trigger, modal("Declare"))
	refused(t, err, "expired_trigger_id")

	v, _ := s.View("UANN")
	if a := s.Submit("UANN", v, map[string]any{"severity": "2"}); a.Errors["name"] == "" || len(l.interactions) != 1 {
		t.Errorf("without a name Slack sends it: %+v", a)
	}
	if a := s.ChangeInput("UANN", v, "severity", "1"); !a.OK() || l.interactions[1].View.State.Values["severity"]["severity"].SelectedOption.Value != "1" {
		t.Errorf("the change was answered with %+v", a)
	}
	l.reply(func(*http.Request, []byte) (int, string) {
		return http.StatusOK, `{"response_action":"errors","errors":{"name":"Say more."}}`
	})
	if a := s.Submit("UANN", v, map[string]any{"name": "x"}); a.Errors["name"] != "Say more." || a.Closed {
		t.Errorf("the submission was answered with %+v", a)
	}
	l.reply(nil)
	if a := s.Submit("UANN", v, map[string]any{"name": "Demo trouble"}); !a.Closed || len(s.Views("UANN")) != 0 {
		t.Errorf("the submission was answered with %+v", a)
	}
	if got := l.interactions[3].View.State.Values; got["name"]["name"].Value != "Demo trouble" || got["severity"]["severity"].SelectedOption.Value != "1" {
		t.Errorf("submitted was %+v", got)
	}
}

func TestButtonIsPressedAndAnsweredByItsResponseURL(t *testing.T) {
	s, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-7"})
	s.Join("UANN", ch.ID)
	l := listen(t, s)
	button := slack.NewButtonBlockElement("role.take", "lead", slack.NewTextBlockObject("plain_text", "Take it", false, false))
	_, ts, err := api.PostMessage(ch.ID, slack.MsgOptionText("Who leads?", false), slack.MsgOptionBlocks(slack.NewActionBlock("roles", button)))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := s.Message(ch.ID, ts)
	if a := s.Press("UANN", m, "role.take"); !a.OK() {
		t.Fatalf("pressing was answered with %+v", a)
	}
	in := l.interactions[0]
	if in.ActionCallback.BlockActions[0].Value != "lead" || in.Message.Timestamp != ts || in.User.ID != "UANN" || in.Channel.ID != ch.ID {
		t.Errorf("told was %+v", in)
	}
	for i := range 6 {
		answer, err := http.Post(in.ResponseURL, "application/json", strings.NewReader(`{"text":"You lead.","response_type":"ephemeral"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if good := answer.StatusCode == http.StatusOK; good != (i < 5) {
			t.Errorf("use %d of the response_url was answered with %d", i+1, answer.StatusCode)
		}
	}
	if got := s.Ephemerals("UANN"); len(got) != 5 || got[0].Text != "You lead." {
		t.Errorf("ephemerals are %+v", got)
	}
}
