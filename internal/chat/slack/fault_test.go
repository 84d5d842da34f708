package slack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/slackserver"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// later expects an error that says when to ask again.
func (s *stage) later(err error) time.Duration {
	s.Helper()
	var wait *chat.Later
	if !errors.As(err, &wait) {
		s.Fatalf("%v does not say when to ask again", err)
	}
	return wait.After
}

// again repeats a call as the outbox does, until it works.
func (s *stage) again(do func() error) {
	s.Helper()
	for range 10 {
		err := do()
		if err == nil {
			return
		}
		if errors.Is(err, chat.ErrRefused) {
			s.Fatal(err)
		}
		s.clock.Advance(30 * time.Second)
	}
	s.Fatalf("it never works: %v", do())
}

func TestWhatWasCutOffAfterItArrivedIsNotDoubled(t *testing.T) {
	db := testdb.New(t)
	for _, method := range []string{"chat.postMessage", "conversations.create"} {
		for name, fault := range map[string]slackserver.Fault{
			"arrived": {CutAfter: true}, "never arrived": {Cut: true}, "half arrived": {Status: 503},
		} {
			t.Run(method+" "+name, func(t *testing.T) {
				s := playOn(t, db)
				fault.Methods, fault.Times = []string{method}, 1
				s.server.Fail(fault)
				if method == "conversations.create" {
					opening := chat.Opening{Key: "i", Name: "INC-2 Payments fail", Team: team}
					if _, err := s.platform.OpenConversation(s.ctx, opening); err == nil {
						t.Fatal("nothing was cut")
					}
					s.start()
					var ref chat.ConversationRef
					s.again(func() (err error) { ref, err = s.platform.OpenConversation(s.ctx, opening); return err })
					if all := s.server.Channels(); len(all) != 3 || all[2].ID != at(ref) || all[2].Name != "inc-2-payments-fail" {
						t.Errorf("the channels are %+v", all)
					}
					return
				}
				post := func() error { _, err := s.platform.Post(s.ctx, s.channel, say("k", "said once")); return err }
				if err := post(); err == nil {
					t.Fatal("nothing was cut")
				}
				s.start() // as if the program had crashed
				s.again(post)
				s.again(post)
				s.expect("said once")
			})
		}
	}
}

func TestAReplyThatWasCutOffIsNotDoubled(t *testing.T) {
	s := play(t)
	root := s.post(say("root", "root"))
	s.server.Fail(slackserver.Fault{Methods: []string{"chat.postMessage"}, CutAfter: true, Times: 1})
	if _, err := s.platform.Reply(s.ctx, root, say("k", "said once")); err == nil {
		t.Fatal("nothing was cut")
	}
	s.start()
	s.again(func() error { _, err := s.platform.Reply(s.ctx, root, say("k", "said once")); return err })
	if thread := s.server.Thread(at(s.channel), root.ID); len(thread) != 2 {
		t.Errorf("the thread reads %+v", thread)
	}
}

func TestNothingIsLookedForWhenSlackSaidNo(t *testing.T) {
	s := play(t)
	s.server.Fail(slackserver.Fault{Methods: []string{"chat.postMessage"}, Status: 429, RetryAfter: 7, Times: 1})
	_, err := s.platform.Post(s.ctx, s.channel, say("k", "hello"))
	if wait := s.later(err); wait != 7*time.Second {
		t.Errorf("it asks to wait %s", wait)
	}
	s.clock.Advance(7 * time.Second)
	s.post(say("k", "hello"))
	if calls := s.server.Calls("conversations.history"); len(calls) > 0 {
		t.Errorf("the history was read %d times", len(calls))
	}
	s.expect("hello")
}

func TestTheCircuitOpensWhenSlackIsDownAndClosesWhenItIsBack(t *testing.T) {
	s := play(t)
	s.post(say("a", "before"))
	s.server.Down(true)
	try := func() error { _, err := s.platform.Post(s.ctx, s.channel, say("b", "during")); return err }
	for range 3 {
		if err := try(); err == nil {
			t.Fatal("Slack is not down")
		}
		s.clock.Advance(6 * time.Second)
	}
	if got := s.known.heard(); got != "up down" {
		t.Fatalf("told %q", got)
	}
	s.server.Forget()
	for range 20 { // an hour of which every try is far too early, or fails
		s.later(try())
		s.clock.Advance(3 * time.Minute)
	}
	s.server.Down(false)
	s.again(try)
	if got := s.known.heard(); got != "up down up" {
		t.Errorf("told %q", got)
	}
	s.expect("before", "during")
}

