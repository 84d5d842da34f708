package journeys_test

import (
	"testing"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

func TestAThreadKeepsTheRoomShort(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	say(ada, "Who watches the queue?")
	hears(bens, "Who watches the queue?")
	bens.Shows(".here__count", "2 here")

	// Ben answers beside the room; for Ada the thread is new, and the room as short as it was.
	bens.Until("the thread to be opened", `(() => { [...document.querySelectorAll("[data-room] li.msg")].pop().querySelector(".msg__tools [data-open-thread]").click(); return true; })()`)
	bens.Shows("#thread .msg__text", "Who watches the queue?")
	bens.Fill("#thread textarea", "I do")
	bens.Press("Enter")
	ada.Shows(".threadline.is-new", "1 reply")
	stands(ada, "Who watches the queue?")

	// Reading it is enough; what is sent to the room as well stands in both.
	ada.Click("[data-thread-news]")
	ada.Shows("#thread .thread__list .msg__text", "I do")
	ada.Until("the thread to be read", `!document.querySelector("[data-room] .threadline.is-new")`)
	ada.Fill("#thread textarea", "It is empty now")
	ada.Click("#thread [name=in_room]")
	ada.Click("#thread [aria-label='Send message']")
	stands(bens, "Who watches the queue?", "It is empty now")
	bens.Shows("#thread .thread__list .msg__text", "It is empty now")
	ada.Press("Escape")
	ada.Hides("#thread .thread__list")
	ada.Reload()
	if n := ada.Count(".threadline.is-new"); n != 0 {
		t.Errorf("%d threads are new after they were read", n)
	}
}

// stands waits until the room's own flow has exactly these messages, whatever stands in the thread beside it.
func stands(tab *browser.Tab, want ...string) {
	tab.Until("the messages of the room", `(want) => JSON.stringify([...document.querySelectorAll("[data-room] li.msg[data-changed] .msg__text")].map((e) => e.innerText.trim())) === JSON.stringify(want)`, want)
}
