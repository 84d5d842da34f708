package journeys_test

import (
	"testing"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestAnActionFromTheRoomToAFollowUp writes an action with its due time in one line, watches what follows join that line
// on a page that stays open, and turns the action into a follow-up.
func TestAnActionFromTheRoomToAFollowUp(t *testing.T) {
	h := newHouse(t)
	in, where := h.declared("Card payments fail")
	tab := h.enter(h.Owner, browser.Laptop, where)
	tab.Click("form[data-composer] textarea")
	tab.Keys("/action Check the pool @me in 20m")
	tab.Press("Enter")
	tab.Shows("li.event", "took on an action: “Check the pool”, due")
	made, err := h.App.Actions.List(h.Owner.Context(), in)
	if err != nil || len(made) != 1 || made[0].Due == nil {
		t.Fatalf("made %+v, %v", made, err)
	}
	if _, err := h.App.Actions.Complete(h.Owner.Context(), action.Complete{Action: made[0].ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.App.Actions.Reopen(h.Owner.Context(), action.Reopen{Action: made[0].ID}); err != nil {
		t.Fatal(err)
	}
	tab.Shows("li.event", ", completed it and reopened it")
	if n := tab.Count("li.event", "Check the pool"); n != 1 {
		t.Errorf("%d lines tell of the action, want 1", n)
	}

	tab.Go(where + "/actions")
	tab.Shows(".act__due", " min")
	tab.Click("[aria-label='More about this action']")
	tab.Click("a[href*='follow-ups/new']")
	tab.Shows("#dialog", "Add a follow-up")
	tab.Click("#dialog button.btn--solid", "Add")
	tab.Shows(".act a.tag", "follow-up")
}
