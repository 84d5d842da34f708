package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

type stage struct {
	*testing.T
	ctx          context.Context
	db           *testdb.Database
	clock        *clock.Manual
	fake         *chattest.Fake
	outbox       *chat.Outbox
	conversation id.ID
	external     string
}

// play opens a conversation of an incident whose rows stand there without their domain.
func play(t *testing.T) *stage {
	db := testdb.New(t)
	organisation := db.Organisation(t, "Demo")
	s := &stage{T: t, db: db, ctx: tenant.AsSystem(t.Context(), organisation), clock: clock.NewManual(testdb.Start), fake: chattest.NewFake()}
	s.outbox = chat.NewOutbox(db.DB, s.clock, s.fake)
	incident := id.New(testdb.Start)
	for _, statement := range []string{
		`INSERT INTO muster.incident_type (organisation_id, id, name, created_at, updated_at) VALUES ($1, $2, 'Default', $3, $3)`,
		`INSERT INTO muster.incident_status (organisation_id, id, name, category, rank, created_at, updated_at) VALUES ($1, $2, 'Fixing', 'live', 2, $3, $3)`,
		`INSERT INTO muster.incident (organisation_id, id, name, type_id, status_id, status_category, mode, creator_type, creator_name, declared_at, created_at, updated_at)
			VALUES ($1, $2, 'Card payments fail', $2, $2, 'live', 'standard', 'user', 'Ada', $3, $3, $3)`,
	} {
		if _, err := db.DB.Pool().Exec(t.Context(), statement, organisation, incident, testdb.Start); err != nil {
			t.Fatal(err)
		}
	}
	ref, err := s.fake.OpenConversation(s.ctx, chat.Opening{Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	s.external = ref.ID
	s.write(func(ctx context.Context, tx pgx.Tx) (err error) {
		s.conversation, err = s.outbox.Open(ctx, tx, chat.Conversation{Incident: incident, Ref: ref})
		return err
	})
	return s
}

func (s *stage) write(fn func(ctx context.Context, tx pgx.Tx) error) {
	s.Helper()
	if err := s.db.DB.Write(s.ctx, fn); err != nil {
		s.Fatal(err)
	}
}

func say(key, text string) chat.Message { return chat.Say(key, chat.Text(richtext.Literal(text))) }

// about is an edit of a message.
func about(target, text string) chat.Message {
	message := say("", text)
	message.Target = target
	return message
}

func (s *stage) add(operation chat.Operation, messages ...chat.Message) {
	s.Helper()
	s.write(func(ctx context.Context, tx pgx.Tx) error {
		for _, m := range messages {
			if err := s.outbox.Add(ctx, tx, s.conversation, operation, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *stage) drain() chat.Drained {
	s.Helper()
	drained, err := s.outbox.Drain(s.ctx, s.conversation)
	if err != nil {
		s.Fatal(err)
	}
	return drained
}

func (s *stage) shown() []string {
	var words []string
	for _, m := range s.fake.Shown(s.external) {
		words = append(words, m.Message.Text)
	}
	return words
}

func (s *stage) expect(want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.shown()); diff != "" {
		s.Errorf("what stands in the conversation (-want +got):\n%s", diff)
	}
}

func TestOutboxSpeaksInTheOrderOfTheVerbs(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"), say("b", "two"))
	s.drain()
	s.add(chat.Edit, about("b", "two, corrected"))
	s.add(chat.Post, say("c", "three"))
	s.add(chat.Delete, chat.Message{Target: "a"})
	s.add(chat.Topic, chat.Message{Text: "Fixing"})
	if got := s.drain(); got.Sent != 4 || !got.Again.IsZero() {
		t.Errorf("drained %+v", got)
	}
	s.expect("two, corrected", "three")
	if got := s.fake.TopicOf(s.external); got != "Fixing" {
		t.Errorf("the topic is %q", got)
	}
}

func TestAPostWithATargetRepliesToIt(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("card", "the card"))
	reply := say("r", "about it")
	reply.Target = "card"
	s.add(chat.Post, reply)
	s.drain()
	shown := s.fake.Shown(s.external)
	if len(shown) != 2 || shown[1].Thread != shown[0].ID {
		t.Errorf("shown: %+v", shown)
	}
}

func TestAKeyIsAddedOnce(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"), say("a", "one"))
	s.add(chat.Post, say("a", "one"))
	s.drain()
	s.add(chat.Post, say("a", "one"))
	s.drain()
	s.expect("one")
}

func TestAFailingMessageHoldsBackWhatIsBehindIt(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"), say("b", "two"))
	s.fake.Fail(errors.New("connection reset"))
	if got, want := s.drain(), (chat.Drained{Again: testdb.Start.Add(time.Second)}); got != want {
		t.Fatalf("drained %+v, want %+v", got, want)
	}
	s.expect()
	s.add(chat.Post, say("c", "three"))
	s.drain() // too early: nothing is tried
	if calls := s.fake.Calls(); len(calls) != 2 {
		t.Errorf("calls: %v", calls)
	}
	s.clock.Advance(time.Second)
	s.fake.Fail(errors.New("connection reset"))
	if got := s.drain().Again; !got.Equal(s.clock.Now().Add(2 * time.Second)) {
		t.Errorf("the second rest ends at %v", got)
	}
	s.clock.Advance(2 * time.Second)
	if got := s.drain(); got.Sent != 3 {
		t.Errorf("drained %+v", got)
	}
	s.expect("one", "two", "three")
}

func TestThePlatformsOwnWaitIsKept(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	s.fake.Fail(fmt.Errorf("posting: %w", &chat.Later{After: 42 * time.Second, Err: errors.New("429")}))
	if got := s.drain().Again; !got.Equal(testdb.Start.Add(42 * time.Second)) {
		t.Errorf("the rest ends at %v", got)
	}
	if due, err := s.outbox.Due(s.ctx); err != nil || len(due) > 0 {
		t.Errorf("due already: %v %v", due, err)
	}
	s.clock.Advance(42 * time.Second)
	if due, err := s.outbox.Due(s.ctx); err != nil || len(due) != 1 || due[0] != s.conversation {
		t.Errorf("due: %v %v", due, err)
	}
	s.drain()
	s.expect("one")
}

func TestWhatIsRefusedForGoodDoesNotBlock(t *testing.T) {
	s := play(t)
	s.fake.Fail(fmt.Errorf("%w: not allowed", chat.ErrRefused))
	s.add(chat.Post, say("a", "one"))
	s.add(chat.Edit, about("gone", "edited")) // a message that was never posted
	s.add(chat.Post, say("b", "two"))
	if got := s.drain(); got.Sent != 1 || !got.Again.IsZero() {
		t.Errorf("drained %+v", got)
	}
	s.expect("two")
}

func TestALostAnswerDoesNotDouble(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	if _, err := s.fake.Post(s.ctx, chat.ConversationRef{Platform: "fake", ID: s.external}, say("a", "one")); err != nil {
		t.Fatal(err) // as if a worker had died before it could note the answer
	}
	s.drain()
	s.expect("one")
}

func TestManyWorkersKeepTheOrder(t *testing.T) {
	s := play(t)
	var workers sync.WaitGroup
	var want []string
	for i := range 40 {
		text := "message " + strconv.Itoa(i)
		want = append(want, text)
		s.add(chat.Post, say(text, text))
		workers.Go(func() {
			if _, err := s.outbox.Drain(s.ctx, s.conversation); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	s.expect(want...)
	if calls := len(s.fake.Calls()); calls != 41 {
		t.Errorf("the platform was called %d times for 40 messages and an opening", calls)
	}
}

func TestTheLeaseOfADeadWorkerIsWaitedFor(t *testing.T) {
	s := play(t)
	s.add(chat.Post, say("a", "one"))
	hold := func(until string) {
		if _, err := s.db.DB.Pool().Exec(t.Context(), `UPDATE muster.chat_conversation SET leased_by = 'gone', lease_until = clock_timestamp() + $1::interval`, until); err != nil {
			t.Fatal(err)
		}
	}
	hold("20 seconds")
	if got := s.drain(); got.Sent != 0 || got.Again.IsZero() {
		t.Errorf("drained %+v beside the holder of the lease", got)
	}
	hold("-1 second")
	if got := s.drain(); got.Sent != 1 {
		t.Errorf("drained %+v after the lease", got)
	}
}

func TestAnotherOrganisationsConversationIsNotFound(t *testing.T) {
	s := play(t)
	stranger := tenant.AsSystem(t.Context(), s.db.Organisation(t, "Other"))
	err := s.db.DB.Write(stranger, func(ctx context.Context, tx pgx.Tx) error {
		return s.outbox.Add(ctx, tx, s.conversation, chat.Post, say("a", "one"))
	})
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("adding: %v", err)
	}
	if _, err := s.outbox.Drain(stranger, s.conversation); !problem.Is(err, problem.NotFound) {
		t.Errorf("draining: %v", err)
	}
}

func TestNothingIsSaidOfAVerbThatFails(t *testing.T) {
	s := play(t)
	failed := errors.New("the verb fails")
	err := s.db.DB.Write(s.ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.outbox.Add(ctx, tx, s.conversation, chat.Post, say("a", "one")); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	s.drain()
	s.expect()
}
