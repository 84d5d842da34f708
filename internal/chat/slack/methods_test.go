package slack_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func TestBookmarksBecomeWhatIsWanted(t *testing.T) {
	s := play(t)
	shown := func() (links []string) {
		for _, b := range s.server.Bookmarks(at(s.channel)) {
			links = append(links, b.Title+" "+b.Link)
		}
		return links
	}
	dashboard := chat.Bookmark{Key: "dashboard", Title: "INC-1", URL: "https://muster.example.com/incidents/INC-1"}
	call, bridge := chat.Bookmark{Key: "call", Title: "Call", URL: "https://call.example.com/1"}, chat.Bookmark{Key: "call", Title: "Bridge", URL: "https://call.example.com/2"}
	for n, step := range []struct {
		bookmarks []chat.Bookmark
		want      []string
		calls     int
	}{
		{[]chat.Bookmark{dashboard, call}, []string{"INC-1 " + dashboard.URL, "Call " + call.URL}, 3},
		{[]chat.Bookmark{dashboard, call}, []string{"INC-1 " + dashboard.URL, "Call " + call.URL}, 1},
		{[]chat.Bookmark{dashboard, bridge}, []string{"INC-1 " + dashboard.URL, "Bridge " + bridge.URL}, 2},
		{[]chat.Bookmark{dashboard}, []string{"INC-1 " + dashboard.URL}, 2},
		{nil, nil, 2},
	} {
		s.server.Forget()
		s.ok(s.platform.Bookmarks(s.ctx, s.channel, step.bookmarks))
		if got := shown(); !slices.Equal(got, step.want) {
			t.Errorf("step %d shows %v", n, got)
		}
		if calls := len(s.server.Calls()); calls != step.calls {
			t.Errorf("step %d made %d calls: %v", n, calls, s.server.Calls())
		}
	}
}

// TestInvitingNamesThoseWhoAreNotLetIn invites twice: while Slack lets somebody in, it does not say whom it left out.
func TestInvitingNamesThoseWhoAreNotLetIn(t *testing.T) {
	s := play(t)
	ben := s.server.User(team, slackserver.User{Name: "Ben", Email: "ben@example.com"})
	gone := s.server.User(team, slackserver.User{Name: "Gone", Email: "gone@example.com", Deleted: true})
	const benID, goneID, strangerID = id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1B1"), id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1G1"), id.ID("01HZX3Q5J8Y6W9K2M4N7P0R1S1")
	platform := slack.NewPlatform(slack.Needs{Client: s.client, Posted: s.posted, Clock: s.clock, People: people{ada: s.ada, benID: ben, goneID: gone}, URL: "https://muster.example.com"})
	for n, want := range [][]id.ID{{strangerID}, {goneID, strangerID}} {
		unknown, err := platform.Invite(s.ctx, s.channel, []id.ID{ada, goneID, benID, strangerID})
		s.ok(err)
		if !slices.Equal(unknown, want) {
			t.Errorf("the %d. time not let in are %v", n+1, unknown)
		}
	}
	if there := s.server.Members(at(s.channel)); !slices.Contains(there, ben.ID) || !slices.Contains(there, s.ada.ID) {
		t.Errorf("in the channel are %v", there)
	}
	s.server.Archive(s.ada.ID, at(s.channel))
	if _, err := platform.Invite(s.ctx, s.channel, []id.ID{benID}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("into an archived channel: %v", err)
	}
	if unknown, err := platform.Invite(s.ctx, s.channel, nil); err != nil || unknown != nil {
		t.Errorf("nobody: %v, %v", unknown, err)
	}
}

// TestHistoryIsReadPageByPage writes more than a page of messages, and asks for a part of them.
func TestHistoryIsReadPageByPage(t *testing.T) {
	s := play(t)
	var stamps []string
	for n := range 450 {
		s.clock.Advance(time.Second)
		stamps = append(stamps, s.server.Say(s.ada.ID, at(s.channel), fmt.Sprintf("message %d", n)).TS)
	}
	read := func(span slack.Span) (found []string, pages int) {
		t.Helper()
		for cursor := ""; ; {
			page, next, err := s.client.History(s.ctx, s.channel, span, cursor)
			s.ok(err)
			for _, m := range page {
				if slices.Contains(stamps, m.TS) { // besides lines about who joined
					found = append(found, m.TS)
				}
			}
			if pages++; next == "" {
				slices.Reverse(found)
				return found, pages
			}
			cursor = next
		}
	}
	if found, pages := read(slack.Span{}); pages != 3 || !slices.Equal(found, stamps) {
		t.Errorf("%d messages in %d pages", len(found), pages)
	}
	if found, _ := read(slack.Span{Oldest: stamps[99], Latest: stamps[350]}); !slices.Equal(found, stamps[100:350]) {
		t.Errorf("of a part: %d messages", len(found))
	}
	parent := chat.MessageRef{Conversation: s.channel, ID: stamps[0]}
	for n := range 3 {
		s.clock.Advance(time.Second)
		s.server.Say(s.ada.ID, at(s.channel), fmt.Sprintf("reply %d", n), slackserver.Also{Thread: stamps[0]})
	}
	thread, next, err := s.client.Replies(s.ctx, parent, slack.Span{}, "")
	s.ok(err)
	if len(thread) != 4 || next != "" || thread[0].TS != stamps[0] || thread[0].Replies != 3 || thread[3].ThreadTS != stamps[0] {
		t.Errorf("the thread is %+v, %q", thread, next)
	}
}

