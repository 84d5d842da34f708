package escalation

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/platform/event"
)

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	call := Call{About: incident.About{Incident: "01INCIDENT", Private: true}, Escalation: "01ESCALATION", Names: "a text"}
	for _, e := range []event.Event{
		Created{call},
		TargetPaged{Call: call, Position: 1, Round: 2},
		Attempted{Call: call, Position: 1},
		CheckDue{Call: call, Check: 3},
		Acknowledged{Call: call, In: "a text", Pager: "01PAGER"},
		Expired{call},
		Canceled{call},
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
