package chat_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

var there = chat.ConversationRef{Platform: "fake", ID: "T1/C1"}

func (s *stage) posted() *chat.Posted { return chat.NewPosted(s.db.DB, s.clock) }

func TestAClaimIsKnownUntilItIsConfirmedOrReleased(t *testing.T) {
	s := play(t)
	posted := s.posted()
	claim := func(want chat.Claimed) {
		t.Helper()
		got, err := posted.Claim(s.ctx, there, "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
	}
	claim(chat.Claimed{At: testdb.Start})
	s.clock.Advance(time.Second)
	claim(chat.Claimed{Before: true, At: testdb.Start})
	if _, err := posted.External(s.ctx, there, "a"); !problem.Is(err, problem.NotFound) {
		t.Errorf("a message that may have arrived: %v", err)
	}
	if err := posted.Release(s.ctx, there, "a"); err != nil {
		t.Fatal(err)
	}
	claim(chat.Claimed{At: s.clock.Now()})
	if err := posted.Confirm(s.ctx, there, "a", "1.1"); err != nil {
		t.Fatal(err)
	}
	if err := posted.Release(s.ctx, there, "a"); err != nil {
		t.Fatal(err)
	}
	claim(chat.Claimed{External: "1.1", Before: true, At: s.clock.Now()})
	link, err := posted.Key(s.ctx, there, "1.1")
	if diff := cmp.Diff(chat.Link{Conversation: there, Key: "a", External: "1.1", Origin: chat.OriginMuster}, link); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := posted.Key(s.ctx, there, ""); !problem.Is(err, problem.NotFound) {
		t.Errorf("the message without an id: %v", err)
	}
}

func TestAMirroredMessageIsFoundFromTheRoom(t *testing.T) {
	s := play(t)
	posted, message := s.posted(), s.said()
	key := chat.RoomKey(message)
	if _, err := posted.Claim(s.ctx, there, key); err != nil {
		t.Fatal(err)
	}
	if links, err := posted.OfRoom(s.ctx, message); err != nil || len(links) > 0 {
		t.Errorf("before it arrived: %+v, %v", links, err)
	}
	if err := posted.Confirm(s.ctx, there, key, "1.1"); err != nil {
		t.Fatal(err)
	}
	links, err := posted.OfRoom(s.ctx, message)
	want := []chat.Link{{Conversation: there, Key: key, External: "1.1", RoomMessage: message, Origin: chat.OriginMuster}}
	if diff := cmp.Diff(want, links); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAMessageOfThePlatformIsLinkedOnce(t *testing.T) {
	s := play(t)
	posted := s.posted()
	link := func(key, external string) (added bool) {
		t.Helper()
		s.write(func(ctx context.Context, tx pgx.Tx) (err error) {
			added, err = posted.Link(ctx, tx, there, chat.Link{Key: key, External: external, Origin: "fake"})
			return err
		})
		return added
	}
	if !link("a", "1.1") {
		t.Error("the first time was not new")
	}
	if link("a", "1.1") || link("again", "1.1") || link("a", "1.2") {
		t.Error("a repetition was new")
	}
	if external, err := posted.External(s.ctx, there, "a"); err != nil || external != "1.1" {
		t.Errorf("it stands at %q, %v", external, err)
	}
	stranger := tenant.AsSystem(t.Context(), s.db.Organisation(t, "Other"))
	if _, err := posted.Key(stranger, there, "1.1"); !problem.Is(err, problem.NotFound) {
		t.Errorf("another organisation: %v", err)
	}
}

func TestWhatWasWrittenOnThePlatformIsRepliedToAndMarked(t *testing.T) {
	s := play(t)
	ref := chat.ConversationRef{Platform: "fake", ID: s.external}
	theirs, err := s.fake.Post(s.ctx, ref, say("theirs", "written there"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := s.posted().Link(ctx, tx, ref, chat.Link{Key: "room/theirs", External: theirs.ID, Origin: "fake"})
		return err
	})
	reply := say("reply", "an answer")
	reply.Target = "room/theirs"
	s.add(chat.Post, reply)
	s.add(chat.Pin, chat.Message{Target: "room/theirs"})
	s.drain()
	if shown := s.fake.Shown(s.external); len(shown) != 2 || shown[1].Thread != theirs.ID || !shown[0].Pinned {
		t.Errorf("shown: %+v", shown)
	}
}

// said is a message of the incident's room.
func (s *stage) said() id.ID {
	message := id.New(testdb.Start)
	_, err := s.db.DB.Pool().Exec(s.Context(), `
		INSERT INTO muster.room_message (organisation_id, id, incident_id, seq, changed_seq, client_key, kind, author_name, posted_at, recorded_at)
		SELECT organisation_id, $1, incident_id, 1, 1, 'k', 'bot', 'Muster', $2, $2 FROM muster.chat_conversation`, message, testdb.Start)
	if err != nil {
		s.Fatal(err)
	}
	return message
}
