package incidents

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// incidentView is an incident's page but for its tab.
type incidentView struct {
	ID, Path    string
	Reference   string
	Name        string
	Mode        string
	Category    incident.Category
	Quiet       bool
	OffersQuiet bool // whether the menu offers to make it quiet
	Standing    *standingView
	// Channel is the one in Slack.
	Channel        channelView
	Related        []relatedView
	Lesson         *tutorialView
	Private        bool
	Privately      bool // whether the organisation uses private incidents
	Access         accessView
	Severity       ui.SeverityView
	Status         ui.StatusView
	Lead           *ui.PersonView
	Declared       time.Time
	Until          time.Time
	Going          bool
	Summary        templ.Component
	HasSummary     bool
	LastUpdate     *updateView
	Due            *ui.DueView
	DueFrom        time.Time
	Tab            string
	TimelineCount  int
	MayRedact      bool
	Links          []linkGroup
	ActionsOpen    int
	Roles          []roleView
	Times          []timeView
	People         []participantView
	PeopleMore     int
	MayEdit        bool
	Participates   bool
	Closed         bool
	Zone           *time.Location
	Now            time.Time
	Actions        []actionView
	Calls          []callView
	FollowUps      []followUpView
	Streams        []streamView
	Divides        bool // whether the organisation divides the work of incidents
	Updates        int
	RoleNews       []roleNewsView
	Away           *awayView
	DeclaredMoment ui.Moment
	Outside        outsideView
	// Type is the incident's type where there are several.
	Type       string
	Fields     []fieldView
	Durations  []durationView
	OutOfOrder []string
}

type updateView struct {
	ID, Path string
	Number   int
	Author   ui.PersonView
	At       ui.Moment
	Message  templ.Component
	Plain    string
	Changes  string
	// Status and Severity are those that it changed to.
	Status   *ui.StatusView
	Severity *ui.SeverityView
	Promised string
	Seen     seenView
	MayEdit  bool
	// MayRedact tells that it has words to remove, for those who may.
	MayRedact bool
	// Edited is when its words were changed, where readers are told of it, and Editor who did if it was not the author.
	Edited *ui.Moment
	Editor string
}

type roleView struct {
	ID, Name, Kind string
	Holder         *ui.PersonView
}

type timeView struct {
	Name  string
	At    ui.Moment
	After string
}

type participantView struct {
	Person ui.PersonView
	Note   string
}

// shownPeople is how many of those who take part the side panel names.
const shownPeople = 8

// besides reads what a tab shows, together with the page around it.
type besides func(ctx context.Context, l sight, v incidentView, inc incident.Incident) error

// view reads everything that an incident's page shows, and what its tab shows besides.
func (p *Pages) view(r *http.Request, tab string, more ...besides) (incidentView, incident.Incident, sight, error) {
	v, inc, l, err := p.parts(r, tab, ofPage, more...)
	if err == nil && r.Header.Get("HX-Region") == "" {
		p.visited(r.Context(), inc, l)
	}
	return v, inc, l, err
}

// incident shows the incident itself.
func (l sight) incident(inc incident.Incident) incidentView {
	v := incidentView{
		ID: string(inc.ID), Path: path(inc), Reference: inc.Reference, Name: inc.Name, Mode: string(inc.Mode), Private: inc.Private,
		Category: inc.Status.Category, Quiet: inc.Quiet,
		Severity: l.Severity(inc.Severity), Status: l.Status(inc.Status), Declared: inc.DeclaredAt, Until: l.Now,
		Going: inc.ClosedAt == nil && inc.Status.Category != incident.CategoryClosed, Summary: document(inc.Summary, l.Viewer.User),
		HasSummary: !inc.Summary.Empty(), MayEdit: l.Viewer.Permissions.Has(authz.EditIncidents), Participates: inc.You.Participation != "",
		Closed: over(inc.Status.Category), Zone: l.Viewer.Zone, Now: l.Now, Updates: inc.Updates, DeclaredMoment: l.Moment(inc.DeclaredAt),
	}
	v.Standing = l.standing(inc, v.MayEdit)
	if inc.ClosedAt != nil {
		v.Until = *inc.ClosedAt
	}
	if lead := inc.Lead(); lead != nil {
		person := l.Person(*lead)
		v.Lead = &person
	}
	if inc.LastUpdate != nil {
		update := l.update(*inc.LastUpdate)
		v.LastUpdate = &update
		v.DueFrom = inc.LastUpdate.At
	}
	v.Fields, v.Durations, v.OutOfOrder = l.fields(inc), l.durations(inc), inc.OutOfOrder
	v.Due = l.due(inc.NextUpdateDueAt, inc.Lead())
	v.RoleNews, v.Away = l.roleNews(inc), l.away(inc)
	for _, role := range inc.Roles {
		shown := roleView{ID: string(role.Role.ID), Name: role.Role.Name, Kind: role.Role.Kind}
		if role.Holder != nil {
			holder := l.Person(*role.Holder)
			shown.Holder = &holder
		}
		v.Roles = append(v.Roles, shown)
	}
	for n, t := range inc.Timestamps {
		shown := timeView{Name: t.Name, At: l.Moment(t.At)}
		if n > 0 {
			if after := t.At.Sub(inc.Timestamps[0].At); after >= time.Minute {
				shown.After = "after " + ui.Span(after)
			}
		}
		v.Times = append(v.Times, shown)
	}
	return v
}

