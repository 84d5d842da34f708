package home

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

const (
	// mostCards is how many live incidents are shown in full; more are rows, so that the page stays one glance.
	mostCards = 6
	// mostEarlier is how many of the incidents before are shown, mostRead how many are read to find them; fewer than
	// fewEarlier are a quiet week.
	mostEarlier, mostRead, fewEarlier = 8, 40, 3
	// lately is how far back the page looks.
	lately = 7 * 24 * time.Hour
)

// homeView is the page for one reader at one moment.
type homeView struct {
	Live  int
	Cards []cardView
	// More are the live ones that have no card, Aside those in triage or paused.
	More, Aside []rowView
	Updates     []updateView
	Actions     []actionView
	Earlier     []rowView
	// EarlierTitle says how far back the rows reach.
	EarlierTitle string
	// Fresh marks an organisation in which nothing was ever declared.
	Fresh      bool
	MayDeclare bool
	MayEdit    bool
}

// cardView is a live incident.
type cardView struct {
	rowView
	Summary string
	// Told marks that Summary is the last update, as nobody has written a summary.
	Told   bool
	People string
	Due    *ui.DueView
}

// rowView is an incident in one line.
type rowView struct {
	ID, Href, Reference, Name string
	Severity                  ui.SeverityView
	Status                    ui.StatusView
	Lead                      *ui.PersonView
	Declared, Until           time.Time
	Going                     bool
	Private, Test             bool
}

// updateView is an update that is the reader's to send.
type updateView struct {
	Href, Reference, Name string
	Due                   ui.DueView
}

// actionView is something that the reader has to do.
type actionView struct {
	ID, Href, Complete, Description string
	Reference, Incident             string
	// From is who asked for it, empty for the reader.
	From string
	At   ui.Moment
}

// needs counts what waits for the reader.
func (v homeView) needs() int { return len(v.Updates) + len(v.Actions) }

func (p *Pages) view(ctx context.Context) (homeView, error) {
	viewer, _ := page.ViewerOf(ctx)
	l := lens{ctx: ctx, viewer: viewer, now: p.Clock.Now(), picture: p.Picture}
	v := homeView{MayDeclare: viewer.Permissions.Has(authz.CreateIncidents), MayEdit: viewer.Permissions.Has(authz.EditIncidents)}
	live, err := p.Incidents.Live(ctx)
	if err != nil {
		return v, err
	}
	recent, err := p.Incidents.Recent(ctx, mostRead)
	if err != nil {
		return v, err
	}
	if v.Fresh = len(live)+len(recent) == 0; v.Fresh {
		return v, nil
	}
	if l.severities, err = p.Incidents.Severities(ctx); err != nil {
		return v, err
	}
	if l.statuses, err = p.Incidents.Statuses(ctx); err != nil {
		return v, err
	}
	due, err := p.Incidents.NeedsYou(ctx)
	if err != nil {
		return v, err
	}
	todo, err := p.Actions.AssignedTo(ctx, viewer.User)
	if err != nil {
		return v, err
	}
	for _, one := range live {
		switch {
		case !one.Live():
			v.Aside = append(v.Aside, l.row(one))
			continue
		case v.Live >= mostCards:
			v.More = append(v.More, l.row(one))
			v.Live++
			continue
		}
		v.Live++
		people, err := p.Incidents.People(ctx, one.ID)
		if err != nil {
			return v, err
		}
		v.Cards = append(v.Cards, l.card(one, len(people)))
	}
	for _, one := range due {
		v.Updates = append(v.Updates, l.update(one))
	}
	for _, one := range todo {
		v.Actions = append(v.Actions, l.action(one))
	}
	v.EarlierTitle, v.Earlier = l.earlier(live, recent)
	return v, nil
}

