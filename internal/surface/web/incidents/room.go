package incidents

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// roomView is the conversation of an incident.
type roomView struct {
	Path     string
	Topic    string
	Messages []messageView
	More     bool
	Latest   int64
	ReadSeq  int64
	MayWrite bool
	Person   ui.PersonView
	Emoji    []string
}

// messageView is one message, the same for every reader: the script makes it the reader's own.
type messageView struct {
	ID, ClientKey string
	Path          string
	Seq, Changed  int64
	Kind          room.Kind
	Author        ui.PersonView
	At            ui.Moment
	Text          templ.Component
	Source        string
	Blocks        []chat.Block
	Sentence      []sentencePart
	Icon          string
	Files         []room.File
	Reactions     []room.Reaction
	Edited        bool
	Pinned        bool
	PinnedBy      string
	Deleted       bool
	Follows       bool
	Fresh         bool
}

// sentencePart is a piece of a line about something done.
type sentencePart struct {
	Text   string
	Strong bool
	Person bool
}

// pageOf is how many messages come at once.
const pageOf = 50

// closeTogether is how soon after the last message of the same person another follows without a name.
const closeTogether = 5 * time.Minute

func (p *Pages) roomView(ctx context.Context, l lens, inc incident.Incident) (roomView, error) {
	latest, err := p.Rooms.Latest(ctx, inc.ID)
	if err != nil {
		return roomView{}, err
	}
	messages, more, err := p.Rooms.History(ctx, inc.ID, 0, pageOf)
	if err != nil {
		return roomView{}, err
	}
	reading, err := p.Rooms.Reading(ctx, inc.ID)
	if err != nil {
		return roomView{}, err
	}
	views, err := p.messageViews(ctx, l, inc, messages)
	if err != nil {
		return roomView{}, err
	}
	for n := range views {
		if views[n].Seq > reading.ReadSeq && reading.ReadSeq > 0 && views[n].Author.ID != string(l.viewer.User) && views[n].Kind != room.FromEvent {
			views[n].Fresh = true
			break
		}
	}
	return roomView{
		Path: path(inc) + "/room", Topic: "incident:" + string(inc.ID), Messages: views, More: more, Latest: latest, ReadSeq: reading.ReadSeq,
		MayWrite: l.viewer.Permissions.Has(authz.EditIncidents), Emoji: emoji,
		Person: ui.PersonView{ID: string(l.viewer.User), Name: l.viewer.Name, You: true},
	}, nil
}

// emoji are those of the picker: what people in an incident say to each other.
var emoji = []string{"👍", "👀", "✅", "🙏", "🔥", "🎉", "❤️", "🚀", "🤔", "😅", "😢", "😮", "➕", "❌", "⚠️", "📌", "🔍", "🛠️", "⏪", "🐛", "💡", "☕", "🧯", "🫡"}

// messageViews shows messages; the sentences of event lines come in one query.
func (p *Pages) messageViews(ctx context.Context, l lens, inc incident.Incident, messages []room.Message) ([]messageView, error) {
	var events []id.ID
	for _, m := range messages {
		if m.Kind == room.FromEvent {
			events = append(events, m.Event)
		}
	}
	told, err := p.Timelines.Activities(ctx, events)
	if err != nil {
		return nil, err
	}
	views := make([]messageView, 0, len(messages))
	for n, m := range messages {
		v, err := l.message(path(inc)+"/room", m, told)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			before := messages[n-1]
			v.Follows = m.Kind == room.FromPerson && before.Kind == room.FromPerson && m.Author.ID == before.Author.ID && m.PostedAt.Sub(before.PostedAt) < closeTogether
		}
		views = append(views, v)
	}
	return views, nil
}

