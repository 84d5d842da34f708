package stream

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/stream/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	what := What{About: incident.About{Incident: "01INCIDENT", Private: true}, Stream: "01STREAM", Name: "a text"}
	for _, e := range []event.Event{
		Opened{What: what, Lead: "01USER"},
		Renamed{What: what, Was: "a text"},
		LeadAssigned{What: what, From: "01FROM", To: "01TO"},
		UpdateSent{What: what, Update: "01UPDATE", Text: "a text"},
		Closed{What: what, Outcome: "a text"},
		Reopened{what},
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

func TestNamesOfStreams(t *testing.T) {
	t.Parallel()
	open := []db.OpenNamesRow{{ID: "01A", Name: "Database"}}
	for _, c := range []struct {
		name, of, want, code string
	}{
		{name: "  Telling\n the shops ", want: "Telling the shops"},
		{name: "database ", of: "01A", want: "database"},
		{name: "DATABASE", code: "taken"},
		{name: " \n", code: "is_required"},
		{name: strings.Repeat("x", 81), code: "too_long"},
	} {
		got, err := decideName(c.name, id.ID(c.of), open)
		if c.code == "" && (err != nil || got != c.want) {
			t.Errorf("%q became %q, %v, want %q", c.name, got, err, c.want)
		}
		if c.code != "" && (len(problem.All(err)) != 1 || problem.All(err)[0].Code != c.code || problem.All(err)[0].Field != "name") {
			t.Errorf("%q: %v, want %s of the name", c.name, err, c.code)
		}
	}
}

func TestWorkIsDividedWhileItGoesOn(t *testing.T) {
	t.Parallel()
	for _, category := range incident.Categories() {
		refused := decideOpen(incident.Held{Category: category}) != nil
		going := category == incident.CategoryTriage || category == incident.CategoryLive || category == incident.CategoryPaused || category == incident.CategoryLearning
		if refused == going {
			t.Errorf("%s: refused %t", category, refused)
		}
	}
}
