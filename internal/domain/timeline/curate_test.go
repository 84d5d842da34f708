package timeline_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// story is what the timeline tells, one line an item: its clock, title, text and note.
func (w *world) story(inc id.ID) []string {
	w.t.Helper()
	items, err := w.timeline.Timeline(w.as, inc)
	if err != nil {
		w.t.Fatal(err)
	}
	var told []string
	for _, i := range items {
		line := i.At.Format("15:04 ") + i.Title(w.maya).String()
		for _, text := range []string{i.Body.Line(), i.Note.Line()} {
			if text != "" {
				line += " | " + text
			}
		}
		if i.Moved() {
			line += " (happened at " + i.OccurredAt.Format("15:04") + ")"
		}
		told = append(told, line)
	}
	return told
}

func (w *world) tells(inc id.ID, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.story(inc)); diff != "" {
		w.t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func (w *world) latest(inc id.ID) timeline.Activity {
	w.t.Helper()
	log, err := w.timeline.Activity(w.as, inc, 0, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return log[0]
}

func testTimelineIsCurated(t *testing.T, d *testdb.Database) {
	w := newWorld(t, d)
	begin := w.clock.Now()
	at := func(minutes int) string { return begin.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail"})
	w.must(brief, err)
	inc := brief.ID
	w.must(w.incidents.Rename(w.as, incident.Rename{Incident: inc, Name: "Card payments fail"}))
	renamed := w.latest(inc)

	// A line of the log, twice.
	for range 2 {
		w.must(nil, w.timeline.Add(w.as, timeline.Add{Incident: inc, Activity: renamed.ID}))
	}
	w.tells(inc, at(0)+" You declared the incident", at(1)+" You renamed the incident to “Card payments fail”")

	// Words of one's own, before everything, and once though it was sent twice.
	own := timeline.Write{Incident: inc, Title: " A bad  release ", Note: "Build **812**", At: begin.Add(-time.Hour), Key: "k"}
	item, err := w.timeline.Write(w.as, own)
	w.must(item, err)
	again, err := w.timeline.Write(w.as, own)
	if w.must(again, err); again != item {
		t.Errorf("the same key wrote %s and %s", item, again)
	}
	w.tells(inc, at(-60)+" A bad release | Build 812", at(0)+" You declared the incident", at(1)+" You renamed the incident to “Card payments fail”")

	// Another title, a note, another time; the log keeps when it happened.
	w.must(nil, w.timeline.Edit(w.as, timeline.Edit{Incident: inc, Item: renamed.ID, Title: "It is about cards", Note: "See @[Jonas Vogel](user:" + string(w.jonas) + ")", At: begin.Add(-2 * time.Hour), Version: 1}))
	w.tells(inc, at(-120)+" It is about cards | See @Jonas Vogel (happened at "+at(1)+")", at(-60)+" A bad release | Build 812", at(0)+" You declared the incident")
	if log, err := w.timeline.Activities(w.as, []id.ID{renamed.ID}); err != nil || !log[renamed.ID].At.Equal(renamed.At) {
		t.Errorf("the log says that it happened at %v, %v; it was at %v", log[renamed.ID].At, err, renamed.At)
	}

	// Two editors: the second is told, and a repetition of the first is not a change.
	first := timeline.Edit{Incident: inc, Item: item, Title: "Release 812", Version: 1}
	w.must(nil, w.timeline.Edit(w.as, first))
	w.must(nil, w.timeline.Edit(w.as, first))
	var stale *incident.Stale
	err = w.timeline.Edit(w.as, timeline.Edit{Incident: inc, Item: item, Title: "Release 813", Version: 1})
	if !errors.As(err, &stale) || stale.Now != "Release 812" || !problem.Is(err, problem.Conflict) {
		t.Errorf("a stale editor gets %v", err)
	}
	// Without a time, a moved item is again where it happened.
	w.must(nil, w.timeline.Edit(w.as, timeline.Edit{Incident: inc, Item: renamed.ID}))
	w.tells(inc, at(-60)+" Release 812", at(0)+" You declared the incident", at(1)+" You renamed the incident to “Card payments fail”")

	// Off and on again, each twice.
	for range 2 {
		w.must(nil, w.timeline.Hide(w.as, timeline.Hide{Incident: inc, Item: renamed.ID}))
	}
	w.tells(inc, at(-60)+" Release 812", at(0)+" You declared the incident")
	if told, err := w.timeline.Told(w.as, inc); err != nil || told[renamed.ID] || !told[declaration(w, inc)] {
		t.Errorf("on the timeline: %v, %v", told, err)
	}
	if whole, err := w.timeline.Whole(w.as, inc); err != nil || len(whole) != 3 {
		t.Errorf("with what was taken off there are %d, %v", len(whole), err)
	}
	for range 2 {
		w.must(nil, w.timeline.Show(w.as, timeline.Show{Incident: inc, Item: renamed.ID}))
	}
	if count, err := w.timeline.Count(w.as, inc); err != nil || count != 3 {
		t.Errorf("counted %d, %v", count, err)
	}

	log, err := w.timeline.Activity(w.as, inc, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range log[:7] {
		got = append(got, a.Sentence(w.maya).String())
	}
	want := []string{
		"You put an item back on the timeline", "You took an item off the timeline", "You edited an item on the timeline", "You edited “Release 812” on the timeline",
		"You edited “It is about cards” on the timeline", "You added to the timeline: “A bad release”",
		"You added to the timeline: “Maya Berg renamed the incident to “Card payments fail””",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	for _, a := range log[:7] {
		if a.Addable() {
			t.Errorf("%q can be put on the timeline", a.Kind)
		}
	}
}

// declaration is the id of the activity that tells of the declaration.
func declaration(w *world, inc id.ID) id.ID {
	log, err := w.timeline.Activity(w.as, inc, 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return log[len(log)-1].ID
}

func testTimesAndTitlesAreChecked(t *testing.T, d *testdb.Database) {
	w := newWorld(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail"})
	w.must(brief, err)
	now := w.clock.Now()
	for code, cmd := range map[string]timeline.Write{
		"is_required":   {Title: " \n"},
		"too_long":      {Title: strings.Repeat("a", 301)},
		"in_the_future": {Title: "x", At: now.Add(time.Hour)},
		"too_early":     {Title: "x", At: time.Date(26, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		cmd.Incident = brief.ID
		_, err := w.timeline.Write(w.as, cmd)
		if all := problem.All(err); len(all) != 1 || all[0].Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	other, err := w.incidents.Declare(w.as, incident.Declare{Name: "Another"})
	w.must(other, err)
	if err := w.timeline.Add(w.as, timeline.Add{Incident: other.ID, Activity: declaration(w, brief.ID)}); !problem.Is(err, problem.NotFound) {
		t.Errorf("a line of another incident's log: %v", err)
	}
}

func testMessageOnTheTimeline(t *testing.T, d *testdb.Database) {
	w := newWorld(t, d)
	brief, err := w.incidents.Declare(w.as, incident.Declare{Name: "Payments fail"})
	w.must(brief, err)
	inc := brief.ID
	item := func(message id.ID) timeline.Item {
		t.Helper()
		items, err := w.timeline.Whole(w.as, inc)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if i.SourceID == message {
				return i
			}
		}
		return timeline.Item{}
	}
	say := func(text string) room.Message {
		t.Helper()
		m, err := w.rooms.Post(w.as, room.Post{Incident: inc, ClientKey: text, Source: text})
		w.must(m, err)
		m, err = w.rooms.Pin(w.as, room.Pin{Message: m.ID})
		w.must(m, err)
		return m
	}
	// Off the timeline is off the pins, and back again.
	seen := say("The pool is empty")
	w.must(nil, w.timeline.Hide(w.as, timeline.Hide{Incident: inc, Item: item(seen.ID).ID}))
	if m, err := w.rooms.Message(w.as, seen.ID); err != nil || m.PinnedAt != nil || !item(seen.ID).Hidden {
		t.Errorf("after it was taken off: pinned %v, hidden %v, %v", m.PinnedAt, item(seen.ID).Hidden, err)
	}
	w.must(nil, w.timeline.Show(w.as, timeline.Show{Incident: inc, Item: item(seen.ID).ID}))
	if m, err := w.rooms.Message(w.as, seen.ID); err != nil || m.PinnedAt == nil || item(seen.ID).Hidden {
		t.Errorf("after it was put back: pinned %v, hidden %v, %v", m.PinnedAt, item(seen.ID).Hidden, err)
	}
	// Deleted: gone from the timeline, unless somebody wrote something under it, which stays without its words.
	noted := say("The password is hunter2")
	w.must(nil, w.timeline.Edit(w.as, timeline.Edit{Incident: inc, Item: item(noted.ID).ID, Note: "Here we found it"}))
	for _, m := range []room.Message{seen, noted} {
		w.must(nil, w.rooms.Delete(w.as, room.Delete{Message: m.ID}))
	}
	if left := item(seen.ID); !left.ID.Empty() {
		t.Errorf("a deleted message is told: %+v", left)
	}
	left := item(noted.ID)
	if left.Hidden || !left.Gone || left.Note.Line() != "Here we found it" || left.Body.Line() != "" || left.Body.Source != "" {
		t.Errorf("of a deleted message with a note stays %+v", left)
	}
	w.must(nil, w.timeline.Hide(w.as, timeline.Hide{Incident: inc, Item: left.ID}))
	if left := item(noted.ID); !left.ID.Empty() {
		t.Errorf("after it was taken off, there is %+v", left)
	}
}
