package journeys_test

import (
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

// TestASecretVanishesWhileSomebodyLooksAtIt removes what was pasted by mistake, under the eyes of another browser.
func TestASecretVanishesWhileSomebodyLooksAtIt(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	say(ada, "The password is open-sesame-77.")
	hears(bens, "The password is open-sesame-77.")
	ada.Click("[popovertarget=more-wide]")
	ada.Click("#more-wide summary", "More")
	ada.Click("#more-wide a", "Remove a secret")
	ada.Focused("#dialog textarea[name=secret]")
	ada.Keys("open-sesame-77")
	ada.Click("#dialog button.btn--solid")
	ada.Shows("#dialog", "It stands in")
	ada.Click("#dialog button", "Remove from")
	ada.Hides("#dialog[open]")
	for _, tab := range []*browser.Tab{bens, ada} {
		hears(tab, "The password is [redacted].")
		tab.Until("nothing of the page to hold the secret", `!document.documentElement.innerHTML.includes("open-sesame-77")`)
	}
}
