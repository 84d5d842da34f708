package scenario_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// asks is the question when an incident began or ended, by what sets it.
func (h *slackHouse) asks(setBy string) string {
	h.t.Helper()
	all, err := h.App.Incidents.Timestamps(h.System())
	if err != nil {
		h.t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(one incident.Timestamp) bool { return one.SetBy == setBy })
	return incident.TimestampField(all[at].ID)
}

// trouble is a channel in which people dealt with something before anybody thought of an incident.
func (h *slackHouse) trouble() (where slackserver.Channel, began, ended time.Time) {
	h.t.Helper()
	where = h.Slack.Channel(scenario.Team, "checkout-trouble", h.bob, h.ada)
	h.Slack.SetTopic(h.bob, where.ID, "Old topic")
	h.Slack.Say(h.bob, where.ID, "long before")
	h.Clock.Advance(time.Hour)
	began = h.Clock.Now()
	h.Clock.Advance(10 * time.Minute)
	h.Slack.Say(h.bob, where.ID, "the pool is full")
	h.Slack.Say(h.ada, where.ID, "made it larger")
	h.Clock.Advance(20 * time.Minute)
	ended = h.Clock.Now()
	h.Clock.Advance(time.Hour)
	h.Slack.Say(h.ada, where.ID, "lunch?")
	h.Clock.Advance(time.Hour)
	h.Settle()
	return where, began, ended
}

// written are the words in a room.
func (h *slackHouse) written(inc id.ID) []string {
	h.t.Helper()
	var said []string
	for _, m := range h.room(inc) {
		said = append(said, m.Author.Name+": "+m.Source)
	}
	return said
}

func (h *slackHouse) find(reference string) incident.Incident {
	h.t.Helper()
	found, err := h.App.Incidents.ByReference(h.System(), reference)
	if err != nil {
		h.t.Fatal(err)
	}
	inc, err := h.App.Incidents.Get(h.System(), found)
	if err != nil {
		h.t.Fatal(err)
	}
	return inc
}

