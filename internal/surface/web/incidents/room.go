package incidents

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/postgres"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// roomView is the conversation of an incident.
type roomView struct {
	Path     string
	Topic    string
	Messages []messageView
	More     bool
	// Newer says that the messages end before the newest; then Target is the one that the page was opened for.
	Newer    bool
	Target   string
	Latest   int64
	ReadSeq  int64
	MayWrite bool
	Emoji    []string
	Zone     string
	// Unread are the threads with news for this person: the id of each and how far they have read it.
	Unread string
	// Missed is how much was said while the reader was away, when that is more than they will want to read; else 0.
	Missed int
	Thread *threadView
}

// composerView is where something is written.
type composerView struct {
	// Path is the room's; Draft names what is kept of it on this device.
	Path, Draft string
	// Thread is the message that is replied to, empty for the room itself.
	Thread      string
	Placeholder string
	// Completions is the id of the list of suggestions.
	Completions string
	// UpdateHref leads to the next update, on the phone.
	UpdateHref string
}

// updateHref leads to the next update while one can be sent.
func (v incidentView) updateHref() string {
	if v.Closed {
		return ""
	}
	return v.Path + "/updates/new"
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
	// HowTo is the line by which the reader does the same.
	HowTo     string
	Files     []room.File
	Reactions []room.Reaction
	Edited    bool
	Copied    bool
	// Elsewhere names the chat platform on which it was written; empty for here.
	Elsewhere  string
	Pinned     bool
	PinnedBy   string
	Deleted    bool
	DeletedBy  string
	DeletedWhy string
	DeletedAt  ui.Moment
	Parent     string
	InRoom     bool
	Thread     *threadLine
	Follows    bool
	// Day names the day where a new one begins.
	Day   string
	Fresh bool
}

// sentencePart is a piece of a line about something done.
type sentencePart struct {
	Text   string
	Strong bool
	Person bool
	// At is set for a moment.
	At *ui.Moment
}

// pageOf is how many messages come at once.
const pageOf = 50

// closeTogether is how soon after the last message of the same person another follows without a name.
const closeTogether = 5 * time.Minute

// roomView reads the room at its newest messages, or around the one that a link leads to.
func (p *Pages) roomView(ctx context.Context, l sight, inc incident.Incident, target id.ID) (roomView, error) {
	var (
		latest  int64
		shown   room.Stretch
		views   []messageView
		unread  []room.UnreadThread
		reading room.Reading
	)
	err := postgres.Together(
		ctx,
		func(ctx context.Context) (err error) { latest, err = p.Rooms.Latest(ctx, inc.ID); return err },
		func(ctx context.Context) (err error) {
			if shown, err = p.stretch(ctx, inc.ID, target); err != nil {
				return err
			}
			views, err = p.messageViews(ctx, l, path(inc), shown.Messages)
			return err
		},
		func(ctx context.Context) (err error) { unread, err = p.Rooms.UnreadThreads(ctx, inc.ID); return err },
		func(ctx context.Context) (err error) { reading, err = p.Rooms.Reading(ctx, inc.ID); return err },
	)
	if err != nil {
		return roomView{}, err
	}
	for n := range views {
		if views[n].Seq > reading.ReadSeq && reading.ReadSeq > 0 && views[n].Author.ID != string(l.Viewer.User) && views[n].Kind != room.FromEvent {
			views[n].Fresh = true
			break
		}
	}
	missed := 0
	if reading.Unread >= muchMissed {
		missed = reading.Unread
	}
	return roomView{
		Missed: missed, Path: path(inc) + "/room", Topic: "incident:" + string(inc.ID), Messages: views, More: shown.Older, Newer: shown.Newer,
		Target: string(target), Latest: latest, ReadSeq: reading.ReadSeq, MayWrite: l.Viewer.Permissions.Has(authz.EditIncidents), Emoji: emoji,
		Zone: l.Viewer.Zone.String(), Unread: unreadThreads(unread),
	}, nil
}

// muchMissed is after how many unread messages the room offers to catch the reader up.
const muchMissed = 15

// stretch is the part of the flow that a page shows.
func (p *Pages) stretch(ctx context.Context, at, target id.ID) (room.Stretch, error) {
	if !target.Empty() {
		around, err := p.Rooms.Around(ctx, target, pageOf/2)
		if err == nil && len(around.Messages) > 0 && around.Messages[0].Incident != at {
			err = problem.Missing("message")
		}
		return around, err
	}
	messages, more, err := p.Rooms.History(ctx, at, 0, pageOf)
	return room.Stretch{Messages: messages, Older: more}, err
}

// emoji are those of the picker: what people in an incident say to each other.
var emoji = []string{"👍", "👀", "✅", "🙏", "🔥", "🎉", "❤️", "🚀", "🤔", "😅", "😢", "😮", "➕", "❌", "⚠️", "📌", "🔍", "🛠️", "⏪", "🐛", "💡", "☕", "🧯", "🫡"}

// messageViews shows messages; the sentences of event lines come in one query.
func (p *Pages) messageViews(ctx context.Context, l sight, at string, messages []room.Message) ([]messageView, error) {
	var events []id.ID
	for _, m := range messages {
		if m.Kind == room.FromEvent {
			events = append(append(events, m.Event), m.MoreEvents...)
		}
	}
	told, err := p.Timelines.Activities(ctx, events)
	if err != nil {
		return nil, err
	}
	views := make([]messageView, 0, len(messages))
	for n, m := range messages {
		v, err := l.message(at+"/room", m, told)
		if err != nil {
			return nil, err
		}
		if n > 0 && !l.sameDay(messages[n-1].PostedAt, m.PostedAt) {
			v.Day = m.PostedAt.In(l.Viewer.Zone).Format("Monday, January 2")
		}
		if n > 0 {
			before := messages[n-1]
			v.Follows = m.Kind == room.FromPerson && before.Kind == room.FromPerson && m.Author.ID == before.Author.ID && m.PostedAt.Sub(before.PostedAt) < closeTogether
		}
		views = append(views, v)
	}
	return views, nil
}

