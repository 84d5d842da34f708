package incidents

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// sight is the lens of this area: it makes views of incidents, messages, items and actions.
type sight struct{ lens.Lens }

// look reads what every page of the area needs to show severities and statuses.
func (p *Pages) look(ctx context.Context) (sight, error) {
	read, err := lens.Read(ctx, p.Incidents, p.Clock.Now(), p.Picture)
	return sight{read}, err
}

// due says in few words whose the next update is and when it comes.
func (l sight) due(at *time.Time, lead *incident.Person) *ui.DueView {
	v := l.Due(at, lead)
	if v != nil {
		v.Brief = true
	}
	return v
}

func (l sight) severityOptions(chosen id.ID) []ui.Option {
	options := make([]ui.Option, 0, len(l.Severities))
	for _, s := range l.Severities {
		view := l.Severity(&s)
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Hint: s.Description, Chosen: s.ID == chosen, Severity: &view})
	}
	return options
}

// statusOptions are the statuses that an incident can be moved to by hand, from the one it has.
func (l sight) statusOptions(from incident.Category, chosen id.ID) []ui.Option {
	var options []ui.Option
	for _, s := range l.Statuses {
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
		view := l.Status(s)
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Hint: s.Description, Chosen: s.ID == chosen, Status: &view})
	}
	return options
}

// marks are the severities and statuses by their ids, for forms that know no more of what is chosen from.
func (l sight) marks() map[string]ui.Option {
	marks := map[string]ui.Option{}
	for _, s := range l.Severities {
		view := l.Severity(&s)
		marks[string(s.ID)] = ui.Option{Severity: &view}
	}
	for _, s := range l.Statuses {
		view := l.Status(s)
		marks[string(s.ID)] = ui.Option{Status: &view}
	}
	return marks
}
