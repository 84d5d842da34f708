// Package design is the living page of the dashboard's look: every component in every state, light beside dark.
package design

import (
	"fmt"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// Needs are what the page works with.
type Needs struct{ Frame *page.Frame }

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the page.
func (p *Pages) Routes(mux *http.ServeMux) { mux.Handle("GET /design", p.Frame.Handle(p.show)) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.Frame.Show(w, r, page.Page{Title: "Parts and states", Section: "design", Content: designPage()})
}

// Everything on the page is at one moment, so that it looks the same whenever it is opened.
var (
	now  = time.Date(2026, time.March, 2, 14, 49, 0, 0, time.UTC)
	maya = ui.PersonView{ID: "1", Name: "Maya"}
	lena = ui.PersonView{ID: "2", Name: "Lena", You: true}
	omar = ui.PersonView{ID: "3", Name: "Omar"}
	left = ui.PersonView{ID: "4", Name: "Tomás", Deactivated: true}
	sana = ui.PersonView{ID: "5", Name: "سنا"}
)

func ago(d time.Duration) ui.Moment { return ui.Moment{At: now.Add(-d), Now: now, Zone: time.UTC} }

func due(in time.Duration, yours bool) ui.DueView {
	return ui.DueView{At: now.Add(in), Now: now, What: "update", Yours: yours}
}

// part is one heading of the page and what is under it; at tells the two schemes' ids apart.
type part struct {
	title, rule string
	show        func(at string) templ.Component
}

func parts() []part {
	return []part{
		{"Severity: color and bars", "Bars filled by rank. In dense lists the bars stand alone, with a title for screen readers.", severities},
		{"Status: shape", "A ring that fills while live, lines while learning, a tick when closed.", statuses},
		{"Buttons", "One solid button a page. What cannot be undone asks first.", buttons},
		{"People", "An avatar with a name, “You” where it is you. Who has left stays readable.", people},
		{"Times and what is due", "Accent is yours and soon, red is late, ink is everyone's.", times},
		{"Fields", "What was typed is kept; the words say what would be right.", fields},
		{"Choices", "The text that helps to choose stands beside each choice.", choices},
		{"Tabs and menus", "Each tab has an address of its own. A long menu folds what is rare.", tabs},
		{"Live card", "What a glance must answer: how bad, where it stands, who leads, what is due.", card},
		{"Rows", "One line each; the whole row opens.", rows},
		{"Needs you", "What waits, why, and the one act.", todo},
		{"Empty", "What this is, and the one next thing to do.", empty},
		{"Connection, notices and errors", "What happened, what was kept, what to do.", notices},
		{"The room", "People's words at 15 px, events in one line, a bot's card with its buttons.", room},
		{"Composer", "It grows upward, and completes commands, people and emoji.", composer},
		{"Dialog", "On the phone a sheet with its button at the thumb.", dialog},
		{"Palette", "Everything, from the keyboard.", palette},
		{"Color", "Ground, ink, lines, accent, severity.", colors},
		{"Type", "Inter at a few sizes; weight does the rest.", kinds},
	}
}

// severityViews are one of each.
var severityViews = []ui.SeverityView{{Name: "No severity"}, {Name: "Minor", Level: 1}, {Name: "Major", Level: 2}, {Name: "Critical", Level: 3}}

var statusViews = []ui.StatusView{
	{Name: "Triage", Category: "triage"},
	{Name: "Investigating", Category: "live", Step: 1},
	{Name: "Fixing", Category: "live", Step: 2},
	{Name: "Monitoring", Category: "live", Step: 3},
	{Name: "Fourth", Category: "live", Step: 4},
	{Name: "Paused", Category: "paused"},
	{Name: "Documenting", Category: "learning"},
	{Name: "Closed", Category: "closed"},
	{Name: "Canceled", Category: "canceled"},
}

func severityChoices(at string) ui.ChoiceView {
	hints := []string{"", "Low impact, or one customer.", "A key feature fails for many customers. Bring in whoever can help.", "The product is down. Everything else waits."}
	view := ui.ChoiceView{Name: at + "-severity", Label: "Severity"}
	for n := 1; n < len(severityViews); n++ {
		view.Options = append(view.Options, ui.Option{Value: fmt.Sprint(n), Label: severityViews[n].Name, Hint: hints[n], Chosen: n == 2, Severity: &severityViews[n]})
	}
	return view
}

func reminderChoices(at string) ui.ChoiceView {
	view := ui.ChoiceView{Name: at + "-next", Label: "Next update in"}
	for _, label := range []string{"15 min", "30 min", "1 h", "None"} {
		view.Options = append(view.Options, ui.Option{Value: label, Label: label, Chosen: label == "30 min"})
	}
	return view
}

func menuItems() []ui.MenuItem {
	return []ui.MenuItem{
		{Label: "Catch me up", Icon: "rotate-cw", Href: "#"},
		{Label: "Share", Icon: "share-2", Href: "#"},
		{Label: "Everything that happened", Icon: "history", Href: "#", Rare: true},
		{Label: "Reach someone", Icon: "phone-call", Href: "#", Apart: true},
		{Label: "Copy link", Icon: "link", Href: "#"},
		{Label: "Rename", Icon: "pencil", Href: "#", Rare: true},
		{Label: "Pause", Icon: "circle-pause", Href: "#", Apart: true},
		{Label: "Close", Icon: "circle-check", Href: "#"},
		{Label: "Archive", Icon: "trash-2", Href: "#", Danger: true},
	}
}

var swatches = [][]string{
	{"canvas", "surface", "raised", "sunken"},
	{"ink", "ink-2", "ink-3"},
	{"line", "edge-soft", "edge"},
	{"accent", "accent-fill", "solid"},
	{"critical-mark", "critical-fill", "major-mark", "major-fill", "minor-mark", "minor-fill"},
	{"live-ink", "learning-ink", "closed-ink", "triage-ink"},
}
