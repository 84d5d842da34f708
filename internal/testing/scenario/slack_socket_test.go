package scenario_test

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/platform/supervise"
)

func TestSocketModeNeedsNoAddressOfOurs(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	socket := h.App.Socket
	socket.Token = h.Slack.App().Token
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	supervise.Go(ctx, "hear Slack", func(ctx context.Context) { h.App.SlackDoors.Listen(ctx, socket); close(ended) })
	t.Cleanup(func() { stop(); <-ended })
	connected := func() bool { return h.Slack.Sockets() == 1 }
	h.Slack.Wait(t, connected)

	inc, where := h.declared("Card payments fail")
	h.Slack.Command(h.bob, where.ID, "/inc", "")
	h.told(h.bob, "Card payments fail")
	if a := h.Slack.Command(h.bob, h.general, "/inc", ""); !a.OK() {
		t.Fatalf("%+v", a)
	}
	form := h.view(h.bob, "How bad is it")
	h.Slack.ChangeInput(h.bob, form, "name", "Search is slow")
	if a := h.Slack.Submit(h.bob, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}

	h.Slack.Refresh()
	h.Slack.Wait(t, connected)
	h.Slack.Say(h.bob, where.ID, "said after the connection was made anew")
	h.Settle()
	h.Slack.CutSockets()
	h.Slack.Wait(t, connected)
	h.Slack.Say(h.bob, where.ID, "said after it broke")
	h.Settle()
	if said := h.room(inc.ID); len(said) != 2 || said[1].Source != "said after it broke" {
		t.Errorf("the room says %+v", said)
	}
}
