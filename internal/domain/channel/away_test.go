package channel_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/workspace"
)

func TestWhileThePlatformIsAwayTheRoomGoesOnAndEverythingFollows(t *testing.T) {
	h := open(t)
	away := &chat.Later{After: 30 * time.Second, Err: errors.New("no answer")}
	h.fake.Fail(away, away)
	inc := h.declare(incident.Declare{Name: "Cards"})
	for n := range 5 {
		h.say(h.maya, "Maya Lind", inc, fmt.Sprint(n), fmt.Sprintf("message %d", n))
	}
	if err := h.channels.Tend(h.muster()); err == nil {
		t.Fatal("nobody heard that the platform is away")
	}
	if c := h.of(inc); c.State != channel.Opening || c.Trouble == "" {
		t.Errorf("while it is away: %+v", c)
	}
	for range 3 {
		h.clock.Advance(31 * time.Second)
		_ = h.channels.Tend(h.muster())
	}
	h.expect(inc, "Maya Lind: message 0", "Maya Lind: message 1", "Maya Lind: message 2", "Maya Lind: message 3", "Maya Lind: message 4")
}

func TestAfterALongOutageTheChannelIsToldWhatFollows(t *testing.T) {
	h := open(t)
	inc := h.declare(incident.Declare{Name: "Cards"})
	h.tend()
	away := &chat.Later{After: time.Minute, Err: errors.New("no answer")}
	for n := range 60 {
		h.say(h.maya, "Maya Lind", inc, fmt.Sprint(n), fmt.Sprintf("message %d", n))
		h.fake.Fail(away)
		if err := h.channels.Tend(h.muster()); err != nil && !errors.Is(err, away.Err) {
			t.Fatal(err)
		}
		h.clock.Advance(time.Minute + time.Second)
	}
	h.fake.Calm()
	for range 3 {
		h.tend()
		h.clock.Advance(time.Minute)
	}
	shown := h.shown(inc)
	if len(shown) != 61 || shown[0] != ": Slack could not be reached for 61 minutes. 60 messages were written in Muster meanwhile; they follow here, in order." {
		t.Fatalf("%d messages: %q", len(shown), shown)
	}
	for n, line := range shown[1:] {
		if line != fmt.Sprintf("Maya Lind: message %d", n) {
			t.Errorf("message %d reads %q", n, line)
		}
	}
}

func TestThoseInAnIncidentAreToldOnceThatThePlatformIsAway(t *testing.T) {
	h := open(t)
	live, over := h.declare(incident.Declare{Name: "Cards"}), h.declare(incident.Declare{Name: "Over"})
	_, err := h.incidents.Close(h.as(h.maya, "Maya Lind"), incident.Close{Incident: over})
	h.must(err)
	h.tend()
	since := h.clock.Now()
	if _, err := h.DB.Pool().Exec(t.Context(), `UPDATE muster.slack_workspace SET down_since = $1`, since); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h.happened(workspace.WentDown{About: workspace.About{Team: "T1"}, Since: since})
	}
	if len(h.told) != 1 || h.told[0] != live {
		t.Errorf("told of %v, not of %s alone", h.told, live)
	}
	seat, err := h.channels.Seat(h.muster(), live)
	h.must(err)
	if seat.Away == nil || !seat.Away.Equal(since) || !seat.Connected || seat.Name != "inc-1-cards" {
		t.Errorf("the channel is %+v", seat)
	}
}
