// Package search is the dashboard's page that finds what was written in incidents.
package search

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// Needs are what the area works with.
type Needs struct {
	Frame     *page.Frame
	Clock     clock.Clock
	Search    *search.Service
	Incidents *incident.Service
	Users     *user.Service
	Features  *feature.Service
	Picture   lens.Picture
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the area.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.Handle("GET /search", p.Frame.Handle(p.Frame.Moment(p.everywhere)))
	mux.Handle("GET /incidents/{ref}/search", p.Frame.Handle(p.Frame.Moment(p.within)))
}

// view is the page: what is looked for, and what was found by kind.
type view struct {
	Action, Text string
	Asked        bool
	// In is the incident that is searched, nil for all.
	In         *placeView
	Kinds      []ui.TabView
	Severities []ui.Option
	Statuses   []ui.Option
	Types      []ui.Option
	People     []ui.Option
	Days       []ui.Option
	Chosen     []chosenView
	Kept       [][2]string // what the form keeps: the kind
	Sections   []section
	Count      string
}

type chosenView struct{ Label, Value, Without string }

type section struct {
	Label string
	// All leads to everything of the kind, where only the best are shown.
	All  string
	Hits []hitView
}

type placeView struct {
	Href, Reference, Name string
	Private               bool
	Severity              ui.SeverityView
	Status                ui.StatusView
}

type hitView struct {
	Href   string
	Kind   string
	Title  []search.Piece
	Text   []search.Piece
	Code   bool
	Author ui.PersonView
	At     ui.Moment
	Place  placeView
}

// inSection is how many of a kind are shown where all kinds are.
const inSection = 6

func (p *Pages) everywhere(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, view{Action: "/search"}, "")
}

func (p *Pages) within(w http.ResponseWriter, r *http.Request) error {
	found, err := p.Incidents.ByReference(r.Context(), r.PathValue("ref"))
	if err != nil {
		return err
	}
	inc, err := p.Incidents.Get(r.Context(), found)
	if err != nil {
		return err
	}
	in := placeView{Href: path(inc.ID, inc.Reference), Reference: inc.Reference, Name: inc.Name, Private: inc.Private}
	return p.show(w, r, view{Action: in.Href + "/search", In: &in}, inc.ID)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, v view, in id.ID) error {
	ctx, query := r.Context(), r.URL.Query()
	l, err := lens.Read(ctx, p.Incidents, p.Clock.Now(), p.Picture)
	if err != nil {
		return err
	}
	v.Text, v.Asked = strings.TrimSpace(query.Get("q")), strings.TrimSpace(query.Get("q")) != ""
	kind := search.Kind(query.Get("kind"))
	if !slices.Contains(search.Kinds(), kind) {
		kind = ""
	}
	cmd := search.Find{Text: v.Text, Incident: in, Most: 120}
	if kind != "" {
		cmd.Kinds, v.Kept = []search.Kind{kind}, [][2]string{{"kind", string(kind)}}
	}
	if in.Empty() {
		if err := p.filters(r, l, &v, &cmd); err != nil {
			return err
		}
	}
	found, err := p.Search.Find(ctx, cmd)
	if err != nil {
		return err
	}
	address := func(kind string) string {
		next := url.Values{}
		for name := range query {
			next.Set(name, query.Get(name))
		}
		next.Del("kind")
		if kind != "" {
			next.Set("kind", kind)
		}
		return v.Action + "?" + next.Encode()
	}
	v.Kinds = []ui.TabView{{Label: "Everything", Href: address(""), Current: kind == ""}}
	// Who does not work with streams is not asked about them.
	streams := p.Features.Enabled(ctx, stream.Offered) || slices.ContainsFunc(found.Hits, func(h search.Hit) bool { return h.Kind == search.Stream })
	for _, k := range search.Kinds() {
		if !in.Empty() && k == search.Incident || k == search.Stream && !streams {
			continue
		}
		v.Kinds = append(v.Kinds, ui.TabView{Label: k.Label(), Href: address(string(k)), Current: kind == k})
		s := section{Label: k.Label()}
		for _, h := range found.Hits {
			if h.Kind != k {
				continue
			}
			if kind == "" && len(s.Hits) == inSection {
				s.All = address(string(k))
				break
			}
			s.Hits = append(s.Hits, hit(l, h))
		}
		if len(s.Hits) > 0 {
			v.Sections = append(v.Sections, s)
		}
	}
	if v.Asked {
		v.Count = count(len(found.Hits), found.More)
	}
	title := "Search"
	if v.Asked {
		title = v.Text + " · Search"
	}
	return p.Frame.Show(w, r, page.Page{Title: title, Section: "search", Content: searchPage(v)})
}

