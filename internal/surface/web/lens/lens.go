// Package lens turns what domains know of incidents and people into what one reader sees: "you", the reader's own
// zone, bars and rings, pictures. The areas of the dashboard share it, so that a severity looks the same on each page.
package lens

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

// Picture returns the address of a person's picture by its blob key, empty when there is none. The address is good for
// everyone who may see the page and stays the same for a while, so that a page that is drawn anew keeps its pictures.
type Picture func(ctx context.Context, key string) string

// Lens is one reader's view at one moment; it lives as long as one answer.
type Lens struct {
	Viewer page.Viewer
	Now    time.Time
	// Severities are those in use, the least first; Statuses those in use, in their order.
	Severities []incident.Severity
	Statuses   []incident.Status
	picture    func(key string) string
}

// Of returns the lens of whoever ctx belongs to; it knows no severities and statuses.
func Of(ctx context.Context, now time.Time, picture Picture) Lens {
	viewer, _ := page.ViewerOf(ctx)
	l := Lens{Viewer: viewer, Now: now}
	if picture != nil {
		l.picture = func(key string) string { return picture(ctx, key) }
	}
	return l
}

// Read is Of with the severities and statuses of the organisation: two queries.
func Read(ctx context.Context, incidents *incident.Service, now time.Time, picture Picture) (Lens, error) {
	l := Of(ctx, now, picture)
	var err error
	if l.Severities, err = incidents.Severities(ctx); err != nil {
		return l, err
	}
	l.Statuses, err = incidents.Statuses(ctx)
	return l, err
}

// Severity gives the severity as many bars as its place among all of them asks for.
func (l Lens) Severity(s *incident.Severity) ui.SeverityView {
	if s == nil {
		return ui.SeverityView{Name: "No severity"}
	}
	place := slices.IndexFunc(l.Severities, func(other incident.Severity) bool { return other.Rank >= s.Rank })
	if place < 0 { // archived, and worse than all that there are
		place = len(l.Severities) - 1
	}
	return ui.SeverityView{Name: s.Name, Level: ui.Level(place, len(l.Severities))}
}

// Status fills the ring of the status by its place in its category.
func (l Lens) Status(s incident.Status) ui.StatusView {
	step := 1
	for _, other := range l.Statuses {
		if other.Category == s.Category && other.Rank < s.Rank {
			step++
		}
	}
	return ui.StatusView{Name: s.Name, Category: string(s.Category), Step: step}
}

// Marks are the words that tell an incident from any other in a list: a test, one written down afterwards, a quiet one.
func (l Lens) Marks(one incident.Listed) []string {
	var marks []string
	switch one.Mode {
	case incident.Test:
		marks = append(marks, "Test")
	case incident.Retrospective:
		marks = append(marks, "Retrospective")
	}
	if one.Quiet {
		marks = append(marks, "Quiet")
	}
	return marks
}

// Person shows somebody whom a domain knows with picture and state.
func (l Lens) Person(p incident.Person) ui.PersonView {
	v := l.Named(p.ID, p.Name, p.AvatarKey)
	v.Deactivated = p.Deactivated
	return v
}

// Named shows somebody by name and the blob key of the picture, empty for initials.
func (l Lens) Named(person id.ID, name, avatar string) ui.PersonView {
	v := ui.PersonView{ID: string(person), Name: name, You: !person.Empty() && person == l.Viewer.User}
	if avatar != "" && l.picture != nil {
		v.Picture = l.picture(avatar)
	}
	return v
}

// Actor shows who did something; of actors only the name of then is known.
func (l Lens) Actor(a tenant.Actor) ui.PersonView { return l.Named(a.ID, a.Name, "") }

// Moment is a time in the reader's zone.
func (l Lens) Moment(at time.Time) ui.Moment {
	return ui.Moment{At: at, Now: l.Now, Zone: l.Viewer.Zone}
}

// Due tells when the next update comes and whether it is the reader's: that is the lead's. Nil when none is promised.
func (l Lens) Due(at *time.Time, lead *incident.Person) *ui.DueView {
	if at == nil {
		return nil
	}
	return &ui.DueView{At: *at, Now: l.Now, What: "update", Yours: lead != nil && lead.ID == l.Viewer.User}
}
