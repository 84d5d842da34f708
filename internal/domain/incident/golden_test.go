package incident_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/testing/testdb"
)

var write = flag.Bool("write", false, "write the golden payloads anew")

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	about := incident.About{Incident: "01INCIDENT", Private: true}
	for _, e := range []event.Event{
		incident.Declared{
			About: about, Type: "01TYPE", Status: "01STATUS", Category: incident.CategoryLive, Severity: "01SEVERITY",
			Lead: "01LEAD", Reporter: "01REPORTER", Mode: incident.Standard, Quiet: true, Message: "01MESSAGE",
		},
		incident.RoleAssigned{About: about, Role: "01ROLE", From: "01FROM", To: "01TO", HandedOver: true, Note: "a text"},
		incident.SeverityChanged{About: about, From: "01FROM", To: "01TO", Update: "01UPDATE"},
		incident.StatusChanged{About: about, From: "01FROM", To: "01TO", FromCategory: "live", ToCategory: "closed", Update: "01UPDATE", Decided: true},
		incident.Closed{About: about, Status: "01STATUS", Update: "01UPDATE"},
		incident.Reopened{About: about, Status: "01STATUS", Update: "01UPDATE"},
		incident.Accepted{About: about, Status: "01STATUS", Update: "01UPDATE"},
		incident.Declined{About: about, Reason: "a text"},
		incident.Canceled{About: about, Reason: "a text"},
		incident.Merged{About: about, Into: "01INTO", Told: "a text"},
		incident.MergedIn{About: about, From: "01FROM", Told: "a text"},
		incident.Paused{About: about, Until: &testdb.Start, Minutes: 30, Update: "01UPDATE", Reason: "a text"},
		incident.Resumed{About: about, Status: "01STATUS", Update: "01UPDATE", Woken: true},
		incident.QuietChanged{About: about, Quiet: true, Severity: "01SEVERITY"},
		incident.DeclaredElsewhere{About: about, Message: "01MESSAGE", Declared: "01DECLARED", Told: "a text"},
		incident.Renamed{About: about, From: "a text", To: "a text"},
		incident.CallSet{About: about, To: "a text"},
		incident.SummaryChanged{About: about, Mentioned: []id.ID{"01USER"}},
		incident.UpdateSent{
			About: about, Update: "01UPDATE", FromStatus: "01FROM", ToStatus: "01TO", FromSeverity: "01FROM", ToSeverity: "01TO",
			NextMinutes: 30, Mentioned: []id.ID{"01USER"},
		},
		incident.UpdateEdited{About: about, Update: "01UPDATE"},
		incident.UpdateDue{About: about, Due: testdb.Start, Reminder: 2},
		incident.ReminderSnoozed{About: about, Until: testdb.Start, Minutes: 15},
		incident.ReminderSkipped{About: about},
		incident.Joined{About: about, User: "01USER"},
		incident.Left{About: about, User: "01USER"},
		incident.TimestampSet{About: about, Timestamp: "01TIMESTAMP", From: &testdb.Start, To: &testdb.Start},
		incident.MadePrivate{About: about, Kept: []id.ID{"01USER"}},
		incident.MadePublic{About: about},
		incident.AccessGranted{About: about, User: "01USER", Reason: "a text"},
		incident.AccessRevoked{About: about, User: "01USER"},
		incident.AccessSought{User: "01USER", Number: 12, Incident: "01INCIDENT"},
		incident.AccessRequested{About: about, Request: "01REQUEST", User: "01USER"},
		incident.AccessDenied{About: about, Request: "01REQUEST", User: "01USER"},
		incident.FieldChanged{About: about, Field: "01FIELD", From: "a text", To: "a text"},
		incident.TypeChanged{About: about, From: "01FROM", To: "01TO"},
		setting.Changed{Noun: "severity", Change: "edited", ID: "01SEVERITY"},
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
			t.Errorf("%s: %v; go test -write makes it", e.Kind(), err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Kind(), diff)
		}
	}
}
