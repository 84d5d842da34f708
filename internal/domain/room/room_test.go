package room_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/secrets"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// house is a service over a database with one organisation, two people and an incident.
type house struct {
	*testdb.Database
	t            testing.TB
	rooms        *room.Service
	clock        *clock.Manual
	queue        *queue
	organisation id.ID
	maya, jonas  id.ID
	incident     id.ID
}

type queue struct {
	mu         sync.Mutex
	deliveries []event.Delivery
	records    []event.Record
}

func (q *queue) Enqueue(_ context.Context, _ pgx.Tx, deliveries []event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deliveries = append(q.deliveries, deliveries...)
	return nil
}

func (q *queue) Signal(r event.Record) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.records = append(q.records, r)
}

func (q *queue) kinds() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var kinds []string
	for _, r := range q.records {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func open(t testing.TB) *house {
	d := testdb.New(t)
	h := &house{Database: d, t: t, clock: clock.NewManual(testdb.Start), queue: &queue{}}
	bus := event.NewBus(d.DB, h.clock, h.queue, h.queue)
	keys, err := secrets.Parse(secrets.Generate())
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.NewFiles(t.TempDir(), "http://127.0.0.1", keys, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	h.rooms = room.New(d.DB, bus, h.clock, files)
	h.organisation = d.Organisation(t, "Demo")
	h.maya = d.User(t, h.organisation, "Maya Lind", "responder")
	h.jonas = d.User(t, h.organisation, "Jonas Berg", "responder")
	h.incident = h.declare(h.organisation, false)
	return h
}

// declare writes an incident's rows, as the incident domain comes before this one and its verbs are tried there.
func (h *house) declare(organisation id.ID, private bool) id.ID {
	h.t.Helper()
	made := id.New(time.Now())
	for _, statement := range []string{
		`INSERT INTO muster.incident_type (organisation_id, id, name, created_at, updated_at) VALUES ($1, 'type' || $2, 'Default', $3, $3)`,
		`INSERT INTO muster.incident_status (organisation_id, id, name, category, rank, created_at, updated_at) VALUES ($1, 'status' || $2, 'Fixing', 'live', 2, $3, $3)`,
	} {
		if _, err := h.DB.Pool().Exec(h.t.Context(), statement, organisation, made, testdb.Start); err != nil {
			h.t.Fatal(err)
		}
	}
	_, err := h.DB.Pool().Exec(h.t.Context(), `INSERT INTO muster.incident (organisation_id, id, name, type_id, status_id, status_category, mode, private,
		creator_type, creator_name, declared_at, created_at, updated_at)
		VALUES ($1, $2, 'Card payments fail', 'type' || $2, 'status' || $2, 'live', 'standard', $3, 'user', 'Jonas', $4, $4, $4)`, organisation, made, private, testdb.Start)
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

func (h *house) as(user id.ID, name string) context.Context {
	return tenant.With(h.t.Context(), tenant.Scope{
		Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: user, Name: name}, Permissions: authz.Responder.Permissions(),
	})
}

func (h *house) post(ctx context.Context, key, source string) room.Message {
	h.t.Helper()
	m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: key, Source: source})
	if err != nil {
		h.t.Fatalf("post %q: %v", source, err)
	}
	return m
}

// people returns how each takes part in the incident.
func (h *house) people() map[id.ID]string {
	h.t.Helper()
	rows, err := h.DB.Pool().Query(h.t.Context(), `SELECT user_id, kind FROM muster.incident_participant WHERE incident_id = $1`, h.incident)
	if err != nil {
		h.t.Fatal(err)
	}
	found := map[id.ID]string{}
	var user id.ID
	var kind string
	if _, err := pgx.ForEachRow(rows, []any{&user, &kind}, func() error { found[user] = kind; return nil }); err != nil {
		h.t.Fatal(err)
	}
	return found
}

func texts(messages []room.Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Source)
	}
	return out
}

