package journeys_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestPauseAndWake puts an incident aside for an hour; it wakes by itself, under the eyes of whoever has it open.
func TestPauseAndWake(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Label printer jams")
	ada, bens := h.enter(h.Owner, browser.Phone, where), h.enter(ben, browser.Laptop, where)
	ada.Click("#incident-header button[aria-label=More]")
	ada.Click("#more-phone a", "Pause")
	ada.Click("#dialog label", "1 hour")
	ada.Fill("#dialog input[name=reason]", "A part comes by post.")
	ada.Click("#dialog button.btn--solid", "Pause")
	ada.Hides("#dialog[open]")
	h.Work()
	for _, tab := range []*browser.Tab{ada, bens} {
		tab.Shows("#incident-header .standing", "Paused until")
		tab.Shows("#incident-header .standing", "A part comes by post.")
	}
	h.Advance(time.Hour + time.Second)
	for _, tab := range []*browser.Tab{ada, bens} {
		tab.Hides("#incident-header .standing")
		tab.Shows("#incident-header", "Investigating")
		tab.Shows("li.event", "The pause is over")
	}
}
