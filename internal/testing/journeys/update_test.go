package journeys_test

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/testing/browser"
)

func TestUpdateAndItsReminder(t *testing.T) {
	h := newHouse(t)
	_, where := h.declared("Card payments fail")
	ada := h.enter(h.Owner, browser.Laptop, where)
	ada.Press("u")
	ada.Focused("textarea[name=message]")
	ada.Type("The release is being rolled back.")
	ada.Click("label", "Fixing")
	ada.Click("label", "15 min")
	ada.Press("Control+Enter")
	ada.Until("the room", `location.pathname === "/incidents/INC-1"`)
	ada.Shows("#incident-band", "The release is being rolled back.")
	ada.Shows("#incident-header", "Fixing")
	ada.Shows("#incident-band [data-due]")
	h.Work()
	ada.Lacks("Write it now")

	h.Advance(15 * time.Minute)
	ada.Shows("li.msg", "The next update is due now")
	ada.Click("li.msg button", "In 10 min")
	h.Work()
	ada.Shows("li.msg", "The next update is due at")
	if cards := ada.Count("li.msg .bot", "next update is due"); cards != 1 {
		t.Errorf("the room shows %d reminders, want one that changes", cards)
	}
	h.Advance(10 * time.Minute)
	ada.Shows("li.msg", "The next update is due now")
	ada.Click("li.msg button", "Write it now")
	ada.Fill("#dialog textarea", "Payments work again.")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	h.Work()
	ada.Shows("#incident-band", "Payments work again.")
	ada.Hides("li.msg button", "Write it now")
}

func TestCloseAndReopen(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	ada.Click("#incident-header button[aria-label=More]")
	ada.Click("#more-wide a", "Close the incident")
	ada.Fill("#dialog textarea", "All cards work.")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	bens.Shows("#incident-header", "Closed")
	bens.Shows("#incident-band", "All cards work.")
	bens.Hides("#incident-header a", "Send update")
	bens.Hides(".nav .nav__label", "Live")
	bens.Click("#incident-header button", "Reopen")
	ada.Shows("#incident-header a", "Send update")
	ada.Shows(".nav a", "Card payments fail")
}

func TestStaleEditorSeesTheOther(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	bens.Forgive("status of 409")
	for _, tab := range []*browser.Tab{ada, bens} {
		tab.Click("#incident-band a", "Write one")
		tab.Focused("#dialog textarea[name=summary]")
	}
	ada.Type("Cards with a second factor fail.")
	bens.Type("Something is wrong with cards.")
	ada.Press("Control+Enter")
	ada.Hides("#dialog[open]")
	bens.Shows("#incident-band", "Cards with a second factor fail.")
	bens.Press("Control+Enter")
	bens.Shows("#dialog blockquote", "Cards with a second factor fail.")
	if kept := bens.Value("#dialog textarea[name=summary]"); kept != "Something is wrong with cards." {
		t.Errorf("Ben's own words became %q", kept)
	}
	bens.Fill("#dialog textarea[name=summary]", "Cards with a second factor fail since nine.")
	bens.Press("Control+Enter")
	bens.Hides("#dialog[open]")
	ada.Shows("#incident-band", "Cards with a second factor fail since nine.")
}

func TestTypingSurvivesReloadAndNews(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	in, where := h.declared("Card payments fail")
	ada := h.enter(h.Owner, browser.Laptop, where+"/updates/new")
	ada.Focused("textarea[name=message]")
	ada.Type("Half a thou")
	ada.Reload()
	if kept := ada.Value("textarea[name=message]"); kept != "Half a thou" {
		t.Errorf("after a reload the update says %q", kept)
	}
	ada.Sees("Draft restored")

	ada.Go(where)
	ada.Click("form[data-composer] textarea")
	ada.Keys("I was about to s")
	if _, err := h.App.Incidents.SendUpdate(ben.Context(), incident.SendUpdate{Incident: in, Message: "Ben was faster.", Key: "ben"}); err != nil {
		t.Fatal(err)
	}
	h.says(ben, in, "Look at the update.")
	ada.Shows("#incident-band", "Ben was faster.")
	hears(ada, "Look at the update.")
	ada.Keys("ay")
	if kept := ada.Value("form[data-composer] textarea"); kept != "I was about to say" {
		t.Errorf("the message in the field became %q", kept)
	}
	ada.Go(where + "/actions")
	ada.Click("input[name=description]")
	ada.Keys("Tell the sh")
	if _, err := h.App.Incidents.Rename(ben.Context(), incident.Rename{Incident: in, Name: "Cards fail"}); err != nil {
		t.Fatal(err)
	}
	ada.Shows("h1", "Cards fail")
	ada.Keys("ops")
	if kept := ada.Value("input[name=description]"); kept != "Tell the shops" {
		t.Errorf("the action in the field became %q", kept)
	}
	ada.Press("Enter")
	ada.Shows(".act", "Tell the shops")
	// What was sent is no draft any more.
	ada.Go(where + "/updates/new")
	ada.Focused("textarea[name=message]")
	ada.Press("Control+Enter")
	ada.Shows("#incident-band", "Half a thou")
	ada.Go(where + "/updates/new")
	if kept := ada.Value("textarea[name=message]"); kept != "" {
		t.Errorf("after sending the update field says %q", kept)
	}
}

func TestPicturesByPasteAndDrop(t *testing.T) {
	h := newHouse(t)
	ben := h.Person("Ben", authz.Responder)
	_, where := h.declared("Card payments fail")
	ada, bens := h.enter(h.Owner, browser.Laptop, where), h.enter(ben, browser.Laptop, where)
	for n, kind := range []string{"paste", "drop"} {
		browser.Eval[bool](ada, `async (kind) => {
			const canvas = new OffscreenCanvas(48, 32), pen = canvas.getContext("2d");
			pen.fillStyle = "teal"; pen.fillRect(0, 0, 48, 32);
			const data = new DataTransfer();
			data.items.add(new File([await canvas.convertToBlob({ type: "image/png" })], "graph.png", { type: "image/png" }));
			const area = document.querySelector("[data-composer] textarea");
			area.focus();
			area.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
			return true;
		}`, kind)
		ada.Until("the picture to be taken", `document.querySelectorAll(".composer__file img").length === 1 && !document.querySelector(".composer__file progress")`)
		ada.Type("See the graph")
		ada.Press("Enter")
		for _, tab := range []*browser.Tab{ada, bens} {
			tab.Until("the picture in the room", `(n) => { const all = [...document.querySelectorAll("li.msg[data-seq]:not(.msg--waiting) .pic img")]; return all.length === n && all.every((i) => i.complete && i.naturalWidth > 0); }`, n+1)
		}
	}
}
