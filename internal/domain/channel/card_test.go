package channel_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// firstCard lets Muster say the card that a room begins with.
func (h *house) firstCard(in id.ID) {
	h.t.Helper()
	said := chat.Say("declared", chat.Text(richtext.Literal("The room")), chat.Buttons(chat.Button{Action: "incident.update.send", Value: string(in), Label: "Send update"}))
	body, err := json.Marshal(said)
	h.must(err)
	_, err = h.rooms.PutBot(h.muster(), room.PutBot{Incident: in, Key: "declared", Blocks: body})
	h.must(err)
}

func (h *house) edits() (n int) {
	for _, call := range h.fake.Calls() {
		if strings.HasPrefix(call, "edit") {
			n++
		}
	}
	return n
}

func TestTheFirstCardTellsWhereTheIncidentStandsAndIsKeptSo(t *testing.T) {
	h := open(t)
	severities, err := h.incidents.Severities(h.muster())
	h.must(err)
	inc := h.declare(incident.Declare{Name: "Cards fail", Summary: "The last step ends with **an error**."})
	h.firstCard(inc)
	h.tend()
	reads := func() string { return h.shown(inc)[0] }
	for _, want := range []string{"INC-1 Cards fail", "The last step ends with an error.", "Not known yet", "Maya Lind", "Send update", "Open in Muster", "/inc help"} {
		if !strings.Contains(reads(), want) && !strings.Contains(buttons(h, inc), want) {
			t.Errorf("the card lacks %q: %s", want, reads())
		}
	}
	if n := h.edits(); n != 0 {
		t.Errorf("a card that was just posted was edited %d times", n)
	}

	maya := h.as(h.maya, "Maya Lind")
	for _, severity := range severities {
		_, err := h.incidents.ChangeSeverity(maya, incident.ChangeSeverity{Incident: inc, Severity: severity.ID})
		h.must(err)
	}
	h.tend()
	if n := h.edits(); n != 1 || !strings.Contains(reads(), severities[len(severities)-1].Name) {
		t.Errorf("after %d edits it reads %s", n, reads())
	}
	h.say(h.jonas, "Jonas Berg", inc, "a", "I am here")
	h.tend()
	if n := h.edits(); n != 1 {
		t.Errorf("a message made %d edits of the card", n-1)
	}

	// Back to what it told before, and while the platform is away.
	away := &chat.Later{After: time.Minute, Err: errors.New("no answer")}
	h.fake.Fail(away, away, away)
	_, err = h.incidents.ChangeSeverity(maya, incident.ChangeSeverity{Incident: inc, Severity: severities[0].ID})
	h.must(err)
	_ = h.channels.Tend(h.muster())
	h.fake.Calm()
	h.clock.Advance(10 * time.Minute)
	h.tend()
	if !strings.Contains(reads(), severities[0].Name) {
		t.Errorf("it reads %s", reads())
	}
	_, err = h.incidents.Close(maya, incident.Close{Incident: inc})
	h.must(err)
	h.tend()
	if b := buttons(h, inc); b != "Open in Muster" {
		t.Errorf("when all is over its buttons are %q", b)
	}
}

func buttons(h *house, in id.ID) string {
	var labels []string
	for _, b := range h.fake.Shown(h.of(in).External)[0].Message.Blocks {
		for _, button := range b.Buttons {
			labels = append(labels, button.Label)
		}
	}
	return strings.Join(labels, " ")
}