func count(n int, more bool) string {
	switch {
	case more:
		return strconv.Itoa(n) + " and more"
	case n == 1:
		return "1 found"
	default:
		return strconv.Itoa(n) + " found"
	}
}

// filters reads the filters of the address, each a choice of one.
func (p *Pages) filters(r *http.Request, l lens.Lens, v *view, cmd *search.Find) error {
	query := r.URL.Query()
	take := func(name, label string, options []ui.Option, into *[]id.ID) {
		for n, o := range options {
			if o.Value == "" || o.Value != query.Get(name) {
				continue
			}
			options[n].Chosen = true
			if into != nil {
				*into = []id.ID{id.ID(o.Value)}
			}
			rest := r.URL.Query()
			rest.Del(name)
			v.Chosen = append(v.Chosen, chosenView{Label: label, Value: o.Label, Without: v.Action + "?" + rest.Encode()})
		}
	}
	for _, s := range slices.Backward(l.Severities) {
		v.Severities = append(v.Severities, ui.Option{Value: string(s.ID), Label: s.Name})
	}
	for _, s := range l.Statuses {
		v.Statuses = append(v.Statuses, ui.Option{Value: string(s.ID), Label: s.Name})
	}
	types, err := p.Incidents.Types(r.Context())
	if err != nil {
		return err
	}
	if len(types) > 1 { // with one type the word is never shown
		for _, t := range types {
			v.Types = append(v.Types, ui.Option{Value: string(t.ID), Label: t.Name})
		}
	}
	people, err := p.Users.List(r.Context(), user.List{State: user.StateActive, Count: 200})
	if err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	for _, u := range people.Users {
		v.People = append(v.People, ui.Option{Value: string(u.ID), Label: u.Name})
	}
	for _, days := range []int{1, 7, 30, 90, 365} {
		label := "Last " + strconv.Itoa(days) + " days"
		if days == 1 {
			label = "Last 24 hours"
		}
		v.Days = append(v.Days, ui.Option{Value: strconv.Itoa(days), Label: label})
	}
	take("severity", "Severity", v.Severities, &cmd.Severities)
	take("status", "Status", v.Statuses, &cmd.Statuses)
	take("type", "Type", v.Types, &cmd.Types)
	take("lead", "Lead", v.People, &cmd.Lead)
	take("days", "Written", v.Days, nil)
	if days, err := strconv.Atoi(query.Get("days")); err == nil && days > 0 && days < 10_000 {
		cmd.From = p.Clock.Now().Add(-time.Duration(days) * 24 * time.Hour)
	}
	return nil
}

func hit(l lens.Lens, h search.Hit) hitView {
	where := path(h.Incident.ID, h.Incident.Reference)
	v := hitView{
		Kind: string(h.Kind), Title: h.Title, Text: h.Text, Code: h.Code, Author: l.Actor(h.Author), At: l.Moment(h.At), Href: where,
		Place: placeView{
			Href: where, Reference: h.Incident.Reference, Name: h.Incident.Name, Private: h.Incident.Private,
			Severity: l.Severity(h.Incident.Severity), Status: l.Status(h.Incident.Status),
		},
	}
	switch h.Kind {
	case search.Message:
		v.Href += "#m-" + string(h.ID)
	case search.Update:
		v.Href += "/updates#u-" + string(h.ID)
	case search.Item:
		v.Href += "/timeline#t-" + string(h.ID)
	case search.Action:
		v.Href += "/actions"
	case search.Question:
		v.Href += "/brief#q-" + string(h.ID)
	case search.FollowUp:
		v.Href += "/follow-ups"
	case search.Stream:
		v.Href += "/streams#stream-" + string(h.Within)
	case search.Customers:
		v.Href += "/brief"
	}
	return v
}

// path leads to an incident: by its reference, or by its id when it has none.
func path(inc id.ID, reference string) string {
	if reference == "" {
		return "/incidents/" + string(inc)
	}
	return "/incidents/" + reference
}