// over reports whether nothing more is done in an incident of the category.
func over(c incident.Category) bool {
	switch c {
	case incident.CategoryClosed, incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled:
		return true
	default:
		return false
	}
}

func (l sight) update(u incident.Update) updateView {
	v := updateView{Author: l.Actor(u.Author), At: l.Moment(u.At), Message: document(u.Message, l.Viewer.User), Plain: u.Message.Plain()}
	var changes []string
	if u.FromStatus != nil && u.FromStatus.ID != u.ToStatus.ID {
		status := l.Status(u.ToStatus)
		v.Status = &status
		changes = append(changes, "set to "+u.ToStatus.Name)
	}
	if u.ToSeverity != nil && (u.FromSeverity == nil || u.FromSeverity.ID != u.ToSeverity.ID) {
		severity := l.Severity(u.ToSeverity)
		v.Severity = &severity
		changes = append(changes, "now "+u.ToSeverity.Name)
	}
	if u.Marked() {
		edited := l.Moment(*u.EditedAt)
		v.Edited = &edited
		if u.Editor.ID != u.Author.ID {
			v.Editor = l.Actor(u.Editor).Shown()
		}
	}
	v.Changes = strings.Join(changes, ", ")
	return v
}

func (l sight) participants(inc incident.Incident, people []incident.Participant) ([]participantView, int) {
	var shown []participantView
	for n, p := range people {
		if n == shownPeople {
			break
		}
		note := "joined " + l.Moment(p.JoinedAt).Short()
		for _, role := range inc.Roles {
			if role.Holder != nil && role.Holder.ID == p.ID {
				note = role.Role.Name
			}
		}
		shown = append(shown, participantView{Person: l.Person(p.Person), Note: note})
	}
	return shown, len(people) - len(shown)
}

// path is the address of the incident's page.
func path(inc incident.Incident) string {
	if inc.Reference != "" {
		return "/incidents/" + inc.Reference
	}
	return "/incidents/" + string(inc.ID)
}

func briefPath(b incident.Brief) string {
	return path(incident.Incident{ID: b.ID, Reference: b.Reference})
}

func listedPath(inc incident.Listed) string {
	return path(incident.Incident{ID: inc.ID, Reference: inc.Reference})
}

var keys = []layout.Key{
	{Keys: []string{"U"}, Does: "Send an update"},
	{Keys: []string{"L"}, Does: "Hand the lead over"},
	{Keys: []string{"S"}, Does: "Change the severity"},
	{Keys: []string{"A"}, Does: "Add an action"},
	{Keys: []string{"P"}, Does: "Reach someone"},
	{Keys: []string{"/"}, Does: "Write in the room"},
}

// show answers with the incident's page around the content of a tab.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, v incidentView, content templ.Component) error {
	title := v.Name
	if v.Reference != "" {
		title = v.Reference + " " + v.Name
	}
	return p.Frame.Show(w, r, page.Page{
		Title: title, Section: "incidents", Look: "app--inc", Topics: "incident:" + v.ID, Keys: keys, Content: incidentPage(v, content),
	})
}

// tabPart reads what a tab shows.
type tabPart func(ctx context.Context, l sight, v incidentView, inc incident.Incident) (templ.Component, error)

func (read tabPart) into(shown *templ.Component) besides {
	return func(ctx context.Context, l sight, v incidentView, inc incident.Incident) (err error) {
		*shown, err = read(ctx, l, v, inc)
		return err
	}
}

// tab answers with the page around a tab that reads something of its own.
func (p *Pages) tab(w http.ResponseWriter, r *http.Request, name string, read tabPart) error {
	var content templ.Component
	v, _, _, err := p.view(r, name, read.into(&content))
	if err != nil {
		return err
	}
	return p.show(w, r, v, content)
}

func (p *Pages) room(w http.ResponseWriter, r *http.Request) error {
	var room roomView
	v, _, _, err := p.view(r, "room", func(ctx context.Context, l sight, _ incidentView, inc incident.Incident) (err error) {
		room, err = p.roomView(ctx, l, inc, id.ID(r.URL.Query().Get("message")))
		return err
	})
	if err != nil {
		return err
	}
	return p.show(w, r, v, roomTab(v, room))
}

func (p *Pages) actions(w http.ResponseWriter, r *http.Request) error {
	v, _, _, err := p.view(r, "actions")
	if err != nil {
		return err
	}
	return p.show(w, r, v, actionsTab(v))
}

func (p *Pages) details(w http.ResponseWriter, r *http.Request) error {
	v, _, _, err := p.view(r, "details")
	if err != nil {
		return err
	}
	return p.show(w, r, v, detailsTab(v))
}

func (v incidentView) region(name string) string {
	return fmt.Sprintf("%s/regions/%s?tab=%s", v.Path, name, v.Tab)
}

func (v incidentView) topic() string { return "incident:" + v.ID }