// heard collects the response_urls of what people do.
func (s *stage) heard() chan string {
	s.Helper()
	addresses := make(chan string, 10)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		var payload struct {
			Address string `json:"response_url"`
		}
		_ = json.Unmarshal([]byte(r.PostForm.Get("payload")), &payload)
		addresses <- r.PostForm.Get("response_url") + payload.Address
	}))
	s.Cleanup(app.Close)
	s.ok(s.server.Point(slackserver.Endpoints{Commands: app.URL, Interactions: app.URL}))
	return addresses
}

func TestAnswersGoWhereTheyWereAsked(t *testing.T) {
	s := play(t)
	addresses := s.heard()
	s.server.Command(s.ada.ID, at(s.channel), "/inc", "overview")
	address := <-addresses
	s.ok(s.client.Respond(s.ctx, team, address, slack.Answer{Text: "For you alone"}))
	s.ok(s.client.Respond(s.ctx, team, address, slack.Answer{Text: "For everybody", Everybody: true}))
	if said := s.server.Ephemerals(s.ada.ID); len(said) != 1 || said[0].Text != "For you alone" {
		t.Errorf("she alone reads %+v", said)
	}
	if said := s.said(s.channel); len(said) != 1 || said[0].Text != "For everybody" {
		t.Errorf("everybody reads %+v", said)
	}

	card := s.post(chat.Say("card", chat.Buttons(chat.Button{Action: "go", Value: "1", Label: "Go"})))
	message, _ := s.server.Message(at(s.channel), card.ID)
	s.server.Press(s.ada.ID, message, "go")
	address = <-addresses
	s.ok(s.client.Respond(s.ctx, team, address, slack.Answer{Text: "Done", Replace: true}))
	if now, _ := s.server.Message(at(s.channel), card.ID); now.Text != "Done" {
		t.Errorf("in its place stands %+v", now)
	}
	s.ok(s.client.Respond(s.ctx, team, address, slack.Answer{Delete: true}))
	if _, there := s.server.Message(at(s.channel), card.ID); there {
		t.Error("it was not taken away")
	}
	s.clock.Advance(31 * time.Minute)
	if err := s.client.Respond(s.ctx, team, address, slack.Answer{Text: "Too late"}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("after half an hour: %v", err)
	}
	for _, elsewhere := range []string{"https://slack.com.example.com/respond", "http://hooks.slack.com/x", "https://example.com/slack.com", "::"} {
		if err := s.client.Respond(s.ctx, team, elsewhere, slack.Answer{Text: "A secret"}); !errors.Is(err, chat.ErrRefused) {
			t.Errorf("%s is answered: %v", elsewhere, err)
		}
	}
}

func TestWhatALinkLeadsToIsShownUnderIt(t *testing.T) {
	s := play(t)
	s.server.UnfurlDomains(team, "muster.example.com")
	link := "https://muster.example.com/incidents/INC-1"
	shared := s.server.ShareLink(s.ada.ID, at(s.channel), link)
	blocks := []slackapi.Block{slackapi.NewSectionBlock(slackapi.NewTextBlockObject("plain_text", "INC-1 Card payments fail", false, false), nil, nil)}
	s.ok(s.client.Unfurl(s.ctx, team, slack.Unfurled{Channel: at(s.channel), TS: shared.TS}, map[string][]slackapi.Block{link: blocks}))
	shown := s.server.Unfurls(at(s.channel), shared.TS)
	if encoded, err := json.Marshal(shown[link]); err != nil || len(shown) != 1 || !strings.Contains(string(encoded), "INC-1 Card payments fail") {
		t.Errorf("under it stands %+v", shown)
	}
	if err := s.client.Unfurl(s.ctx, team, slack.Unfurled{Channel: at(s.channel), TS: "1600000000.000100"}, map[string][]slackapi.Block{link: blocks}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("under a message that is not there: %v", err)
	}
}

func TestHomeTabIsOnePersonsOwn(t *testing.T) {
	s := play(t)
	ben := s.server.User(team, slackserver.User{Name: "Ben", Email: "ben@example.com"})
	for _, words := range []string{"Nothing is going on", "INC-1 is going on"} {
		view, err := s.platform.Home(s.ctx, team, chat.Text(richtext.Literal(words)))
		s.ok(err)
		s.ok(s.client.PublishHome(s.ctx, team, s.ada.ID, view))
		if home, there := s.server.Home(s.ada.ID); !there || !strings.Contains(slackserver.Text(home.Blocks), words) {
			t.Errorf("her tab is %+v", home)
		}
	}
	if home, there := s.server.Home(ben.ID); there {
		t.Errorf("his tab is %+v", home)
	}
}

func TestDirectMessageIsSaidOnceToOnePerson(t *testing.T) {
	s := play(t)
	first, err := s.platform.Direct(s.ctx, team, s.ada.ID, say("role/1", "You lead INC-1"))
	s.ok(err)
	s.start() // nothing is remembered but what was stored
	again, err := s.platform.Direct(s.ctx, team, s.ada.ID, say("role/1", "You lead INC-1"))
	s.ok(err)
	other, err := s.platform.Direct(s.ctx, team, s.ada.ID, say("role/2", "You speak for INC-1"))
	s.ok(err)
	if first != again || other.Conversation != first.Conversation || first.Conversation == s.channel {
		t.Errorf("they stand at %+v, %+v and %+v", first, again, other)
	}
	if direct, there := s.server.Direct(s.ada.ID); !there || len(s.server.Said(direct.ID)) != 2 {
		t.Errorf("she reads %+v", s.server.Said(direct.ID))
	}
	if _, err := s.platform.Direct(s.ctx, team, "U0NOBODY", say("role/3", "You lead INC-1")); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("to nobody: %v", err)
	}
}
