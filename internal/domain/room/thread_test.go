package room_test

import (
	"context"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

func (h *house) reply(ctx context.Context, to id.ID, key, source string, inRoom bool) room.Message {
	h.t.Helper()
	m, err := h.rooms.Post(ctx, room.Post{Incident: h.incident, ClientKey: key, Source: source, Thread: to, InRoom: inRoom})
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func TestRepliesStandUnderTheirMessageAndNotInTheRoom(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	parent := h.post(maya, "p", "The queue grows")
	first := h.reply(jonas, parent.ID, "r1", "How fast?", false)
	h.reply(maya, first.ID, "r2", "A thousand a minute", true) // to the reply: the same thread
	again := h.reply(maya, parent.ID, "r2", "A thousand a minute", true)
	if again.Parent != parent.ID || !again.InRoom {
		t.Errorf("the reply with the same key: %+v", again)
	}
	page, _, err := h.rooms.History(maya, h.incident, 0, 10)
	if err != nil || len(page) != 2 || page[0].ID != parent.ID || page[1].ID != again.ID {
		t.Fatalf("the room shows %d messages, %v", len(page), err)
	}
	if sum := page[0].Thread; sum.Replies != 2 || sum.LastSeq != again.Seq || len(sum.Members) != 2 || len(sum.Repliers) != 2 || sum.Repliers[0].Name != "Maya Lind" {
		t.Errorf("under the message stands %+v", sum)
	}
	thread, err := h.rooms.Thread(jonas, again.ID, 0, 10)
	if err != nil || thread.Parent.ID != parent.ID || len(thread.Replies) != 2 || thread.More || thread.ReadSeq != first.Seq {
		t.Errorf("the thread of the reply: %+v, %v", thread, err)
	}
	if err := h.rooms.Delete(maya, room.Delete{Message: again.ID}); err != nil {
		t.Fatal(err)
	}
	if now, err := h.rooms.Message(maya, parent.ID); err != nil || now.Thread.Replies != 1 || now.Thread.LastSeq != first.Seq {
		t.Errorf("after a reply was deleted: %+v, %v", now.Thread, err)
	}
}

func TestAReplyAndItsMessageAreCaughtUpTogether(t *testing.T) {
	h := open(t)
	maya := h.as(h.maya, "Maya")
	parent := h.post(maya, "p", "One")
	reply := h.reply(maya, parent.ID, "r", "Two", false)
	after, err := h.rooms.After(maya, h.incident, parent.Changed, 1) // a page that ended between them would lose one
	if err != nil || len(after) != 2 || after[0].Changed != reply.Seq || after[1].Changed != reply.Seq {
		t.Errorf("after the message come %d, %v", len(after), err)
	}
}

func TestThreadsAreUnreadForThoseWhoTakePart(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	ivo := h.as(h.User(t, h.organisation, "Ivo Kern", "responder"), "Ivo")
	parent := h.post(maya, "p", "The queue grows")
	reply := h.reply(jonas, parent.ID, "r1", "How fast?", false)
	unread := func(ctx context.Context) int {
		t.Helper()
		threads, err := h.rooms.UnreadThreads(ctx, h.incident)
		if err != nil {
			t.Fatal(err)
		}
		return len(threads)
	}
	if unread(maya) != 1 || unread(jonas) != 0 || unread(ivo) != 0 {
		t.Errorf("unread threads: %d of the author, %d of who replied, %d of another", unread(maya), unread(jonas), unread(ivo))
	}
	if reading, err := h.rooms.Reading(ivo, h.incident); err != nil || reading.Unread != 1 {
		t.Errorf("the room has %d unread for another, %v: a reply counts in its thread only", reading.Unread, err)
	}
	if err := h.rooms.MarkThreadRead(maya, room.MarkThreadRead{Message: parent.ID, Seq: reply.Seq + 1000}); err != nil {
		t.Fatal(err)
	}
	if unread(maya) != 0 {
		t.Error("the thread is unread after it was read")
	}
	h.reply(jonas, parent.ID, "r2", "@Ivo Kern knows", false)
	if unread(maya) != 1 || unread(ivo) != 1 {
		t.Errorf("after another reply: %d of the author, %d of who is named", unread(maya), unread(ivo))
	}
}

func TestThreadsAreRefusedWhereNoneCanHang(t *testing.T) {
	h := open(t)
	maya := h.as(h.maya, "Maya")
	elsewhere := h.declare(h.organisation, false)
	parent := h.post(maya, "p", "One")
	_, err := h.rooms.Post(maya, room.Post{Incident: elsewhere, ClientKey: "x", Source: "Two", Thread: parent.ID})
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("a reply to a message of another incident: %v", err)
	}
	if err := h.rooms.Delete(maya, room.Delete{Message: parent.ID}); err != nil {
		t.Fatal(err)
	}
	_, err = h.rooms.Post(maya, room.Post{Incident: h.incident, ClientKey: "x", Source: "Two", Thread: parent.ID})
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("a reply to a deleted message: %v", err)
	}
}

