package journeys_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestSubscribeAndStopByOnePress hears of an update by mail, and stops such mails from within it.
func TestSubscribeAndStopByOnePress(t *testing.T) {
	h := newHouse(t)
	vera := h.Person("Vera", authz.Viewer)
	in, where := h.declared("Card payments fail")
	tab := h.enter(vera, browser.Phone, where+"/brief")
	tab.Click("button", "Subscribe")
	tab.Shows("a", "Subscribed")
	update := func(message string) {
		if _, err := h.App.Incidents.SendUpdate(h.Owner.Context(), incident.SendUpdate{Incident: in, Message: message, Key: message}); err != nil {
			t.Fatal(err)
		}
		h.Work()
	}
	update("The release is being rolled back.")
	tab.Sees("The release is being rolled back.")
	mails := h.Mails.Mails()
	if len(mails) == 0 || mails[len(mails)-1].To != vera.Email || !strings.Contains(mails[len(mails)-1].Text, "rolled back") {
		t.Fatalf("the mails: %+v", mails)
	}
	end, err := url.Parse(strings.Trim(mails[len(mails)-1].Header.Get("List-Unsubscribe"), "<>"))
	if err != nil || end.Path != "/mail/end" {
		t.Fatalf("the mail ends at %s, %v", end, err)
	}
	tab.Go(end.RequestURI())
	tab.Taps = 0
	tab.Click("button", "End these mails")
	tab.Sees("You will not get these mails any more")
	if tab.Taps != 1 {
		t.Errorf("it takes %d taps to stop, want 1", tab.Taps)
	}
	had := len(h.Mailed(vera))
	update("Payments work again.")
	if now := len(h.Mailed(vera)); now != had {
		t.Errorf("%d mails came after the last: %q", now-had, h.Mailed(vera))
	}
	tab.Go(where + "/brief")
	tab.Sees("Payments work again.")
}