func (l sight) message(path string, m room.Message, told map[id.ID]timeline.Activity) (messageView, error) {
	v := messageView{
		ID: string(m.ID), ClientKey: m.ClientKey, Path: path, Seq: m.Seq, Changed: m.Changed, Kind: m.Kind,
		Author: l.Named(m.Author.ID, m.Author.Name, m.Author.AvatarKey), At: l.Moment(m.PostedAt), Text: document(m.Document, ""),
		Source: m.Source, Files: m.Files, Reactions: m.Reactions, Edited: m.EditedAt != nil, Copied: m.Copied, Elsewhere: elsewhere(m), Pinned: m.PinnedAt != nil, PinnedBy: m.PinnedBy, Deleted: m.Deleted,
		Parent: string(m.Parent), InRoom: m.InRoom, Thread: l.threadLine(path, m),
	}
	v.Author.You = false
	if m.DeletedAt != nil {
		v.DeletedBy, v.DeletedWhy, v.DeletedAt = m.DeletedBy.Name, m.DeletedReason, l.Moment(*m.DeletedAt)
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
			v.Author = l.Actor(activity.Actor)
			v.Author.You = false
			v.Icon = iconOf(activity.Kind)
			if command := hint.HowTo(activity.Kind); command != "" {
				v.HowTo = "/" + command
			}
			for _, part := range sentenceOf(m, told) {
				v.Sentence = append(v.Sentence, l.part(part))
			}
		}
	}
	return v, nil
}

// sentenceOf words what an event line tells, the same for every reader.
func sentenceOf(m room.Message, told map[id.ID]timeline.Activity) timeline.Sentence {
	var all []timeline.Activity
	for _, event := range append([]id.ID{m.Event}, m.MoreEvents...) {
		if activity, known := told[event]; known {
			all = append(all, activity)
		}
	}
	if len(all) == 1 {
		return all[0].Sentence("")
	}
	return timeline.Together(all, "")
}

// part is a piece of a sentence as this reader sees it.
func (l sight) part(of timeline.Part) sentencePart {
	p := sentencePart{Text: of.Text, Strong: of.Kind == timeline.Who || of.Kind == timeline.Value, Person: of.Kind == timeline.Who}
	if of.Kind == timeline.When {
		at := l.Moment(of.At)
		p.Text, p.At = at.At.In(l.zone()).Format("Mon 2 Jan 15:04"), &at
		if l.Viewer.Zone != nil && l.sameDay(l.Now, of.At) {
			p.Text = at.Clock()
		}
	}
	return p
}

// sameDay tells whether two moments are on one day of the reader.
func (l sight) sameDay(one, other time.Time) bool {
	y, m, d := one.In(l.Viewer.Zone).Date()
	otherY, otherM, otherD := other.In(l.Viewer.Zone).Date()
	return y == otherY && m == otherM && d == otherD
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
	case kind == "stream.opened":
		return "layers"
	case strings.Contains(kind, "role"), strings.HasSuffix(kind, "lead_assigned"):
		return "user"
	case strings.HasPrefix(kind, "customers."):
		return "quote"
	case strings.HasPrefix(kind, "action."):
		return "circle-check"
	case strings.HasPrefix(kind, "attachment."):
		return "link"
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

// Push makes the HTML of a message that moved, or of who is here, the same for every reader, for the live stream.
func (p *Pages) Push(ctx context.Context, signal live.Signal) (string, error) {
	if signal.Kind == live.PresenceChanged {
		return p.pushPresence(ctx, signal)
	}
	if !strings.HasPrefix(signal.Kind, "room.message_posted") && !strings.HasPrefix(signal.Kind, "room.message_edited") && signal.Kind != "room.reaction_changed" {
		return "", nil
	}
	m, err := p.Rooms.Message(ctx, signal.Subject)
	if err != nil {
		return "", err
	}
	if m.Private && !signal.Private { // made private since: who listened then may not be the one who may read it now
		return "", nil
	}
	called, err := p.Incidents.Brief(ctx, m.Incident)
	if err != nil {
		return "", err
	}
	nobody := page.WithViewer(ctx, page.Viewer{}) // ctx is that of the reader who came first
	l := sight{lens.Of(nobody, p.Clock.Now(), p.Picture)}
	moved := []room.Message{m}
	if !m.Parent.Empty() { // what stands under the message that the thread hangs on has changed as well
		parent, err := p.Rooms.Message(ctx, m.Parent)
		if err != nil {
			return "", err
		}
		moved = []room.Message{parent, m}
	}
	views := make([]messageView, len(moved))
	for n, m := range moved {
		if views[n], err = l.message(briefPath(called)+"/room", m, nil); err != nil {
			return "", err
		}
	}
	var html strings.Builder
	err = messageList(views).Render(ctx, &html)
	return html.String(), err
}

// first is the number of the oldest message on the page.
func (v roomView) first() string {
	if len(v.Messages) == 0 {
		return "0"
	}
	return strconv.FormatInt(v.Messages[0].Seq, 10)
}

// elsewhere names where a message was written, when that was not here.
func elsewhere(m room.Message) string {
	if m.Origin == "slack" {
		return "Slack"
	}
	return m.Origin
}
