package webhook

import (
	"encoding/json"
	"os"
	"testing"
)

// TestPayloads holds the stored form of the event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(SwitchedOff{Webhook: "01WEBHOOK", Why: Failing})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/webhook.switched_off.v1.json")
	if err != nil || string(want) != string(got)+"\n" {
		t.Errorf("stored as %s, want %s, %v", got, want, err)
	}
}
