package scenario_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

// announceFor announces as workers do, second by second.
func (h *slackHouse) announceFor(d time.Duration) {
	h.t.Helper()
	for until := h.Clock.Now().Add(d); ; h.Clock.Advance(time.Second) {
		_ = h.App.Announcements.Announce(h.System())
		if !h.Clock.Now().Before(until) {
			return
		}
	}
}

// in is what Muster announced in a channel.
func (h *slackHouse) in(channel string) (posts, replies []slackserver.Message) {
	for _, m := range h.Slack.Messages(channel) {
		switch {
		case m.BotID == "" || m.Subtype == "channel_join":
		case m.ThreadTS == "" || m.ThreadTS == m.TS:
			posts = append(posts, m)
		default:
			replies = append(replies, m)
		}
	}
	return posts, replies
}

func TestIncidentsAreAnnouncedByRule(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	busy := h.Slack.Channel(scenario.Team, "major-incidents")
	severities, err := h.App.Incidents.Severities(h.System())
	if err != nil {
		t.Fatal(err)
	}
	worst, least := severities[len(severities)-1], severities[0]
	rule := url.Values{
		"name": {"The worst"}, "when.0.0": {"severity|gte|" + string(worst.ID)}, "channel.0": {"#major-incidents"}, "mode": {"broadcast"}, "unmatched": {"remove"}, "enabled": {"on"},
	}
	h.Owner.Get("/settings/announcements").Is(http.StatusOK).Has("Nothing is announced")
	h.Owner.Get("/settings/announcements/new").Is(http.StatusOK).Has("Announce when")
	h.Owner.Post("/settings/announcements", rule).Is(http.StatusOK).Has("The worst", "#major-incidents")
	h.Owner.Post("/settings/announcements", url.Values{"name": {"All"}, "channel.0": {"#general"}, "mode": {"thread"}, "unmatched": {"leave"}, "enabled": {"on"}}).Is(http.StatusOK)
	h.Owner.Post("/settings/announcements", url.Values{"name": {"Nowhere"}, "channel.0": {"#no-such-place"}, "mode": {"post"}, "unmatched": {"leave"}}).Has("Muster sees no channel #no-such-place")
	h.ben.Get("/settings/announcements").Is(http.StatusForbidden)

	inc, _ := h.declared("Card payments fail")
	if _, err := h.App.Incidents.ChangeSeverity(h.Owner.Context(), incident.ChangeSeverity{Incident: inc.ID, Severity: worst.ID}); err != nil {
		t.Fatal(err)
	}
	h.announceFor(3 * time.Second)
	posts, _ := h.in(busy.ID)
	general, _ := h.in(h.general)
	if len(posts) != 1 || len(general) != 1 || !strings.Contains(slackserver.Text(posts[0].Blocks), "Card payments fail") {
		t.Fatalf("announced: %+v, %+v", posts, general)
	}

	h.Slack.Down(true)
	for _, words := range []string{"Looking", "Found it", "Rolled back"} {
		if _, err := h.App.Incidents.SendUpdate(h.Owner.Context(), incident.SendUpdate{Incident: inc.ID, Message: words}); err != nil {
			t.Fatal(err)
		}
		h.announceFor(time.Minute)
	}
	h.Slack.Down(false)
	h.announceFor(3 * time.Minute)
	posts, replies := h.in(busy.ID)
	if len(posts) != 1 || len(replies) != 3 || replies[1].Subtype == "thread_broadcast" || replies[2].Subtype != "thread_broadcast" || !strings.Contains(slackserver.Text(posts[0].Blocks), "Rolled back") {
		t.Errorf("after the outage: %d posts, %+v", len(posts), replies)
	}

	for action, want := range map[string]string{"announcement.subscribe": "You will hear of each update of INC-1", "announcement.join": "INC-1"} {
		if a := h.Slack.Press(h.ada, posts[0], action); !a.OK() {
			t.Fatalf("%s: %+v", action, a)
		}
		h.Slack.Wait(t, func() bool {
			said := h.Slack.Ephemerals(h.ada)
			return len(said) > 0 && strings.Contains(slackserver.Text(said[len(said)-1].Blocks), want)
		})
	}

	if _, err := h.App.Incidents.ChangeSeverity(h.Owner.Context(), incident.ChangeSeverity{Incident: inc.ID, Severity: least.ID}); err != nil {
		t.Fatal(err)
	}
	h.announceFor(3 * time.Second)
	posts, replies = h.in(busy.ID)
	general, _ = h.in(h.general)
	if len(posts)+len(replies) != 0 || len(general) != 1 {
		t.Errorf("less bad: %+v %+v, and in #general %+v", posts, replies, general)
	}
	if _, err := h.App.Incidents.MakePrivate(h.Owner.Context(), incident.MakePrivate{Incident: inc.ID}); err != nil {
		t.Fatal(err)
	}
	h.announceFor(3 * time.Second)
	if general, replies = h.in(h.general); len(general)+len(replies) != 0 {
		t.Errorf("private: %+v %+v", general, replies)
	}
}

// TestRuleSaysWhichChannelTakesNoPosts has one channel that is archived, and a private one that put Muster out.
func TestRuleSaysWhichChannelTakesNoPosts(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	busy := h.Slack.Channel(scenario.Team, "major-incidents", h.ada)
	bot, err := h.App.Workspaces.Token(h.System(), scenario.Team)
	if err != nil {
		t.Fatal(err)
	}
	secret := h.Slack.PrivateChannel(scenario.Team, "directors", h.ada)
	h.Slack.Invite(h.ada, secret.ID, bot.BotUser)
	h.Owner.Post("/settings/announcements", url.Values{
		"name": {"All"}, "channel.0": {"#major-incidents"}, "channel.1": {secret.ID}, "mode": {"post"}, "unmatched": {"leave"}, "enabled": {"on"},
	}).Is(http.StatusOK).Has("#directors")
	h.Slack.Archive(h.ada, busy.ID)
	h.Slack.Kick(h.ada, secret.ID, bot.BotUser)
	h.Settle()
	h.declared("Card payments fail")
	h.announceFor(time.Second)
	rules, err := h.App.Announcements.Rules(h.System())
	if err != nil || len(rules) != 1 {
		t.Fatalf("%+v, %v", rules, err)
	}
	at := "/settings/announcements/" + string(rules[0].ID)
	h.Owner.Get("/settings/announcements").Is(http.StatusOK).Has("Slack takes no posts in", "#major-incidents #directors")
	h.Owner.Get(at).Is(http.StatusOK).Has("#major-incidents is archived", "/invite @Muster")
	h.Owner.Post(at+"/again", nil).Is(http.StatusOK)
	h.announceFor(time.Second)
	h.Owner.Get(at).Is(http.StatusOK).Has("#major-incidents is archived", "Try now")

	h.Slack.Unarchive(h.ada, busy.ID)
	h.Slack.Invite(h.ada, secret.ID, bot.BotUser)
	h.Settle()
	h.announceFor(time.Second)
	for _, where := range []string{busy.ID, secret.ID} {
		if posts, _ := h.in(where); len(posts) != 1 {
			t.Errorf("mended, %s shows %+v", where, posts)
		}
	}
	h.Owner.Get(at).Is(http.StatusOK).Lacks("Try now")
}
