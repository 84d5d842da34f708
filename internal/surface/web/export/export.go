// Package export writes an incident's story into one file that works without Muster: Markdown, or a page with its
// pictures in it. It shows what the reader may see, and nothing that was taken off the timeline.
package export

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs are what the area works with.
type Needs struct {
	Frame     *page.Frame
	Clock     clock.Clock
	Incidents *incident.Service
	Actions   *action.Service
	Customers *customers.Service
	Rooms     *room.Service
	Timelines *timeline.Service
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the area.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.Handle("GET /incidents/{ref}/export", p.Frame.Handle(p.form))
	mux.Handle("GET /incidents/{ref}/export/{format}", p.Frame.Handle(p.file))
}

// story is what a file tells; all times are in its zone.
type story struct {
	inc       incident.Incident
	zone      *time.Location
	at        time.Time
	customers customers.Text
	updates   []incident.Update // oldest first
	actions   []action.Action
	items     []timeline.Item
	pictures  map[id.ID][]room.File
}

// mostUpdates bounds what one file holds.
const mostUpdates = 1000

func (p *Pages) story(ctx context.Context, ref string, zone *time.Location) (story, error) {
	found, err := p.Incidents.ByReference(ctx, ref)
	if err != nil {
		return story{}, err
	}
	s := story{zone: zone, at: p.Clock.Now()}
	if s.inc, err = p.Incidents.Get(ctx, found); err != nil {
		return s, err
	}
	if s.customers, err = p.Customers.Get(ctx, found); err != nil {
		return s, err
	}
	newest, err := p.Incidents.Updates(ctx, found, mostUpdates)
	if err != nil {
		return s, err
	}
	for n := len(newest) - 1; n >= 0; n-- {
		s.updates = append(s.updates, newest[n])
	}
	if s.actions, err = p.Actions.List(ctx, found); err != nil {
		return s, err
	}
	if s.items, err = p.Timelines.Timeline(ctx, found); err != nil {
		return s, err
	}
	var messages []id.ID
	for _, item := range s.items {
		if item.Source == timeline.FromMessage {
			messages = append(messages, item.SourceID)
		}
	}
	s.pictures, err = p.Rooms.Pictures(ctx, messages)
	return s, err
}

// form asks for the sort of file and the zone of its times.
func (p *Pages) form(w http.ResponseWriter, r *http.Request) error {
	found, err := p.Incidents.ByReference(r.Context(), r.PathValue("ref"))
	if err != nil {
		return err
	}
	inc, err := p.Incidents.Get(r.Context(), found)
	if err != nil {
		return err
	}
	viewer, _ := page.ViewerOf(r.Context())
	v := formView{Path: "/incidents/" + cmp.Or(inc.Reference, string(inc.ID)), Zone: viewer.Zone.String()}
	if page.Quiet(r) {
		return page.Part(w, r, http.StatusOK, exportDialog(v))
	}
	return p.Frame.Show(w, r, page.Page{Title: "Export", Section: "incidents", Content: exportPage(v)})
}

type formView struct{ Path, Zone string }

func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	viewer, _ := page.ViewerOf(r.Context())
	zone := viewer.Zone
	if name := r.URL.Query().Get("zone"); name != "" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil || len(name) > 64 {
			return problem.Field("zone", "unknown_zone", "%q is no time zone. Write it like Europe/Oslo, or UTC.", name)
		}
	}
	format := r.PathValue("format")
	if format != "markdown" && format != "html" {
		return problem.New(problem.NotFound, "not_found", "There is no export called %q; there are markdown and html.", format)
	}
	s, err := p.story(r.Context(), r.PathValue("ref"), zone)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if format == "markdown" {
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+s.file(".md")+`"`)
		_, err := w.Write([]byte(s.markdown()))
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+s.file(".html")+`"`)
	// From here on the answer is under way: what fails breaks it off, so that half a file is not taken for a whole one.
	if err := whole(s.view(&pictures{open: p.Rooms.Open, left: mostPictures})).Render(r.Context(), w); err != nil {
		slog.WarnContext(r.Context(), "an export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// file is a name that every file system takes: INC-12-card-payments-fail.html.
func (s story) file(extension string) string {
	var slug strings.Builder
	for _, r := range strings.ToLower(s.inc.Name) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
		if slug.Len() >= 60 {
			break
		}
	}
	name := cmp.Or(s.inc.Reference, "incident")
	if words := strings.Trim(slug.String(), "-"); words != "" {
		name += "-" + words
	}
	return name + extension
}

// title is how the incident is called: "INC-12 Card payments fail".
func (s story) title() string { return strings.TrimSpace(s.inc.Reference + " " + s.inc.Name) }

// fact is a line of what is known at a glance.
type fact struct{ Name, Value string }

func (s story) facts() []fact {
	facts := []fact{{"Status", s.inc.Status.Name}}
	if s.inc.Severity != nil {
		facts = append(facts, fact{"Severity", s.inc.Severity.Name})
	}
	if s.inc.Mode != incident.Standard {
		facts = append(facts, fact{"Mode", string(s.inc.Mode)})
	}
	for _, role := range s.inc.Roles {
		if role.Holder != nil {
			facts = append(facts, fact{role.Role.Name, role.Holder.Name})
		}
	}
	for _, t := range s.inc.Timestamps {
		facts = append(facts, fact{t.Name, s.moment(t.At)})
	}
	return facts
}

// told says what the file is of, and which zone its times are in.
func (s story) told() string {
	name := s.zone.String()
	if offset := s.at.In(s.zone).Format("-07:00"); name != "UTC" {
		name += " (" + offset + " when this was written)"
	}
	return fmt.Sprintf("Written by Muster on %s. All times are in %s.", s.moment(s.at), name)
}

func (s story) moment(at time.Time) string { return at.In(s.zone).Format("2006-01-02 15:04") }

func (s story) clock(at time.Time) string { return at.In(s.zone).Format("15:04") }

func (s story) day(at time.Time) string { return at.In(s.zone).Format("Monday, January 2, 2006") }

// doing words how an action stands.
func doing(a action.Action) string {
	switch a.Status {
	case action.Completed:
		return "done"
	case action.NotDoing:
		return "not doing"
	default:
		return "open"
	}
}

func changes(u incident.Update) string {
	var said []string
	if u.FromStatus != nil && u.FromStatus.ID != u.ToStatus.ID {
		said = append(said, "status "+u.ToStatus.Name)
	}
	if u.ToSeverity != nil && (u.FromSeverity == nil || u.FromSeverity.ID != u.ToSeverity.ID) {
		said = append(said, "severity "+u.ToSeverity.Name)
	}
	return strings.Join(said, ", ")
}
