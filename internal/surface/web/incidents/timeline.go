package incidents

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// timelineView is the story of the incident, or the part of it that is asked for.
type timelineView struct {
	Items   []itemView
	Filters []ui.TabView
	// Shown is the filter in the address, empty for everything; None says what an empty answer to it means.
	Shown, None string
	Some        bool
	MayEdit     bool
}

// itemView is one item of the timeline.
type itemView struct {
	ID, Path string
	Icon     string
	At       ui.Moment
	// Day names the day where a new one begins.
	Day   string
	Title []sentencePart
	// Worded is what the title says by itself, where somebody gave it another.
	Worded []sentencePart
	Body   templ.Component
	Gone   bool
	Note   templ.Component
	// Moved is when it happened, where that is another time.
	Moved    string
	Pictures []room.File
	Link     string // the message in the room, for a pinned one
	Hidden   bool
	MayEdit  bool
}

// filters are the parts of a timeline that can be looked at alone, by what their address says.
var filters = []struct {
	name, label, none string
	shows             func(timeline.Item) bool
}{
	{"", "All", "", func(i timeline.Item) bool { return !i.Hidden }},
	{"updates", "Updates", "No update is on the timeline.", func(i timeline.Item) bool { return !i.Hidden && i.Source == timeline.FromUpdate }},
	{"messages", "Messages", "No message is pinned. The pin beside a message in the room puts it here.", func(i timeline.Item) bool { return !i.Hidden && i.Source == timeline.FromMessage }},
	{"hand", "By hand", "Nobody wrote anything here by hand.", func(i timeline.Item) bool { return !i.Hidden && i.Source == timeline.ByHand }},
	{"hidden", "Taken off", "Nothing was taken off.", func(i timeline.Item) bool { return i.Hidden }},
}

func (p *Pages) timelineView(ctx context.Context, l sight, v incidentView, inc incident.Incident, shown string) (timelineView, error) {
	items, err := p.Timelines.Whole(ctx, inc.ID)
	if err != nil {
		return timelineView{}, err
	}
	t := timelineView{MayEdit: v.MayEdit, Some: len(items) > 0}
	chosen := 0
	for n, f := range filters {
		count := 0
		for _, item := range items {
			if f.shows(item) {
				count++
			}
		}
		if f.name == shown {
			chosen = n
		}
		if count == 0 && f.name != "" && f.name != shown {
			continue
		}
		tab := ui.TabView{Label: f.label, Href: v.Path + "/timeline", Count: fmt.Sprint(count), Current: f.name == shown}
		if f.name != "" {
			tab.Href += "?show=" + f.name
		}
		t.Filters = append(t.Filters, tab)
	}
	f := filters[chosen]
	t.Shown, t.None = f.name, f.none
	items = slices.DeleteFunc(items, func(i timeline.Item) bool { return !f.shows(i) })
	pictures, err := p.Rooms.Pictures(ctx, pinned(items))
	if err != nil {
		return timelineView{}, err
	}
	for n, item := range items {
		one := l.item(v.Path, item, pictures[item.SourceID])
		one.MayEdit = v.MayEdit
		if n == 0 || !l.sameDay(items[n-1].At, item.At) {
			one.Day = item.At.In(l.Viewer.Zone).Format("Monday, January 2")
		}
		t.Items = append(t.Items, one)
	}
	return t, nil
}

// pinned lists the messages that items tell of.
func pinned(items []timeline.Item) []id.ID {
	var messages []id.ID
	for _, item := range items {
		if item.Source == timeline.FromMessage {
			messages = append(messages, item.SourceID)
		}
	}
	return messages
}

func (l sight) item(path string, item timeline.Item, pictures []room.File) itemView {
	v := itemView{
		ID: string(item.ID), Path: path + "/timeline/" + string(item.ID), Icon: iconOf(item.Activity.Kind), At: l.Moment(item.At),
		Title: l.sentence(item.Title(l.Viewer.User)), Gone: item.Gone, Hidden: item.Hidden, Pictures: pictures,
	}
	switch item.Source {
	case timeline.FromMessage:
		v.Icon = "pin"
		if !item.Gone {
			v.Link = path + "#m-" + string(item.SourceID)
		}
	case timeline.ByHand:
		v.Icon = "pencil"
	}
	if item.Named != "" && item.Source != timeline.ByHand {
		v.Worded = l.sentence(item.Worded(l.Viewer.User))
	}
	if item.Moved() {
		v.Moved = l.Moment(item.OccurredAt).In(l.sameDay(item.At, item.OccurredAt))
	}
	if !item.Body.Empty() {
		v.Body = document(item.Body, l.Viewer.User)
	}
	if !item.Note.Empty() {
		v.Note = document(item.Note, l.Viewer.User)
	}
	return v
}

func (l sight) sentence(s timeline.Sentence) []sentencePart {
	parts := make([]sentencePart, 0, len(s))
	for _, part := range s {
		parts = append(parts, l.part(part))
	}
	return parts
}

func (p *Pages) timelinePart(r *http.Request) tabPart {
	return func(ctx context.Context, l sight, v incidentView, inc incident.Incident) (templ.Component, error) {
		t, err := p.timelineView(ctx, l, v, inc, r.URL.Query().Get("show"))
		return timelineTab(v, t), err
	}
}

// timeline shows the tab.
func (p *Pages) timeline(w http.ResponseWriter, r *http.Request) error {
	return p.tab(w, r, "timeline", p.timelinePart(r))
}