// lens turns what domains know into what one reader sees.
type lens struct {
	ctx        context.Context //nolint:containedctx // lives as long as one answer
	viewer     page.Viewer
	now        time.Time
	severities []incident.Severity
	statuses   []incident.Status
	picture    func(ctx context.Context, key string) string
}

func (l lens) card(one incident.Listed, people int) cardView {
	c := cardView{rowView: l.row(one), Summary: one.Summary, People: crowd(people)}
	if c.Summary == "" && one.LastUpdate != "" {
		c.Summary, c.Told = one.LastUpdate, true
	}
	if one.NextUpdateDueAt != nil {
		c.Due = &ui.DueView{At: *one.NextUpdateDueAt, Now: l.now, What: "update", Yours: one.Lead != nil && one.Lead.ID == l.viewer.User}
	}
	return c
}

func (l lens) row(one incident.Listed) rowView {
	v := rowView{
		ID: string(one.ID), Href: path(one.Reference, one.ID), Reference: one.Reference, Name: one.Name, Private: one.Private, Test: one.Mode == incident.Test,
		Severity: l.severity(one.Severity), Status: l.status(one.Status), Declared: one.DeclaredAt, Until: l.now, Going: one.ClosedAt == nil,
	}
	if one.ClosedAt != nil {
		v.Until = *one.ClosedAt
	}
	if one.Lead != nil {
		v.Lead = &ui.PersonView{ID: string(one.Lead.ID), Name: one.Lead.Name, You: one.Lead.ID == l.viewer.User, Deactivated: one.Lead.Deactivated}
		if l.picture != nil && one.Lead.AvatarKey != "" {
			v.Lead.Picture = l.picture(l.ctx, one.Lead.AvatarKey)
		}
	}
	return v
}

func (l lens) update(one incident.Listed) updateView {
	v := updateView{Href: path(one.Reference, one.ID) + "/updates/new", Reference: one.Reference, Name: one.Name}
	v.Due = ui.DueView{At: l.now, Now: l.now, What: "update", Yours: true}
	if one.NextUpdateDueAt != nil {
		v.Due.At = *one.NextUpdateDueAt
	}
	return v
}

func (l lens) action(one action.Action) actionView {
	at := path(one.IncidentReference, one.Incident)
	v := actionView{
		ID: string(one.ID), Href: at + "/actions", Complete: at + "/actions/" + string(one.ID) + "/status", Description: one.Description,
		Reference: one.IncidentReference, Incident: one.IncidentName, At: ui.Moment{At: one.CreatedAt, Now: l.now, Zone: l.viewer.Zone},
	}
	if one.Creator.ID != l.viewer.User {
		v.From = one.Creator.Name
	}
	return v
}

// earlier picks the incidents before those that are live: of this week, and after a quiet week the last ones before it too.
func (l lens) earlier(live, recent []incident.Listed) (string, []rowView) {
	var week, before []rowView
	for _, one := range recent {
		if slices.ContainsFunc(live, func(other incident.Listed) bool { return other.ID == one.ID }) {
			continue
		}
		if l.now.Sub(one.DeclaredAt) < lately {
			week = append(week, l.row(one))
		} else {
			before = append(before, l.row(one))
		}
	}
	if len(week) >= fewEarlier || len(before) == 0 {
		return "Earlier this week", week[:min(len(week), mostEarlier)]
	}
	all := append(week, before...)
	return "Earlier", all[:min(len(all), mostEarlier)]
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
	step := 1
	for _, other := range l.statuses {
		if other.Category == s.Category && other.Rank < s.Rank {
			step++
		}
	}
	return ui.StatusView{Name: s.Name, Category: string(s.Category), Step: step}
}

func path(reference string, incident id.ID) string {
	if reference == "" {
		reference = string(incident)
	}
	return "/incidents/" + reference
}

func crowd(people int) string {
	switch people {
	case 0:
		return ""
	case 1:
		return "1 person in the room"
	default:
		return fmt.Sprintf("%d people in the room", people)
	}
}
