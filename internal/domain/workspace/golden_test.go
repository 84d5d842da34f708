package workspace

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/platform/event"
)

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	w, at := About{Workspace: "01WORKSPACE", Team: "T0WORKSPACE"}, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, e := range []event.Event{
		Connected{About: w, Again: true},
		Disconnected{About: w, Reason: Uninstalled},
		WentDown{About: w, Since: at},
		CameBack{About: w, Since: at},
		Changed{w},
		PeopleDue{About: w, Cursor: "next", Begun: at},
		PictureChanged{About: w, Member: "U0MEMBER"},
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
