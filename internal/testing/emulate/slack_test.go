package emulate_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/testing/emulate"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// stage is the whole of Muster, connected to the emulator's workspace as people connect it.
type stage struct {
	*testing.T
	*scenario.Scenario
	at       *emulate.Slack
	ctx      context.Context
	ben      *scenario.Browser
	api      *slack.Client   // of Muster
	platform *slack.Platform // of Muster
	adas     *slackapi.Client
	bens     *slackapi.Client
	ada      string // Slack's id
	benID    string
}

func TestSlackAsOthersUnderstandIt(t *testing.T) {
	t.Parallel()
	s := &stage{T: t, at: emulate.Start(t, emulate.Person{Name: "Ada", Email: "ada@example.test"}, emulate.Person{Name: "Ben", Email: "ben@example.test"})}
	s.Scenario = scenario.NewWithSlackAt(t, scenario.SlackElsewhere{
		Site: s.at.Site, ClientID: emulate.ClientID, ClientSecret: emulate.ClientSecret, SigningSecret: emulate.SigningSecret,
	})
	s.ben = s.Person("Ben", authz.Responder)
	s.ctx, s.api, s.platform = s.System(), s.App.SlackClient, s.App.Slack
	s.adas, s.ada = s.at.As("Ada")
	s.bens, s.benID = s.at.As("Ben")
	for _, part := range []struct {
		name string
		run  func(*stage)
	}{
		{"install", install},
		{"people", people},
		{"channels", channels},
		{"messages", messages},
		{"marks", marks},
		{"files", files},
		{"bookmarks", bookmarks},
		{"views", views},
		{"an incident", anIncident},
		{"events", events},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			now := *s
			now.T = t
			part.run(&now)
		}) && part.name == "install" {
			return
		}
	}
}

