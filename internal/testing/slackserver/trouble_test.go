package slackserver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

func TestLimitsHoldOnTheVirtualClock(t *testing.T) {
	at := clock.NewManual(time.Now())
	s, api, _ := world(t, slackserver.Options{Clock: at})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-8"})
	s.Limits(true)
	post := func() error { _, _, err := api.PostMessage(ch.ID, slack.MsgOptionText("x", false)); return err }
	for range 4 {
		if err := post(); err != nil {
			t.Fatal(err)
		}
	}
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Fatalf("the fifth post at once: %v", err)
	}
	at.Advance(limited.RetryAfter)
	if err := post(); err != nil {
		t.Error(err)
	}
	for range 20 {
		_, err := api.SetTopicOfConversation(ch.ID, "x")
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := api.SetTopicOfConversation(ch.ID, "x"); !errors.As(err, &limited) || limited.RetryAfter != time.Minute {
		t.Errorf("the 21st topic in a minute: %v", err)
	}
	if s.Limited() != 2 {
		t.Errorf("limited were %d", s.Limited())
	}
}

func TestFaultsComeAndGo(t *testing.T) {
	s, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-9"})
	post := func() error { _, _, err := api.PostMessage(ch.ID, slack.MsgOptionText("x", false)); return err }
	s.Fail(slackserver.Fault{Methods: []string{"chat.postMessage"}, Status: http.StatusBadGateway, Times: 1})
	if err := post(); err == nil || len(s.Said(ch.ID)) != 0 {
		t.Errorf("with 502: %v, %d messages", err, len(s.Said(ch.ID)))
	}
	s.Fail(slackserver.Fault{CutAfter: true, Times: 1})
	if err := post(); err == nil || len(s.Said(ch.ID)) != 1 {
		t.Errorf("cut after the effect: %v, %d messages", err, len(s.Said(ch.ID)))
	}
	end := s.Fail(slackserver.Fault{Error: "fatal_error"})
	refused(t, post(), "fatal_error")
	end()
	s.Down(true)
	if err := post(); err == nil {
		t.Error("Slack is down and answers")
	}
	s.Down(false)
	if err := post(); err != nil || len(s.Said(ch.ID)) != 2 {
		t.Errorf("afterwards: %v, %d messages", err, len(s.Said(ch.ID)))
	}
}

func TestSocketModeCarriesEventsAndCommands(t *testing.T) {
	s, _, ws := world(t, slackserver.Options{})
	ch := s.Channel("T1", "demo", "UANN", ws.BotUser)
	client := socketmode.New(slack.New(ws.BotToken, slack.OptionAppLevelToken(s.App().Token), slack.OptionAPIURL(s.URL())))
	kinds := make(chan socketmode.EventType, 10)
	go func() { _ = client.RunContext(t.Context()) }()
	go func() {
		for {
			select {
			case e := <-client.Events:
				if e.Request != nil && (e.Type == socketmode.EventTypeEventsAPI || e.Type == socketmode.EventTypeSlashCommand) {
					client.Ack(*e.Request, map[string]any{"text": "heard"})
					kinds <- e.Type
				}
			case <-t.Context().Done():
				return
			}
		}
	}()
	s.Wait(t, func() bool { return s.Sockets() == 1 })
	s.Say("UANN", ch.ID, "over the socket")
	if kind := <-kinds; kind != socketmode.EventTypeEventsAPI {
		t.Errorf("heard %s", kind)
	}
	if a := s.Command("UANN", ch.ID, "/inc", "list"); !a.OK() || s.Ephemerals("UANN")[0].Text != "heard" {
		t.Errorf("the command was answered with %+v", a)
	}
	<-kinds
	s.Refresh()
	s.Wait(t, func() bool { return s.Sockets() == 1 })
	s.Say("UANN", ch.ID, "over the next socket")
	<-kinds
	s.Wait(t, s.Settled)
}

