package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/chat/chattest"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/platform/timer"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// house is an organisation with a chat platform, two people, and the verbs of incidents and rooms.
type house struct {
	*testdb.Database
	t            testing.TB
	clock        *clock.Manual
	fake         *chattest.Fake
	bus          *event.Bus
	queue        queue
	told         []id.ID // of which incidents people were told that the platform is away
	channels     *channel.Service
	incidents    *incident.Service
	rooms        *room.Service
	organisation id.ID
	maya, jonas  id.ID
}

// recorded is the fake with the store of what stands where, which a platform keeps.
type recorded struct {
	*chattest.Fake
	posted *chat.Posted
}

func (r recorded) Post(ctx context.Context, in chat.ConversationRef, m chat.Message) (chat.MessageRef, error) {
	if _, err := r.posted.Claim(ctx, in, m.Key); err != nil {
		return chat.MessageRef{}, err
	}
	ref, err := r.Fake.Post(ctx, in, m)
	if err != nil {
		return ref, err
	}
	return ref, r.posted.Confirm(ctx, in, m.Key, ref.ID)
}

// queue keeps what runs after commits until the test lets it run.
type queue struct{ waiting []event.Delivery }

func (q *queue) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	q.waiting = append(q.waiting, deliveries...)
	return nil
}

func (*queue) Signal(event.Record) {}

