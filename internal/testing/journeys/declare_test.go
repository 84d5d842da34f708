package journeys_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/testing/browser"
)

func TestDeclareByKeyboard(t *testing.T) {
	h := newHouse(t)
	tab := h.enter(h.Owner, browser.Laptop, "/")
	tab.Press("c")
	tab.Focused("#dialog input[name=name]")
	tab.Keys("Card payments fail")
	tab.Press("Control+Enter")
	tab.Until("the room", `location.pathname === "/incidents/INC-1"`)
	tab.Shows("h1", "Card payments fail")
	tab.Shows("form[data-composer] textarea")
	// Enter alone is enough as well, and a second press of it declares nothing twice.
	tab.Go("/")
	tab.Press("c")
	tab.Focused("#dialog input[name=name]")
	tab.Keys("Search is down")
	tab.Press("Enter")
	tab.Press("Enter")
	tab.Until("the room", `location.pathname === "/incidents/INC-2"`)
	tab.Go("/incidents")
	tab.Shows("[data-row]", "Search is down")
	if rows := tab.Count("[data-row]"); rows != 2 {
		t.Errorf("the list shows %d incidents, want 2", rows)
	}
}

func TestDeclareRefusesAnEmptyName(t *testing.T) {
	h := newHouse(t)
	tab := h.enter(h.Owner, browser.Laptop, "/")
	tab.Forgive("status of 422")
	tab.Press("c")
	tab.Focused("#dialog input[name=name]")
	tab.Keys("   ")
	tab.Click("#dialog summary")
	tab.Fill("#dialog textarea[name=summary]", "Since this morning.")
	tab.Click("#dialog button", "Declare")
	tab.Shows("#dialog .hint--bad")
	tab.Focused("#dialog input[name=name]")
	if kept := tab.Value("#dialog textarea[name=summary]"); kept != "Since this morning." {
		t.Errorf("the summary is %q after the refusal", kept)
	}
}

// The way that counts: somebody on the move, a phone in one hand.
func TestFromThoughtToRoomAndToTheFirstUpdate(t *testing.T) {
	h := newHouse(t)
	tab := h.enter(h.Owner, browser.Phone, "/")
	began := time.Now()
	tab.Click(".bottom__go")
	tab.Focused("#dialog input[name=name]")
	tab.Keys("Card payments fail")
	tab.Click("#dialog button", "Declare")
	tab.Until("the room", `location.pathname === "/incidents/INC-1"`)
	tab.Shows("form[data-composer] textarea")
	t.Logf("journey: declare to room: %d taps, %.1f s", tab.Taps, time.Since(began).Seconds())
	if tab.Taps > 2 {
		t.Errorf("it takes %d taps to be in the room, want 2", tab.Taps)
	}
	tab.Click("a", "Send update")
	tab.Focused("textarea[name=message]")
	tab.Type("Some cards are refused. We are looking.")
	tab.Click("button.btn--solid", "Send update")
	tab.Until("the room", `location.pathname === "/incidents/INC-1"`)
	tab.Sees("Some cards are refused. We are looking.")
	t.Logf("journey: declare to first update: %d taps, %.1f s", tab.Taps, time.Since(began).Seconds())
	if tab.Taps > 4 {
		t.Errorf("it takes %d taps to the first update, want 4", tab.Taps)
	}
}
