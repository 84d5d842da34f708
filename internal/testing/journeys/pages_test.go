package journeys_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/testing/browser"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// demo fills the house with sample data and returns its owner and the incident to look at.
func (h *house) demo() (*scenario.Browser, string) {
	h.t.Helper()
	owner, err := app.Demo(h.t.Context(), h.App.Config)
	if err != nil {
		h.t.Fatal(err)
	}
	here, err := h.App.Organisations.BySlug(h.t.Context(), "demo-shop-sample-data")
	if err != nil {
		h.t.Fatal(err)
	}
	found, err := h.App.Incidents.List(tenant.AsSystem(h.t.Context(), here), incident.Filter{Text: "Card payments"}, "", 1)
	if err != nil || len(found.Incidents) != 1 {
		h.t.Fatalf("the incident of the demo: %v, %v", found.Incidents, err)
	}
	return &scenario.Browser{Organisation: here, Name: "Lena", Email: owner}, "/incidents/" + found.Incidents[0].Reference
}

// pages are what a person can open, by address; those that only answer a script or an act are none.
func pages(where string) []string {
	return slices.Concat([]string{
		"/", "/incidents", "/incidents?view=closed", "/incidents?q=nothing-of-the-kind", "/incidents/new",
		"/people", "/people/invite", "/me", "/follow-ups", "/search?q=payments", "/operators", "/nowhere",
	}, under(where, "", "/updates", "/updates/new", "/timeline", "/actions", "/details", "/log", "/brief", "/regroup", "/catch-up", "/hand-over",
		"/edit/summary", "/edit/lead"),
		under("/settings", "", "/notifications", "/severities", "/statuses", "/roles", "/types", "/fields", "/forms", "/timestamps", "/nudges", "/pagers",
			"/reactions", "/organisation", "/features", "/audit"))
}

// dialogs are the pages that stand over others where there is room for it; they are looked at where there is the least.
func dialogs(where string) []string {
	return slices.Concat(under(where, "/timeline/new", "/follow-ups/new", "/customers", "/escalations/new", "/links/new", "/share", "/subscription",
		"/export", "/redact", "/private", "/edit/severity", "/edit/type", "/edit/fields", "/edit/times", "/edit/action", "/edit/pause", "/edit/merge", "/edit/cancel",
		"/edit/close"), under("/settings", "/severities/new", "/fields/new"), []string{"/views/new?status=live"})
}

func under(path string, parts ...string) (all []string) {
	for _, part := range parts {
		all = append(all, path+part)
	}
	return all
}

// Every page in each of the two sizes and schemes: nothing in the way of anybody, nothing that jumps, sticks out or fails.
func TestEveryPageIsForEverybody(t *testing.T) {
	h := newHouse(t)
	lena, where := h.demo()
	if _, err := h.App.DB.Pool().Exec(t.Context(), "UPDATE control.account SET operator = true"); err != nil {
		t.Fatal(err)
	}
	for name, look := range map[string]browser.Look{"laptop": browser.Laptop, "phone": browser.Phone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := &house{Scenario: h.Scenario, t: t}
			tab := inner.enter(lena, look, "/")
			tab.Forgive("/nowhere")
			paths := append(pages(where), "/login")
			if look == browser.Phone {
				paths = append(paths, dialogs(where)...)
			}
			for _, path := range paths {
				h.Clock.Advance(time.Second) // nobody opens that many pages at one moment
				inspect(t, tab, look, path)
			}
		})
	}
}

func inspect(t *testing.T, tab *browser.Tab, look browser.Look, path string) {
	t.Helper()
	tab.Wear(look)
	tab.Go(path)
	tab.Until("the page to live", `"alive" in document.documentElement.dataset && document.fonts.status === "loaded"`)
	say := func(format string, args ...any) { t.Helper(); t.Errorf(path+": "+format, args...) }
	if shift := tab.Shift(); shift > 0.05 {
		say("it moves by %.3f while it comes", shift)
	}
	if pixels, by := tab.Overflow(); pixels > 0 {
		say("it can be moved sideways by %d pixels, because of %s", pixels, by)
	}
	for _, wrong := range tab.Axe() {
		say("%s", wrong)
	}
	dark := look
	dark.Dark = true
	tab.Wear(dark)
	for _, wrong := range tab.Axe("color-contrast") {
		say("in the dark: %s", wrong)
	}
	for _, complaint := range tab.Complaints() {
		say("%s", complaint)
	}
}

func TestThePhoneShowsWhatMatters(t *testing.T) {
	h := newHouse(t)
	lena, where := h.demo()
	tab := h.enter(lena, browser.Phone, where)
	tab.Click(".role-news button", "Got it") // what a new role asks is put away once it is read
	tab.Hides(".role-news")
	// The tools of single messages belong to the conversation, which is what one came for.
	if controls := tab.Controls(".room"); len(controls) > 7 {
		t.Errorf("the page of an incident shows %d controls before scrolling: %s", len(controls), strings.Join(controls, " | "))
	}
	tab.Click(".tabs a", "Timeline")
	tab.Until("the timeline", `location.pathname.endsWith("/timeline")`)
	tab.Click(".tabs a", "Details")
	tab.Until("the details", `location.pathname.endsWith("/details")`)
	tab.Shows("dt", "Incident Lead")
	tab.Sees("Roll checkout back to 4.18.1")
	tab.Click(".tabs a", "Room")
	tab.Until("the room", `(path) => location.pathname === path`, where)
	tab.Click("#incident-header button[aria-label=More]")
	tab.Shows("a", "Close the incident")
	tab.Press("Escape")
	tab.Click("a[aria-label='Back to home']")
	tab.Until("home", `location.pathname === "/"`)
	for _, place := range []string{"Incidents", "People", "Settings", "Home"} {
		tab.Click(".bottom a", place)
		tab.Shows(".bottom a[aria-current=page]", place)
	}
}

func TestWithoutScripts(t *testing.T) {
	h := newHouse(t)
	in, where := h.declared("Card payments fail")
	h.says(h.Owner, in, "I see errors since nine.")
	tab := browser.Open(t, "Ada", h.URL, browser.Laptop)
	link, err := h.App.Auth.SignInLink(t.Context(), h.Owner.Email, where)
	if err != nil {
		t.Fatal(err)
	}
	tab.Scriptless()
	tab.Go(link)
	tab.Click("button", "Sign in")
	tab.Shows("li.msg", "I see errors since nine.")

	tab.Click("#incident-header a", "Send update")
	tab.Fill("textarea[name=message]", "We are rolling back.")
	tab.Click("button", "Send update")
	tab.Shows("#incident-band", "We are rolling back.")
	tab.Fill("form[data-composer] textarea", "Said without scripts.")
	tab.Click("button[aria-label='Send message']")
	tab.Shows("li.msg", "Said without scripts.")
	tab.Fill("form[data-composer] textarea", "/severity critical")
	tab.Click("button[aria-label='Send message']")
	tab.Shows("#incident-header", "Critical")
	tab.Click("#incident-band a", "Write one")
	tab.Fill("textarea[name=summary]", "Cards are refused.")
	tab.Click("button.btn--solid")
	tab.Shows("#incident-band", "Cards are refused.")

	tab.Click(".nav a", "Declare incident")
	tab.Fill("input[name=name]", "Search is down")
	tab.Click("button", "Declare")
	tab.Shows("h1", "Search is down")
	if path := tab.Path(); path != "/incidents/INC-2" {
		t.Errorf("declaring without scripts leads to %s", path)
	}
}