func TestPostIsSeenByOthersWithNamesAndMentions(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	posted := h.post(maya, "k1", "Rolling back, @jonas can **you** watch? Not @nobody, but @[Old](user:"+string(h.maya)+")")
	got, _, err := h.rooms.History(jonas, h.incident, 0, 50)
	if err != nil || len(got) != 1 {
		t.Fatalf("history: %d messages, %v", len(got), err)
	}
	m := got[0]
	if m.Author.Name != "Maya Lind" || m.Mine || m.ID != posted.ID || m.Seq == 0 || m.Kind != room.FromPerson {
		t.Errorf("the message reads wrong: %+v", m)
	}
	if diff := cmp.Diff([]id.ID{h.jonas, h.maya}, m.Document.Mentions()); diff != "" {
		t.Errorf("mentions (-want +got):\n%s", diff)
	}
	if want := "Rolling back, @Jonas Berg can you watch? Not @nobody, but @Maya Lind"; m.Document.Plain() != want {
		t.Errorf("plain text: got %q, want %q", m.Document.Plain(), want)
	}
	if err := h.rooms.MarkRead(jonas, room.MarkRead{Incident: h.incident, Seq: m.Seq}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[id.ID]string{h.maya: "collaborator", h.jonas: "observer"}, h.people()); diff != "" {
		t.Errorf("who takes part (-want +got):\n%s", diff)
	}
	h.post(jonas, "k2", "Will do")
	if got := h.people()[h.jonas]; got != "collaborator" {
		t.Errorf("who spoke takes part as %q", got)
	}
}

func TestRenamedPersonIsMentionedByTheNewName(t *testing.T) {
	h := open(t)
	h.post(h.as(h.maya, "Maya"), "k1", "@Jonas Berg look")
	if _, err := h.DB.Pool().Exec(t.Context(), `UPDATE muster.user SET name = 'Jonas Ek' WHERE id = $1`, h.jonas); err != nil {
		t.Fatal(err)
	}
	got, _, err := h.rooms.History(h.as(h.maya, "Maya"), h.incident, 0, 1)
	if err != nil || got[0].Document.Plain() != "@Jonas Ek look" {
		t.Errorf("got %q, %v", got[0].Document.Plain(), err)
	}
}

func TestAmbiguousFirstNameMentionsNobody(t *testing.T) {
	h := open(t)
	h.User(t, h.organisation, "Jonas Ek", "responder")
	if m := h.post(h.as(h.maya, "Maya"), "k1", "@jonas and @Jonas Ek"); len(m.Document.Mentions()) != 1 {
		t.Errorf("mentions: %v", m.Document.Mentions())
	}
}

func TestSameKeyIsOneMessage(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	var wg sync.WaitGroup
	ids := make([]id.ID, 12)
	for n := range ids {
		wg.Go(func() {
			m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: "same", Source: "Only once"})
			if err != nil {
				t.Error(err)
			}
			ids[n] = m.ID
		})
	}
	wg.Wait()
	for _, one := range ids {
		if one != ids[0] {
			t.Errorf("two answers for one key: %s and %s", ids[0], one)
		}
	}
	other := h.post(h.as(h.jonas, "Jonas"), "same", "Mine")
	if other.ID == ids[0] {
		t.Error("two people with the same key share a message")
	}
	got, _, err := h.rooms.History(ctx, h.incident, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Only once", "Mine"}, texts(got)); diff != "" {
		t.Errorf("the room (-want +got):\n%s", diff)
	}
}

func TestRefusedPosts(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	for name, c := range map[string]struct {
		cmd   room.Post
		field string
	}{
		"empty":       {room.Post{ClientKey: "a", Source: " \n "}, "source"},
		"too long":    {room.Post{ClientKey: "a", Source: strings.Repeat("ß", room.MaxCharacters+1)}, "source"},
		"no key":      {room.Post{Source: "x"}, "client_key"},
		"no such pic": {room.Post{ClientKey: "a", Source: "x", Files: []id.ID{id.New(testdb.Start)}}, "files"},
	} {
		c.cmd.Incident = h.incident
		_, err := h.rooms.Post(ctx, c.cmd)
		if all := problem.All(err); len(all) != 1 || all[0].Field != c.field || all[0].Kind != problem.Invalid {
			t.Errorf("%s: got %v, want a problem about %s", name, err, c.field)
		}
	}
	if m := h.post(ctx, "long", strings.Repeat("語", room.MaxCharacters)); m.Seq == 0 {
		t.Error("the longest message was not numbered")
	}
	if got, _, _ := h.rooms.History(ctx, h.incident, 0, 50); len(got) != 1 {
		t.Errorf("refused posts left %d messages", len(got)-1)
	}
}

