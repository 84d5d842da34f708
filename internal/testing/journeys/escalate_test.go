package journeys_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

func TestAcknowledgeAndTakeTheLeadFromAPush(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	h.Device(ben, "pixel")
	_, where := h.declared("Card payments fail")
	ada := h.enter(h.Owner, browser.Laptop, where)
	ada.Press("p")
	ada.Shows("#dialog", "Reach someone")
	ada.Focused("#dialog select[name=who]")
	ada.Keys("Ben")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	ada.Shows("#incident-side .call-card", "Calling Ben")
	h.Work()
	ada.Shows("#incident-side .callee", "push to pixel")
	ada.Shows("li.msg", "Ada is calling Ben")

	pushed := h.Pushes.Notifications()
	at, err := url.Parse(pushed[len(pushed)-1].URL)
	if err != nil || !strings.HasSuffix(pushed[len(pushed)-1].Title, "needs you in INC-1") {
		t.Fatalf("the push: %+v, %v", pushed[len(pushed)-1], err)
	}
	began := time.Now()
	tab := h.enter(ben, browser.Phone, at.Path)
	tab.Taps = 1 // the notification
	tab.Sees("Ada needs you", "Card payments fail")
	tab.Click("button", "Acknowledge and take the lead")
	tab.Until("the room", "(path) => location.pathname === path", where)
	t.Logf("journey: acknowledge and take the lead from a push: %d taps, %.1f s", tab.Taps, time.Since(began).Seconds())
	if tab.Taps > 2 {
		t.Errorf("it takes %d taps, want 2", tab.Taps)
	}
	tab.Shows("#incident-header", "You lead")
	h.Work()
	ada.Shows("#incident-header", "Ben leads")
	ada.Shows("#incident-side .call-card", "Ben answered")
}
