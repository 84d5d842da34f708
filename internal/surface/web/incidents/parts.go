package incidents

import (
	"context"
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// part is something that is read besides the incident itself. A page shows all of them, a region of it few: each open
// browser asks for its regions again whenever something happens.
type part uint

const (
	ofPeople part = 1 << iota
	ofTasks
	ofType
	ofLinks
	ofLesson
	ofRelated
	ofAccess
	ofTimeline
	ofFollowUps
	ofStreams
	ofCalls
	ofTold
	ofHears
	ofWaiting
	ofReach
	ofChannel
	ofEverything = ofChannel<<1 - 1

	ofPage   = ofEverything &^ ofReach
	ofHeader = ofLesson | ofAccess | ofFollowUps | ofStreams | ofHears | ofChannel
	ofBand   = ofPeople | ofTold
	// ofActions are the actions, with the follow-ups that some of them went on as.
	ofActions = ofTasks | ofFollowUps
	ofTabs    = ofTimeline | ofActions | ofStreams | ofCalls
	ofSide    = ofType | ofPeople | ofLinks | ofRelated | ofStreams | ofCalls | ofWaiting
)

// parts reads the incident that the path names, and so much of what belongs to it.
func (p *Pages) parts(r *http.Request, tab string, wanted part, more ...besides) (incidentView, incident.Incident, sight, error) {
	var (
		v   incidentView
		inc incident.Incident
		l   sight
	)
	err := postgres.Together(
		r.Context(),
		func(ctx context.Context) (err error) { inc, err = p.load(r.WithContext(ctx)); return err },
		func(ctx context.Context) (err error) { l, err = p.look(ctx); return err },
	)
	if err != nil {
		return v, inc, l, err
	}
	v = l.incident(inc)
	v.Tab = tab
	v.MayRedact = l.Viewer.Permissions.Has(authz.Redact) || v.MayEdit && v.Lead != nil && v.Lead.You
	v.OffersQuiet, v.Privately = p.Features.Enabled(r.Context(), incident.QuietIncidents), p.Features.Enabled(r.Context(), incident.PrivateIncidents)
	v.Divides = p.Features.Enabled(r.Context(), stream.Offered)
	v.Outside.Subscribable = inc.Mode != incident.Tutorial
	var reads []func(context.Context) error
	for _, one := range []struct {
		of   part
		read func(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error
	}{
		{ofPeople, p.readPeople},
		{ofTasks, p.readActions},
		{ofType, p.readType},
		{ofLinks, p.readLinks},
		{ofLesson, p.readLesson},
		{ofRelated, p.readRelated},
		{ofAccess, p.readAccess},
		{ofTimeline, p.readTimeline},
		{ofFollowUps, p.readFollowUps},
		{ofStreams, p.readStreams},
		{ofCalls, p.readCalls},
		{ofTold, p.readTold},
		{ofHears, p.readHears},
		{ofWaiting, p.readWaiting},
		{ofReach, p.readReach},
		{ofChannel, p.readChannel},
	} {
		if wanted&one.of != 0 {
			reads = append(reads, func(ctx context.Context) error { return one.read(ctx, l, inc, &v) })
		}
	}
	facts := v
	for _, read := range more {
		reads = append(reads, func(ctx context.Context) error { return read(ctx, l, facts, inc) })
	}
	err = postgres.Together(r.Context(), reads...)
	v.wentOn()
	return v, inc, l, err
}

// readPeople reads who takes part, and who of them saw the last update.
func (p *Pages) readPeople(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error {
	people, err := p.Incidents.People(ctx, inc.ID)
	if err != nil {
		return err
	}
	v.People, v.PeopleMore = l.participants(inc, people)
	if inc.LastUpdate == nil {
		return nil
	}
	visitors, err := p.Incidents.Visitors(ctx, inc.ID)
	if err == nil {
		v.LastUpdate.Seen = l.seen(inc, *inc.LastUpdate, people, visitors)
	}
	return err
}

func (p *Pages) readActions(ctx context.Context, l sight, inc incident.Incident, v *incidentView) error {
	all, err := p.Actions.List(ctx, inc.ID)
	v.Actions = l.actions(inc, all)
	for _, a := range v.Actions {
		if a.Open {
			v.ActionsOpen++
		}
	}
	return err
}

// readType finds the incident's type a word where there are several; with one it is never shown.
func (p *Pages) readType(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) error {
	types, err := p.Incidents.Types(ctx)
	if len(types) > 1 {
		v.Type = inc.Type.Name
	}
	return err
}

func (p *Pages) readLinks(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) (err error) {
	v.Links, err = p.links(ctx, inc)
	return err
}

func (p *Pages) readLesson(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) (err error) {
	v.Lesson, err = p.lesson(ctx, inc)
	return err
}

func (p *Pages) readRelated(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) error {
	belonging, err := p.Incidents.Related(ctx, inc.ID)
	v.Related = relatedViews(belonging)
	return err
}

func (p *Pages) readAccess(ctx context.Context, l sight, inc incident.Incident, v *incidentView) (err error) {
	v.Access, err = p.access(ctx, l, inc)
	return err
}

func (p *Pages) readTimeline(ctx context.Context, _ sight, inc incident.Incident, v *incidentView) (err error) {
	v.TimelineCount, err = p.Timelines.Count(ctx, inc.ID)
	return err
}

func (p *Pages) readFollowUps(ctx context.Context, l sight, inc incident.Incident, v *incidentView) (err error) {
	v.FollowUps, err = p.followUpsOf(ctx, l, inc)
	return err
}

func (p *Pages) readStreams(ctx context.Context, l sight, inc incident.Incident, v *incidentView) (err error) {
	v.Streams, err = p.streamsOf(ctx, l, inc)
	return err
}

func (p *Pages) readCalls(ctx context.Context, l sight, inc incident.Incident, v *incidentView) (err error) {
	v.Calls, err = p.calls(ctx, l, inc)
	return err
}
