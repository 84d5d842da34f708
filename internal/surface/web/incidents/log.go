package incidents

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// logLength is how many entries of the log are shown, the newest first.
const logLength = 500

type entryView struct {
	Icon     string
	At       ui.Moment
	Sentence []sentencePart
	// Add is where it is put on the timeline from, empty where it cannot or is there; Told says that it is there.
	Add  string
	Told bool
}

func (p *Pages) logView(ctx context.Context, l sight, v incidentView, inc incident.Incident) ([]entryView, error) {
	activities, err := p.Timelines.Activity(ctx, inc.ID, 0, logLength)
	if err != nil {
		return nil, err
	}
	told, err := p.Timelines.Told(ctx, inc.ID)
	if err != nil {
		return nil, err
	}
	views := make([]entryView, 0, len(activities))
	for _, a := range activities {
		e := entryView{Icon: iconOf(a.Kind), At: l.Moment(a.At), Sentence: l.sentence(a.Sentence(l.Viewer.User)), Told: a.Addable() && told[a.ID]}
		if v.MayEdit && a.Addable() && !e.Told {
			e.Add = v.Path + "/log/" + string(a.ID) + "/told"
		}
		views = append(views, e)
	}
	return views, nil
}

// log shows everything that happened.
func (p *Pages) log(w http.ResponseWriter, r *http.Request) error {
	return p.tab(w, r, "log", p.logPart)
}

func (p *Pages) logPart(ctx context.Context, l sight, v incidentView, inc incident.Incident) (templ.Component, error) {
	entries, err := p.logView(ctx, l, v, inc)
	return logTab(v, entries), err
}
