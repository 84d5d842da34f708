package chat_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
)

// calls are those that arrived after the opening of the conversation.
func (s *stage) calls() []string { return s.fake.Calls()[1:] }

func (s *stage) called(want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.calls()); diff != "" {
		s.Errorf("what was asked of the platform (-want +got):\n%s", diff)
	}
}

func TestManyEditsInARowBecomeOne(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("card", "investigating"), say("other", "other"))
	s.drain()
	s.add(chat.Edit, about("card", "fixing"))
	s.add(chat.Topic, chat.Message{Key: "t1", Text: "Fixing"})
	s.add(chat.Edit, about("other", "other, too"))
	s.add(chat.Post, say("said", "said by somebody"))
	s.add(chat.Topic, chat.Message{Key: "t2", Text: "Monitoring"})
	last := about("card", "monitoring")
	last.Key = "last"
	s.add(chat.Edit, last)
	s.drain()
	s.expect("monitoring", "other, too", "said by somebody")
	if calls := s.calls(); len(calls) != 6 || calls[5] != "edit last" {
		t.Errorf("calls: %v", calls)
	}
	if got := s.fake.TopicOf(s.external); got != "Monitoring" {
		t.Errorf("the topic is %q", got)
	}
}

func TestAnEditOfWhatStillWaitsIsWrittenIntoIt(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("card", "investigating"), say("b", "said later"))
	s.add(chat.Edit, about("card", "fixing"))
	s.add(chat.Edit, about("card", "closed"))
	s.drain()
	s.expect("closed", "said later")
	s.called("post card", "post b")
}

func TestWhatIsTakenBackBeforeItWasSentIsNeverSaid(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("slip", "a slip of the hand"), say("b", "stays"))
	s.add(chat.React, chat.Message{Target: "slip", Text: "👀"})
	s.add(chat.Pin, chat.Message{Target: "slip"})
	s.add(chat.Delete, chat.Message{Target: "slip"})
	s.add(chat.Post, say("slip", "a slip of the hand")) // a retry of its verb
	s.drain()
	s.expect("stays")
	s.called("post b")
}

func TestWhatMayHaveArrivedIsDeletedAndNotForgotten(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	s.fake.Fail(errors.New("the answer was lost"))
	s.drain()
	s.add(chat.Edit, about("a", "one, corrected"))
	s.add(chat.Delete, chat.Message{Target: "a"})
	s.clock.Advance(time.Second)
	s.drain()
	s.expect()
	if calls := s.calls(); len(calls) != 3 || calls[1] != "post a" {
		t.Errorf("calls: %v", calls)
	}
}

func TestWhatIsBeingSentIsNotFolded(t *testing.T) {
	for name, until := range map[string]string{"by a worker": "20 seconds", "by one that died": "-1 second"} {
		t.Run(name, func(t *testing.T) {
			s := play(t)
			s.add(chat.Post, say("a", "one"))
			if _, err := s.db.DB.Pool().Exec(t.Context(), `UPDATE muster.chat_conversation SET leased_by = 'other', lease_until = clock_timestamp() + $1::interval`, until); err != nil {
				t.Fatal(err)
			}
			s.add(chat.Edit, about("a", "one, corrected"))
			s.add(chat.Delete, chat.Message{Target: "a"})
			if _, err := s.db.DB.Pool().Exec(t.Context(), `UPDATE muster.chat_conversation SET leased_by = NULL`); err != nil {
				t.Fatal(err)
			}
			s.drain()
			s.expect()
			if calls := s.calls(); len(calls) != 2 || calls[0] != "post a" {
				t.Errorf("calls: %v", calls)
			}
		})
	}
}

func TestAnAttemptThatWasBrokenOffMayHaveArrived(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	ctx, stop := context.WithCancel(s.ctx)
	s.fake.Before(stop) // the program is told to end while it speaks
	if _, err := s.outbox.Drain(ctx, s.conversation); err != nil {
		t.Fatal(err)
	}
	s.add(chat.Delete, chat.Message{Target: "a"})
	s.drain()
	s.expect()
	if calls := s.calls(); len(calls) != 3 {
		t.Errorf("calls: %v", calls)
	}
}

