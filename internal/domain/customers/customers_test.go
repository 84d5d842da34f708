package customers

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/musterhq/muster/internal/domain/incident"
)

func TestHintsFindWhatCustomersDoNotKnow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"plain words", "Some card payments do not go through. We expect it to be fixed by 15:00 on 3 May.", nil},
		{"words of engineers", "After the rollback, latency is fine.", []string{"rollback", "latency"}},
		{"two words for one thing", "The change was rolled back.", []string{"rolled back"}},
		{"a measurement and a machine", "The p99 on web-prod-3 is back.", []string{"p99", "web-prod-3"}},
		{"an address", "10.0.12.7 does not answer.", []string{"10.0.12.7"}},
		{"a host", "See db1.eu.internal.", []string{"db1.eu.internal"}},
		{"a version and a reference", "Since 4.18.2, see INC-12.", []string{"4.18.2", "INC-12"}},
		{"a commit", "Undone with 3f2a9bc.", []string{"3f2a9bc"}},
		{"a name from the code", "card_client_timeout was too short.", []string{"card_client_timeout"}},
		{"each word once", "Rollback, rollback, rollback.", []string{"Rollback"}},
		{"not within words", "The nodes of the community are capital.", nil},
		{"no more than help", "Rollback, latency, cache, shard, cluster and replica.", []string{"Rollback", "latency", "cache", "shard"}},
	} {
		var got []string
		for _, h := range Hints(c.text) {
			got = append(got, h.Word)
			if h.Why == "" {
				t.Errorf("%s: %q has no reason", c.name, h.Word)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestDecideChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		now     string
		version int32
		text    string
		cmd     Change
		needed  bool
		stale   bool
	}{
		{"the first words", "", 0, "Wait.", Change{}, true, false},
		{"the same words", "Wait.", 3, "Wait.", Change{Version: 1}, false, false},
		{"words that were seen", "Wait.", 3, "Go on.", Change{Version: 3}, true, false},
		{"words that were not seen", "Wait.", 3, "Go on.", Change{Version: 2}, false, true},
		{"first words beside other first words", "Wait.", 1, "Go on.", Change{Version: 0}, false, true},
		{"whatever there is", "Wait.", 3, "Go on.", Change{Anyway: true}, true, false},
		{"taken back", "Wait.", 3, "", Change{Version: 3}, true, false},
	} {
		got, err := decideChange(c.now, c.version, c.text, c.cmd)
		var stale *incident.Stale
		if errors.As(err, &stale) != c.stale || got.needed != c.needed {
			t.Errorf("%s: needed %v, %v", c.name, got.needed, err)
		}
		if c.stale && (stale.Now != c.now || stale.Version != c.version) {
			t.Errorf("%s: told of %q, version %d", c.name, stale.Now, stale.Version)
		}
	}
}

// TestPayload holds the stored form of the event: what an earlier release queued, this one must still read.
func TestPayload(t *testing.T) {
	t.Parallel()
	e := TextChanged{About: incident.About{Incident: "01INCIDENT", Private: true}, Number: 3, Update: "01UPDATE", Removed: true, Text: "a text"}
	const want = `{"incident":"01INCIDENT","number":3,"update":"01UPDATE","removed":true}`
	if got, err := json.Marshal(e); err != nil || string(got) != want || e.Kind() != "customers.text_changed" {
		t.Errorf("%s: %s, %v; want %s", e.Kind(), got, err, want)
	}
}
