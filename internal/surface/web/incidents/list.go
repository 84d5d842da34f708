package incidents

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// listView is the list of incidents; what is filtered is in its address.
type listView struct {
	Tabs       []ui.TabView
	Groups     []groupView
	Query      url.Values
	Text       string
	Filters    []filterView
	Statuses   []ui.Option
	Severities []ui.Option
	People     []ui.Option
	// Choices are the filters by the organisation's own.
	Choices  []choiceFilter
	Shown    string
	Next     string
	Src      string
	Empty    bool
	Filtered bool
	// Save leads to the form that saves what is filtered as a view; empty where there is nothing to save.
	Save string
	// Menu is what can be done with the saved view that is shown.
	Menu []ui.MenuItem
}

// groupView is the incidents of one stage.
type groupView struct {
	Name string
	Rows []rowView
}

// filterView is a filter that is on, and the address without it.
type filterView struct {
	Label, Value, Without string
}

type rowView struct {
	Href, Reference, Name string
	Private               bool
	Marks                 []string
	Severity              ui.SeverityView
	Status                ui.StatusView
	Lead                  *ui.PersonView
	At                    ui.Moment
	Lasted                string
	Since                 time.Time
	Going                 bool
}

// pageSize is how many incidents are on a page of the list.
const pageSize = 50

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx, query := r.Context(), r.URL.Query()
	l, err := p.look(ctx)
	if err != nil {
		return err
	}
	filter, err := l.filter(query)
	if err != nil {
		return err
	}
	narrow(&filter, query)
	choices, err := p.choiceFilters(ctx, query)
	if err != nil {
		return err
	}
	found, err := p.Incidents.List(ctx, filter, incident.Cursor(query.Get("after")), pageSize)
	if err != nil {
		return err
	}
	counts, err := p.Incidents.Counts(ctx)
	if err != nil {
		return err
	}
	people, err := p.peopleOptions(ctx, query.Get("lead"), "Anyone")
	if err != nil {
		return err
	}
	saved, err := p.Views.List(ctx)
	if err != nil {
		return err
	}
	tabs, current := viewTabs(l.tabs(query, counts, p.Features.Enabled(r.Context(), incident.TestIncidents)), saved, query)
	v := listView{
		Query: query, Text: query.Get("q"), Tabs: tabs, Menu: l.viewMenu(current), Groups: l.groups(found.Incidents), Filters: append(l.filters(query, people), choicesOn(query, choices)...), Choices: choices,
		Statuses: l.filterStatuses(query.Get("status")), Severities: l.severityOptions(id.ID(query.Get("severity"))), People: people,
		Src: r.URL.RequestURI(), Empty: len(found.Incidents) == 0, Filtered: len(query) > 0,
		Shown: shown(len(found.Incidents), found.Total, found.AtLeast),
	}
	if current == nil && (len(v.Filters) > 0 || v.Text != "") {
		v.Save = "/views/new?" + bare(query)
	}
	if found.Next != "" {
		v.Next = with(query, "after", string(found.Next))
	}
	if r.Header.Get("HX-Region") == "true" {
		return page.Part(w, r, http.StatusOK, results(v))
	}
	return p.Frame.Show(w, r, page.Page{Title: "Incidents", Section: "incidents", Content: listPage(v)})
}

func shown(count int, total int64, atLeast bool) string {
	more := ""
	if atLeast {
		more = "+"
	}
	return fmt.Sprintf("%d of %d%s", count, total, more)
}

// with is the address of the list with one filter set, from its first page.
func with(query url.Values, name, value string) string {
	changed := url.Values{}
	for key, values := range query {
		if key != "after" && key != name {
			changed[key] = values
		}
	}
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return "/incidents"
	}
	return "/incidents?" + changed.Encode()
}

// testsView lists what counts for nothing; it is there where tests are in use.
const testsView = "tests"

// views are the tabs: stages by their categories.
var views = []struct {
	Name, Label string
	Categories  []incident.Category
}{
	{"", "Everything", nil},
	{"live", "Live", []incident.Category{incident.CategoryTriage, incident.CategoryLive, incident.CategoryPaused}},
	{"learning", "Post-incident", []incident.Category{incident.CategoryLearning}},
	{"closed", "Closed", []incident.Category{incident.CategoryClosed}},
	{"mine", "I take part", nil},
	{testsView, "Tests", nil},
}