func TestAMessageWithRepliesIsSaidBeforeItIsDeleted(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("root", "the question"))
	reply := say("reply", "an answer")
	reply.Target = "root"
	s.add(chat.Post, reply)
	s.add(chat.Delete, chat.Message{Target: "root"})
	s.drain()
	s.expect("an answer")
	if shown := s.fake.Shown(s.external); len(shown) != 1 || shown[0].Thread == "" {
		t.Errorf("shown: %+v", shown)
	}
}

func TestANewerEditWaitsAsLongAsThePlatformAsked(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("card", "one"))
	s.drain()
	s.add(chat.Edit, about("card", "two"))
	s.fake.Fail(&chat.Later{After: 30 * time.Second, Err: errors.New("429")})
	s.drain()
	s.add(chat.Edit, about("card", "three"))
	if got := s.drain(); got.Sent != 0 || !got.Again.Equal(s.clock.Now().Add(30*time.Second)) {
		t.Errorf("drained %+v", got)
	}
	s.clock.Advance(30 * time.Second)
	s.drain()
	s.expect("three")
}

func TestMarksFollowTheirMessage(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	s.add(chat.Pin, chat.Message{Target: "a"})
	s.add(chat.React, chat.Message{Target: "a", Text: "👀"})
	s.add(chat.React, chat.Message{Target: "a", Text: "🎉"})
	s.add(chat.Unreact, chat.Message{Target: "a", Text: "👀"})
	s.drain()
	if shown := s.fake.Shown(s.external); len(shown) != 1 || !shown[0].Pinned || !slices.Equal(shown[0].Emojis, []string{"🎉"}) {
		t.Errorf("shown: %+v", shown)
	}
	s.add(chat.Unpin, chat.Message{Target: "a"})
	s.drain()
	if shown := s.fake.Shown(s.external); shown[0].Pinned {
		t.Errorf("shown: %+v", shown)
	}
}

func TestAPlatformWithoutMarksMissesNothing(t *testing.T) {
	s := play(t)
	s.outbox = chat.NewOutbox(s.db.DB, s.clock, plain{s.fake})
	s.add(chat.Post, say("a", "one"))
	s.add(chat.Pin, chat.Message{Target: "a"})
	s.add(chat.Post, say("b", "two"))
	if got := s.drain(); got.Sent != 3 {
		t.Errorf("drained %+v", got)
	}
	s.expect("one", "two")
}

// plain hides what the platform can do besides.
type plain struct{ chat.Platform }

func TestLinesThatWaitOneAfterTheOtherBecomeOneMessage(t *testing.T) {
	s := play(t)
	line := func(key, text string) chat.Message {
		m := say(key, text)
		m.Line = true
		return m
	}
	s.add(chat.Post, line("1", "severity changed"), line("2", "lead changed"), say("3", "said by somebody"), line("4", "renamed"), line("5", "closed"))
	s.drain()
	s.called("post 1", "post 3", "post 4")
	shown := s.fake.Shown(s.external)
	for n, want := range []string{"severity changed\nlead changed", "said by somebody", "renamed\nclosed"} {
		if got := chattest.SeenIn(shown[n].Message).Words; got != want {
			t.Errorf("message %d reads %q, not %q", n, got, want)
		}
	}
}

func TestWhatCouldNotBeSaidInTimeTellsWhenItWasSaid(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	s.fake.Fail(errors.New("away"))
	s.drain()
	at := s.clock.Now()
	s.clock.Advance(3 * time.Minute)
	s.add(chat.Post, say("b", "two"))
	s.drain()
	shown := s.fake.Shown(s.external)
	if len(shown) != 2 || !shown[0].Message.Late.Equal(at) || !shown[1].Message.Late.IsZero() {
		t.Errorf("shown: %+v", shown)
	}
}
