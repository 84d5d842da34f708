// Package journeys_test walks through the product as people do: in Chromium, against the whole of Muster.
package journeys_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/surface/web/assets"
	"github.com/musterhq/muster/internal/testing/browser"
	"github.com/musterhq/muster/internal/testing/scenario"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m.Run)) }

// house is a running Muster and the people in front of it.
type house struct {
	*scenario.Scenario
	t *testing.T
}

// newHouse starts Muster at the time of the browser, which cannot be moved.
func newHouse(t *testing.T) *house {
	t.Helper()
	t.Parallel()
	if !assets.Bundled() {
		t.Fatal("the styles and scripts are not bundled; run make assets")
	}
	h := &house{Scenario: scenario.New(t), t: t}
	if behind := time.Since(h.Clock.Now()); behind > 0 {
		h.Clock.Advance(behind)
	}
	return h
}

// enter signs somebody in by a one-time link, and leads them to a page.
func (h *house) enter(who *scenario.Browser, look browser.Look, path string) *browser.Tab {
	h.t.Helper()
	return h.enterBy(h.URL, who, look, path)
}

// enterBy is enter over a line of its own.
func (h *house) enterBy(origin string, who *scenario.Browser, look browser.Look, path string) *browser.Tab {
	h.t.Helper()
	tab := browser.Open(h.t, who.Name, origin, look)
	link, err := h.App.Auth.SignInLink(h.t.Context(), who.Email, path)
	if err != nil {
		h.t.Fatal(err)
	}
	at, err := url.Parse(link)
	if err != nil {
		h.t.Fatal(err)
	}
	tab.Go(at.RequestURI())
	tab.Click("button.btn--solid", "Sign in")
	tab.Until("the first page", "(path) => location.pathname === path && 'alive' in document.documentElement.dataset", path)
	tab.Taps = 0
	return tab
}

// declared is an incident that the owner declared.
func (h *house) declared(name string) (id.ID, string) {
	h.t.Helper()
	made, err := h.App.Incidents.Declare(h.Owner.Context(), incident.Declare{Name: name, Key: "journey " + name})
	if err != nil {
		h.t.Fatal(err)
	}
	h.Work()
	return made.ID, "/incidents/" + made.Reference
}

// says posts a message as somebody whose browser is elsewhere.
func (h *house) says(who *scenario.Browser, in id.ID, text string) room.Message {
	h.t.Helper()
	said, err := h.App.Rooms.Post(who.Context(), room.Post{Incident: in, ClientKey: string(id.New(time.Now())), Source: text})
	if err != nil {
		h.t.Fatal(err)
	}
	return said
}

// say writes in the room as a person does.
func say(tab *browser.Tab, text string) {
	tab.Click("form[data-composer] textarea")
	tab.Focused("form[data-composer] textarea")
	tab.Type(text)
	tab.Press("Enter")
}

// heard is what people said in the room, in the order of the page, as far as it is accepted.
func heard(tab *browser.Tab) []string {
	return browser.Eval[[]string](tab, `[...document.querySelectorAll("li.msg[data-seq] .msg__text")].map((e) => e.innerText.trim())`)
}

// hears waits until the page shows exactly these messages, in this order.
func hears(tab *browser.Tab, want ...string) {
	tab.Until("the messages "+strings.Join(want, " | "), `(want) => {
		const said = [...document.querySelectorAll("li.msg[data-seq] .msg__text")].map((e) => e.innerText.trim());
		return JSON.stringify(said) === JSON.stringify(want) && !document.querySelector("li.msg--waiting");
	}`, want)
}