func must[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func install(s *stage) {
	s.at.Create(slack.Manifest(slack.ManifestOptions{URL: s.URL}))
	page := s.Owner.Get("/settings/slack/connect").Is(http.StatusOK)
	back := s.at.Allow(page.Body, "Ada")
	s.Owner.Get(back.RequestURI()).Is(http.StatusOK).Has("Night shift", "Connected by Ada", "Every permission that Muster needs is there")
	s.Work()
	s.Owner.Get(back.RequestURI()).Is(http.StatusConflict) // the code was taken
	s.Owner.Post("/settings/slack/"+emulate.Team+"/check", nil).Is(http.StatusOK).Has("Night shift answers in")
	if found := must(s.App.Workspaces.ByTeam(s.Context(), emulate.Team))(s.T); found != s.Organisation {
		s.Errorf("the workspace belongs to %s", found)
	}
}

func people(s *stage) {
	for who, want := range map[*scenario.Browser]string{s.Owner: s.ada, s.ben: s.benID} {
		if got := must(s.App.Workspaces.SlackUser(s.ctx, emulate.Team, who.ID))(s.T); got != want {
			s.Errorf("%s is %q in Slack, not %q", who.Name, got, want)
		}
	}
	if found := must(s.api.ByEmail(s.ctx, emulate.Team, "ben@example.test"))(s.T); found.ID != s.benID || found.Name != "Ben" {
		s.Errorf("by address one finds %+v", found)
	}
	if _, err := s.api.ByEmail(s.ctx, emulate.Team, "nobody@example.test"); slack.Code(err) != "users_not_found" {
		s.Errorf("nobody is found with %v", err)
	}
}

func channels(s *stage) {
	made := must(s.api.CreateChannel(s.ctx, emulate.Team, "inc-7-checkout", false))(s.T)
	if _, err := s.api.CreateChannel(s.ctx, emulate.Team, "inc-7-checkout", false); slack.Code(err) != "name_taken" {
		s.Errorf("a second one of the name is answered with %v", err)
	}
	ref := slack.Ref(emulate.Team, made.ID)
	s.ok(s.platform.Topic(s.ctx, ref, "Major · Fixing & watching"))
	s.ok(s.api.SetPurpose(s.ctx, ref, "Where it gets fixed"))
	if name := must(s.platform.Rename(s.ctx, ref, "inc-7 Cards & checkout"))(s.T); name != "inc-7-cards-checkout" {
		s.Errorf("it is called %q", name)
	}
	unknown := must(s.platform.Invite(s.ctx, ref, []id.ID{s.Owner.ID, s.ben.ID}))(s.T)
	if len(unknown) > 0 {
		s.Errorf("Slack does not know %v", unknown)
	}
	s.ok(s.api.Kick(s.ctx, ref, s.ada))
	there := must(s.api.Members(s.ctx, ref))(s.T)
	if !slices.Contains(there, s.benID) || slices.Contains(there, s.ada) {
		s.Errorf("in it are %v", there)
	}
	now := must(s.api.Info(s.ctx, ref))(s.T)
	if now.Name != "inc-7-cards-checkout" || now.Topic != "Major · Fixing & watching" || now.Purpose != "Where it gets fixed" || now.Private || now.Archived || !now.Member {
		s.Errorf("it is %+v", now)
	}
	s.ok(s.platform.Archive(s.ctx, ref))
	s.ok(s.platform.Archive(s.ctx, ref))
	if now := must(s.api.Info(s.ctx, ref))(s.T); !now.Archived {
		s.Error("it is not archived")
	}
	s.ok(s.platform.Unarchive(s.ctx, ref))
	hidden := must(s.platform.OpenConversation(s.ctx, chat.Opening{Key: "hidden", Name: "Über 7 / geheim", Private: true, Team: emulate.Team}))(s.T)
	if again := must(s.platform.OpenConversation(s.ctx, chat.Opening{Key: "hidden", Name: "Über 7 / geheim", Private: true, Team: emulate.Team}))(s.T); again != hidden {
		s.Errorf("its key opens %s and %s", hidden.ID, again.ID)
	}
	if now := must(s.api.Info(s.ctx, hidden))(s.T); !now.Private || now.Name != "ber-7-geheim" {
		s.Errorf("the private one is %+v", now)
	}
	bens, err := s.bens.CreateConversationContext(s.ctx, slackapi.CreateConversationParams{ChannelName: "checkout-talk"})
	s.ok(err)
	talk := slack.Ref(emulate.Team, bens.ID)
	s.ok(s.api.Join(s.ctx, talk))
	if now := must(s.api.Info(s.ctx, talk))(s.T); !now.Member || now.Creator != s.benID {
		s.Errorf("what Muster joined is %+v", now)
	}
	names := func(list []slack.Channel) (names []string) {
		for _, c := range list {
			names = append(names, c.Name)
		}
		return names
	}
	listed, _, err := s.api.Channels(s.ctx, emulate.Team, "")
	s.ok(err)
	if own := must(s.api.Own(s.ctx, emulate.Team))(s.T); !slices.Contains(names(own), "ber-7-geheim") || !slices.Contains(names(listed), "inc-7-cards-checkout") {
		s.Errorf("there are %v, and Muster is in %v", names(listed), names(own))
	}
}

// channel makes a channel with Ada and Ben in it.
func (s *stage) channel(name string) chat.ConversationRef {
	s.Helper()
	ref := must(s.platform.OpenConversation(s.ctx, chat.Opening{Key: name, Name: name, Team: emulate.Team}))(s.T)
	must(s.platform.Invite(s.ctx, ref, []id.ID{s.Owner.ID, s.ben.ID}))(s.T)
	return ref
}

func say(key, text string) chat.Message { return chat.Say(key, chat.Text(richtext.Literal(text))) }

// stands returns the messages of a channel as the client reads them, the oldest first, without threads.
func (s *stage) stands(ref chat.ConversationRef) []slack.Past {
	s.Helper()
	past, _, err := s.api.History(s.ctx, ref, slack.Span{}, "")
	s.ok(err)
	slices.Reverse(past)
	return past
}

func messages(s *stage) {
	ref := s.channel("inc-8-messages")
	first := must(s.platform.Post(s.ctx, ref, say("one", "Cards are refused <& more>")))(s.T)
	if again := must(s.platform.Post(s.ctx, ref, say("one", "Cards are refused <& more>")))(s.T); again != first {
		s.Errorf("its key posts %s and %s", first.ID, again.ID)
	}
	voiced := say("two", "It began at noon")
	voiced.Author = chat.Author{User: string(s.ben.ID), Name: "Ben"}
	second := must(s.platform.Post(s.ctx, ref, voiced))(s.T)
	third := must(s.platform.Post(s.ctx, ref, say("three", "Never mind")))(s.T)
	reply := must(s.platform.Reply(s.ctx, first, say("four", "Which cards?")))(s.T)
	s.ok(s.platform.Edit(s.ctx, first, say("edit", "Visa cards are refused")))
	s.ok(s.platform.Delete(s.ctx, third))
	s.ok(s.platform.Delete(s.ctx, third))
	stands := s.stands(ref)
	stands = slices.DeleteFunc(stands, func(m slack.Past) bool { return m.Subtype != "" && m.Subtype != "bot_message" })
	if len(stands) != 2 || stands[0].TS != first.ID || stands[1].TS != second.ID {
		s.Fatalf("there stand %+v", stands)
	}
	installed := must(s.App.Workspaces.Token(s.ctx, emulate.Team))(s.T)
	switch one, two := stands[0], stands[1]; {
	case one.Key != "one" || one.Organisation != string(s.Organisation):
		s.Errorf("the first carries %q of %q", one.Key, one.Organisation)
	case !strings.Contains(string(one.Blocks), "Visa cards are refused") || one.Replies != 1:
		s.Errorf("the first says %s with %d replies", one.Blocks, one.Replies)
	case two.Username != "Ben" || two.BotID != installed.BotID:
		s.Errorf("the second is by %q %q", two.Username, two.BotID)
	}
	thread, _, err := s.api.Replies(s.ctx, first, slack.Span{}, "")
	s.ok(err)
	if len(thread) != 2 || thread[1].TS != reply.ID || thread[1].ThreadTS != first.ID || thread[1].Key != "four" {
		s.Errorf("the thread reads %+v", thread)
	}
	s.ok(s.platform.Ephemeral(s.ctx, ref, s.benID, say("whisper", "Only you see this")))
	if link := must(s.api.Permalink(s.ctx, second))(s.T); !strings.Contains(link, "/archives/") {
		s.Errorf("it is at %q", link)
	}
	if direct := must(s.platform.Direct(s.ctx, emulate.Team, s.benID, say("direct", "You lead INC-8")))(s.T); direct.Conversation == ref || direct.ID == "" {
		s.Errorf("the direct message is %+v", direct)
	}
}

func marks(s *stage) {
	ref := s.channel("inc-9-marks")
	message := must(s.platform.Post(s.ctx, ref, say("pinned", "The release of 12:40 did it")))(s.T)
	for range 2 { // what is so already is no error
		s.ok(s.platform.Pin(s.ctx, message))
		s.ok(s.platform.React(s.ctx, message, "👀"))
		s.ok(s.platform.React(s.ctx, message, ":rocket:"))
	}
	item := slackapi.NewRefToMessage(strings.TrimPrefix(ref.ID, emulate.Team+"/"), message.ID)
	s.ok(s.bens.AddReactionContext(s.ctx, "eyes", item))
	installed := must(s.App.Workspaces.Token(s.ctx, emulate.Team))(s.T)
	if pins := must(s.api.Pins(s.ctx, ref))(s.T); len(pins) != 1 || pins[0].TS != message.ID || pins[0].By != installed.BotUser || time.Since(pins[0].At) > time.Minute {
		s.Errorf("pinned are %+v", pins)
	}
	reactions := must(s.api.Reactions(s.ctx, message))(s.T)
	if len(reactions) != 2 || reactions[0].Name != "eyes" || !slices.Equal(reactions[0].Users, []string{installed.BotUser, s.benID}) || reactions[1].Name != "rocket" {
		s.Errorf("the reactions are %+v", reactions)
	}
	for range 2 {
		s.ok(s.platform.Unpin(s.ctx, message))
		s.ok(s.platform.Unreact(s.ctx, message, ":rocket:"))
	}
	if pins := must(s.api.Pins(s.ctx, ref))(s.T); len(pins) != 0 {
		s.Errorf("still pinned are %+v", pins)
	}
	if reactions := must(s.api.Reactions(s.ctx, message))(s.T); len(reactions) != 1 {
		s.Errorf("still there are %+v", reactions)
	}
}

func files(s *stage) {
	content := make([]byte, 70_000)
	_, _ = rand.Read(content)
	file := must(s.api.Upload(s.ctx, emulate.Team, slack.Upload{Name: "latency & errors.png", Alt: "Latency since noon", Size: int64(len(content)), Content: bytes.NewReader(content)}))(s.T)
	known := must(s.api.FileInfo(s.ctx, emulate.Team, file))(s.T)
	if known.ID != file || known.Name != "latency & errors.png" || known.MIME != "image/png" || known.Size != int64(len(content)) {
		s.Errorf("the file is %+v", known)
	}
	var got bytes.Buffer
	s.ok(s.api.Download(s.ctx, emulate.Team, known.URL, int64(len(content)), &got))
	if !bytes.Equal(got.Bytes(), content) {
		s.Errorf("%d bytes came back, of %d", got.Len(), len(content))
	}
}

func bookmarks(s *stage) {
	ref := s.channel("inc-10-bookmarks")
	_, err := s.bens.AddBookmarkContext(s.ctx, strings.TrimPrefix(ref.ID, emulate.Team+"/"), slackapi.AddBookmarkParameters{Title: "Ben's own", Type: "link", Link: "https://graphs.example.com/"})
	s.ok(err)
	shown := func() (titles []string) {
		list, err := s.adas.ListBookmarksContext(s.ctx, strings.TrimPrefix(ref.ID, emulate.Team+"/"))
		s.ok(err)
		for _, b := range list {
			titles = append(titles, b.Title+" "+b.Link)
		}
		return titles
	}
	dashboard, call := chat.Bookmark{Key: "dashboard", Title: "INC-10 in Muster", URL: s.URL + "/incidents/INC-10"}, chat.Bookmark{Key: "call", Title: "Call", URL: "https://call.example.com/10"}
	for _, step := range []struct {
		bookmarks []chat.Bookmark
		want      []string
	}{
		{[]chat.Bookmark{dashboard, call}, []string{"Ben's own https://graphs.example.com/", dashboard.Title + " " + dashboard.URL, "Call https://call.example.com/10"}},
		{[]chat.Bookmark{dashboard, {Key: "call", Title: "Bridge", URL: "https://call.example.com/11"}}, []string{"Ben's own https://graphs.example.com/", dashboard.Title + " " + dashboard.URL, "Bridge https://call.example.com/11"}},
		{[]chat.Bookmark{dashboard}, []string{"Ben's own https://graphs.example.com/", dashboard.Title + " " + dashboard.URL}},
	} {
		for range 2 {
			s.ok(s.platform.Bookmarks(s.ctx, ref, step.bookmarks))
		}
		if got := shown(); !slices.Equal(got, step.want) {
			s.Errorf("above the channel stand %v, not %v", got, step.want)
		}
	}
}

func views(s *stage) {
	installed := must(s.App.Workspaces.Token(s.ctx, emulate.Team))(s.T)
	writer := slack.Writer{Base: s.URL, Person: func(id.ID) string { return s.benID }}
	form := chat.Form{Action: "incident.declare", Title: "Declare an incident", Submit: "Declare", Inputs: []chat.Input{
		{Kind: chat.TextInput, Name: "name", Label: "What is wrong?", Required: true},
		{Kind: chat.ChoiceInput, Name: "severity", Label: "Severity", Options: []chat.Option{{Value: "1", Label: "Minor"}, {Value: "2", Label: "Major", Description: "Many notice"}}},
		{Kind: chat.UserInput, Name: "lead", Label: "Lead", Initial: string(s.ben.ID)},
	}}
	trigger := s.at.Trigger(installed.Token, s.benID)
	s.ok(s.platform.OpenForm(s.ctx, slack.Trigger(emulate.Team, trigger), form))
	if err := s.platform.OpenForm(s.ctx, slack.Trigger(emulate.Team, trigger), form); slack.Code(err) != "exchanged_trigger_id" {
		s.Errorf("a second form by the trigger is answered with %v", err)
	}
	loading := must(s.api.OpenView(s.ctx, emulate.Team, s.at.Trigger(installed.Token, s.benID), slack.Loading("Declare an incident")))(s.T)
	s.ok(s.api.UpdateView(s.ctx, emulate.Team, loading, "", writer.Modal(form, slack.Meta{})))
	home := writer.Home(chat.Text(richtext.Literal("No live incidents")), chat.Buttons(chat.Button{Action: "incident.declare", Label: "Declare"}))
	for range 2 {
		s.ok(s.api.PublishHome(s.ctx, emulate.Team, s.benID, home))
	}
}

func anIncident(s *stage) {
	severities := must(s.App.Incidents.Severities(s.ctx))(s.T)
	declared := must(s.App.Incidents.Declare(s.ben.Context(), incident.Declare{Name: "Cards are refused", Severity: severities[0].ID}))(s.T)
	s.Work()
	s.ok(s.App.Channels.Tend(s.ctx))
	ref := must(s.App.Channels.Of(s.ctx, declared.ID))(s.T).Ref(slack.Name)
	now := must(s.api.Info(s.ctx, ref))(s.T)
	if now.Name != "inc-1-cards-are-refused" || !strings.HasPrefix(now.Topic, severities[0].Name+" · ") || !strings.HasSuffix(now.Topic, "Ben leads") {
		s.Errorf("the channel is %+v", now)
	}
	if there := must(s.api.Members(s.ctx, ref))(s.T); !slices.Contains(there, s.benID) {
		s.Errorf("in it are %v", there)
	}
	must(s.App.Rooms.Post(s.ben.Context(), room.Post{Incident: declared.ID, ClientKey: "one", Source: "The **second factor** fails, @[Ada](user:" + string(s.Owner.ID) + ")"}))(s.T)
	s.ok(s.App.Channels.Tend(s.ctx))
	stands := s.stands(ref)
	last := stands[len(stands)-1]
	if !strings.Contains(string(last.Blocks), "second factor") || !strings.Contains(string(last.Blocks), s.ada) || last.Username != "Ben" {
		s.Errorf("the last message is by %q: %s", last.Username, last.Blocks)
	}
	if !slices.ContainsFunc(stands, func(m slack.Past) bool {
		return strings.Contains(string(m.Blocks), "Cards are refused") && strings.Contains(string(m.Blocks), `"button"`)
	}) {
		s.Error("there is no card with buttons")
	}
}

// written is what people wrote in an incident's room, once Muster has dealt with everything that Slack sent.
func (s *stage) written(in id.ID) (said []room.Message) {
	s.Helper()
	var left int
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s.ok(s.App.DB.Pool().QueryRow(s.ctx, "SELECT count(*) FROM muster.slack_delivery WHERE state = 'waiting'").Scan(&left))
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			s.Fatalf("%d things that Slack sent are still waiting", left)
		}
	}
	all := must(s.App.Rooms.After(s.ctx, in, 0, room.MaxPage))(s.T)
	slices.SortFunc(all, func(a, b room.Message) int { return cmp.Compare(a.Seq, b.Seq) })
	return slices.DeleteFunc(all, func(m room.Message) bool { return m.Kind != room.FromPerson })
}

