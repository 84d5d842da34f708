package incidents

import (
	"context"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// lens turns what domains know into what one reader sees: "you", the reader's zone, bars and rings.
type lens struct {
	viewer     page.Viewer
	now        time.Time
	severities []incident.Severity
	statuses   []incident.Status
}

// look reads what every page of the area needs to show severities and statuses.
func (p *Pages) look(ctx context.Context) (lens, error) {
	viewer, _ := page.ViewerOf(ctx)
	severities, err := p.Incidents.Severities(ctx)
	if err != nil {
		return lens{}, err
	}
	statuses, err := p.Incidents.Statuses(ctx)
	if err != nil {
		return lens{}, err
	}
	return lens{viewer: viewer, now: p.Clock.Now(), severities: severities, statuses: statuses}, nil
}

func (l lens) severity(s *incident.Severity) ui.SeverityView {
	if s == nil {
		return ui.SeverityView{Name: "No severity"}
	}
	place := slices.IndexFunc(l.severities, func(other incident.Severity) bool { return other.Rank >= s.Rank })
	if place < 0 { // archived, and worse than all that there are
		place = len(l.severities) - 1
	}
	return ui.SeverityView{Name: s.Name, Level: ui.Level(place, len(l.severities))}
}

func (l lens) status(s incident.Status) ui.StatusView {
	view := ui.StatusView{Name: s.Name, Category: string(s.Category)}
	step := 1
	for _, other := range l.statuses {
		if other.ID == s.ID {
			break
		}
		if other.Category == s.Category {
			step++
		}
	}
	view.Step = step
	return view
}

func (l lens) person(p incident.Person) ui.PersonView {
	return ui.PersonView{ID: string(p.ID), Name: p.Name, You: p.ID == l.viewer.User, Deactivated: p.Deactivated}
}

func (l lens) actor(a tenant.Actor) ui.PersonView {
	return ui.PersonView{ID: string(a.ID), Name: a.Name, You: !a.ID.Empty() && a.ID == l.viewer.User}
}

func (l lens) moment(at time.Time) ui.Moment {
	return ui.Moment{At: at, Now: l.now, Zone: l.viewer.Zone}
}

// due tells whose the next update is: the lead's.
func (l lens) due(at *time.Time, lead *incident.Person) *ui.DueView {
	if at == nil {
		return nil
	}
	return &ui.DueView{At: *at, Now: l.now, Yours: lead != nil && lead.ID == l.viewer.User, What: "update", Brief: true}
}

func (l lens) severityOptions(chosen id.ID) []ui.Option {
	options := make([]ui.Option, 0, len(l.severities))
	for _, s := range l.severities {
		view := l.severity(&s)
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Hint: s.Description, Chosen: s.ID == chosen, Severity: &view})
	}
	return options
}

// statusOptions are the statuses that an incident can be moved to by hand, from the one it has.
func (l lens) statusOptions(from incident.Category, chosen id.ID) []ui.Option {
	var options []ui.Option
	for _, s := range l.statuses {
		switch s.Category {
		case incident.CategoryLive, incident.CategoryLearning, incident.CategoryClosed:
		default:
			if s.ID != chosen {
				continue
			}
		}
		// The work after an incident is offered to those who are in it or done.
		if s.Category == incident.CategoryLearning && from == incident.CategoryLive && s.ID != chosen {
			continue
		}
		view := l.status(s)
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Hint: s.Description, Chosen: s.ID == chosen, Status: &view})
	}
	return options
}
