package subscription_test

import (
	"encoding/json"
	"testing"

	"github.com/musterhq/muster/internal/domain/subscription"
	"github.com/musterhq/muster/internal/platform/event"
)

// TestPayloads holds the stored form of every event: what an earlier release queued, this one must still read.
func TestPayloads(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]event.Event{
		`{"who":"01USER","incident":"01INCIDENT"}`: subscription.Changed{Who: "01USER", Incident: "01INCIDENT", Private: true},
		`{"user":"01USER","digest":"01DIGEST"}`:    subscription.DigestDue{User: "01USER", Digest: "01DIGEST"},
	} {
		if got, err := json.Marshal(e); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", e.Kind(), got, err, want)
		}
	}
}