func open(t testing.TB) *house {
	d := testdb.New(t)
	h := &house{Database: d, t: t, clock: clock.NewManual(testdb.Start), fake: chattest.NewFake()}
	bus := event.NewBus(d.DB, h.clock, &h.queue, &h.queue)
	h.bus = bus
	keys, err := secrets.Parse(secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.NewFiles(t.TempDir(), "http://127.0.0.1", keys, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	h.incidents = incident.New(d.DB, bus, h.clock, timer.New(d.DB, h.clock))
	h.rooms = room.New(d.DB, bus, h.clock, files)
	timelines := timeline.New(d.DB, bus, h.clock, h.rooms)
	platform := recorded{h.fake, chat.NewPosted(d.DB, h.clock)}
	h.channels = channel.New(d.DB, bus, h.clock, channel.Needs{
		Platform: platform, Outbox: chat.NewOutbox(d.DB, h.clock, platform), Posted: platform.posted,
		Incidents: h.incidents, Rooms: h.rooms, Timelines: timelines,
		Tell: func(_ context.Context, _ event.Record, in id.ID) error {
			h.told = append(h.told, in)
			return nil
		},
		Address: func(_ context.Context, path string) (string, error) { return "https://muster.example.test" + path, nil },
	})
	timelines.Subscribe(bus)
	h.rooms.Subscribe(bus)
	h.channels.Subscribe(bus)
	h.organisation = d.Organisation(t, "Demo")
	h.maya = d.User(t, h.organisation, "Maya Lind", "responder")
	h.jonas = d.User(t, h.organisation, "Jonas Berg", "responder")
	h.must(d.DB.Write(h.muster(), func(ctx context.Context, tx pgx.Tx) error { return incident.Found(ctx, tx, h.clock.Now()) }))
	_, err = d.DB.Pool().Exec(t.Context(), `INSERT INTO muster.slack_workspace (organisation_id, id, team_id, name, token, installed_at)
		VALUES ($1, $2, 'T1', 'Demo', 'x', $3)`, h.organisation, id.New(h.clock.Now()), h.clock.Now())
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) muster() context.Context { return tenant.AsSystem(h.t.Context(), h.organisation) }

func (h *house) as(user id.ID, name string) context.Context {
	return tenant.With(h.t.Context(), tenant.Scope{
		Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: authz.Responder.Permissions(),
	})
}

func (h *house) declare(cmd incident.Declare) id.ID {
	h.t.Helper()
	brief, err := h.incidents.Declare(h.as(h.maya, "Maya Lind"), cmd)
	h.must(err)
	return brief.ID
}

// happened publishes an event and lets everything run that waits.
func (h *house) happened(e event.Event) {
	h.t.Helper()
	h.must(h.DB.Write(h.muster(), func(ctx context.Context, tx pgx.Tx) error { return h.bus.Publish(ctx, tx, e) }))
	for len(h.queue.waiting) > 0 {
		next := h.queue.waiting[0]
		h.queue.waiting = h.queue.waiting[1:]
		h.must(h.bus.Deliver(h.t.Context(), next))
	}
}

// tend visits every channel that is due, as workers do.
func (h *house) tend() {
	h.t.Helper()
	h.must(h.channels.Tend(h.muster()))
}

func (h *house) of(incident id.ID) channel.Channel {
	h.t.Helper()
	found, err := h.channels.Of(h.muster(), incident)
	h.must(err)
	return found
}

func (h *house) say(user id.ID, name string, in id.ID, key, text string) room.Message {
	h.t.Helper()
	m, err := h.rooms.Post(h.as(user, name), room.Post{Incident: in, ClientKey: key, Source: text})
	h.must(err)
	return m
}

// shown is what stands in the channel, a line each: who and what, with marks.
func (h *house) shown(in id.ID) []string {
	var lines []string
	for _, s := range h.fake.Shown(h.of(in).External) {
		line := s.Message.Author.Name + ": " + chattest.SeenIn(s.Message).Words
		if s.Thread != "" {
			line = "↳ " + line
		}
		if s.Pinned {
			line += " [pinned]"
		}
		if len(s.Emojis) > 0 {
			line += " " + strings.Join(s.Emojis, "")
		}
		lines = append(lines, line)
	}
	return lines
}

func (h *house) expect(in id.ID, want ...string) {
	h.t.Helper()
	got := h.shown(in)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.t.Errorf("the channel reads\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDeclaringOpensAChannelThatLooksAsTheIncidentIs(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Card payments fail — it's bad!"})
	if c := h.of(inc); c.State != channel.Opening || c.External != "" {
		t.Fatalf("before anybody looked: %+v", c)
	}
	h.tend()
	c := h.of(inc)
	look := h.fake.LookOf(c.External)
	if c.State != channel.Opened || c.Name != "inc-1-card-payments-fail-its-bad" || look.Name != c.Name {
		t.Errorf("the channel is %+v, on the platform %+v", c, look)
	}
	if !strings.HasSuffix(look.Topic, "Maya Lind leads") || len(look.Members) != 1 || look.Members[0] != h.maya {
		t.Errorf("topic %q, members %v", look.Topic, look.Members)
	}
	if len(look.Bookmarks) != 1 || look.Bookmarks[0].URL != "https://muster.example.test/incidents/INC-1" {
		t.Errorf("links %+v", look.Bookmarks)
	}
	if _, err := h.incidents.Rename(h.as(h.maya, "Maya Lind"), incident.Rename{Incident: inc, Name: "Cards"}); err != nil {
		t.Fatal(err)
	}
	h.tend()
	if look = h.fake.LookOf(c.External); look.Name != "inc-1-cards" || h.of(inc).Name != "inc-1-cards" {
		t.Errorf("after renaming it is called %q", look.Name)
	}
	calls := len(h.fake.Calls())
	h.tend()
	if again := len(h.fake.Calls()); again != calls {
		t.Errorf("%d calls with nothing to do: %v", again-calls, h.fake.Calls()[calls:])
	}
}

func TestTutorialsAndRetrospectivesGetNoChannel(t *testing.T) {
	h := open(t)
	for _, mode := range []incident.Mode{incident.Tutorial, incident.Retrospective} {
		inc := h.declare(incident.Declare{Name: "Learning", Mode: mode})
		if _, err := h.channels.Of(h.muster(), inc); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	retrospective := h.declare(incident.Declare{Name: "Over already", Mode: incident.Retrospective})
	if _, err := h.channels.Open(h.as(h.maya, "Maya Lind"), channel.Open{Incident: retrospective}); err != nil {
		t.Fatal(err)
	}
	h.tend()
	if c := h.of(retrospective); c.State != channel.Opened {
		t.Errorf("asked for, it is %+v", c)
	}
}

func TestTheRoomIsMirroredOnceAndInOrder(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	first := h.say(h.maya, "Maya Lind", inc, "a", "Looking at **the pool**")
	h.tend()
	h.say(h.jonas, "Jonas Berg", inc, "b", "It is empty")
	card, err := h.rooms.PutBot(h.muster(), room.PutBot{Incident: inc, Key: "card", Blocks: blocks("Nobody leads")})
	h.must(err)
	reply, err := h.rooms.Post(h.as(h.jonas, "Jonas Berg"), room.Post{Incident: inc, ClientKey: "c", Source: "Which?", Thread: first.ID})
	h.must(err)
	h.tend()
	h.expect(inc, "Maya Lind: Looking at the pool", "Jonas Berg: It is empty", ": Nobody leads", "↳ Jonas Berg: Which?")

	_, err = h.rooms.Edit(h.as(h.maya, "Maya Lind"), room.Edit{Message: first.ID, Version: 1, Source: "Looking at the pool and the proxy"})
	h.must(err)
	_, err = h.rooms.PutBot(h.muster(), room.PutBot{Incident: inc, Key: "card", Blocks: blocks("Maya leads")})
	h.must(err)
	_, err = h.rooms.Pin(h.as(h.jonas, "Jonas Berg"), room.Pin{Message: first.ID})
	h.must(err)
	for _, user := range []context.Context{h.as(h.maya, "Maya Lind"), h.as(h.jonas, "Jonas Berg")} {
		_, err = h.rooms.React(user, room.React{Message: first.ID, Emoji: "👀"})
		h.must(err)
	}
	h.must(h.rooms.Delete(h.as(h.jonas, "Jonas Berg"), room.Delete{Message: reply.ID}))
	h.tend()
	h.expect(inc, "Maya Lind: Looking at the pool and the proxy [pinned] 👀", "Jonas Berg: It is empty", ": Maya leads")
	_, err = h.rooms.Unreact(h.as(h.maya, "Maya Lind"), room.Unreact{Message: first.ID, Emoji: "👀"})
	h.must(err)
	h.tend()
	if got := h.shown(inc)[0]; !strings.HasSuffix(got, "👀") {
		t.Errorf("one of two took the emoji back, and it is gone: %s", got)
	}
	_ = card
}

func TestThingsDoneBecomeOneMessageWithTheirCommands(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	severities, err := h.incidents.Severities(h.muster())
	h.must(err)
	for _, severity := range severities[1:3] {
		_, err := h.incidents.ChangeSeverity(h.as(h.maya, "Maya Lind"), incident.ChangeSeverity{Incident: inc, Severity: severity.ID})
		h.must(err)
	}
	h.tend()
	shown := h.fake.Shown(h.of(inc).External)
	if len(shown) != 1 || len(shown[0].Message.Blocks) != 2 {
		t.Fatalf("shown: %v", h.shown(inc))
	}
	if words := chattest.SeenIn(shown[0].Message).Words; strings.Count(words, "/inc severity major") != 2 {
		t.Errorf("it reads %q", words)
	}
}

func TestWhatIsWrittenInTheChannelStandsInTheRoomOnce(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	card := h.say(h.maya, "Maya Lind", inc, "a", "Looking")
	h.tend()
	c := h.of(inc)
	parent := h.fake.Shown(c.External)[0].ID
	at := h.clock.Now().Add(-3 * time.Minute)
	for range 2 {
		_, err := h.channels.Said(h.as(h.jonas, "Jonas Berg"), channel.Said{Channel: c, External: "1.1", Source: "From the *channel*", At: at})
		h.must(err)
		_, err = h.channels.Said(h.muster(), channel.Said{Channel: c, External: "1.2", Thread: parent, Name: "A guest", Source: "In a thread", At: at})
		h.must(err)
	}
	messages, _, err := h.rooms.History(h.muster(), inc, 0, 50)
	h.must(err)
	var said []string
	for _, m := range messages {
		if m.Kind == room.FromPerson {
			said = append(said, fmt.Sprintf("%s %q %s %s", m.Author.Name, m.Source, m.Origin, m.PostedAt.Format("15:04")))
		}
	}
	want := []string{fmt.Sprintf(`Maya Lind "Looking"  %s`, h.clock.Now().Format("15:04")), fmt.Sprintf(`Jonas Berg "From the *channel*" slack %s`, at.Format("15:04"))}
	want[1] = strings.Replace(want[1], "slack", h.fake.Name(), 1)
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("the room reads %q, not %q", said, want)
	}
	thread, err := h.rooms.Thread(h.muster(), card.ID, 0, 10)
	h.must(err)
	replies := thread.Replies
	if len(replies) != 1 || replies[0].Author.Name != "A guest" {
		t.Errorf("the thread reads %+v", replies)
	}
	h.tend()
	h.expect(inc, "Maya Lind: Looking") // nothing comes back as an echo
	brought, err := h.channels.Message(h.muster(), c, "1.1")
	h.must(err)
	if _, err := h.rooms.Edit(h.as(h.jonas, "Jonas Berg"), room.Edit{Message: brought, Version: 1, Source: "Otherwise"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("editing in Muster what was written elsewhere: %v", err)
	}
	h.must(h.channels.Reworded(h.as(h.jonas, "Jonas Berg"), c, "1.1", "Other words", h.clock.Now()))
	h.must(h.channels.Pinned(h.as(h.jonas, "Jonas Berg"), c, "1.1", true))
	h.must(h.channels.Reacted(h.as(h.jonas, "Jonas Berg"), c, "1.1", "👀", true))
	now, err := h.rooms.Message(h.muster(), brought)
	h.must(err)
	if now.Source != "Other words" || now.EditedAt == nil || now.PinnedAt == nil || len(now.Reactions) != 1 {
		t.Errorf("in the room: %+v", now)
	}
	calls := len(h.fake.Calls())
	h.tend()
	for _, call := range h.fake.Calls()[calls:] {
		if call != "topic" {
			t.Errorf("what came from the channel was sent back to it: %s", call)
		}
	}
	h.must(h.channels.Removed(h.as(h.jonas, "Jonas Berg"), c, "1.1"))
	if now, err = h.rooms.Message(h.muster(), brought); err != nil || !now.Deleted {
		t.Errorf("after its deletion: %+v %v", now, err)
	}
}

func TestMadePrivateTheIncidentGoesOnInAPrivateChannel(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	h.say(h.maya, "Maya Lind", inc, "a", "In public")
	h.tend()
	before := h.of(inc)
	_, err := h.incidents.MakePrivate(h.as(h.maya, "Maya Lind"), incident.MakePrivate{Incident: inc})
	h.must(err)
	h.say(h.maya, "Maya Lind", inc, "b", "In private")
	h.tend()
	after := h.of(inc)
	if after.External == before.External || !h.fake.LookOf(before.External).Archived || !h.fake.LookOf(after.External).Private {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	for _, s := range h.fake.Shown(before.External) {
		if strings.Contains(chattest.SeenIn(s.Message).Words, "In private") {
			t.Error("the public channel tells of it")
		}
	}
	h.say(h.maya, "Maya Lind", inc, "c", "Still in private")
	h.tend()
	var said []string
	for _, line := range h.shown(inc) {
		if strings.HasPrefix(line, "Maya Lind: ") {
			said = append(said, line)
		}
	}
	if strings.Join(said, "\n") != "Maya Lind: In private\nMaya Lind: Still in private" {
		t.Errorf("the private channel reads %q", said)
	}
}

func TestAChannelIsArchivedSomeTimeAfterTheEndAndComesBack(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	h.tend()
	_, err := h.incidents.Close(h.as(h.maya, "Maya Lind"), incident.Close{Incident: inc})
	h.must(err)
	h.tend()
	h.clock.Advance(13 * 24 * time.Hour)
	h.tend()
	if c := h.of(inc); c.State != channel.Opened {
		t.Fatalf("before its time: %+v", c)
	}
	h.clock.Advance(25 * time.Hour)
	h.tend()
	c := h.of(inc)
	if c.State != channel.Archived || !h.fake.LookOf(c.External).Archived {
		t.Fatalf("after its time: %+v", c)
	}
	_, err = h.incidents.Reopen(h.as(h.maya, "Maya Lind"), incident.Reopen{Incident: inc})
	h.must(err)
	h.say(h.maya, "Maya Lind", inc, "again", "It is back")
	h.tend()
	if c := h.of(inc); c.State != channel.Opened || h.fake.LookOf(c.External).Archived {
		t.Errorf("reopened: %+v", c)
	}
	if shown := h.shown(inc); shown[len(shown)-1] != "Maya Lind: It is back" {
		t.Errorf("it reads %v", shown)
	}
}

func TestWhereAnArchivedChannelStaysShutTheIncidentGoesOnInANewOne(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	h.tend()
	_, err := h.incidents.Close(h.as(h.maya, "Maya Lind"), incident.Close{Incident: inc})
	h.must(err)
	h.tend()
	h.clock.Advance(15 * 24 * time.Hour)
	h.tend()
	before := h.of(inc)
	_, err = h.incidents.Reopen(h.as(h.maya, "Maya Lind"), incident.Reopen{Incident: inc})
	h.must(err)
	h.say(h.maya, "Maya Lind", inc, "again", "It is back")
	h.fake.Fail(fmt.Errorf("%w: not_in_channel", chat.ErrRefused))
	h.tend()
	after := h.of(inc)
	if after.State != channel.Opened || after.External == before.External {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if shown := h.shown(inc); len(shown) == 0 || shown[len(shown)-1] != "Maya Lind: It is back" {
		t.Errorf("it reads %v", shown)
	}
}

func TestSettingsOfChannelsAreChecked(t *testing.T) {
	h := open(t)
	owner := tenant.With(t.Context(), tenant.Scope{Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: h.maya, Name: "Maya Lind"}, Permissions: authz.Everything()})
	for _, c := range []struct{ name, field string }{{"incident", "name"}, {"inc-{number}-{colour}", "name"}} {
		settings := channel.ByDefault()
		settings.Name = c.name
		var wrong *problem.Error
		if err := h.channels.ChangeSettings(owner, settings); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("%q: %v", c.name, err)
		}
	}
	never := channel.Settings{Opens: false, Name: "{date}-{number}"}
	h.must(h.channels.ChangeSettings(owner, never))
	if got, err := h.channels.Settings(owner); err != nil || got.Name != never.Name || got.Opens || got.ArchiveAfterDays != nil {
		t.Errorf("settings %+v, %v", got, err)
	}
	inc := h.declare(incident.Declare{Name: "Cards"})
	if _, err := h.channels.Of(h.muster(), inc); !problem.Is(err, problem.NotFound) {
		t.Errorf("a channel was opened although that is off: %v", err)
	}
}

func blocks(text string) json.RawMessage {
	encoded, err := json.Marshal(chat.Say("card", chat.Text(richtext.Literal(text))))
	if err != nil {
		panic(err)
	}
	return encoded
}
