package journeys_test

import (
	"slices"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestTriageByClick decides on three reports: one is an incident of another type, one is none, one belongs to the first.
func TestTriageByClick(t *testing.T) {
	h := newHouse(t)
	if _, err := h.App.Incidents.CreateType(h.Owner.Context(), incident.CreateType{Name: "Security"}); err != nil {
		t.Fatal(err)
	}
	statuses, err := h.App.Incidents.Statuses(h.Owner.Context())
	if err != nil {
		t.Fatal(err)
	}
	triage := statuses[slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Category == incident.CategoryTriage })].ID
	for _, name := range []string{"Odd logins", "A typing mistake", "More odd logins"} {
		if _, err := h.App.Incidents.Declare(h.Owner.Context(), incident.Declare{Name: name, Status: triage, Key: name}); err != nil {
			t.Fatal(err)
		}
	}
	h.Work()
	ada := h.enter(h.Owner, browser.Laptop, "/incidents/INC-1")
	decide := func(act, submit string) {
		ada.Click(".standing__acts a", act)
		ada.Shows("#dialog[open]")
		if act == "Decline" {
			ada.Fill("#dialog textarea[name=reason]", "The page is right.")
		} else if act == "Accept" {
			ada.Click("#dialog label", "Major")
			ada.Click("#dialog label[for=type]")
			ada.Keys("Security")
		} else {
			ada.Focused("#dialog select[name=into]")
			ada.Keys("INC-1")
		}
		ada.Click("#dialog button.btn--solid", submit)
		ada.Hides("#dialog[open]")
		h.Work()
	}
	decide("Accept", "Accept")
	ada.Shows("#incident-header", "Major")
	ada.Shows("#incident-side", "Security")
	ada.Hides(".standing")
	ada.Go("/incidents/INC-2")
	decide("Decline", "Decline")
	ada.Shows(".standing", "The page is right.")
	ada.Go("/incidents/INC-3")
	decide("Merge", "Merge")
	ada.Shows(".standing", "Merged into")
	ada.Click(".standing a", "INC-1")
	ada.Until("the incident that it went into", `location.pathname === "/incidents/INC-1"`)
	ada.Shows("#incident-side", "More odd logins")
}