func TestStrangersFindNoRoom(t *testing.T) {
	h := open(t)
	mine := h.post(h.as(h.maya, "Maya"), "k", "Secret")
	elsewhere := h.Organisation(t, "Other")
	eve := h.User(t, elsewhere, "Eve", "owner")
	ctx := tenant.With(t.Context(), tenant.Scope{Organisation: elsewhere, Actor: tenant.Actor{Type: tenant.User, ID: eve, Name: "Eve"}, Permissions: authz.Owner.Permissions()})
	for name, call := range map[string]func() error{
		"Post": func() error {
			_, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: "k", Source: "x"})
			return err
		},
		"PostBot": func() error {
			_, err := h.rooms.PostBot(ctx, room.PostBot{Incident: h.incident, Key: "k", Blocks: []byte("{}")})
			return err
		},
		"PutBot": func() error {
			_, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "k", Blocks: []byte("{}")})
			return err
		},
		"Edit": func() error {
			_, err := h.rooms.Edit(ctx, room.Edit{Message: mine.ID, Version: 1, Source: "x"})
			return err
		},
		"Delete": func() error { return h.rooms.Delete(ctx, room.Delete{Message: mine.ID}) },
		"React":  func() error { _, err := h.rooms.React(ctx, room.React{Message: mine.ID, Emoji: "eyes"}); return err },
		"Unreact": func() error {
			_, err := h.rooms.Unreact(ctx, room.Unreact{Message: mine.ID, Emoji: "eyes"})
			return err
		},
		"Pin":   func() error { _, err := h.rooms.Pin(ctx, room.Pin{Message: mine.ID}); return err },
		"Unpin": func() error { _, err := h.rooms.Unpin(ctx, room.Unpin{Message: mine.ID}); return err },
		"Read":  func() error { return h.rooms.MarkRead(ctx, room.MarkRead{Incident: h.incident, Seq: 1}) },
		"Picture": func() error {
			_, err := h.rooms.AttachPicture(ctx, room.AttachPicture{Incident: h.incident, Content: picture(t)})
			return err
		},
		"History": func() error { _, _, err := h.rooms.History(ctx, h.incident, 0, 1); return err },
		"After":   func() error { _, err := h.rooms.After(ctx, h.incident, 0, 1); return err },
		"Around":  func() error { _, err := h.rooms.Around(ctx, mine.ID, 1); return err },
		"Message": func() error { _, err := h.rooms.Message(ctx, mine.ID); return err },
		"Latest":  func() error { _, err := h.rooms.Latest(ctx, h.incident); return err },
	} {
		if err := call(); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s by a stranger: got %v, want not found", name, err)
		}
	}
	if got, err := h.rooms.Reading(ctx, h.incident); err != nil || got != (room.Reading{}) {
		t.Errorf("Reading by a stranger: %+v, %v", got, err)
	}
}

func TestPrivateRoomIsForThoseWithAccess(t *testing.T) {
	h := open(t)
	h.incident = h.declare(h.organisation, true)
	if _, err := h.rooms.Post(h.as(h.jonas, "Jonas"), room.Post{Incident: h.incident, ClientKey: "k", Source: "x"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("without access: got %v, want not found", err)
	}
	if _, err := h.DB.Pool().Exec(t.Context(), `INSERT INTO muster.incident_access VALUES ($1, $2, $3, $4)`, h.organisation, h.incident, h.maya, testdb.Start); err != nil {
		t.Fatal(err)
	}
	m := h.post(h.as(h.maya, "Maya"), "k", "Between us")
	if !m.Private {
		t.Error("the message does not carry the private mark")
	}
	if _, err := h.rooms.Message(h.as(h.jonas, "Jonas"), m.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("the message is seen without access: %v", err)
	}
	if got, err := h.rooms.Unread(h.as(h.jonas, "Jonas"), []id.ID{h.incident}); err != nil || got[h.incident] != 0 {
		t.Errorf("unread without access: %v, %v", got, err)
	}
}

func TestViewerReadsAndDoesNotWrite(t *testing.T) {
	h := open(t)
	ctx := tenant.With(t.Context(), tenant.Scope{Organisation: h.organisation, Actor: tenant.Actor{Type: tenant.User, ID: h.jonas}, Permissions: authz.Viewer.Permissions()})
	if _, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: "k", Source: "x"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a viewer posts: %v", err)
	}
	if _, _, err := h.rooms.History(ctx, h.incident, 0, 1); err != nil {
		t.Errorf("a viewer reads: %v", err)
	}
}