func (l sight) tabs(query url.Values, counts map[incident.Category]int64, tests bool) []ui.TabView {
	var tabs []ui.TabView
	var all int64
	for _, n := range counts {
		all += n
	}
	for _, view := range views {
		if view.Name == testsView && !tests && query.Get("view") != testsView {
			continue
		}
		tab := ui.TabView{Label: view.Label, Href: with(query, "view", view.Name), Current: query.Get("view") == view.Name}
		count := all
		if view.Categories != nil {
			count = 0
			for _, c := range view.Categories {
				count += counts[c]
			}
		}
		if view.Name != "mine" && view.Name != testsView && count > 0 {
			tab.Count = fmt.Sprint(count)
		}
		tabs = append(tabs, tab)
	}
	return tabs
}

// days are the spans of time that the list can be narrowed to.
var days = []ui.Option{{Value: "", Label: "Any time"}, {Value: "1", Label: "In the last day"}, {Value: "7", Label: "In the last 7 days"}, {Value: "30", Label: "In the last 30 days"}, {Value: "90", Label: "In the last 90 days"}}

func (l sight) filter(query url.Values) (incident.Filter, error) {
	f := incident.Filter{Text: query.Get("q"), Lead: id.ID(query.Get("lead"))}
	for _, view := range views {
		if view.Name == query.Get("view") {
			f.Categories = view.Categories
		}
	}
	f.Participant = id.ID(query.Get("participant"))
	if query.Get("view") == testsView {
		f.Modes = []incident.Mode{incident.Test}
	}
	if query.Get("view") == "mine" {
		f.Participant = l.Viewer.User
	}
	if status := query.Get("status"); status != "" {
		f.Statuses = []id.ID{id.ID(status)}
	}
	if severity := query.Get("severity"); severity != "" {
		f.Severities = []id.ID{id.ID(severity)}
	}
	if since := query.Get("days"); since != "" {
		count, err := number("days", since)
		if err != nil || count > 36500 {
			return f, problem.Field("days", "not_a_number", "%q is no number of days; try 30.", since)
		}
		f.From = l.Now.AddDate(0, 0, -int(count))
	}
	return f, nil
}

// filters are those that are on.
func (l sight) filters(query url.Values, people []ui.Option) []filterView {
	var on []filterView
	add := func(name, label string, options []ui.Option) {
		if value := query.Get(name); value != "" {
			shown := "unknown"
			if n := slices.IndexFunc(options, func(o ui.Option) bool { return o.Value == value }); n >= 0 {
				shown = options[n].Label
			}
			on = append(on, filterView{Label: label, Value: shown, Without: with(query, name, "")})
		}
	}
	add("status", "Status", l.filterStatuses(""))
	add("severity", "Severity", l.severityOptions(""))
	add("lead", "Lead", people)
	add("participant", "Takes part", people)
	add("days", "Declared", days)
	return on
}

func (l sight) filterStatuses(chosen string) []ui.Option {
	var options []ui.Option
	for _, s := range l.Statuses {
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Chosen: string(s.ID) == chosen})
	}
	return options
}

// groups puts the incidents of a page under their stage, live ones first.
func (l sight) groups(listed []incident.Listed) []groupView {
	stages := []struct {
		name string
		of   []incident.Category
	}{
		{"Waits for a decision", []incident.Category{incident.CategoryTriage}},
		{"Live", []incident.Category{incident.CategoryLive, incident.CategoryPaused}},
		{"Post-incident", []incident.Category{incident.CategoryLearning}},
		{"Closed", []incident.Category{incident.CategoryClosed}},
		{"Declined, merged and canceled", []incident.Category{incident.CategoryDeclined, incident.CategoryMerged, incident.CategoryCanceled}},
	}
	var groups []groupView
	for _, stage := range stages {
		group := groupView{Name: stage.name}
		for _, inc := range listed {
			if slices.Contains(stage.of, inc.Status.Category) {
				group.Rows = append(group.Rows, l.row(inc))
			}
		}
		if len(group.Rows) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (l sight) row(inc incident.Listed) rowView {
	v := rowView{
		Href: listedPath(inc), Reference: inc.Reference, Name: inc.Name, Private: inc.Private, Marks: l.Marks(inc), Severity: l.Severity(inc.Severity), Status: l.Status(inc.Status),
		At: l.Moment(inc.DeclaredAt), Since: inc.DeclaredAt, Going: inc.ClosedAt == nil && !over(inc.Status.Category),
	}
	if inc.Lead != nil {
		lead := l.Person(*inc.Lead)
		v.Lead = &lead
	}
	until := l.Now
	if inc.ClosedAt != nil {
		until = *inc.ClosedAt
	}
	v.Lasted = ui.Span(until.Sub(inc.DeclaredAt))
	return v
}

// days marks the span of time that is chosen.
func (v listView) days() []ui.Option {
	options := slices.Clone(days)
	for n := range options {
		options[n].Chosen = options[n].Value == v.Query.Get("days")
	}
	return options
}
