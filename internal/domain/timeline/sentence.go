package timeline

import (
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// PartKind says what a part of a sentence is, so that surfaces can show it accordingly.
type PartKind string

// The kinds of part. A person has the id of a user; a value is the name of a setting; a quote is what somebody wrote; a
// moment has its time, for readers in another zone.
const (
	Words  PartKind = "words"
	Who    PartKind = "person"
	Value  PartKind = "value"
	Quoted PartKind = "quote"
	When   PartKind = "moment"
)

// Part is a piece of a sentence.
type Part struct {
	Kind PartKind
	Text string
	// ID is the user's or the setting's, or empty.
	ID id.ID
	// At is the time of a moment.
	At time.Time
}

// Sentence tells what happened in a few words, without a full stop.
type Sentence []Part

// String returns the sentence as text.
func (s Sentence) String() string {
	var text strings.Builder
	for _, p := range s {
		text.WriteString(p.Text)
	}
	return text.String()
}

// Sentence words the activity for a viewer, who is "You"; an empty viewer is nobody in particular.
func (a Activity) Sentence(viewer id.ID) Sentence {
	w := &writer{viewer: viewer, actor: a.Actor}
	d := a.Details
	switch a.Kind {
	case "incident.declared":
		w.did("declared the incident")
		if d.Severity != nil {
			w.words(" as ").value(d.Severity.To)
		}
		w.mode(d)
	case "incident.accepted", "incident.declined", "incident.canceled", "incident.merged", "incident.merged_in", "incident.paused",
		"incident.resumed", "incident.quiet_changed", "incident.declared_elsewhere":
		w.lifecycle(a.Kind, d)
	case "incident.role_assigned":
		w.role(d)
	case "incident.severity_changed":
		w.subject().words(" ").severity(d.Severity)
	case "incident.status_changed":
		w.subject().words(" ").status(d.Status)
	case "incident.update_sent":
		w.update(d)
	case "incident.update_edited":
		w.did("changed the words of an update")
	case "incident.closed":
		w.did("closed the incident")
	case "incident.reopened":
		w.did("reopened the incident")
	case "incident.renamed":
		w.did("renamed the incident to ").quote(d.Text)
	case "incident.summary_changed":
		w.did("rewrote the summary")
	case "incident.call_set":
		w.call(d)
	case "incident.update_due":
		w.due(d)
	case "incident.reminder_snoozed":
		w.did("moved the next update to " + minutes(d.Minutes) + " later")
	case "incident.reminder_skipped":
		w.did("skipped the next update")
	case "incident.field_changed":
		w.field(d)
	case "incident.type_changed":
		w.did("made it an incident of the type ")
		if d.Type != nil {
			w.value(d.Type.To)
		}
	case "incident.timestamp_set":
		w.moment(d)
	case "incident.joined":
		if d.To == nil || w.self(d.To) {
			w.did("joined")
		} else {
			w.did("invited ").person(d.To)
		}
	case "incident.left":
		w.did("left")
	case "incident.made_private", "incident.made_public", "incident.access_granted", "incident.access_revoked", "incident.access_requested", "incident.access_denied":
		w.access(a.Kind, d)
	case "room.message_pinned":
		w.did("pinned a message")
	case "room.message_unpinned":
		w.did("unpinned a message")
	case "attachment.added":
		w.did("attached ").quote(d.Text)
	case "attachment.retitled":
		w.did("renamed a link to ").quote(d.Text)
	case "attachment.removed":
		w.did("removed the link ").quote(d.Text)
	case "redaction.done":
		w.did("removed something confidential from " + places(d.Count))
	case "redaction.file_removed":
		w.did("removed a file")
	case "timeline.item_added":
		w.did("added to the timeline: ").quote(d.Text)
	case "timeline.item_hidden":
		w.item("took ", d, " off the timeline")
	case "timeline.item_shown":
		w.item("put ", d, " back on the timeline")
	case "timeline.item_edited":
		w.item("edited ", d, " on the timeline")
	default:
		if !w.outside(a.Kind, d) && !w.escalation(a.Kind, d) && !w.followUp(a.Kind, d) && !w.stream(a.Kind, d) {
			w.action(a.Kind, d)
		}
	}
	return w.parts
}

// writer puts a sentence together.
type writer struct {
	viewer id.ID
	actor  tenant.Actor
	parts  Sentence
}

func (w *writer) words(text string) *writer {
	w.parts = append(w.parts, Part{Kind: Words, Text: text})
	return w
}

func (w *writer) when(at time.Time) *writer {
	w.parts = append(w.parts, Part{Kind: When, Text: at.UTC().Format("2 Jan 15:04 UTC"), At: at.UTC()})
	return w
}

func (w *writer) value(of *Named) *writer {
	if of != nil {
		w.parts = append(w.parts, Part{Kind: Value, Text: of.Name, ID: of.ID})
	}
	return w
}

func (w *writer) quote(text string) *writer {
	w.parts = append(w.parts, Part{Kind: Quoted, Text: "“" + text + "”"})
	return w
}

// subject begins the sentence with who acted.
func (w *writer) subject() *writer {
	if w.actor.Type == tenant.User && w.actor.ID == w.viewer && !w.viewer.Empty() {
		w.parts = append(w.parts, Part{Kind: Who, Text: "You", ID: w.actor.ID})
		return w
	}
	kind := Words
	if w.actor.Type == tenant.User {
		kind = Who
	}
	w.parts = append(w.parts, Part{Kind: kind, Text: w.actor.Name, ID: w.actor.ID})
	return w
}

func (w *writer) call(d Details) {
	if d.Text == "" {
		w.did("took the call away")
		return
	}
	w.did("set the call to ").quote(d.Text)
}

func (w *writer) did(what string) *writer { return w.subject().words(" " + what) }

// person names somebody in the middle of the sentence.
func (w *writer) person(p *Named) *writer {
	switch {
	case p == nil:
		return w.words("nobody")
	case p.ID == w.viewer:
		w.parts = append(w.parts, Part{Kind: Who, Text: "you", ID: p.ID})
	default:
		w.parts = append(w.parts, Part{Kind: Who, Text: p.Name, ID: p.ID})
	}
	return w
}

func (w *writer) self(p *Named) bool {
	return p != nil && w.actor.Type == tenant.User && p.ID == w.actor.ID
}

func (w *writer) role(d Details) {
	w.holder(d)
	if d.Note != "" {
		w.words(": ").quote(richtext.Parse(d.Note, richtext.Options{}).Excerpt(200))
	}
}

func (w *writer) holder(d Details) {
	switch {
	case d.To == nil && w.self(d.From):
		w.did("stepped down as ").value(d.Role)
	case d.To == nil:
		w.did("removed ").person(d.From).words(" as ").value(d.Role)
	case w.self(d.To) && d.From != nil:
		w.did("took over as ").value(d.Role).words(" from ").person(d.From)
	case w.self(d.To):
		w.did("became ").value(d.Role)
	case w.self(d.From) || d.HandedOver:
		w.did("handed ").value(d.Role).words(" over to ").person(d.To)
	case d.From != nil:
		w.did("made ").person(d.To).words(" ").value(d.Role).words(" in place of ").person(d.From)
	default:
		w.did("made ").person(d.To).words(" ").value(d.Role)
	}
}

func (w *writer) severity(s *Shift) *writer {
	switch {
	case s == nil || s.To == nil:
		return w.words("changed the severity")
	case s.From == nil:
		return w.words("set the severity to ").value(s.To)
	}
	verb := "raised"
	if s.To.Rank < s.From.Rank {
		verb = "lowered"
	}
	return w.words(verb + " the severity from ").value(s.From).words(" to ").value(s.To)
}

func (w *writer) status(s *Shift) *writer {
	if s == nil || s.To == nil {
		return w.words("changed the status")
	}
	return w.words("set the status to ").value(s.To)
}

func (w *writer) field(d Details) {
	if d.Text == "" {
		w.did("cleared ").value(d.Field)
		return
	}
	w.did("set ").value(d.Field).words(" to ").value(&Named{Name: d.Text})
}

func (w *writer) moment(d Details) {
	if d.Moment == nil {
		w.did("cleared the time ").value(d.Timestamp)
		return
	}
	w.did("set the time ").value(d.Timestamp).words(" to ").when(*d.Moment)
}

func (w *writer) update(d Details) {
	w.did("sent an update")
	switch {
	case d.Status != nil && d.Severity != nil:
		w.words(", ").status(d.Status).words(" and ").severity(d.Severity)
	case d.Status != nil:
		w.words(" and ").status(d.Status)
	case d.Severity != nil:
		w.words(" and ").severity(d.Severity)
	}
}

func (w *writer) due(d Details) {
	if d.Reminder > 1 {
		w.words("The next update is still due")
		return
	}
	w.words("The next update is due")
}

// item names an item of the timeline by the title that somebody gave it.
func (w *writer) item(did string, d Details, rest string) {
	if d.Text == "" {
		w.did(did + "an item" + rest)
		return
	}
	w.did(did).quote(d.Text).words(rest)
}

func places(n int) string {
	if n == 1 {
		return "one place"
	}
	return strconv.Itoa(n) + " places"
}

// minutes words a span of time.
func minutes(n int) string {
	switch {
	case n == 1:
		return "1 minute"
	case n == 60:
		return "1 hour"
	case n > 60 && n%60 == 0:
		return strconv.Itoa(n/60) + " hours"
	default:
		return strconv.Itoa(n) + " minutes"
	}
}
