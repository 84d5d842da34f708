package timeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// Standing is where an incident stands, for somebody who comes in: what a regroup, a catching up and a hand-over tell
// is read from it, so that the three never disagree.
type Standing struct {
	Incident incident.Incident
	// Since is when the reader last had it before them, nil for never; Happened is what was done since, the oldest first.
	Since    *time.Time
	Happened []Activity
	// Updates are the last ones, the newest first; Noted what was pinned, the newest first.
	Updates []incident.Update
	Noted   []Item
	Open    []action.Action
	// Free take part and have neither a role nor an open action.
	Free []incident.Person
	// Told is what customers may be told, Questions those that wait for an answer.
	Told      customers.Text
	Questions []question.Question
	// Streams are the open ones.
	Streams []stream.Stream
}

// Sources are where a standing is read from.
type Sources struct {
	Incidents *incident.Service
	Actions   *action.Service
	Timelines *Service
	Customers *customers.Service
	Questions *question.Service
	Streams   *stream.Service
}

// Most of what a standing tells of each thing: it is read in one look.
const (
	mostHappened = 12
	mostUpdates  = 3
	mostNoted    = 5
)

// Standing reads where an incident stands, and what happened since the actor last had it before them.
func (s Sources) Standing(ctx context.Context, inc id.ID, now time.Time) (Standing, error) {
	var st Standing
	var err error
	if st.Incident, err = s.Incidents.Get(ctx, inc); err != nil {
		return st, err
	}
	if st.Updates, err = s.Incidents.Updates(ctx, inc, mostUpdates); err != nil {
		return st, err
	}
	all, err := s.Actions.List(ctx, inc)
	if err != nil {
		return st, err
	}
	people, err := s.Incidents.People(ctx, inc)
	if err != nil {
		return st, err
	}
	items, err := s.Timelines.Timeline(ctx, inc)
	if err != nil {
		return st, err
	}
	log, err := s.Timelines.Activity(ctx, inc, 0, 500)
	if err != nil {
		return st, err
	}
	if st.Told, err = s.Customers.Get(ctx, inc); err != nil {
		return st, err
	}
	asked, err := s.Questions.List(ctx, inc)
	if err != nil {
		return st, err
	}
	streams, err := s.Streams.List(ctx, inc)
	if err != nil {
		return st, err
	}
	st.Streams = slices.DeleteFunc(streams, func(one stream.Stream) bool { return one.State != stream.Going })
	st.Since = st.Incident.You.Since(now)
	st.fill(all, people, items, log, asked)
	return st, nil
}

// fill keeps of everything what tells where the incident stands.
func (st *Standing) fill(all []action.Action, people []incident.Participant, items []Item, log []Activity, asked []question.Question) {
	busy := map[id.ID]bool{}
	for _, held := range st.Incident.Roles {
		if held.Holder != nil && held.Role.Kind != incident.RoleReporter {
			busy[held.Holder.ID] = true
		}
	}
	for _, a := range all {
		if a.Status == action.Outstanding {
			st.Open = append(st.Open, a)
			if a.Assignee != nil {
				busy[a.Assignee.ID] = true
			}
		}
	}
	for _, one := range st.Streams {
		if one.Lead != nil {
			busy[one.Lead.ID] = true
		}
	}
	for _, p := range people {
		if p.As != incident.Observer && !p.Deactivated && !busy[p.ID] {
			st.Free = append(st.Free, p.Person)
		}
	}
	for _, item := range slices.Backward(items) {
		if item.Source == "message" && !item.Hidden && !item.Gone && len(st.Noted) < mostNoted {
			st.Noted = append(st.Noted, item)
		}
	}
	if st.Since != nil {
		for _, a := range log {
			if len(st.Happened) < mostHappened && a.At.After(*st.Since) && telling[a.Kind] {
				st.Happened = append(st.Happened, a)
			}
		}
		slices.Reverse(st.Happened)
	}
	for _, q := range asked {
		if q.State == question.Open {
			st.Questions = append(st.Questions, q)
		}
	}
}

// telling are the kinds of activity that change where an incident stands; updates, pins and open actions are told by
// themselves.
var telling = map[string]bool{
	"incident.role_assigned": true, "incident.severity_changed": true, "incident.status_changed": true, "incident.closed": true,
	"incident.reopened": true, "incident.renamed": true, "incident.paused": true, "incident.resumed": true, "incident.accepted": true,
	"incident.declined": true, "incident.merged": true, "incident.canceled": true, "incident.update_sent": true, "action.completed": true,
	"action.not_doing": true, "customers.text_changed": true, "question.answered": true, "stream.opened": true, "stream.lead_assigned": true,
	"stream.update_sent": true, "stream.closed": true,
}

// LongAfter is how long people work on an incident before they are told to eat, and to hand over.
const LongAfter = 2 * time.Hour

// Long reports whether the incident goes on for so long that its people need food and a change.
func (st Standing) Long(now time.Time) bool {
	return st.Incident.Live() && st.Incident.Duration(now) >= LongAfter
}

// HandOver writes what the next one to lead has to know, as Markdown, for the one who hands over to make their own.
func (st Standing) HandOver() string {
	inc := st.Incident
	stands := inc.Status.Name
	if inc.Severity != nil {
		stands = inc.Severity.Name + ", " + stands
	}
	parts := []string{"**Where it stands:** " + stands + "." + after(" ", inc.Summary.Line())}
	if len(st.Updates) > 0 {
		parts = append(parts, "**Last update:** "+st.Updates[0].Message.Line())
	}
	var roles, todo, asked, noted []string
	for _, held := range inc.Roles {
		if held.Holder != nil && held.Role.Kind == incident.RoleCustom {
			roles = append(roles, held.Role.Name+": "+held.Holder.Name)
		}
	}
	var streams []string
	for _, one := range st.Streams {
		streams = append(streams, one.Name+" ("+one.LeadName()+")"+after(": ", one.LastLine()))
	}
	for _, a := range st.Open {
		who := "nobody yet"
		if a.Assignee != nil {
			who = a.Assignee.Name
		}
		todo = append(todo, a.Description+" ("+who+")")
	}
	for _, q := range st.Questions {
		asked = append(asked, q.Text+" ("+q.Asker.Name+")")
	}
	for _, item := range slices.Backward(st.Noted) {
		noted = append(noted, item.Author.Name+": “"+item.Body.Excerpt(200)+"”")
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"**Who holds what**", roles}, {"**Streams**", streams}, {"**Noted**", noted}, {"**Open**", todo}, {"**Not answered**", asked}} {
		if len(list.lines) > 0 {
			parts = append(parts, list.title+"\n- "+strings.Join(list.lines, "\n- "))
		}
	}
	if st.Told.Text != "" {
		parts = append(parts, "**Customers are told:** "+richtext.Parse(st.Told.Text, richtext.Options{}).Line())
	}
	return strings.Join(parts, "\n\n")
}

// after puts a text behind what stands before it, where there is one.
func after(space, text string) string {
	if text == "" {
		return ""
	}
	return space + text
}
