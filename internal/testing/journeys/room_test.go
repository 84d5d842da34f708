package journeys_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

func TestTwoPeopleWorkOneIncident(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)

	say(ada, "I see errors since nine.")
	hears(bens, "I see errors since nine.")
	say(bens, "Looking at the provider.")
	say(bens, "It is a timeout.")
	hears(ada, "I see errors since nine.", "Looking at the provider.", "It is a timeout.")
	hears(bens, "I see errors since nine.", "Looking at the provider.", "It is a timeout.")
	// One's own messages say You, the other's the name; what follows at once stands without a name.
	bens.Shows("li.msg .msg__by bdi", "Ada")
	ada.Shows("li.msg.is-mine .msg__by bdi", "You")
	if n := bens.Count("li.msg .msg__by bdi", "You"); n != 1 {
		t.Errorf("Ben reads his name %d times, want once over two messages", n)
	}

	// A mention is completed by the keyboard and stands out for who is meant.
	ada.Click("form[data-composer] textarea")
	ada.Keys("Thanks @Be")
	ada.Shows("#complete li", "@Ben")
	ada.Press("Enter")
	ada.Until("the name in the field", `document.querySelector("[data-composer] textarea").value === "Thanks @Ben "`)
	ada.Press("Enter")
	bens.Shows(".mention--you", "Ben")
	ada.Shows(".mention", "Ben")
	if ada.Count(".mention--you") > 0 {
		t.Error("a mention of Ben stands out for Ada")
	}

	// Reactions count for both, and are taken back by a second press.
	bens.Hover("li.msg", "I see errors")
	bens.Click("li.msg [data-pick-emoji]")
	bens.Click("#emoji [data-emoji]", "👀")
	ada.Shows(".react", "👀 1")
	ada.Click(".react", "👀")
	bens.Shows(".react--mine", "👀 2")
	bens.Click(".react--mine", "👀")
	ada.Shows(".react--mine", "👀 1")

	// The severity that one sets stands in the other's header.
	ada.Click("h1") // leaves the field for writing, so that keys are keys
	ada.Shows("#dialog[open]")
	ada.Press("Escape")
	ada.Hides("#dialog[open]")
	ada.Press("s")
	ada.Click("#dialog label.choice", "Critical")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	bens.Shows("#incident-header", "Critical")
	bens.Shows("li.event", "Critical")

	// What is pinned stands on the timeline with the time at which it was said.
	bens.Hover("li.msg", "It is a timeout.")
	bens.Until("the pin of that message to be pressed", `(() => { [...document.querySelectorAll("li.msg")].find((e) => e.innerText.includes("It is a timeout.")).querySelector("[data-pin]").click(); return true; })()`)
	ada.Shows("li.msg .tag", "On the timeline")
	ada.Click(".tabs a", "Timeline")
	ada.Shows("#incident-timeline, .panel", "It is a timeout.")
}

func TestManyMessagesArriveInOrderAndOnce(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	in, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	for n := range 20 {
		if n%2 == 0 { // typed faster than the server answers
			text := fmt.Sprintf("Ada says %d", n)
			say(ada, text)
			continue
		}
		h.says(ben, in, fmt.Sprintf("Ben says %d", n))
	}
	ada.Until("all messages", `document.querySelectorAll("li.msg[data-seq] .msg__text").length === 20 && !document.querySelector("li.msg--waiting")`)
	want := heard(ada)
	hears(bens, want...)
	bens.Reload()
	hears(bens, want...)
	// Each wrote in an order, and nobody reads another.
	for _, who := range []string{"Ada", "Ben"} {
		var mine []string
		for _, text := range want {
			if text[:3] == who {
				mine = append(mine, text)
			}
		}
		number := func(a, b string) int {
			var x, y int
			_, _ = fmt.Sscanf(a[9:], "%d", &x)
			_, _ = fmt.Sscanf(b[9:], "%d", &y)
			return x - y
		}
		if len(mine) != 10 || !slices.IsSortedFunc(mine, number) {
			t.Errorf("%s is read as %q", who, mine)
		}
	}
}

func TestCommandsInTheRoom(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)

	say(ada, "/severity critical")
	bens.Shows("#incident-header", "Critical")
	if said := heard(bens); len(said) != 0 {
		t.Errorf("a command was said in the room: %q", said)
	}
	say(ada, "/lead @Ben")
	bens.Shows("#incident-header", "You lead")

	say(ada, "/help")
	ada.Shows("[data-reply]", "Only you see this")
	ada.Shows("[data-reply]", "Send an update")
	ada.Click("[data-reply-close]")
	ada.Hides("[data-reply]")
	if bens.Count("[data-reply]") != 0 {
		t.Error("Ben sees the help that Ada asked for")
	}
	say(ada, "/severty major")
	ada.Shows("[data-reply]", "Did you mean /inc severity")

	// The list of commands, by keyboard.
	ada.Fill("form[data-composer] textarea", "")
	ada.Keys("/se")
	ada.Shows("#complete li", "/severity")
	ada.Press("Tab")
	ada.Press("Enter") // bare: asks by a form
	ada.Shows("#dialog[open] label.choice", "Minor")
	ada.Click("#dialog label.choice", "Minor")
	ada.Click("#dialog button.btn--solid")
	ada.Hides("#dialog[open]")
	bens.Shows("#incident-header", "Minor")

	say(ada, "/update")
	ada.Shows("#dialog[open] textarea")
	ada.Fill("#dialog textarea", "The fix is on its way.")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	bens.Shows("#incident-band", "The fix is on its way.")
}

func TestWhatIsWrittenShowsAtOnce(t *testing.T) {
	h := newHouse(t)
	_, where := h.declared("Card payments fail")
	line := browser.NewLine(t, h.URL[len("http://"):])
	ada := h.enterBy(line.URL, h.Owner, browser.Laptop, where)
	ada.Forgive("net::ERR", "Failed to fetch", "fetching the script")
	line.Cut()
	say(ada, "Said in a tunnel.")
	ada.Shows("li.msg--waiting", "Said in a tunnel.")
	line.Mend()
	hears(ada, "Said in a tunnel.")
	ada.Reload()
	hears(ada, "Said in a tunnel.")
}

func TestReconnectLosesNothing(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	in, where := h.declared("Card payments fail")
	line := browser.NewLine(t, h.URL[len("http://"):])
	ada := h.enterBy(line.URL, h.Owner, browser.Laptop, where)
	ada.Forgive("net::ERR", "Failed to fetch", "fetching the script")
	h.says(ben, in, "before")
	hears(ada, "before")

	line.Cut()
	ada.Shows("[data-connection]", "Reconnecting, last updated")
	want := []string{"before"}
	for n := range 60 { // more than one page of catching up
		text := fmt.Sprintf("meanwhile %d", n)
		h.says(ben, in, text)
		want = append(want, text)
	}
	say(ada, "from the tunnel")
	say(ada, "still in it")
	ada.Shows("li.msg--waiting", "still in it")
	line.Mend()
	want = append(want, "from the tunnel", "still in it")
	hears(ada, want...)
	ada.Hides("[data-connection]")
	h.says(ben, in, "after")
	hears(ada, append(want, "after")...)

	messages, _, err := h.App.Rooms.History(h.System(), in, 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, m := range messages {
		if m.Kind == room.FromPerson {
			kept = append(kept, m.Document.Line())
		}
	}
	if diff := cmp.Diff(append(want, "after"), kept); diff != "" {
		t.Errorf("the room holds something else (-seen +kept):\n%s", diff)
	}
}
