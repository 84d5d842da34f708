package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// TestRedactedWordsGoFromSlackToo redacts a secret that stands in an update, in the channel's first card, and in a message.
func TestRedactedWordsGoFromSlackToo(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	busy := h.Slack.Channel(scenario.Team, "major-incidents", h.ada)
	_, err := h.App.Announcements.SaveRule(h.Owner.Context(), announcement.SaveRule{
		Name: "All", Places: []announcement.Place{{ID: scenario.Team + "/" + busy.ID, Name: busy.Name}}, Mode: announcement.Thread, Unmatched: announcement.Leave, Enabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	inc, where := h.declared("Card payments fail")
	const secret = "hunter2-hunter2"
	if _, err := h.App.Incidents.SendUpdate(h.Owner.Context(), incident.SendUpdate{Incident: inc.ID, Message: "The key " + secret + " was lost"}); err != nil {
		t.Fatal(err)
	}
	h.Slack.Say(h.bob, where.ID, "It is "+secret)
	if _, err := h.App.Rooms.Post(h.Owner.Context(), room.Post{Incident: inc.ID, ClientKey: "1", Source: "Who has used " + secret + "?"}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	for _, name := range []string{"The key " + secret + " was lost", "A key was lost", "Card payments fail"} { // three lines of one message
		if _, err := h.App.Incidents.Rename(h.Owner.Context(), incident.Rename{Incident: inc.ID, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	h.Settle()
	h.announceFor(2 * time.Second)
	all := func() string {
		var text strings.Builder
		for _, at := range []string{where.ID, busy.ID} {
			for _, m := range h.Slack.Messages(at) {
				if m.User != h.bob { // what he wrote in Slack only he can take back there
					text.WriteString(m.Text + slackserver.Text(m.Blocks) + "\n")
				}
			}
		}
		return text.String()
	}
	if n := strings.Count(all(), secret); n < 5 {
		t.Fatalf("before, it stands %d times: %s", n, all())
	}
	if _, err := h.App.Redactions.Redact(h.Owner.Context(), redaction.Secret{Incident: inc.ID, Text: secret}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	h.announceFor(2 * time.Second)
	text := all()
	if strings.Contains(text, secret) {
		t.Errorf("after, Slack still says %s", text)
	}
	for _, kept := range []string{"was lost", "Who has used", "A key was lost", "Update by Ada"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%q went too: %s", kept, text)
		}
	}
}
