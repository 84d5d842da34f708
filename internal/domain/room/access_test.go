package room_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/testdb"
)

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
