package channel_test

import (
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/domain/incident"
)

func TestAnUpdateStandsInTheChannelWithItsWordsAndFollowsThem(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards fail"})
	maya := h.as(h.maya, "Maya Lind")
	sent, err := h.incidents.SendUpdate(maya, incident.SendUpdate{Incident: inc, Message: "We roll **back**.", NextMinutes: 30})
	h.must(err)
	h.tend()
	for _, want := range []string{"Maya Lind sent an update", "We roll back.", "Next update in 30 minutes"} {
		if got := strings.Join(h.shown(inc), "\n"); !strings.Contains(got, want) {
			t.Errorf("the channel lacks %q: %s", want, got)
		}
	}
	_, err = h.incidents.EditUpdate(maya, incident.EditUpdate{Incident: inc, Update: sent.Update, Message: "We rolled back."})
	h.must(err)
	h.tend()
	if got := h.shown(inc); len(got) != 1 || !strings.Contains(got[0], "We rolled back.") || h.edits() != 1 {
		t.Errorf("after %d edits the channel reads %v", h.edits(), got)
	}
}