func events(s *stage) {
	declared := must(s.App.Incidents.Declare(s.ben.Context(), incident.Declare{Name: "Search is slow"}))(s.T)
	must(s.App.Rooms.Post(s.ben.Context(), room.Post{Incident: declared.ID, ClientKey: "web", Source: "Said in Muster"}))(s.T)
	s.Work()
	s.ok(s.App.Channels.Tend(s.ctx))
	channel := strings.TrimPrefix(must(s.App.Channels.Of(s.ctx, declared.ID))(s.T).External, emulate.Team+"/")
	if said := s.written(declared.ID); len(said) != 1 {
		s.Fatalf("an echo was taken for news: %+v", said)
	}

	_, _, _, err := s.adas.JoinConversationContext(s.ctx, channel)
	s.ok(err)
	text := func(words string) slackapi.MsgOption { return slackapi.MsgOptionText(words, false) }
	_, first, err := s.bens.PostMessageContext(s.ctx, channel, text("It is the *index*, <@"+s.ada+"> &amp; friends"))
	s.ok(err)
	_, _, err = s.adas.PostMessageContext(s.ctx, channel, text("Which one?"), slackapi.MsgOptionTS(first))
	s.ok(err)
	_, gone, err := s.adas.PostMessageContext(s.ctx, channel, text("Wrong channel"))
	s.ok(err)
	_, _, _, err = s.bens.UpdateMessageContext(s.ctx, channel, first, text("It is the *big* index"))
	s.ok(err)
	_, _, err = s.adas.DeleteMessageContext(s.ctx, channel, gone)
	s.ok(err)
	item := slackapi.NewRefToMessage(channel, first)
	s.ok(s.adas.AddReactionContext(s.ctx, "eyes", item))
	s.ok(s.adas.AddPinContext(s.ctx, channel, item))
	log := []byte("level=error index=orders\n")
	_, err = s.bens.UploadFileContext(s.ctx, slackapi.UploadFileParameters{Channel: channel, Filename: "index.log", FileSize: len(log), Reader: bytes.NewReader(log), InitialComment: "The log"})
	s.ok(err)

	said := s.written(declared.ID)
	if len(said) != 5 {
		s.Fatalf("the room has %d messages: %+v", len(said), said)
	}
	switch big, which, wrong, file := said[1], said[2], said[3], said[4]; {
	case big.Source != "It is the **big** index" || big.Author.ID != s.ben.ID || big.Origin != slack.Name || big.EditedAt == nil:
		s.Errorf("the first message is %+v", big)
	case len(big.Reactions) != 1 || big.Reactions[0].Emoji != "👀" || big.PinnedAt == nil:
		s.Errorf("it has %+v, pinned %v", big.Reactions, big.PinnedAt)
	case which.Parent != big.ID || which.Author.ID != s.Owner.ID:
		s.Errorf("the reply is %+v", which)
	case !wrong.Deleted:
		s.Errorf("what was deleted is %+v", wrong)
	case file.Source != "The log" || len(file.Files) != 1 || file.Files[0].Name != "index.log" || file.Files[0].Size != int64(len(log)):
		s.Errorf("the file is %+v", file)
	}
	people := must(s.App.Incidents.People(s.ctx, declared.ID))(s.T)
	if !slices.ContainsFunc(people, func(p incident.Participant) bool { return p.ID == s.Owner.ID }) {
		s.Errorf("Ada joined in Slack, and those in the incident are %+v", people)
	}
	// Read again, as after an absence, nothing is doubled.
	s.ok(s.App.SlackDoors.CatchUp(s.ctx))
	if again := s.written(declared.ID); len(again) != len(said) {
		s.Errorf("of %d messages came %d: %+v", len(said), len(again), again)
	}
	// What came in goes nowhere again, and marks made in Slack are not set by Muster too.
	before := len(s.stands(slack.Ref(emulate.Team, channel)))
	s.ok(s.App.Channels.Tend(s.ctx))
	if after := len(s.stands(slack.Ref(emulate.Team, channel))); after != before {
		s.Errorf("of %d messages came %d", before, after)
	}
	for _, sent := range s.at.Deliveries() {
		if sent.Status != http.StatusOK {
			s.Errorf("%s was answered with %d", sent.Event, sent.Status)
		}
	}
}