func TestTheTroubleOfOneMethodOpensNothing(t *testing.T) {
	s := play(t)
	s.server.Fail(slackserver.Fault{Methods: []string{"pins.add"}, Status: 500})
	ref := s.post(say("a", "hello"))
	for range 8 {
		if err := s.platform.Pin(s.ctx, ref); err == nil || errors.Is(err, chat.ErrRefused) {
			t.Fatalf("pinned: %v", err)
		}
	}
	s.post(say("b", "still here"))
	if got := s.known.heard(); strings.Contains(got, "down") {
		t.Errorf("told %q", got)
	}
}

func TestAnUrgentCallIsTriedWhileTheCircuitIsOpen(t *testing.T) {
	s := play(t)
	s.server.Down(true)
	for range 3 {
		_, _ = s.platform.Post(s.ctx, s.channel, say("a", "hello"))
		s.clock.Advance(6 * time.Second)
	}
	s.server.Down(false)
	if err := s.platform.Ephemeral(s.ctx, s.channel, s.ada.ID, say("w", "for you")); err != nil {
		t.Fatal(err)
	}
	s.again(func() error { _, err := s.platform.Post(s.ctx, s.channel, say("a", "hello")); return err })
	s.expect("hello")
}

func TestARevokedTokenIsToldAndWhatIsSaidWaits(t *testing.T) {
	s := play(t)
	s.server.Revoke(team)
	_, err := s.platform.Post(s.ctx, s.channel, say("a", "hello"))
	s.later(err)
	if got := s.known.heard(); !strings.Contains(got, "revoked:") {
		t.Errorf("told %q", got)
	}
}

func TestAnArchivedChannelRefusesForGood(t *testing.T) {
	s := play(t)
	ref := s.post(say("a", "hello"))
	for range 2 {
		if err := s.platform.Archive(s.ctx, s.channel); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.platform.Post(s.ctx, s.channel, say("b", "too late")); !errors.Is(err, chat.ErrRefused) || slack.Code(err) != "is_archived" {
		t.Errorf("posted: %v", err)
	}
	// Slack lets no app open a channel that it is not in any more; people can, and Muster comes back with what it says.
	if err := s.platform.Unarchive(s.ctx, s.channel); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("opened: %v", err)
	}
	s.server.Unarchive(s.ada.ID, at(s.channel))
	s.post(say("c", "back"))
	if err := s.platform.Edit(s.ctx, ref, say("e", "hello again")); err != nil {
		t.Fatal(err)
	}
	s.expect("hello again", "back")
}

func TestATakenNameGetsANumber(t *testing.T) {
	s := play(t)
	open := func(key string, private bool) string {
		t.Helper()
		ref, err := s.platform.OpenConversation(s.ctx, chat.Opening{Key: key, Name: "inc-7 Größe & Ärger!", Team: team, Private: private})
		if err != nil {
			t.Fatal(err)
		}
		found, _ := s.server.Find(at(ref))
		return found.Name
	}
	first, second := open("a", false), open("b", true)
	if first == second || second != first+"-2" {
		t.Errorf("the names are %q and %q", first, second)
	}
	now, err := s.platform.Rename(s.ctx, s.channel, first)
	if err != nil || now != first+"-3" {
		t.Errorf("renamed to %q, %v", now, err)
	}
	s.server.Forget()
	if again, err := s.platform.Rename(s.ctx, s.channel, first); err != nil || again != now || len(s.server.Calls("conversations.rename")) > 0 {
		t.Errorf("renamed again to %q, %v", again, err)
	}
}

func TestAPersonsWordsBearTheirNameAndPicture(t *testing.T) {
	s := play(t)
	message := say("a", "hello")
	message.Author = chat.Author{User: string(ada), Name: "Ada"}
	s.post(message)
	got := s.said(s.channel)[0]
	if got.Username != "Ada" || got.BotID == "" {
		t.Errorf("it is from %+v", got)
	}
	if image, _ := got.Icons["image_48"].(string); image != s.ada.Avatar && got.Icons["image_url"] != s.ada.Avatar {
		t.Errorf("its picture is %+v", got.Icons)
	}
}

