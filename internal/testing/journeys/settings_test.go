package journeys_test

import (
	"testing"

	"github.com/musterhq/muster/internal/testing/browser"
)

// TestAListIsSortedByKeyboard moves an entry without a mouse: the focus stays with what is moved.
func TestAListIsSortedByKeyboard(t *testing.T) {
	h := newHouse(t)
	tab := h.enter(h.Owner, browser.Laptop, "/settings/severities")
	order := `[...document.querySelectorAll("[id^='down-']")].map((e) => e.getAttribute("aria-label"))`
	before := browser.Eval[[]string](tab, order)
	if len(before) != 3 {
		t.Fatalf("there are %d severities: %q", len(before), before)
	}
	browser.Eval[bool](tab, `(() => { document.querySelector("[id^='down-']").focus(); return true; })()`)
	tab.Press("Enter")
	tab.Until("the first to be second", `(want) => `+order+`[1] === want`, before[0])
	tab.Until("the focus to go along", `(want) => document.activeElement?.getAttribute("aria-label") === want`, before[0])
	tab.Press("Enter")
	tab.Until("the first to be last", `(want) => `+order+`[2] === want`, before[0])
	tab.Reload()
	if after := browser.Eval[[]string](tab, order); after[2] != before[0] {
		t.Errorf("after a reload the order is %q", after)
	}
}