func (l lens) message(path string, m room.Message, told map[id.ID]timeline.Activity) (messageView, error) {
	v := messageView{
		ID: string(m.ID), ClientKey: m.ClientKey, Path: path, Seq: m.Seq, Changed: m.Changed, Kind: m.Kind,
		Author: ui.PersonView{ID: string(m.Author.ID), Name: m.Author.Name}, At: l.moment(m.PostedAt), Text: document(m.Document, ""),
		Source: m.Source, Files: m.Files, Reactions: m.Reactions, Edited: m.EditedAt != nil, Pinned: m.PinnedAt != nil, PinnedBy: m.PinnedBy, Deleted: m.Deleted,
	}
	if m.Kind == room.FromBot && len(m.Blocks) > 0 {
		var said chat.Message
		if err := json.Unmarshal(m.Blocks, &said); err != nil {
			return v, fmt.Errorf("read what Muster says in message %s: %w", m.ID, err)
		}
		v.Blocks = said.Blocks
	}
	if m.Kind == room.FromEvent {
		activity, known := told[m.Event]
		if known {
			v.Author = l.actor(activity.Actor)
			v.Author.You = false
			v.Icon = iconOf(activity.Kind)
			for _, part := range activity.Sentence("") {
				v.Sentence = append(v.Sentence, sentencePart{Text: part.Text, Strong: part.Kind == timeline.Who || part.Kind == timeline.Value, Person: part.Kind == timeline.Who})
			}
		}
	}
	return v, nil
}

// iconOf is the icon of what was done.
func iconOf(kind string) string {
	switch {
	case strings.HasSuffix(kind, "declared"):
		return "flag"
	case strings.HasSuffix(kind, "severity_changed"):
		return "trending-up"
	case strings.HasSuffix(kind, "update_sent"):
		return "megaphone"
	case strings.Contains(kind, "role"):
		return "user"
	case strings.HasPrefix(kind, "action."):
		return "circle-check"
	case strings.Contains(kind, "pinned"):
		return "pin"
	case strings.HasSuffix(kind, "renamed"), strings.HasSuffix(kind, "summary_changed"):
		return "pencil"
	case strings.HasSuffix(kind, "closed"):
		return "check"
	case strings.HasSuffix(kind, "reopened"):
		return "rotate-ccw"
	default:
		return "activity"
	}
}

// messages answers with older messages, or with what was posted or changed after a number.
func (p *Pages) messages(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	l, err := p.look(r.Context())
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
		if messages, err = p.Rooms.After(r.Context(), inc.ID, seq, pageOf); err != nil {
			return err
		}
		more = len(messages) == pageOf
		for _, m := range messages {
			seq = max(seq, m.Changed)
		}
		w.Header().Set("Muster-Latest", strconv.FormatInt(seq, 10))
	} else {
		before, err := number("before", r.URL.Query().Get("before"))
		if err != nil {
			return err
		}
		if messages, more, err = p.Rooms.History(r.Context(), inc.ID, before, pageOf); err != nil {
			return err
		}
	}
	if more {
		w.Header().Set("Muster-More", "true")
	}
	views, err := p.messageViews(r.Context(), l, inc, messages)
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, messageList(views))
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
		reply, err := p.Commands.CommandOnce(r.Context(), inc.ID, text, form.Value("client_key"))
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
	m, err := p.Rooms.Post(r.Context(), room.Post{Incident: inc.ID, ClientKey: key, Source: form.Value("text"), Files: files})
	if err != nil {
		return err
	}
	if !page.Quiet(r) {
		return page.Go(w, r, path(inc))
	}
	return p.say(w, r, inc, m, http.StatusCreated)
}

// say answers with one message as it is now.
func (p *Pages) say(w http.ResponseWriter, r *http.Request, inc incident.Incident, m room.Message, status int) error {
	if !page.Quiet(r) {
		return page.Go(w, r, path(inc)+"#m-"+string(m.ID))
	}
	l, err := p.look(r.Context())
	if err != nil {
		return err
	}
	views, err := p.messageViews(r.Context(), l, inc, []room.Message{m})
	if err != nil {
		return err
	}
	return page.Part(w, r, status, messageList(views))
}

// Push makes the HTML of a message that moved, the same for every reader, for the live stream.
func (p *Pages) Push(ctx context.Context, signal live.Signal) (string, error) {
	if !strings.HasPrefix(signal.Kind, "room.message_posted") && !strings.HasPrefix(signal.Kind, "room.message_edited") && signal.Kind != "room.reaction_changed" {
		return "", nil
	}
	m, err := p.Rooms.Message(ctx, signal.Subject)
	if err != nil {
		return "", err
	}
	inc, err := p.Incidents.Get(ctx, m.Incident)
	if err != nil {
		return "", err
	}
	l := lens{now: p.Clock.Now(), viewer: page.Viewer{Zone: time.UTC}}
	view, err := l.message(path(inc)+"/room", m, nil)
	if err != nil {
		return "", err
	}
	var html strings.Builder
	err = messageList([]messageView{view}).Render(ctx, &html)
	return html.String(), err
}

