package timeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Draft writes, from the log, what changed in an incident after a place in its order: the beginnings of an update, as
// Markdown. What customers may be told is not in it: whoever writes has that beside. It is empty when nothing changed.
func (s *Service) Draft(ctx context.Context, inc id.ID, after int64) (string, error) {
	var draft string
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		if _, err := incident.Find(ctx, tx, inc); err != nil {
			return err
		}
		rows, err := q.ActivitySince(ctx, db.ActivitySinceParams{IncidentID: inc, Since: after})
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		list, err := activities(rows)
		if err != nil {
			return err
		}
		said, err := pinned(ctx, q, inc, list)
		draft = draftOf(list, said)
		return err
	})
	return draft, err
}

// saying is a message with who wrote it.
type saying struct{ by, text string }

// pinned reads the messages that the activities say were pinned.
func pinned(ctx context.Context, q *db.Queries, inc id.ID, list []Activity) (map[id.ID]saying, error) {
	said := map[id.ID]saying{}
	var ids []string
	for _, a := range list {
		if a.Kind == "room.message_pinned" {
			ids = append(ids, string(a.Subject))
		}
	}
	if len(ids) == 0 {
		return said, nil
	}
	rows, err := q.MessagesNamed(ctx, db.MessagesNamedParams{IncidentID: inc, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("read what was pinned: %w", err)
	}
	for _, row := range rows {
		said[row.ID] = saying{by: row.AuthorName, text: richtext.Parse(row.Source, richtext.Options{}).Excerpt(300)}
	}
	return said, nil
}

// draftOf tells what the activities, the oldest first, come to: what was changed and changed back is not told, and each
// thing only as it is in the end.
func draftOf(list []Activity, said map[id.ID]saying) string {
	d := draft{roles: map[id.ID]*Details{}, todo: map[id.ID]string{}, streams: map[id.ID]Details{}, said: said}
	for _, a := range list {
		d.take(a)
	}
	return d.String()
}

// draft gathers what changed.
type draft struct {
	severity, status Shift
	roles            map[id.ID]*Details
	order            []id.ID
	done             []string
	todo             map[id.ID]string
	todos            []id.ID
	pins             []id.ID
	streams          map[id.ID]Details
	streamOrder      []id.ID
	said             map[id.ID]saying
}

func (d *draft) take(a Activity) {
	switch a.Kind {
	case "incident.severity_changed":
		take(&d.severity, a.Details.Severity)
	case "incident.status_changed":
		take(&d.status, a.Details.Status)
	case "incident.role_assigned":
		if a.Details.Role == nil {
			return
		}
		role := a.Details.Role.ID
		if first, known := d.roles[role]; known {
			first.To = a.Details.To
			return
		}
		details := a.Details
		d.roles[role], d.order = &details, append(d.order, role)
	case "action.created":
		d.todo[a.Subject], d.todos = task(a.Details), append(d.todos, a.Subject)
	case "action.assigned", "action.edited":
		if _, fresh := d.todo[a.Subject]; fresh {
			d.todo[a.Subject] = task(a.Details)
		}
	case "action.completed":
		delete(d.todo, a.Subject)
		d.done = append(d.done, a.Details.Text)
	case "action.not_doing", "action.deleted":
		delete(d.todo, a.Subject)
	case "action.reopened":
		d.done = slices.DeleteFunc(d.done, func(text string) bool { return text == a.Details.Text })
	case "room.message_pinned":
		d.pins = append(d.pins, a.Subject)
	case "room.message_unpinned":
		d.pins = slices.DeleteFunc(d.pins, func(m id.ID) bool { return m == a.Subject })
	case "stream.opened", "stream.update_sent", "stream.closed":
		if _, known := d.streams[a.Subject]; !known {
			d.streamOrder = append(d.streamOrder, a.Subject)
		}
		d.streams[a.Subject] = a.Details
	}
}

// take keeps where a change began and where it led.
func take(whole, next *Shift) {
	if next == nil {
		return
	}
	if whole.To == nil {
		whole.From = next.From
	}
	whole.To = next.To
}

func task(d Details) string {
	if d.To != nil {
		return d.Text + " (" + d.To.Name + ")"
	}
	return d.Text
}

// String writes the draft: sentences first, then what was done, what is to be done, and what was noted.
func (d *draft) String() string {
	var sentences []string
	if words := turned("severity", d.severity); words != "" {
		sentences = append(sentences, words)
	}
	if words := turned("status", d.status); words != "" {
		sentences = append(sentences, words)
	}
	for _, role := range d.order {
		if words := holds(d.roles[role]); words != "" {
			sentences = append(sentences, words)
		}
	}
	var parts []string
	if len(sentences) > 0 {
		parts = append(parts, strings.Join(sentences, " "))
	}
	var pins []string
	for _, message := range d.pins {
		if one, there := d.said[message]; there && one.text != "" {
			pins = append(pins, one.by+": “"+one.text+"”")
		}
	}
	var streams []string
	for _, of := range d.streamOrder {
		if news := d.streams[of]; news.Text != "" && news.Stream != nil {
			streams = append(streams, news.Stream.Name+": "+news.Text)
		}
	}
	switch len(streams) {
	case 0:
	case 1:
		parts = append(parts, streams[0])
	default:
		parts = append(parts, "- "+strings.Join(streams, "\n- "))
	}
	var todo []string
	for _, act := range d.todos {
		if text, open := d.todo[act]; open {
			todo = append(todo, text)
		}
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"Noted", pins}, {"Done", d.done}, {"In hand", todo}} {
		if words := listed(list.title, list.lines); words != "" {
			parts = append(parts, words)
		}
	}
	return strings.Join(parts, "\n\n")
}

func turned(what string, s Shift) string {
	switch {
	case s.To == nil || s.From != nil && s.From.ID == s.To.ID:
		return ""
	case s.From == nil || what == "status":
		return "The " + what + " is now " + s.To.Name + "."
	case s.To.Rank < s.From.Rank:
		return "The severity was lowered from " + s.From.Name + " to " + s.To.Name + "."
	default:
		return "The severity was raised from " + s.From.Name + " to " + s.To.Name + "."
	}
}

func holds(d *Details) string {
	switch {
	case d.To == nil || d.From != nil && d.From.ID == d.To.ID:
		return ""
	case d.Lead:
		return d.To.Name + " leads now."
	default:
		return d.To.Name + " is " + d.Role.Name + " now."
	}
}

func listed(title string, lines []string) string {
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return title + ": " + lines[0]
	default:
		return title + ":\n- " + strings.Join(lines, "\n- ")
	}
}