func TestEarlierWordsStayReadableUntilADeletion(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	said := h.post(maya, "p", "The cache is cold")
	h.clock.Advance(time.Minute)
	if _, err := h.rooms.Edit(maya, room.Edit{Message: said.ID, Version: said.Version, Source: "The cache was cold"}); err != nil {
		t.Fatal(err)
	}
	versions, err := h.rooms.Versions(jonas, said.ID)
	if err != nil || len(versions) != 1 || versions[0].Document.Line() != "The cache is cold" || !versions[0].WrittenAt.Equal(said.PostedAt) {
		t.Errorf("earlier versions: %+v, %v", versions, err)
	}
	if err := h.rooms.Delete(maya, room.Delete{Message: said.ID}); err != nil {
		t.Fatal(err)
	}
	if versions, err := h.rooms.Versions(jonas, said.ID); err != nil || len(versions) != 0 {
		t.Errorf("after the deletion: %+v, %v", versions, err)
	}
}

func TestOthersMessagesAreDeletedWithAReason(t *testing.T) {
	h := open(t)
	maya, jonas := h.as(h.maya, "Maya"), h.as(h.jonas, "Jonas")
	said := h.post(maya, "p", "Customer Miller called")
	if err := h.rooms.Delete(jonas, room.Delete{Message: said.ID, Reason: "A name"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a deletion by anybody: %v", err)
	}
	h.lead(h.jonas)
	if err := h.rooms.Delete(jonas, room.Delete{Message: said.ID}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a deletion without a reason: %v", err)
	}
	if err := h.rooms.Delete(jonas, room.Delete{Message: said.ID, Reason: "It named\na customer"}); err != nil {
		t.Fatal(err)
	}
	gone, err := h.rooms.Message(maya, said.ID)
	if err != nil || !gone.Deleted || gone.Source != "" || gone.DeletedBy.Name != "Jonas Berg" || gone.DeletedReason != "It named a customer" || gone.DeletedAt == nil {
		t.Errorf("what is left: %+v, %v", gone, err)
	}
}

// lead makes somebody the incident's lead by rows, as the incident domain's verbs are tried there.
func (h *house) lead(user id.ID) {
	h.t.Helper()
	_, err := h.DB.Pool().Exec(h.t.Context(), `WITH role AS (
			INSERT INTO muster.incident_role (organisation_id, id, name, role_type, shortform, rank, created_at, updated_at)
			VALUES ($1, $2, 'Lead', 'lead', 'lead', 1, $5, $5) RETURNING organisation_id, id)
		INSERT INTO muster.incident_role_assignment (organisation_id, incident_id, role_id, user_id, assigned_at)
		SELECT organisation_id, $3, id, $4, $5 FROM role`, h.organisation, id.New(time.Now()), h.incident, user, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
}
