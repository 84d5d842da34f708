package scenario_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

func aPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesOfSlackAreKeptInTheRoom(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Say(h.bob, where.ID, "The graph", slackserver.Also{Files: []slackserver.Upload{{Name: "graph.png", Content: aPicture(t)}}})
	h.Settle()
	said := h.room(inc.ID)
	if len(said) != 1 || said[0].Source != "The graph" || len(said[0].Files) != 1 || !said[0].Files[0].Picture() || said[0].Files[0].Name != "graph.png" {
		t.Fatalf("the room says %+v", said)
	}

	// One that Slack does not give holds the message for a while, and then it is named.
	h.Slack.Fail(slackserver.Fault{Methods: []string{"files.download"}, Status: 500})
	h.Slack.Say(h.ada, where.ID, "Another", slackserver.Also{Files: []slackserver.Upload{{Name: "lost.png", Content: aPicture(t)}}})
	h.Settle()
	for range 8 {
		h.Clock.Advance(10 * time.Second)
		if err := h.App.SlackDoors.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	if said = h.room(inc.ID); len(said) != 2 || !strings.Contains(said[1].Source, "lost.png") || !strings.Contains(said[1].Source, "Slack did not give it in time") {
		t.Fatalf("the room says %+v", said)
	}
}

func TestEventsThatComeOutOfOrderEndTheSame(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Hold()
	kept := h.Slack.Say(h.bob, where.ID, "as it was")
	h.Slack.React(h.ada, where.ID, kept.TS, "eyes")
	h.Slack.Edit(h.bob, where.ID, kept.TS, "as it is")
	taken := h.Slack.Say(h.bob, where.ID, "said in error")
	h.Slack.Delete(h.bob, where.ID, taken.TS)
	h.Slack.Release(true)
	h.Settle()
	for range 5 {
		h.Clock.Advance(10 * time.Second)
		if err := h.App.SlackDoors.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	shown := 0
	for _, m := range h.room(inc.ID) {
		if m.Deleted {
			continue
		}
		shown++
		if m.Source != "as it is" || len(m.Reactions) != 1 {
			t.Errorf("the room says %+v", m)
		}
	}
	if shown != 1 {
		t.Errorf("%d messages are shown", shown)
	}
}

func TestPeopleWhomMusterDoesNotKnowSpeakByName(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	guest := h.Slack.User(scenario.Team, slackserver.User{Name: "Gus", Email: "gus@guest.test", Guest: true})
	h.Slack.Invite(h.bob, where.ID, guest.ID)
	h.Slack.Say(guest.ID, where.ID, "I see it at our office too")
	h.Slack.Say(h.bob, where.ID, "", slackserver.Also{Bot: "Grafana", Blocks: []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "Errors above 5 %"}}}})
	h.Settle()
	said := h.room(inc.ID)
	if len(said) != 2 || said[0].Author.Name != "Gus" || !said[0].Author.ID.Empty() || said[1].Author.Name != "Grafana" || said[1].Source != "Errors above 5 %" {
		t.Fatalf("the room says %+v", said)
	}
}

func TestWhoeverJoinsTakesPartAndIsToldWhereItStands(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Clock.Advance(10 * time.Minute)
	cleo := h.Slack.User(scenario.Team, slackserver.User{Name: "Cleo", Email: "cleo@example.test"})
	h.Slack.Join(cleo.ID, where.ID)
	h.Settle()
	h.told(cleo.ID, "Running for")
	people, err := h.App.Incidents.People(h.System(), inc.ID)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range people {
		found = found || p.Name == "Cleo" && p.As == incident.Collaborator
	}
	if !found {
		t.Errorf("its people are %+v", people)
	}
	h.Slack.Rename(h.bob, where.ID, "payments-are-down")
	h.Slack.Archive(h.bob, where.ID)
	h.Settle()
	if now, err := h.App.Channels.Of(h.System(), inc.ID); err != nil || now.Name != "payments-are-down" || now.State != channel.Archived {
		t.Errorf("its channel is %+v, %v", now, err)
	}
}

