package slackserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/testing/slackserver"
)

// world is a stand-in with a workspace, two people and a client that speaks as the app.
func world(t *testing.T, o slackserver.Options) (*slackserver.Server, *slack.Client, slackserver.Workspace) {
	t.Helper()
	s := slackserver.New(t, o)
	ws := s.Workspace("T1", "Demo")
	s.User("T1", slackserver.User{ID: "UANN", Name: "Ann Demo", Email: "ann@demo.example"})
	s.User("T1", slackserver.User{ID: "UBEN", Name: "Ben Demo", Email: "ben@demo.example"})
	return s, slack.New(ws.BotToken, slack.OptionAPIURL(s.URL())), ws
}

// refused fails the test unless an error is Slack's word.
func refused(t *testing.T, err error, word string) {
	t.Helper()
	var answer slack.SlackErrorResponse
	if !errors.As(err, &answer) || answer.Err != word {
		t.Errorf("got %v, want %s", err, word)
	}
}

func TestChannelIsMadeFilledAndArchived(t *testing.T) {
	s, api, ws := world(t, slackserver.Options{})
	ch, err := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-1-demo"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-1-demo"})
	refused(t, err, "name_taken")
	_, err = api.CreateConversation(slack.CreateConversationParams{ChannelName: "Inc 1"})
	refused(t, err, "invalid_name_specials")
	_, err = api.CreateConversation(slack.CreateConversationParams{ChannelName: strings.Repeat("x", 81)})
	refused(t, err, "invalid_name_maxlength")
	if _, err := api.InviteUsersToConversation(ch.ID, "UANN", "UBEN"); err != nil {
		t.Fatal(err)
	}
	if _, err := api.SetTopicOfConversation(ch.ID, "Demo trouble"); err != nil {
		t.Fatal(err)
	}
	if got := s.Topic(ch.ID); got != "Demo trouble" {
		t.Errorf("topic is %q", got)
	}
	if got := s.Members(ch.ID); len(got) != 3 || got[0] != ws.BotUser {
		t.Errorf("members are %v", got)
	}
	if err := api.ArchiveConversation(ch.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = api.PostMessage(ch.ID, slack.MsgOptionText("late", false))
	refused(t, err, "is_archived")
}

func TestMessagesKeepTheirOrderThreadsAndMetadata(t *testing.T) {
	s, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-2"})
	_, first, err := api.PostMessage(ch.ID, slack.MsgOptionText("one", false), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: "muster_message", EventPayload: map[string]any{"key": "room/1"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, second, _ := api.PostMessage(ch.ID, slack.MsgOptionText("two", false), slack.MsgOptionUsername("Ann Demo"), slack.MsgOptionIconURL("https://demo.example/ann.png"))
	if _, _, err := api.PostMessage(ch.ID, slack.MsgOptionText("under one", false), slack.MsgOptionTS(first)); err != nil {
		t.Fatal(err)
	}
	if first >= second {
		t.Errorf("%s is not before %s", first, second)
	}
	history, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch.ID, IncludeAllMetadata: true, Oldest: first, Inclusive: true})
	if err != nil || len(history.Messages) != 2 {
		t.Fatalf("history is %+v, %v", history, err)
	}
	if got := history.Messages[1]; got.Metadata.EventPayload["key"] != "room/1" || got.ReplyCount != 1 {
		t.Errorf("the first message is %+v", got)
	}
	if got := history.Messages[0]; got.Username != "Ann Demo" || got.SubType != "bot_message" || got.BotID == "" {
		t.Errorf("the second message is %+v", got)
	}
	if got := s.Thread(ch.ID, first); len(got) != 2 || got[1].Text != "under one" {
		t.Errorf("the thread is %+v", got)
	}
	if _, _, _, err := api.UpdateMessage(ch.ID, first, slack.MsgOptionText("one, better", false)); err != nil {
		t.Fatal(err)
	}
	if m, _ := s.Message(ch.ID, first); m.Text != "one, better" || m.Edited == nil {
		t.Errorf("after the edit it is %+v", m)
	}
	s.Join("UANN", ch.ID)
	said := s.Say("UANN", ch.ID, "mine")
	_, _, _, err = api.UpdateMessage(ch.ID, said.TS, slack.MsgOptionText("yours", false))
	refused(t, err, "cant_update_message")
	_, _, err = api.DeleteMessage(ch.ID, second)
	if err != nil || len(s.Said(ch.ID)) != 3 {
		t.Errorf("after the deletion: %v, %d messages", err, len(s.Said(ch.ID)))
	}
}

