package journeys_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/customers"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestAQuestionFromOutsideAndItsAnswer follows a question from somebody who only reads to whoever speaks for the
// incident, and the answer back, on two phones.
func TestAQuestionFromOutsideAndItsAnswer(t *testing.T) {
	h := newHouse(t)
	vera := h.Person("Vera", authz.Viewer)
	h.Device(h.Owner, "pixel")
	in, where := h.declared("Card payments fail")
	if _, err := h.App.Customers.Change(h.Owner.Context(), customers.Change{Incident: in, Text: "Other ways to pay work."}); err != nil {
		t.Fatal(err)
	}
	outside := h.enter(vera, browser.Phone, where+"/brief")
	outside.Sees("Card payments fail", "Other ways to pay work.")
	outside.Taps = 0
	outside.Click("#question")
	outside.Keys("Is anyone charged twice?")
	outside.Click("form.ask button", "Ask")
	outside.Shows("#brief-questions", "Asked by you")
	if outside.Taps > 2 {
		t.Errorf("it takes %d taps to ask, want 2", outside.Taps)
	}
	h.Work()

	pushed := h.Pushes.Notifications()
	at, err := url.Parse(pushed[len(pushed)-1].URL)
	if err != nil || !strings.HasPrefix(pushed[len(pushed)-1].Title, "Vera asks about INC-1") {
		t.Fatalf("the push: %+v, %v", pushed[len(pushed)-1], err)
	}
	began := time.Now()
	ada := h.enter(h.Owner, browser.Phone, at.Path)
	ada.Taps = 1 // the notification
	ada.Shows("form", "Is anyone charged twice?")
	ada.Focused("textarea[name=answer]")
	ada.Keys("No. A payment that fails is never taken.")
	ada.Click("button.btn--solid", "Answer")
	ada.Until("the short page", "(path) => location.pathname === path", where+"/brief")
	ada.Shows("#brief-questions", "A payment that fails is never taken.")
	t.Logf("journey: answer a question: %d taps, %.1f s", ada.Taps, time.Since(began).Seconds())
	if ada.Taps > 2 {
		t.Errorf("it takes %d taps to answer, want 2", ada.Taps)
	}
	outside.Shows("#brief-questions", "A payment that fails is never taken.")
}
