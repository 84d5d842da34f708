package journeys_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestWhoArrivesLateKnowsWhereItStands is somebody who joins on the phone when much was said already.
func TestWhoArrivesLateKnowsWhereItStands(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	in, where := h.declared("Card payments fail")
	if _, err := h.App.Incidents.SendUpdate(h.Owner.Context(), incident.SendUpdate{Incident: in, Message: "The release is being rolled back.", Key: "update"}); err != nil {
		t.Fatal(err)
	}
	h.says(h.Owner, in, "The second zone is still to come.")
	h.Work()
	tab := h.enter(ben, browser.Phone, where)
	began := time.Now()
	tab.Click("[popovertarget=more-phone]")
	tab.Click("#more-phone a", "Catch me up")
	tab.Until("where it stands", "(path) => location.pathname === path", where+"/catch-up")
	tab.Sees("Card payments fail", "Ada leads", "The release is being rolled back.")
	t.Logf("journey: catch up: %d taps, %.1f s", tab.Taps, time.Since(began).Seconds())
	if tab.Taps > 2 {
		t.Errorf("it takes %d taps to know where it stands, want 2", tab.Taps)
	}
	tab.Click("a", "Enter the room")
	hears(tab, "The second zone is still to come.")
}
