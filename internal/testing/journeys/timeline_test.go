package journeys_test

import (
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestTakingOffTheTimelineIsUndone hides an entry for everyone who looks, and brings it back.
func TestTakingOffTheTimelineIsUndone(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where+"/timeline"), h.enter(ben, browser.Laptop, where+"/timeline")
	bens.Shows("#incident-timeline", "Ada declared the incident")
	ada.Hover("#incident-timeline li", "declared the incident")
	ada.Click("#incident-timeline [aria-label='Take off the timeline']")
	bens.Hides("#incident-timeline", "Ada declared the incident")
	ada.Click(".toast button", "Undo")
	bens.Shows("#incident-timeline", "Ada declared the incident")
	ada.Shows("#incident-timeline", "You declared the incident")
}
