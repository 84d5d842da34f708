package scenario_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/blockkit"
	"github.com/musterhq/muster/internal/testing/scenario"
	"github.com/musterhq/muster/internal/testing/slackserver"
)

var update = flag.Bool("update", false, "write what was recorded into testdata")

// album keeps what people see in Slack; make screenshots draws it for the docs.
type album struct {
	t testing.TB
	*scenario.Scenario
	names map[string]string // of people, by Slack's ids
}

// keep compares a scene with the one that was recorded, so that the pictures of the docs stay true.
func (a album) keep(name string, scene blockkit.Scene) {
	a.t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(scene); err != nil {
		a.t.Fatal(err)
	}
	now := strings.ReplaceAll(text.String(), a.URL, "https://muster.example.com")
	seen := map[string]string{}
	now = regexp.MustCompile(`\b01[0-9A-HJKMNP-TV-Z]{24}\b`).ReplaceAllStringFunc(now, func(given string) string {
		if seen[given] == "" {
			seen[given] = fmt.Sprintf("ID%d", len(seen)+1)
		}
		return seen[given]
	})
	now = regexp.MustCompile(`\n *"block_id": "[^"]*",?`).ReplaceAllString(now, "")
	file := filepath.Join("testdata", "slack", name+".json")
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil { //nolint:gosec // part of the repository
			a.t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	if diff := cmp.Diff(string(recorded), now); diff != "" {
		a.t.Errorf("%s is not what Slack shows any more; look at it with -update and make screenshots: %s", file, diff)
	}
}

// channel is what stands in a channel, without what Slack itself says there.
func (a album) channel(inc id.ID, some func(m slackserver.Message) bool) blockkit.Scene {
	a.t.Helper()
	of, err := a.App.Channels.Of(a.System(), inc)
	if err != nil {
		a.t.Fatal(err)
	}
	_, channel, _ := strings.Cut(of.External, "/")
	found, _ := a.Slack.Find(channel)
	return a.scene(found, some)
}

func (a album) scene(found slackserver.Channel, some func(m slackserver.Message) bool) blockkit.Scene {
	a.t.Helper()
	channel := found.ID
	scene := blockkit.Scene{Channel: found.Name, Private: found.Private, Topic: found.Topic, People: a.names}
	for _, b := range a.Slack.Bookmarks(channel) {
		scene.Bookmarks = append(scene.Bookmarks, b.Title)
	}
	at := map[string]int{}
	for _, m := range a.Slack.Said(channel) {
		if some != nil && !some(m) {
			continue
		}
		drawn := a.message(m)
		if root, answers := at[m.ThreadTS]; answers && m.ThreadTS != m.TS {
			scene.Messages[root].Thread = append(scene.Messages[root].Thread, drawn)
			continue
		}
		at[m.TS] = len(scene.Messages)
		scene.Messages = append(scene.Messages, drawn)
	}
	return scene
}

func (a album) message(m slackserver.Message) blockkit.Message {
	a.t.Helper()
	drawn := blockkit.Message{
		Name: m.Username, App: m.AppID != "", At: slack.Time(m.TS).Format("15:04"), Text: m.Text, Pinned: len(m.PinnedTo) > 0,
	}
	switch {
	case m.User != "" && m.AppID == "":
		drawn.Name = a.names[m.User]
	case m.Username == "":
		drawn.Name, drawn.Muster = "Muster", true
	}
	for _, b := range m.Blocks { // pictures lie beside the scene under their names
		if block, is := b.(map[string]any); is && block["type"] == "image" {
			block["slack_file"] = map[string]any{"id": block["alt_text"]}
		}
	}
	if len(m.Blocks) > 0 {
		blocks, err := json.Marshal(m.Blocks)
		if err != nil {
			a.t.Fatal(err)
		}
		drawn.Blocks, drawn.Text = blocks, ""
	}
	for _, file := range m.Files {
		name, _ := file["name"].(string)
		drawn.Pictures = append(drawn.Pictures, name)
	}
	for _, r := range m.Reactions {
		drawn.Reactions = append(drawn.Reactions, blockkit.Reaction{Emoji: r.Name, Count: r.Count})
	}
	return drawn
}

// view is a modal or a Home tab.
func (a album) view(v slackserver.View) blockkit.Scene {
	a.t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(encoded, &shown); err != nil {
		a.t.Fatal(err)
	}
	for _, unseen := range []string{"id", "team_id", "callback_id", "private_metadata", "state", "hash", "clear_on_close", "notify_on_close", "previous_view_id", "root_view_id", "external_id", "app_id", "bot_id"} {
		delete(shown, unseen)
	}
	if encoded, err = json.Marshal(shown); err != nil {
		a.t.Fatal(err)
	}
	return blockkit.Scene{View: encoded, People: a.names}
}

// said is a channel by its name.
func (a album) said(name string) blockkit.Scene {
	a.t.Helper()
	found, is := a.Slack.Named(scenario.Team, name)
	if !is {
		a.t.Fatalf("there is no channel %s", name)
	}
	return a.scene(found, nil)
}

// TestPicturesOfSlackAreTrue plays a story and holds what Slack shows of it against what docs/slack.md pictures.
func TestPicturesOfSlackAreTrue(t *testing.T) {
	t.Parallel()
	a := album{t: t, Scenario: scenario.NewWithSlack(t), names: map[string]string{}}
	people, slackers := map[string]*scenario.Browser{}, map[string]string{}
	for _, name := range []string{"Lena", "Jonas", "Priya"} {
		people[name] = a.Person(name, authz.Responder)
		slackers[name] = a.InSlack(scenario.Team, people[name])
		a.names[slackers[name]] = name
	}
	a.names[a.HearSlack()] = a.Owner.Name
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rest := func() {
		t.Helper()
		a.Settle()
		a.Clock.Advance(time.Minute)
	}
	chart, err := os.ReadFile("testdata/slack/failed-payments.png")
	must(err)
	severities, err := a.App.Incidents.Severities(a.System())
	must(err)
	statuses, err := a.App.Incidents.Statuses(a.System())
	must(err)
	general, _ := a.Slack.Named(scenario.Team, "general")
	a.Slack.Channel(scenario.Team, "incidents", slackers["Lena"])
	places, err := a.App.Channels.Find(a.Owner.Context(), []string{"incidents"})
	must(err)
	_, err = a.App.Announcements.SaveRule(a.Owner.Context(), announcement.SaveRule{
		Name: "All", Places: places, Mode: announcement.Thread, Unmatched: announcement.Leave, Enabled: true,
	})
	must(err)

	// Lena declares, by the form.
	a.Slack.Command(slackers["Lena"], general.ID, "/inc", "")
	var form slackserver.View
	a.Slack.Wait(t, func() (open bool) {
		form, open = a.Slack.View(slackers["Lena"])
		return open && strings.Contains(slackserver.Text(form.Blocks), "How bad is it")
	})
	a.Slack.ChangeInput(slackers["Lena"], form, "name", "Card payments fail at checkout")
	a.Slack.ChangeInput(slackers["Lena"], form, "severity", string(severities[1].ID))
	a.Slack.Wait(t, func() bool {
		form, _ = a.Slack.View(slackers["Lena"])
		return bytes.Contains(a.view(form).View, []byte("initial_option"))
	})
	a.keep("declare", a.view(form))
	answer := a.Slack.Submit(slackers["Lena"], form, map[string]any{"summary": "The last step of checkout ends with an error. Bank transfer and invoice work."})
	if !answer.OK() || !answer.Closed {
		t.Fatalf("the form was answered with %+v", answer)
	}
	rest()
	live, err := a.App.Incidents.Live(a.System())
	must(err)
	inc := live[0].ID
	a.keep("declared", a.channel(inc, nil))
	must(a.App.Announcements.Announce(a.System()))
	of, err := a.App.Channels.Of(a.System(), inc)
	must(err)
	channel := strings.TrimPrefix(of.External, scenario.Team+"/")

	// Jonas writes in Muster, the others in Slack.
	picture, err := a.App.Rooms.AttachPicture(people["Jonas"].Context(), room.AttachPicture{Incident: inc, Name: "failed-payments.png", Content: bytes.NewReader(chart)})
	must(err)
	_, err = a.App.Rooms.Post(people["Jonas"].Context(), room.Post{Incident: inc, ClientKey: "chart", Source: "Failed card payments a minute. It is a step, not a slope: something was switched.", Files: []id.ID{picture.ID}})
	must(err)
	rest()
	for _, who := range []string{"Jonas", "Priya"} {
		if found, _ := a.Slack.Find(channel); !slices.Contains(found.Members, slackers[who]) {
			a.Slack.Join(slackers[who], channel)
		}
	}
	rest()
	found := a.Slack.Say(slackers["Priya"], channel, "Found it: the new client gives up after 2 seconds, and a second factor takes 3 to 5. Release 4.18.2 brought it.")
	a.Slack.React(slackers["Lena"], channel, found.TS, "dart")
	rest()
	root, err := a.App.Channels.Message(a.System(), of, found.TS)
	must(err)
	_, err = a.App.Rooms.Post(people["Jonas"].Context(), room.Post{Incident: inc, ClientKey: "roll", Thread: root, Source: "@[Lena](user:" + string(people["Lena"].ID) + ") I can roll it back, ten minutes for both zones."})
	must(err)
	rest()
	a.Slack.Say(slackers["Lena"], channel, "Please do.", slackserver.Also{Thread: found.TS})
	a.Slack.Pin(slackers["Lena"], channel, found.TS)
	rest()
	first := len(a.Slack.Said(channel))
	a.keep("conversation", a.channel(inc, func(m slackserver.Message) bool {
		return m.AppID == "" || m.Username != "" || m.Subtype == "bot_message"
	}))

	fixing := slices.IndexFunc(statuses, func(s incident.Status) bool { return s.Name == "Fixing" })
	_, err = a.App.Incidents.SendUpdate(people["Lena"].Context(), incident.SendUpdate{
		Incident: inc, Status: statuses[fixing].ID, NextMinutes: 30,
		Message: "We know the cause: cards that ask for a second factor run into a time limit that is too short. **The release is being rolled back.** Nobody pays twice.",
	})
	must(err)
	rest()
	late := map[string]bool{}
	for _, m := range a.Slack.Said(channel)[first:] {
		late[m.TS] = true
	}
	a.keep("update", a.channel(inc, func(m slackserver.Message) bool { return late[m.TS] }))
	must(a.App.Announcements.Announce(a.System()))
	a.keep("announcement", a.said("incidents"))
	a.Slack.OpenHome(slackers["Lena"])
	rest()
	home, _ := a.Slack.Home(slackers["Lena"])
	a.keep("home", a.view(home))

	// An outage of Slack.
	first = len(a.Slack.Said(channel))
	a.Slack.Down(true)
	for n, text := range []string{"Rolled back in the first zone, the second follows.", "The first zone is at 0.3 % again.", "Second zone at 60 %."} {
		_, err = a.App.Rooms.Post(people[[]string{"Jonas", "Priya", "Jonas"}[n]].Context(), room.Post{Incident: inc, ClientKey: text, Source: text})
		must(err)
		a.Tend(4 * time.Minute)
	}
	a.Slack.Down(false)
	a.Tend(2 * time.Minute)
	late = map[string]bool{}
	for _, m := range a.Slack.Said(channel)[first:] {
		late[m.TS] = true
	}
	a.keep("back", a.channel(inc, func(m slackserver.Message) bool { return late[m.TS] }))
}