func TestALongMessageIsEditedAndDeletedWhole(t *testing.T) {
	s := play(t)
	long := strings.Repeat("many words ", 2500)
	ref := s.post(say("k", long))
	before := len(s.said(s.channel))
	if before < 2 {
		t.Fatalf("it stands in %d messages", before)
	}
	if err := s.platform.Edit(s.ctx, ref, say("e1", "short")); err != nil {
		t.Fatal(err)
	}
	s.expect("short")
	if err := s.platform.Edit(s.ctx, ref, say("e2", strings.Repeat("other words ", 2500))); err != nil {
		t.Fatal(err)
	}
	if now := len(s.said(s.channel)); now < 2 {
		t.Errorf("it stands in %d messages", now)
	}
	if err := s.platform.Delete(s.ctx, ref); err != nil {
		t.Fatal(err)
	}
	s.expect()
}

// TestAnOutageIsCaughtUpWithinTheLimits lets posts and edits pile up in several channels and drains them on virtual time.
func TestAnOutageIsCaughtUpWithinTheLimits(t *testing.T) {
	s := play(t)
	s.client = slack.NewClient(slack.Options{URL: s.server.URL(), Clock: s.clock, Workspaces: s.known})
	s.platform = slack.NewPlatform(slack.Needs{Client: s.client, Posted: s.posted, Clock: s.clock, People: people{}, URL: "https://muster.example.com"})
	s.server.Limits(true)
	var channels []chat.ConversationRef
	for n := range 6 {
		made := s.server.Channel(team, fmt.Sprintf("inc-%d", n+10))
		channels = append(channels, slack.Ref(team, made.ID))
	}
	const each = 12
	next, due := make([]int, len(channels)), make([]time.Time, len(channels))
	for left := each * len(channels); left > 0; {
		soonest := s.clock.Now().Add(time.Hour)
		for c, channel := range channels {
			for next[c] < each && !due[c].After(s.clock.Now()) {
				_, err := s.platform.Post(s.ctx, channel, say(fmt.Sprintf("k%d", next[c]), fmt.Sprintf("message %d", next[c])))
				if err != nil {
					due[c] = s.clock.Now().Add(s.later(err))
					break
				}
				next[c]++
				left--
			}
			if next[c] < each && due[c].Before(soonest) {
				soonest = due[c]
			}
		}
		if left > 0 {
			s.clock.Advance(soonest.Sub(s.clock.Now()))
		}
	}
	if took := s.clock.Now().Sub(testdb.Start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if got := s.server.Limited(); got > 0 {
		t.Errorf("Slack had to say no %d times", got)
	}
	for _, channel := range channels {
		for n, m := range s.said(channel) {
			if want := fmt.Sprintf("message %d", n); strings.TrimSpace(seen(m).Words) != want {
				t.Errorf("message %d reads %q", n, seen(m).Words)
			}
		}
		if got := len(s.said(channel)); got != each {
			t.Errorf("%d messages stand in %s", got, channel.ID)
		}
	}
}

// pictures are files of a room.
type pictures map[id.ID]string

func (p pictures) Content(_ context.Context, file id.ID) (name, mediaType string, size int64, content io.ReadCloser, err error) {
	kind := p[file]
	return "graph.png", kind, 4, io.NopCloser(strings.NewReader("data")), nil
}

func TestAPictureOfTheRoomIsShownAndAnotherFileIsNamed(t *testing.T) {
	s := play(t)
	png, text := id.New(testdb.Start), id.New(testdb.Start)
	s.platform.Files = pictures{png: "image/png", text: "text/plain"}
	message := chat.Say("k", chat.File(png, "graph.png"), chat.File(text, "trace.txt"))
	message.Text = "graph.png, trace.txt"
	s.server.Fail(slackserver.Fault{Methods: []string{"chat.postMessage"}, CutAfter: true, Times: 1})
	s.again(func() error { _, err := s.platform.Post(s.ctx, s.channel, message); return err })
	if got := len(s.server.Calls("files.completeUploadExternal")); got != 1 {
		t.Errorf("it was uploaded %d times", got)
	}
	said := s.said(s.channel)
	if len(said) != 1 || len(said[0].Blocks) != 2 {
		t.Fatalf("it reads %+v", said)
	}
	image, _ := said[0].Blocks[0].(map[string]any)
	if image["type"] != "image" || image["slack_file"] == nil || image["alt_text"] != "graph.png" {
		t.Errorf("the picture is %+v", image)
	}
	if !strings.Contains(seen(said[0]).Words, "trace.txt") {
		t.Errorf("it reads %q", seen(said[0]).Words)
	}
}
