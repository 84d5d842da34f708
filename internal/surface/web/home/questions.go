package home

import (
	"context"

	"github.com/musterhq/muster/internal/surface/web/ui"
)

// questionView is a question that waits for the reader.
type questionView struct {
	ID, Href, Text, Asker string
	Reference, Incident   string
	At                    ui.Moment
}

// pressing tells that others wait for the reader, so that what needs them stands first.
func (v homeView) pressing() bool { return len(v.Updates)+len(v.Questions) > 0 }

func (p *Pages) questions(ctx context.Context, l sight) ([]questionView, error) {
	waiting, err := p.Questions.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var list []questionView
	for _, q := range waiting {
		where := q.IncidentReference
		if where == "" {
			where = string(q.Incident)
		}
		list = append(list, questionView{
			ID: string(q.ID), Href: "/incidents/" + where + "/questions/" + string(q.ID) + "/answer", Text: q.Text, Asker: q.Asker.Name,
			Reference: q.IncidentReference, Incident: q.Name, At: l.Moment(q.At),
		})
	}
	return list, nil
}