func TestWhatWasDealtWithInAChannelIsWrittenDownWithIt(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	where, began, ended := h.trouble()
	if a := h.Slack.Command(h.bob, where.ID, "/inc", "retrospective"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	form := h.view(h.bob, "What was wrong")
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	a := h.Slack.Submit(h.bob, form, map[string]any{
		"name": "Checkout was slow", "history": []string{"true"},
		h.asks("reported"): began.In(oslo).Format("2006-01-02 15:04"), h.asks("closed"): ended.In(oslo).Format("2006-01-02 15:04"),
	})
	if !a.OK() || !a.Closed {
		t.Fatalf("the form was answered with %+v", a)
	}
	h.Settle()
	inc := h.find("INC-1")
	if now := h.channelOf(inc.ID); now.ID != where.ID || now.Name != "checkout-trouble" || now.Topic != "Old topic" {
		t.Errorf("its channel is %+v", now)
	}
	if len(h.Slack.Bookmarks(where.ID)) != 1 {
		t.Error("no link leads to the dashboard")
	}
	said := h.Slack.Said(where.ID)
	if last := said[len(said)-1]; !strings.Contains(slackserver.Text(last.Blocks), "INC-1 Checkout was slow") {
		t.Errorf("the channel is not told: %+v", last)
	}
	if got, want := h.written(inc.ID), []string{"Ben: the pool is full", "Ada: made it larger"}; !slices.Equal(got, want) {
		t.Errorf("the room reads %q, not %q", got, want)
	}
	if at := h.room(inc.ID)[0].PostedAt; !at.Equal(began.Add(10*time.Minute)) && at.Sub(began.Add(10*time.Minute)) > time.Second {
		t.Errorf("it was said at %s", at)
	}

	h.Slack.Say(h.bob, where.ID, "what do we learn?")
	if err := h.App.SlackDoors.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if _, err := h.App.Incidents.Rename(h.ben.Context(), incident.Rename{Incident: inc.ID, Name: "Checkout hung"}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(30 * 24 * time.Hour)
	h.Settle()
	if got := h.written(inc.ID); len(got) != 3 || got[2] != "Ben: what do we learn?" {
		t.Errorf("after a day the room reads %q", got)
	}
	if now := h.channelOf(inc.ID); now.Name != "checkout-trouble" || now.Archived {
		t.Errorf("after a month its channel is %+v", now)
	}
}

func TestHistoryStaysInTheChannelUnlessItIsAskedFor(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	where, _, _ := h.trouble()
	old := h.Slack.Said(where.ID)[1]
	if a := h.Slack.Command(h.bob, where.ID, "/inc", "retrospective Checkout was slow"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	inc := h.find("INC-1")
	if _, err := h.App.Channels.Of(h.System(), inc.ID); !problem.Is(err, problem.NotFound) {
		t.Fatalf("nobody asked for a channel: %v", err)
	}
	if a := h.Slack.PressEphemeral(h.told(h.bob, "INC-1"), "channel.adopt", string(inc.ID)); !a.OK() {
		t.Fatalf("%+v", a)
	}
	if a := h.Slack.Submit(h.bob, h.view(h.bob, "Bring what was said"), nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	h.Slack.Edit(h.bob, where.ID, old.TS, "the pool was full")
	h.Slack.Say(h.ada, where.ID, "so this is it")
	h.Settle()
	if err := h.App.SlackDoors.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if got := h.written(inc.ID); len(got) != 1 || got[0] != "Ada: so this is it" {
		t.Errorf("the room reads %q", got)
	}
}

func TestChannelOfWhatIsOverIsChosenInTheDashboard(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	where, _, _ := h.trouble()
	secret := h.Slack.PrivateChannel(scenario.Team, "board", h.bob)
	asked := h.Owner.Get("/incidents/new?mode=retrospective").Is(http.StatusOK).Has("Slack channel")
	if body := asked.Body; !strings.Contains(body, `value="#checkout-trouble"`) || strings.Contains(body, "#board") {
		t.Error("the channels to choose from are others than the public ones")
	}
	down := func(name, channel string) *scenario.Page {
		return h.Owner.Post("/incidents", url.Values{"name": {name}, "mode": {"retrospective"}, "channel": {channel}, "key": {name + channel}})
	}
	down("Checkout was slow", "https://night.slack.com/archives/"+secret.ID).Is(http.StatusUnprocessableEntity).Has("/invite @Muster")
	h.Slack.Invite(h.bob, secret.ID, h.Slack.Installation(scenario.Team).BotUser)
	h.Settle()
	down("Checkout was slow", secret.ID).Is(http.StatusUnprocessableEntity).Has("no channel", "that you are in")
	h.Slack.Invite(h.bob, secret.ID, h.ada)
	h.Settle()
	down("Checkout was slow", secret.ID).Is(http.StatusUnprocessableEntity).Has("#board is private in Slack")
	down("Checkout was slow", "https://night.slack.com/archives/"+where.ID+"/p1700000000000100").Is(http.StatusOK)
	h.Settle()
	inc := h.find("INC-1")
	if now := h.channelOf(inc.ID); now.ID != where.ID {
		t.Errorf("its channel is %+v", now)
	}
	down("Another", "#checkout-trouble").Is(http.StatusUnprocessableEntity).Has("the channel of INC-1 already")

	if _, err := h.App.Incidents.Declare(h.Owner.Context(), incident.Declare{Name: "Going on"}); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	_, err := h.App.Channels.Adopt(h.Owner.Context(), channel.Adopt{Incident: h.find("INC-2").ID, Named: "#general"})
	if !problem.Is(err, problem.Invalid) {
		t.Errorf("what goes on took another channel: %v", err)
	}
}

func TestWithoutSlackNobodyIsAskedForAChannel(t *testing.T) {
	t.Parallel()
	s := scenario.New(t)
	s.Owner.Get("/incidents/new?mode=retrospective").Is(http.StatusOK).Lacks("Slack")
}