func TestPrivateIncidentsStayAmongTheirPeople(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	made, err := h.App.Incidents.Declare(h.Owner.Context(), incident.Declare{Name: "Somebody is in our systems", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	where := h.channelOf(made.ID)
	if !where.Private {
		t.Errorf("its channel is %+v", where)
	}
	h.Slack.Invite(h.ada, where.ID, h.bob)
	h.Settle()
	if a := h.Slack.Command(h.bob, where.ID, "/inc", "we see it too"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.told(h.bob, "private")
	if live, _ := h.App.Incidents.Live(h.System()); len(live) != 1 {
		t.Errorf("there are %d incidents", len(live))
	}
	h.Slack.UnfurlDomains(scenario.Team, "127.0.0.1")
	open, _ := h.declared("Card payments fail")
	shared := h.Slack.ShareLink(h.ada, h.general, h.URL+"/incidents/"+open.Reference)
	secret := h.Slack.ShareLink(h.ada, h.general, h.URL+"/incidents/"+made.Reference)
	h.Settle()
	if cards := h.Slack.Unfurls(h.general, shared.TS); len(cards) != 1 {
		t.Errorf("under the link stands %+v", cards)
	}
	if cards := h.Slack.Unfurls(h.general, secret.TS); len(cards) != 0 {
		t.Errorf("under the link to a private incident stands %+v", cards)
	}
	h.Slack.OpenHome(h.bob)
	h.Slack.OpenHome(h.ada)
	h.Settle()
	his, _ := h.Slack.Home(h.bob)
	hers, _ := h.Slack.Home(h.ada)
	if text := slackserver.Text(his.Blocks); !strings.Contains(text, "Card payments fail") || !strings.Contains(text, "Your roles") || strings.Contains(text, "Somebody is in") {
		t.Errorf("his Home tab says %s", text)
	}
	if text := slackserver.Text(hers.Blocks); !strings.Contains(text, "Somebody is in our systems") {
		t.Errorf("her Home tab says %s", text)
	}
}

func TestWhatADeadProcessLeftBehindIsTakenUp(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	_, err := h.App.DB.Pool().Exec(t.Context(), `INSERT INTO muster.slack_delivery (organisation_id, id, team_id, key, kind, lane, payload, attempts, next_attempt_at, received_at)
		VALUES ($1, '01KJPWD6M0X8ZD2EHGK2V7GTN8', $2, '1.2.dead', 'command', '', $3, 1, $4, $4)`,
		h.Organisation, scenario.Team, []byte("command=%2Finc&text=severity+major&team_id="+scenario.Team+"&user_id="+h.bob+"&channel_id="+where.ID+"&trigger_id=1.2.dead"), h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.App.SlackDoors.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if now := h.get(inc); now.Severity == nil || now.Severity.Name != "Major" {
		t.Errorf("its severity is %+v", now.Severity)
	}
	h.Clock.Advance(4 * 24 * time.Hour)
	if err := h.App.SlackDoors.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := 0
	if err := h.App.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM muster.slack_delivery").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d keys are remembered, %v", left, err)
	}
}

func TestQuestionsAreAskedFromAnyChannel(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	first, _ := h.declared("Card payments fail")
	if a := h.Slack.Command(h.ada, h.general, "/inc", "ask Is anyone charged twice?"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	asked, err := h.App.Questions.List(h.System(), first.ID)
	if err != nil || len(asked) != 1 || asked[0].Text != "Is anyone charged twice?" {
		t.Fatalf("%+v, %v", asked, err)
	}
	h.declared("Search is slow")
	h.Slack.Command(h.ada, h.general, "/inc", "ask Since when?")
	form := h.view(h.ada, "About which incident")
	h.Slack.ChangeInput(h.ada, form, "incident", string(first.ID))
	if a := h.Slack.Submit(h.ada, form, nil); !a.OK() || !a.Closed {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	if asked, _ = h.App.Questions.List(h.System(), first.ID); len(asked) != 2 {
		t.Errorf("%+v", asked)
	}
}

func TestHomeTabShowsWhatWasDoneInIt(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	inc, where := h.declared("Card payments fail")
	h.Slack.Command(h.bob, where.ID, "/inc", "action Call the bank <@"+h.bob+"|ben>")
	h.Settle()
	h.Slack.OpenHome(h.bob)
	h.Settle()
	home, _ := h.Slack.Home(h.bob)
	if text := slackserver.Text(home.Blocks); !strings.Contains(text, "Call the bank") {
		t.Fatalf("it says %s", text)
	}
	if a := h.Slack.ChangeInput(h.bob, home, "action.complete"); !a.OK() {
		t.Fatalf("%+v", a)
	}
	h.Settle()
	if home, _ = h.Slack.Home(h.bob); strings.Contains(slackserver.Text(home.Blocks), "Call the bank") {
		t.Errorf("it still says %s", slackserver.Text(home.Blocks))
	}
	if all, err := h.App.Actions.List(h.System(), inc.ID); err != nil || len(all) != 1 || all[0].CompletedAt == nil {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestOpenHomeTabFollowsWhatOthersDo has one tab that was opened just now, and one that was opened long ago.
func TestOpenHomeTabFollowsWhatOthersDo(t *testing.T) {
	t.Parallel()
	h := newSlackHouse(t)
	says := func(who string) string {
		home, _ := h.Slack.Home(who)
		return slackserver.Text(home.Blocks)
	}
	published := func() (n int) {
		for _, call := range h.Slack.Calls() {
			if call.Method == "views.publish" {
				n++
			}
		}
		return n
	}
	follow := func() {
		t.Helper()
		h.Settle()
		if err := h.App.SlackDoors.FollowHomes(h.System()); err != nil {
			t.Fatal(err)
		}
	}
	h.Slack.OpenHome(h.ada)
	h.Settle()
	h.Clock.Advance(4 * time.Hour)
	h.Slack.OpenHome(h.bob)
	h.Settle()
	_, where := h.declared("Card payments fail")
	h.Slack.Command(h.ada, where.ID, "/inc", "action Call the bank <@"+h.bob+"|ben>")
	other, err := h.App.Incidents.Declare(h.Owner.Context(), incident.Declare{Name: "Somebody is in our systems"})
	if err != nil {
		t.Fatal(err)
	}
	before := published()
	follow()
	if published() != before {
		t.Error("a tab that was written a moment ago is written again")
	}
	h.Clock.Advance(10 * time.Second)
	follow()
	if got := says(h.bob); !strings.Contains(got, "Card payments fail") || !strings.Contains(got, "Call the bank") || !strings.Contains(got, "Somebody is in") {
		t.Errorf("his tab says %s", got)
	}
	if got := says(h.ada); strings.Contains(got, "Card payments fail") {
		t.Errorf("the tab that was opened long ago says %s", got)
	}
	if n := published() - before; n != 1 {
		t.Errorf("%d tabs were written for several changes", n)
	}

	// What a tab does not tell of writes none; nor does time.
	h.Slack.Say(h.ada, where.ID, "Looking at the graphs")
	for range 5 {
		h.Clock.Advance(20 * time.Second)
		follow()
	}
	if n := published() - before; n != 1 {
		t.Errorf("%d tabs were written without a change", n-1)
	}

	// What Slack does not take now comes later, and what is not for him any more goes.
	if _, err := h.App.Incidents.MakePrivate(h.Owner.Context(), incident.MakePrivate{Incident: other.ID}); err != nil {
		t.Fatal(err)
	}
	h.Slack.Fail(slackserver.Fault{Methods: []string{"views.publish"}, Status: 500, Times: 1})
	h.Settle()
	if err := h.App.SlackDoors.FollowHomes(h.System()); err == nil {
		t.Error("that Slack did not take a tab went unnoticed")
	}
	for range 10 {
		h.Clock.Advance(20 * time.Second)
		follow()
	}
	if got := says(h.bob); strings.Contains(got, "Somebody is in") || !strings.Contains(got, "Card payments fail") {
		t.Errorf("after all his tab says %s", got)
	}
}
