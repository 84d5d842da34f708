package home

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/domain/followup"
)

// mostFollowUps is how many of those that are due stand here; the others are on their own page.
const mostFollowUps = 5

// followUpView is something that the reader has to do after an incident, by today or before.
type followUpView struct {
	ID, Href, Complete, Title string
	Reference, Incident, Due  string
	Late                      bool
}

// followUps are those of the reader whose day has come.
func (p *Pages) followUps(ctx context.Context, l sight) ([]followUpView, error) {
	all, err := p.FollowUps.List(ctx, followup.Filter{Assignee: l.Viewer.User, Status: followup.Outstanding, Most: mostFollowUps})
	if err != nil {
		return nil, err
	}
	today := l.today()
	var due []followUpView
	for _, one := range all { // what is due first stands first
		if one.Due == nil || one.Due.After(today) {
			break
		}
		at := path(one.IncidentReference, one.Incident) + "/follow-ups"
		v := followUpView{
			ID: string(one.ID), Href: at, Complete: at + "/" + string(one.ID) + "/status", Title: one.Title, Reference: one.IncidentReference,
			Incident: one.IncidentName, Due: "due today", Late: one.Due.Before(today),
		}
		if v.Late {
			v.Due = "was due " + one.Due.Format("Jan 2")
		}
		due = append(due, v)
	}
	return due, nil
}

// today is the reader's day, at midnight UTC as due days are kept.
func (l sight) today() time.Time {
	now := l.Now
	if l.Viewer.Zone != nil {
		now = now.In(l.Viewer.Zone)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}
