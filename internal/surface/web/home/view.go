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
	"github.com/musterhq/muster/internal/surface/web/lens"
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
	// More are the live ones that have no card, Triage those that wait for a decision, Paused those set aside.
	More, Triage, Paused []rowView
	Updates              []updateView
	Questions            []questionView
	Calls                []callView
	Actions              []actionView
	FollowUps            []followUpView
	Earlier              []rowView
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
	Private                   bool
	Marks                     []string
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
	// Due is by when it is to be done; nil for no particular time.
	Due *ui.DueView
}

// needs counts what waits for the reader.
func (v homeView) needs() int {
	return len(v.Updates) + len(v.Questions) + len(v.Actions) + len(v.FollowUps)
}

func (p *Pages) view(ctx context.Context) (homeView, error) {
	viewer, _ := page.ViewerOf(ctx)
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
	read, err := lens.Read(ctx, p.Incidents, p.Clock.Now(), p.Picture)
	if err != nil {
		return v, err
	}
	l := sight{read}
	if v.Calls, err = p.calls(ctx, read); err != nil {
		return v, err
	}
	due, err := p.Incidents.NeedsYou(ctx)
	if err != nil {
		return v, err
	}
	if v.MayEdit {
		if v.Questions, err = p.questions(ctx, l); err != nil {
			return v, err
		}
	}
	if v.FollowUps, err = p.followUps(ctx, l); err != nil {
		return v, err
	}
	todo, err := p.Actions.AssignedTo(ctx, viewer.User)
	if err != nil {
		return v, err
	}
	var carded []incident.Listed
	for _, one := range live {
		switch {
		case one.Mode == incident.Test: // counts for nothing
			continue
		case one.Status.Category == incident.CategoryTriage:
			v.Triage = append(v.Triage, l.row(one))
			continue
		case !one.Live():
			v.Paused = append(v.Paused, l.row(one))
			continue
		case v.Live >= mostCards:
			v.More = append(v.More, l.row(one))
			v.Live++
			continue
		}
		v.Live++
		carded = append(carded, one)
	}
	ids := make([]id.ID, len(carded))
	for n, one := range carded {
		ids[n] = one.ID
	}
	people, err := p.Incidents.Headcounts(ctx, ids)
	if err != nil {
		return v, err
	}
	for _, one := range carded {
		v.Cards = append(v.Cards, l.card(one, people[one.ID]))
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

// sight is the lens of this area: it makes cards and rows.
type sight struct{ lens.Lens }

func (l sight) card(one incident.Listed, people int) cardView {
	c := cardView{rowView: l.row(one), Summary: one.Summary, People: crowd(people)}
	if c.Summary == "" && one.LastUpdate != "" {
		c.Summary, c.Told = one.LastUpdate, true
	}
	c.Due = l.Due(one.NextUpdateDueAt, one.Lead)
	return c
}

func (l sight) row(one incident.Listed) rowView {
	v := rowView{
		ID: string(one.ID), Href: path(one.Reference, one.ID), Reference: one.Reference, Name: one.Name, Private: one.Private, Marks: l.Marks(one),
		Severity: l.Severity(one.Severity), Status: l.Status(one.Status), Declared: one.DeclaredAt, Until: l.Now, Going: one.ClosedAt == nil,
	}
	if one.ClosedAt != nil {
		v.Until = *one.ClosedAt
	}
	if one.Lead != nil {
		lead := l.Person(*one.Lead)
		v.Lead = &lead
	}
	return v
}

func (l sight) update(one incident.Listed) updateView {
	v := updateView{Href: path(one.Reference, one.ID) + "/updates/new", Reference: one.Reference, Name: one.Name}
	v.Due = ui.DueView{At: l.Now, Now: l.Now, What: "update", Yours: true}
	if one.NextUpdateDueAt != nil {
		v.Due.At = *one.NextUpdateDueAt
	}
	return v
}

func (l sight) action(one action.Action) actionView {
	at := path(one.IncidentReference, one.Incident)
	v := actionView{
		ID: string(one.ID), Href: at + "/actions", Complete: at + "/actions/" + string(one.ID) + "/status", Description: one.Description,
		Reference: one.IncidentReference, Incident: one.IncidentName, At: l.Moment(one.CreatedAt),
	}
	if one.Due != nil {
		v.Due = &ui.DueView{At: *one.Due, Now: l.Now, What: "action", Yours: true, Brief: true}
	}
	if one.Creator.ID != l.Viewer.User {
		v.From = one.Creator.Name
	}
	return v
}

// earlier picks the incidents before those that are live: of this week, and after a quiet week the last ones before it too.
func (l sight) earlier(live, recent []incident.Listed) (string, []rowView) {
	var week, before []rowView
	for _, one := range recent {
		if slices.ContainsFunc(live, func(other incident.Listed) bool { return other.ID == one.ID }) {
			continue
		}
		if l.Now.Sub(one.DeclaredAt) < lately {
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