func (p *Pages) message(r *http.Request) (incident.Incident, id.ID, error) {
	inc, err := p.load(r)
	return inc, id.ID(r.PathValue("message")), err
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
	return p.change(w, r, func(m id.ID) (room.Message, error) { return p.Rooms.Pin(r.Context(), room.Pin{Message: m}) })
}

func (p *Pages) unpin(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) { return p.Rooms.Unpin(r.Context(), room.Unpin{Message: m}) })
}

func (p *Pages) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, func(m id.ID) (room.Message, error) {
		if err := p.Rooms.Delete(r.Context(), room.Delete{Message: m}); err != nil {
			return room.Message{}, err
		}
		return p.Rooms.Message(r.Context(), m)
	})
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
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	version, err := number("version", form.Value("version"))
	if err != nil {
		return err
	}
	_, err = p.Rooms.Edit(r.Context(), room.Edit{Message: message, Version: int(version), Source: form.Value("text")})
	if err != nil && form.Take(err) {
		return p.dialog(w, r, page.Status(err), inc, "Edit your message", editMessageDialog(path(inc)+"/room/messages/"+string(message), form))
	}
	if err != nil {
		return err
	}
	return page.Done(w, r, path(inc), "Your message is changed")
}

// upload takes a picture for the next message.
func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return problem.Field("file", "missing", "Choose a picture: PNG, JPEG, GIF or WebP, 10 MB at most.").Because(err)
	}
	defer func() { _ = file.Close() }()
	attached, err := p.Rooms.AttachPicture(r.Context(), room.AttachPicture{Incident: inc.ID, Name: header.Filename, Content: file})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(map[string]string{"id": string(attached.ID)})
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

// answer shows what a command or a button answered: a form, words for this person alone, or another page.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, inc incident.Incident, reply chat.Reply) error {
	switch {
	case reply.Redirect != "":
		return page.Go(w, r, reply.Redirect)
	case reply.Form != nil:
		w.Header().Set("Muster-Reply", "form")
		form, err := p.formView(r.Context(), inc, *reply.Form, reply.Errors)
		if err != nil {
			return err
		}
		status := http.StatusOK
		if len(reply.Errors) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return p.dialog(w, r, status, inc, reply.Form.Title, chatForm(form))
	case reply.Ephemeral != nil:
		w.Header().Set("Muster-Reply", "said")
		if !page.Quiet(r) {
			return page.Done(w, r, path(inc), reply.Ephemeral.Text)
		}
		return page.Part(w, r, http.StatusOK, said(path(inc)+"/room", reply.Ephemeral.Blocks))
	case len(reply.Errors) > 0:
		var words []string
		for _, text := range reply.Errors {
			words = append(words, text)
		}
		w.Header().Set("Muster-Toast", url.PathEscape(strings.Join(words, " ")))
		w.WriteHeader(http.StatusUnprocessableEntity)
		return nil
	default:
		return page.Done(w, r, path(inc), "")
	}
}

// interact takes the press of a button in a message, or a form that a command answered with.
func (p *Pages) interact(w http.ResponseWriter, r *http.Request) error {
	inc, err := p.load(r)
	if err != nil {
		return err
	}
	form, err := page.ReadForm(r)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	in := chat.Interaction{
		Kind: chat.InteractionKind(form.Value("kind")), Platform: "room", User: string(viewer.User),
		Conversation: chat.ConversationRef{Platform: "room", ID: string(inc.ID)}, Action: form.Value("action"), Value: form.Value("value"),
		Values: chat.FormValues{}, Key: form.Value("key"),
	}
	in.Message.Conversation, in.Message.ID = in.Conversation, form.Value("message")
	for name := range r.Form {
		if field, ours := strings.CutPrefix(name, "in."); ours {
			in.Values[field] = form.Value(name)
		}
	}
	reply, err := p.Commands.Interact(r.Context(), in)
	if err != nil {
		return err
	}
	return p.answer(w, r, inc, reply)
}

type completionItem struct {
	Insert  string `json:"insert"`
	Label   string `json:"label"`
	Meaning string `json:"meaning,omitempty"`
	Icon    string `json:"icon,omitempty"`
}

// first is the number of the oldest message on the page.
func (v roomView) first() string {
	if len(v.Messages) == 0 {
		return "0"
	}
	return strconv.FormatInt(v.Messages[0].Seq, 10)
}
