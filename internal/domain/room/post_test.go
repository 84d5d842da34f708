package room_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

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

func picture(t testing.TB) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return &out
}