func TestBlocksBeyondTheLimitsAreRefused(t *testing.T) {
	_, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-3"})
	long := slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", strings.Repeat("x", 3001), false, false), nil, nil)
	_, _, err := api.PostMessage(ch.ID, slack.MsgOptionBlocks(long))
	refused(t, err, "invalid_blocks")
	many := make([]slack.Block, 51)
	for i := range many {
		many[i] = slack.NewDividerBlock()
	}
	_, _, err = api.PostMessage(ch.ID, slack.MsgOptionBlocks(many...))
	refused(t, err, "invalid_blocks")
	button := slack.NewButtonBlockElement("a", "v", slack.NewTextBlockObject("plain_text", strings.Repeat("x", 76), false, false))
	_, _, err = api.PostMessage(ch.ID, slack.MsgOptionBlocks(slack.NewActionBlock("b", button)))
	refused(t, err, "invalid_blocks")
	_, _, err = api.PostMessage(ch.ID, slack.MsgOptionText(strings.Repeat("x", 40001), false))
	refused(t, err, "msg_too_long")
}

func TestPinsReactionsAndBookmarks(t *testing.T) {
	s, api, _ := world(t, slackserver.Options{})
	ch, _ := api.CreateConversation(slack.CreateConversationParams{ChannelName: "inc-4"})
	_, ts, _ := api.PostMessage(ch.ID, slack.MsgOptionText("one", false))
	at := slack.NewRefToMessage(ch.ID, ts)
	if err := api.AddPin(ch.ID, at); err != nil {
		t.Fatal(err)
	}
	refused(t, api.AddPin(ch.ID, at), "already_pinned")
	if err := api.AddReaction("eyes", at); err != nil {
		t.Fatal(err)
	}
	refused(t, api.AddReaction("eyes", at), "already_reacted")
	refused(t, api.RemoveReaction("tada", at), "no_reaction")
	if got := s.Reactions(ch.ID, ts)["eyes"]; len(got) != 1 {
		t.Errorf("reactions are %v", got)
	}
	items, _, err := api.ListPins(ch.ID)
	if err != nil || len(items) != 1 || items[0].Message.Text != "one" {
		t.Errorf("pins are %+v, %v", items, err)
	}
	mark, err := api.AddBookmark(ch.ID, slack.AddBookmarkParameters{Title: "Dashboard", Type: "link", Link: "https://muster.example/1"})
	if err != nil || mark.ID == "" || len(s.Bookmarks(ch.ID)) != 1 {
		t.Errorf("bookmark %+v, %v", mark, err)
	}
}

func TestTokensAndScopesAreChecked(t *testing.T) {
	s, api, ws := world(t, slackserver.Options{})
	who, err := api.AuthTest()
	if err != nil || who.TeamID != "T1" || who.BotID != ws.BotID {
		t.Fatalf("auth.test says %+v, %v", who, err)
	}
	if got := who.Header.Get("X-OAuth-Scopes"); !strings.Contains(got, "chat:write") {
		t.Errorf("the scopes' header is %q", got)
	}
	s.Scopes("T1", "channels:read")
	_, err = api.GetUserInfo("UANN")
	var answer slack.SlackErrorResponse
	if !errors.As(err, &answer) || answer.Err != "missing_scope" || answer.Needed != "users:read" || answer.Provided != "channels:read" {
		t.Errorf("got %+v", err)
	}
	_, err = slack.New("xoxb-nobody", slack.OptionAPIURL(s.URL())).AuthTest()
	refused(t, err, "invalid_auth")
	s.Revoke("T1")
	_, err = api.AuthTest()
	refused(t, err, "token_revoked")
}

func decode(t *testing.T, body io.Reader) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.NewDecoder(body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}
