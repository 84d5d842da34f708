package followup

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	what := What{About: incident.About{Incident: "01INCIDENT", Private: true}, FollowUp: "01FOLLOWUP", Title: "a text"}
	for _, e := range []event.Event{
		Created{What: what, Assignee: "01USER", Action: "01ACTION"}, Assigned{What: what, From: "01FROM", To: "01TO"}, Edited{what}, Completed{what}, Reopened{what}, NotDoing{what}, Deleted{what}, Due{What: what, Assignee: "01USER"},
	} {
		got, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", e.Kind()+".v"+strconv.Itoa(e.Version())+".json")
		if *write {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Kind(), diff)
		}
	}
}

func TestTheReminderComesInTheMorningWhereTheAssigneeIs(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC) // the clock went forward in Berlin that night
	for zone, want := range map[string]string{"Europe/Berlin": "06:00", "America/New_York": "12:00", "nowhere": "08:00"} {
		if got := remindAt(day, zone).UTC().Format("15:04"); got != want {
			t.Errorf("%s: %s UTC, wanted %s", zone, got, want)
		}
	}
}

func TestWordsOfAFollowUp(t *testing.T) {
	t.Parallel()
	got, err := checked(Words{Title: "  Alert\n when it runs empty ", Labels: []string{" Payments", "", "payments", "Two  words"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Words{Title: "Alert when it runs empty", Labels: []string{"payments", "two words"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for field, wrong := range map[string]Words{
		"title": {Title: " \n"}, "labels": {Title: "a", Labels: []string{strings.Repeat("x", 41)}},
	} {
		if _, err := checked(wrong); len(problem.All(err)) != 1 || problem.All(err)[0].Field != field {
			t.Errorf("%+v: %v, want a problem of %s", wrong, err, field)
		}
	}
}
