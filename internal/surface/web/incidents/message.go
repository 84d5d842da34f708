package incidents

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// messages answers with older messages, or with what was posted or changed after a number.
func (p *Pages) messages(w http.ResponseWriter, r *http.Request) error {
	found, err := p.here(r)
	if err != nil {
		return err
	}
	called, err := p.Incidents.Brief(r.Context(), found)
	if err != nil {
		return err
	}
	var messages []room.Message
	var more bool
	if after := r.URL.Query().Get("after"); after != "" {
		seq, err := number("after", after)
		if err != nil {
			return err
		}
		if messages, err = p.Rooms.After(r.Context(), found, seq, pageOf); err != nil {
			return err
		}
		more = len(messages) >= pageOf // a reply and its message come together
		for _, m := range messages {
			seq = max(seq, m.Changed)
		}
		w.Header().Set("Muster-Latest", strconv.FormatInt(seq, 10))
	} else {
		shown, err := p.flow(r, found)
		if err != nil {
			return err
		}
		messages, more = shown.Messages, shown.Older
		if shown.Newer {
			w.Header().Set("Muster-Newer", "true")
		}
	}
	if more {
		w.Header().Set("Muster-More", "true")
	}
	l := sight{lens.Of(r.Context(), p.Clock.Now(), p.Picture)}
	views, err := p.messageViews(r.Context(), l, briefPath(called), messages)
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, messageList(views))
}

// flow reads the part of the room's flow that is asked for: around a message, from a number on, or before one.
func (p *Pages) flow(r *http.Request, at id.ID) (room.Stretch, error) {
	query := r.URL.Query()
	if around := query.Get("around"); around != "" {
		return p.stretch(r.Context(), at, id.ID(around))
	}
	if from := query.Get("from"); from != "" {
		seq, err := number("from", from)
		if err != nil {
			return room.Stretch{}, err
		}
		messages, newer, err := p.Rooms.From(r.Context(), at, seq, pageOf)
		return room.Stretch{Messages: messages, Newer: newer}, err
	}
	before, err := number("before", query.Get("before"))
	if err != nil {
		return room.Stretch{}, err
	}
	messages, older, err := p.Rooms.History(r.Context(), at, before, pageOf)
	return room.Stretch{Messages: messages, Older: older}, err
}

// version reads which version of something an editor saw; a number that no version has must not be cut to one that has.
func version(form *page.Form) (int32, error) {
	n, err := number("version", form.Value("version"))
	if err == nil && n > math.MaxInt32 {
		err = problem.Field("version", "not_a_version", "%q is no version. Open the form again.", form.Value("version"))
	}
	return int32(n), err //nolint:gosec // bounded above
}

func number(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, problem.Field(field, "not_a_number", "%q is not the number of a message; it is a whole number from 0.", text)
	}
	return n, nil
}

// post says something in the room, or runs a command when it begins with a slash.
func (p *Pages) post(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(form.Value("text")); p.Commands.IsCommand(text) {
		reply, err := p.Commands.CommandIn(r.Context(), inc.ID, id.ID(form.Value("thread")), text, form.Value("client_key"))
		if err != nil {
			return err
		}
		return p.answer(w, r, inc, reply)
	}
	var files []id.ID
	for _, file := range r.Form["file"] {
		files = append(files, id.ID(file))
	}
	key := form.Value("client_key")
	if key == "" { // a plain form without script
		key = string(id.New(p.Clock.Now()))
	}
	m, err := p.Rooms.Post(r.Context(), room.Post{
		Incident: inc.ID, ClientKey: key, Source: form.Value("text"), Files: files, Thread: id.ID(form.Value("thread")), InRoom: form.Value("in_room") != "",
	})
	if err != nil {
		return err
	}
	switch {
	case !page.Quiet(r) && !m.Parent.Empty():
		return page.Go(w, r, threadPath(inc, m.Parent))
	case !page.Quiet(r):
		return page.Go(w, r, path(inc))
	}
	if inc.You.Participation == "" { // the first thing that somebody says here
		p.hint(w, r, inc.ID, hint.Said)
	}
	return p.say(w, r, inc, m, http.StatusCreated)
}

// say answers with one message as it is now.
func (p *Pages) say(w http.ResponseWriter, r *http.Request, inc incident.Incident, m room.Message, status int) error {
	if !page.Quiet(r) {
		return page.Go(w, r, messagePath(inc, m))
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	moved := []room.Message{m}
	if !m.Parent.Empty() {
		parent, err := p.Rooms.Message(r.Context(), m.Parent)
		if err != nil {
			return err
		}
		moved = []room.Message{parent, m}
	}
	views, err := p.messageViews(r.Context(), l, path(inc), moved)
	if err != nil {
		return err
	}
	return page.Part(w, r, status, messageList(views))
}

// message finds the message that the path names in the incident that it names.
func (p *Pages) message(r *http.Request) (incident.Incident, id.ID, error) {
	inc, err := p.load(r)
	if err != nil {
		return inc, "", err
	}
	m, err := p.Rooms.Message(r.Context(), id.ID(r.PathValue("message")))
	if err == nil && m.Incident != inc.ID {
		err = problem.Missing("message")
	}
	return inc, m.ID, err
}

// change does something with the message that the path names and answers with it.
func (p *Pages) change(w http.ResponseWriter, r *http.Request, do func(message id.ID) (room.Message, error)) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	m, err := do(message)
	if err != nil {
		return err
	}
	return p.say(w, r, inc, m, http.StatusOK)
}

func (p *Pages) react(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) {
		return p.Rooms.React(r.Context(), room.React{Message: m, Emoji: r.PathValue("emoji")})
	})
}

func (p *Pages) unreact(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) {
		return p.Rooms.Unreact(r.Context(), room.Unreact{Message: m, Emoji: r.PathValue("emoji")})
	})
}

func (p *Pages) pin(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) {
		pinned, err := p.Rooms.Pin(r.Context(), room.Pin{Message: m})
		if err == nil {
			p.hint(w, r, pinned.Incident, hint.Pinned)
		}
		return pinned, err
	})
}

func (p *Pages) unpin(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) { return p.Rooms.Unpin(r.Context(), room.Unpin{Message: m}) })
}

func (p *Pages) editMessageForm(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	m, err := p.Rooms.Message(r.Context(), message)
	if err != nil {
		return err
	}
	form := page.NewForm(map[string]string{"text": m.Source, "version": strconv.Itoa(m.Version)})
	return p.dialog(w, r, http.StatusOK, inc, "Edit your message", editMessageDialog(path(inc)+"/room/messages/"+string(m.ID), form))
}

func (p *Pages) editMessage(w http.ResponseWriter, r *http.Request) error {
	inc, message, err := p.message(r)
	if err != nil {
		return err
	}
	return page.Submit(w, r, func(form *page.Form) (string, string, error) {
		seen, err := version(form)
		if err == nil {
			_, err = p.Rooms.Edit(r.Context(), room.Edit{Message: message, Version: int(seen), Source: form.Value("text")})
		}
		return path(inc), "Your message is changed", err
	}, func(status int, form *page.Form, _ error) error {
		return p.dialog(w, r, status, inc, "Edit your message", editMessageDialog(path(inc)+"/room/messages/"+string(message), form))
	})
}

func (p *Pages) markRead(w http.ResponseWriter, r *http.Request) error {
	found, err := p.here(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	seq, err := number("seq", form.Value("seq"))
	if err != nil {
		return err
	}
	if err := p.Rooms.MarkRead(r.Context(), room.MarkRead{Incident: found, Seq: seq}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