func TestEditKeepsThePlaceAndTellsTheStaleEditor(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	first := h.post(ctx, "k1", "Frist")
	h.post(ctx, "k2", "Second")
	edited, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: first.Version, Source: "First @jonas"})
	if err != nil {
		t.Fatal(err)
	}
	if edited.Seq != first.Seq || edited.Changed <= first.Changed || edited.EditedAt == nil || edited.Version != 2 {
		t.Errorf("edited: %+v", edited)
	}
	if _, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: first.Version, Source: "Older"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("stale edit: got %v, want a conflict", err)
	}
	if again, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: 1, Source: "First @jonas"}); err != nil || again.Version != 2 {
		t.Errorf("the same words again: version %d, %v", again.Version, err)
	}
	if _, err := h.rooms.Edit(h.as(h.jonas, "Jonas"), room.Edit{Message: first.ID, Version: 2, Source: "Mine"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another's message: got %v, want forbidden", err)
	}
	if _, err := h.rooms.Edit(ctx, room.Edit{Message: first.ID, Version: 2, Source: ""}); !problem.Is(err, problem.Invalid) {
		t.Errorf("emptied: got %v, want invalid", err)
	}
}

func TestDeletedMessageLeavesAnHonestPlace(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	file, err := h.rooms.AttachPicture(ctx, room.AttachPicture{Incident: h.incident, Name: "/tmp/chart.png", Content: picture(t)})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: "k", Files: []id.ID{file.ID}})
	if err != nil || len(m.Files) != 1 || m.Files[0].Name != "chart.png" || m.Files[0].URL == "" || m.Files[0].Width != 8 {
		t.Fatalf("picture: %+v, %v", m.Files, err)
	}
	if _, err := h.rooms.Pin(ctx, room.Pin{Message: m.ID}); err != nil {
		t.Fatal(err)
	}
	if err := h.rooms.Delete(h.as(h.jonas, "Jonas"), room.Delete{Message: m.ID}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another's message: got %v, want forbidden", err)
	}
	for range 2 {
		if err := h.rooms.Delete(ctx, room.Delete{Message: m.ID}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.rooms.Message(ctx, m.ID)
	if err != nil || !got.Deleted || got.Source != "" || len(got.Files) != 0 || got.PinnedAt != nil || got.Author.Name != "Maya Lind" || got.Seq != m.Seq {
		t.Errorf("the place: %+v, %v", got, err)
	}
	if _, err := h.rooms.React(ctx, room.React{Message: m.ID, Emoji: "eyes"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("a reaction to what is gone: %v", err)
	}
	want := []string{"room.message_posted", "room.message_pinned", "room.message_unpinned", "room.message_deleted"}
	if diff := cmp.Diff(want, h.queue.kinds()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPictureOfAnotherIsNotAttached(t *testing.T) {
	h := open(t)
	file, err := h.rooms.AttachPicture(h.as(h.maya, "Maya"), room.AttachPicture{Incident: h.incident, Content: picture(t)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.rooms.Post(h.as(h.jonas, "Jonas"), room.Post{Incident: h.incident, ClientKey: "k", Source: "look", Files: []id.ID{file.ID}})
	if all := problem.All(err); len(all) != 1 || all[0].Field != "files" {
		t.Errorf("got %v, want a problem about files", err)
	}
}

func TestReactionsAreGroupedAndIdempotent(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	m := h.post(maya, "k", "Found it")
	for _, c := range []struct {
		ctx   context.Context
		emoji string
	}{{jonas, ":eyes:"}, {maya, "👀"}, {maya, "👀"}, {maya, "👍"}} {
		h.clock.Advance(time.Second)
		if _, err := h.rooms.React(c.ctx, room.React{Message: m.ID, Emoji: c.emoji}); err != nil {
			t.Fatalf("%s: %v", c.emoji, err)
		}
	}
	got, err := h.rooms.Unreact(maya, room.Unreact{Message: m.ID, Emoji: "👍"})
	if err != nil {
		t.Fatal(err)
	}
	want := []room.Reaction{{Emoji: "👀", Count: 2, Mine: true, Here: true, Names: []string{"Jonas Berg", "Maya Lind"}, By: []id.ID{h.jonas, h.maya}}}
	if diff := cmp.Diff(want, got.Reactions); diff != "" {
		t.Errorf("reactions (-want +got):\n%s", diff)
	}
	if n := len(h.queue.kinds()); n != 5 { // posted, three reactions, one taken back
		t.Errorf("events: got %v", h.queue.kinds())
	}
	for _, bad := range []string{"", "hello", "👀👀", "<b>", "👀 x", "1"} {
		if _, err := h.rooms.React(maya, room.React{Message: m.ID, Emoji: bad}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q as a reaction: got %v, want invalid", bad, err)
		}
	}
	for _, good := range []string{"❤️", "🇸🇪", "👩🏽‍🚒", "1️⃣", "✅"} {
		if _, err := h.rooms.React(maya, room.React{Message: m.ID, Emoji: good}); err != nil {
			t.Errorf("%q as a reaction: %v", good, err)
		}
	}
}

func TestUnreadCountsWhatOthersSaid(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	first := h.post(maya, "1", "one")
	h.post(maya, "2", "two")
	h.post(jonas, "3", "mine")
	unread := func() int {
		t.Helper()
		got, err := h.rooms.Unread(jonas, []id.ID{h.incident})
		if err != nil {
			t.Fatal(err)
		}
		return got[h.incident]
	}
	if got := unread(); got != 2 {
		t.Errorf("before reading: %d, want 2", got)
	}
	for _, seq := range []int64{first.Seq, 0} { // the second would go back
		if err := h.rooms.MarkRead(jonas, room.MarkRead{Incident: h.incident, Seq: seq}); err != nil {
			t.Fatal(err)
		}
	}
	if got := unread(); got != 1 {
		t.Errorf("after the first: %d, want 1", got)
	}
	if err := h.rooms.MarkRead(jonas, room.MarkRead{Incident: h.incident, Seq: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	h.post(maya, "4", "later")
	if got := unread(); got != 1 {
		t.Errorf("a mark from the future hides what comes: %d unread, want 1", got)
	}
}

func TestHistoryPagesBackAndAround(t *testing.T) {
	h := open(t)
	ctx := h.as(h.maya, "Maya")
	var all []room.Message
	for _, word := range strings.Fields("a b c d e f g") {
		all = append(all, h.post(ctx, word, word))
	}
	page, more, err := h.rooms.History(ctx, h.incident, 0, 3)
	if err != nil || !more || strings.Join(texts(page), "") != "efg" {
		t.Fatalf("newest: %v %v %v", texts(page), more, err)
	}
	page, more, err = h.rooms.History(ctx, h.incident, page[0].Seq, 4)
	if err != nil || more || strings.Join(texts(page), "") != "abcd" {
		t.Errorf("older: %v %v %v", texts(page), more, err)
	}
	around, err := h.rooms.Around(ctx, all[3].ID, 2)
	if err != nil || strings.Join(texts(around.Messages), "") != "bcde" || !around.Older || !around.Newer {
		t.Errorf("around d: %v %v", texts(around.Messages), err)
	}
}

func TestBotCardIsOneMessageEditedInPlace(t *testing.T) {
	h := open(t)
	ctx := tenant.AsSystem(t.Context(), h.organisation)
	first, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a": 1}`)})
	if err != nil || first.Kind != room.FromBot || first.Author.Name != "Muster" {
		t.Fatalf("posted: %+v, %v", first, err)
	}
	same, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":1}`)})
	if err != nil || same.Changed != first.Changed {
		t.Errorf("the same blocks wrote something: %+v, %v", same, err)
	}
	second, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":2}`)})
	if err != nil || second.ID != first.ID || second.Seq != first.Seq || second.Changed <= first.Changed {
		t.Errorf("edited: %+v, %v", second, err)
	}
	posted, err := h.rooms.PostBot(ctx, room.PostBot{Incident: h.incident, Key: "card", Blocks: []byte(`{"a":3}`)})
	if err != nil || !bytes.Equal(posted.Blocks, second.Blocks) {
		t.Errorf("posting a key again changed it: %s, %v", posted.Blocks, err)
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := h.rooms.PutBot(ctx, room.PutBot{Incident: h.incident, Key: "race", Blocks: []byte(`{}`)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, _, err := h.rooms.History(ctx, h.incident, 0, 50); err != nil || len(all) != 2 {
		t.Errorf("messages: %d, %v; want 2", len(all), err)
	}
}

func picture(t testing.TB) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return &out
}
