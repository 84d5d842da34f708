package incidents

import (
	"context"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// itemView is one item of the timeline.
type itemView struct {
	ID    string
	Icon  string
	At    ui.Moment
	Title []sentencePart
	Body  templ.Component
	Link  string // the message in the room, for a pinned one
}

func (l sight) timeline(items []timeline.Item) []itemView {
	views := make([]itemView, 0, len(items))
	for _, item := range items {
		v := itemView{ID: string(item.ID), Icon: iconOf(item.Activity.Kind), At: l.Moment(item.At), Title: l.sentence(item.Title(l.Viewer.User))}
		if item.Source == "message" {
			v.Icon, v.Link = "pin", "#m-"+string(item.SourceID)
		}
		if !item.Body.Empty() {
			v.Body = document(item.Body, l.Viewer.User)
		}
		views = append(views, v)
	}
	return views
}

func (l sight) sentence(s timeline.Sentence) []sentencePart {
	parts := make([]sentencePart, 0, len(s))
	for _, part := range s {
		parts = append(parts, sentencePart{Text: part.Text, Strong: part.Kind == timeline.Who || part.Kind == timeline.Value})
	}
	return parts
}

// logLength is how many entries of the log are shown, the newest first.
const logLength = 500

type entryView struct {
	Icon     string
	At       ui.Moment
	Sentence []sentencePart
}

func (p *Pages) logView(ctx context.Context, l sight, inc incident.Incident) ([]entryView, error) {
	activities, err := p.Timelines.Activity(ctx, inc.ID, 0, logLength)
	if err != nil {
		return nil, err
	}
	views := make([]entryView, 0, len(activities))
	for _, a := range activities {
		views = append(views, entryView{Icon: iconOf(a.Kind), At: l.Moment(a.At), Sentence: l.sentence(a.Sentence(l.Viewer.User))})
	}
	return views, nil
}