func TestInstallationGoesThroughConsent(t *testing.T) {
	s := slackserver.New(t, slackserver.Options{})
	s.BareWorkspace("T2", "Second Demo")
	s.User("T2", slackserver.User{ID: "UCAT", Name: "Cat Demo", Email: "cat@demo.example"})
	verifier := "a-verifier-that-is-long-enough-for-everybody"
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {s.App().ClientID}, "scope": {"chat:write,commands"}, "redirect_uri": {"https://muster.example/slack"}, "state": {"st"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	back, err := s.Authorize("https://slack.com/oauth/v2/authorize?"+q.Encode(), "UCAT")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(back)
	if u.Query().Get("state") != "st" {
		t.Errorf("led back to %s", back)
	}
	take := func(code string) map[string]any {
		return call(t, s, "oauth.v2.access", url.Values{"client_id": q["client_id"], "client_secret": {s.App().ClientSecret}, "code": {code}, "redirect_uri": q["redirect_uri"], "code_verifier": {verifier}})
	}
	got := take(u.Query().Get("code"))
	if got["ok"] != true || got["scope"] != "chat:write,commands" || got["authed_user"].(map[string]any)["id"] != "UCAT" {
		t.Fatalf("oauth.v2.access says %v", got)
	}
	if again := take(u.Query().Get("code")); again["error"] != "invalid_code" {
		t.Errorf("a code taken twice: %v", again)
	}
	who, err := slack.New(got["access_token"].(string), slack.OptionAPIURL(s.URL())).AuthTest()
	if err != nil || who.TeamID != "T2" {
		t.Errorf("the token says %+v, %v", who, err)
	}
}

func TestFilesGoUpAndComeDownOnlyWithAToken(t *testing.T) {
	s, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-10"})
	up, err := api.UploadFile(slack.UploadFileParameters{Filename: "graph.txt", FileSize: 4, Content: "demo", Channel: ch.ID, Title: "A graph"})
	if err != nil {
		t.Fatal(err)
	}
	said := s.Said(ch.ID)
	if len(said) != 1 || said[0].Files[0]["id"] != up.ID {
		t.Fatalf("said is %+v", said)
	}
	info, _, _, err := api.GetFileInfo(up.ID, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if err := api.GetFile(info.URLPrivateDownload, &content); err != nil || content.String() != "demo" {
		t.Errorf("came down %q, %v", content.String(), err)
	}
	answer, err := http.Get(info.URLPrivate)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if !bytes.Contains(page, []byte("Sign in")) {
		t.Errorf("without a token came %q", page)
	}
}

// call is one bare call of the Web API.
func call(t *testing.T, s *slackserver.Server, method string, form url.Values) map[string]any {
	t.Helper()
	answer, err := http.PostForm(s.URL()+method, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return decode(t, answer.Body)
}

func TestOneTokenCoversAnOrganisation(t *testing.T) {
	s := slackserver.New(t, slackserver.Options{})
	for _, team := range []string{"T3", "T4"} {
		s.BareWorkspace(team, "Grid "+team)
		s.Enterprise(team, "E1")
	}
	s.OrgWide("E1")
	s.User("T3", slackserver.User{ID: "UDAN", Name: "Dan Demo"})
	s.User("T4", slackserver.User{ID: "UEVE", Name: "Eve Demo"})
	q := url.Values{"client_id": {s.App().ClientID}, "scope": {"chat:write,chat:write.public,users:read,team:read"}, "redirect_uri": {"https://muster.example/slack"}}
	back, err := s.Authorize("/oauth/v2/authorize?"+q.Encode(), "UDAN")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(back)
	got := call(t, s, "oauth.v2.access", url.Values{"client_id": q["client_id"], "client_secret": {s.App().ClientSecret}, "code": {u.Query().Get("code")}, "redirect_uri": q["redirect_uri"]})
	if got["is_enterprise_install"] != true || got["team"] != nil {
		t.Fatalf("oauth.v2.access says %v", got)
	}
	api := slack.New(got["access_token"].(string), slack.OptionAPIURL(s.URL()))
	ch := s.Channel("T4", "demo", "UEVE")
	if _, _, err := api.PostMessage(ch.ID, slack.MsgOptionText("to the second workspace", false)); err != nil {
		t.Error(err)
	}
	if person, err := api.GetUserInfo("UEVE"); err != nil || person.TeamID != "T4" {
		t.Errorf("users.info says %+v, %v", person, err)
	}
}

func TestSignInNamesThePerson(t *testing.T) {
	s, _, _ := world(t, slackserver.Options{})
	s.SignedIn("UANN")
	q := url.Values{"client_id": {s.App().ClientID}, "scope": {"openid email profile"}, "redirect_uri": {"https://muster.example/login"}, "nonce": {"n1"}, "response_type": {"code"}}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(s.Site() + "/openid/connect/authorize?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	got := call(t, s, "openid.connect.token", url.Values{"client_id": q["client_id"], "client_secret": {s.App().ClientSecret}, "code": {back.Query().Get("code")}, "redirect_uri": q["redirect_uri"]})
	signed, _ := got["id_token"].(string)
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(signed+"..", ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := decode(t, bytes.NewReader(body))
	if claims["nonce"] != "n1" || claims["email"] != "ann@demo.example" || claims["iss"] != s.Site() || claims["https://slack.com/team_id"] != "T1" {
		t.Errorf("the claims are %v", claims)
	}
	who, err := slack.New(got["access_token"].(string), slack.OptionAPIURL(s.URL())).GetOpenIDConnectUserInfo()
	if err != nil || who.UserID != "UANN" {
		t.Errorf("openid.connect.userInfo says %+v, %v", who, err)
	}
}
