package scenario_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/chat/slack"
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
	scene := blockkit.Scene{Channel: found.Name, Private: found.Private, Topic: found.Topic, People: a.names()}
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

// names are the people of the workspace by Slack's ids.
func (a album) names() map[string]string {
	people, _, err := a.App.SlackClient.People(a.System(), scenario.Team, "")
	if err != nil {
		a.t.Fatal(err)
	}
	names := map[string]string{}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	return names
}

func (a album) message(m slackserver.Message) blockkit.Message {
	a.t.Helper()
	drawn := blockkit.Message{
		Name: m.Username, App: m.AppID != "", At: slack.Time(m.TS).Format("15:04"), Text: m.Text, Pinned: len(m.PinnedTo) > 0,
	}
	switch {
	case m.User != "" && m.AppID == "":
		drawn.Name = a.names()[m.User]
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

// TestPicturesOfSlackAreTrue plays a story and holds what Slack shows of it against what docs/slack.md pictures.
func TestPicturesOfSlackAreTrue(t *testing.T) {
	t.Parallel()
	a := album{t: t, Scenario: scenario.NewWithSlack(t)}
	people := map[string]*scenario.Browser{"Ada": a.Owner}
	for _, name := range []string{"Lena", "Jonas", "Priya"} {
		people[name] = a.Person(name, authz.Responder)
		a.InSlack(scenario.Team, people[name])
	}
	a.ConnectSlack()
	chart, err := os.ReadFile("testdata/slack/failed-payments.png")
	if err != nil {
		t.Fatal(err)
	}
	severities, err := a.App.Incidents.Severities(a.System())
	if err != nil {
		t.Fatal(err)
	}
	declared, err := a.App.Incidents.Declare(people["Lena"].Context(), incident.Declare{
		Name: "Card payments fail at checkout", Severity: severities[1].ID, Summary: "The last step of checkout ends with an error. Bank transfer and invoice work.",
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Tend(time.Minute)
	a.keep("declared", a.channel(declared.ID, nil))
	n := 0
	say := func(who, text string, also ...id.ID) room.Message {
		t.Helper()
		n++
		post := room.Post{Incident: declared.ID, ClientKey: fmt.Sprint("say ", n), Source: text}
		for _, one := range also {
			post.Thread = one
		}
		said, err := a.App.Rooms.Post(people[who].Context(), post)
		if err != nil {
			t.Fatal(err)
		}
		a.Tend(time.Minute)
		return said
	}
	at := func(name string) string { return "@[" + name + "](user:" + string(people[name].ID) + ")" }
	picture, err := a.App.Rooms.AttachPicture(people["Jonas"].Context(), room.AttachPicture{Incident: declared.ID, Name: "failed-payments.png", Content: bytes.NewReader(chart)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.App.Rooms.Post(people["Jonas"].Context(), room.Post{Incident: declared.ID, ClientKey: "chart", Source: "Failed card payments a minute. It is a step, not a slope: something was switched.", Files: []id.ID{picture.ID}}); err != nil {
		t.Fatal(err)
	}
	a.Tend(time.Minute)
	found := say("Priya", "Found it: the new client gives up after **2 seconds**, and a second factor takes 3 to 5. `checkout 4.18.2` brought it.")
	say("Jonas", at("Lena")+" I can roll it back, ten minutes for both zones.", found.ID)
	say("Lena", "Please do.", found.ID)
	if _, err := a.App.Rooms.React(people["Lena"].Context(), room.React{Message: found.ID, Emoji: "🎯"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.App.Rooms.Pin(people["Lena"].Context(), room.Pin{Message: found.ID}); err != nil {
		t.Fatal(err)
	}
	a.Tend(time.Minute)
	a.keep("conversation", a.channel(declared.ID, nil))
}
