package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/export"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/view"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// Marker is in every text of a world, so that a leak is seen wherever it comes out.
const Marker = "Quartz"

// World is an organisation with one of everything.
type World struct {
	Organisation id.ID
	Slug         string
	// Owner may do everything and wrote everything; Member and Invited are others.
	Owner, Member, Invited id.ID
	OwnerSession           id.ID

	// Joined is one in which the owner takes part without a role, Triage one that is to be decided about.
	Incident, Closed, Joined, Triage, Tutorial id.ID
	Reference                                  string
	Lead, Role                                 id.ID
	Severity, OtherSeverity                    id.ID
	Status, Learning                           id.ID
	Severities, LiveStatuses, AllRoles         []id.ID
	Type                                       id.ID
	Message, Brought                           id.ID
	MessageVersion                             int
	Action                                     id.ID
	Picture                                    id.ID
	Export                                     id.ID
	Activity                                   id.ID
	TimelineItem, Attachment                   id.ID
	View, APIKey                               id.ID
	BotMessage                                 id.ID
	Update                                     id.ID
	Timestamps                                 []id.ID
	Duration                                   id.ID
	FollowUp                                   id.ID
	// Priorities are those of follow-ups; the last of them nothing has.
	Priorities        []id.ID
	Stream            id.ID
	Pager, Escalation id.ID
	OtherType, Field  id.ID
	Options           []id.ID
	Context           context.Context
	slackWorld
	channelWorld
	announcementWorld
	webhookWorld
	outsideWorld
	privateWorld
}

// NewWorld makes one of everything in the organisation of an owner who is signed in.
func NewWorld(t testing.TB, s *scenario.Scenario, owner *scenario.Browser) *World {
	t.Helper()
	ctx := owner.Context()
	w := &World{Organisation: owner.Organisation, Owner: owner.ID, Context: ctx}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	here, err := s.App.Organisations.Get(ctx)
	must(err)
	w.Slug = here.Slug
	member := s.PersonOf(owner.Organisation, Marker+"member", authz.Responder)
	w.Member = member.ID
	w.Invited, err = s.App.Users.Invite(ctx, user.Invite{Email: "quartz.invited@example.test", Name: Marker + " invited", Role: authz.Responder})
	must(err)
	w.settings(t, s)

	brief, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: Marker + " incident", Severity: w.Severity, Summary: Marker + " summary", Key: Marker})
	must(err)
	w.Incident, w.Reference = brief.ID, brief.Reference
	over, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: Marker + " closed"})
	must(err)
	w.Closed = over.ID
	_, err = s.App.Incidents.Close(ctx, incident.Close{Incident: over.ID})
	must(err)
	statuses, err := s.App.Incidents.Statuses(ctx)
	must(err)
	for _, one := range statuses {
		if one.Category == incident.CategoryTriage {
			triage, err := s.App.Incidents.Declare(ctx, incident.Declare{Name: Marker + " in triage", Status: one.ID})
			must(err)
			w.Triage = triage.ID
		}
	}
	tutorial, err := s.App.Tutorials.Start(ctx)
	must(err)
	w.Tutorial = tutorial.ID
	joined, err := s.App.Incidents.Declare(member.Context(), incident.Declare{Name: Marker + " of another"})
	must(err)
	w.Joined = joined.ID
	_, err = s.App.Incidents.Join(ctx, incident.Join{Incident: joined.ID})
	must(err)
	sent, err := s.App.Incidents.SendUpdate(ctx, incident.SendUpdate{Incident: w.Incident, Message: Marker + " update", NextMinutes: 30, Key: Marker})
	must(err)
	w.Update = sent.Update
	said, err := s.App.Rooms.Post(ctx, room.Post{Incident: w.Incident, ClientKey: Marker, Source: Marker + " message"})
	must(err)
	w.Message, w.MessageVersion = said.ID, said.Version
	elsewhere, err := s.App.Rooms.Bring(ctx, room.Bring{Incident: w.Incident, Key: Marker + "elsewhere", Origin: "slack", Source: Marker + " elsewhere", At: brought})
	must(err)
	w.Brought = elsewhere.ID
	card, err := s.App.Rooms.PostBot(ctx, room.PostBot{Incident: w.Incident, Key: Marker, Blocks: card})
	must(err)
	w.BotMessage = card.ID
	made, err := s.App.Actions.Create(ctx, action.Create{Incident: w.Incident, Description: Marker + " action", Assignee: w.Owner, Key: Marker})
	must(err)
	w.Action = made.ID
	picture, err := s.App.Rooms.AttachPicture(ctx, room.AttachPicture{Incident: w.Incident, Name: Marker + ".png", Content: dot()})
	must(err)
	w.Picture = picture.ID
	asked, err := s.App.Exports.Request(ctx, export.Request{Formats: export.Formats()})
	must(err)
	must(s.App.Exports.TakeUp(t.Context()))
	w.Export = asked.ID
	must(w.ask(ctx, s.App))
	log, err := s.App.Timelines.Activity(ctx, w.Incident, 0, 10)
	must(err)
	w.Activity = log[0].ID
	link, err := s.App.Attachments.Attach(ctx, attachment.Attach{Incident: w.Incident, URL: "https://example.test/" + Marker, Title: Marker + " link"})
	must(err)
	w.Attachment = link.ID
	w.View, err = s.App.Views.Save(ctx, view.Save{Name: Marker + " view", Query: "view=live", Shared: true})
	must(err)
	key, _, err := s.App.APIKeys.Create(ctx, apikey.Create{What: apikey.What{Name: Marker + " key", Roles: []authz.KeyRole{authz.KeyViewer}}})
	must(err)
	w.APIKey = key.ID
	w.TimelineItem, err = s.App.Timelines.Write(ctx, timeline.Write{Incident: w.Incident, Title: Marker + " item", Note: Marker + " note", Key: Marker})
	must(err)
	w.escalations(t, s)
	w.followUps(t, s)
	w.streams(t, s)
	w.slack(t, s)
	w.webhooks(t, s)
	w.channel(t, s)
	w.announcement(t, s)
	sessions, err := s.App.Auth.Sessions(ctx)
	must(err)
	w.OwnerSession = sessions[0].ID
	w.private(t, s)
	return w
}

// settings looks up, and adds to, what the organisation was founded with.
func (w *World) settings(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	ctx := w.Context
	if _, err := s.App.Incidents.TakeComms(ctx); err != nil {
		t.Fatal(err)
	}
	role, err := s.App.Incidents.CreateRole(ctx, incident.CreateRole{Name: Marker + " role", Shortform: "quartz"})
	if err != nil {
		t.Fatal(err)
	}
	w.Role = role.ID
	roles, err := s.App.Incidents.Roles(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range roles {
		w.AllRoles = append(w.AllRoles, one.ID)
		if one.Kind == incident.RoleLead {
			w.Lead = one.ID
		}
	}
	severities, err := s.App.Incidents.Severities(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range severities {
		w.Severities = append(w.Severities, one.ID)
	}
	w.Severity, w.OtherSeverity = w.Severities[0], w.Severities[1]
	statuses, err := s.App.Incidents.Statuses(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range statuses {
		switch one.Category {
		case incident.CategoryLive:
			w.LiveStatuses = append(w.LiveStatuses, one.ID)
		case incident.CategoryLearning:
			w.Learning = one.ID
		}
	}
	w.Status = w.LiveStatuses[1]
	types, err := s.App.Incidents.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.Type = types[0].ID
	for _, add := range []func(context.Context, *app.App) error{w.settle, w.shape} {
		if err := add(ctx, s.App); err != nil {
			t.Fatal(err)
		}
	}
}
