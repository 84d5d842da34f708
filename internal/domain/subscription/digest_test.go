package subscription

import (
	"testing"
	"time"

	"github.com/musterhq/muster/internal/domain/incident"
)

func TestNextDigest(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 28, 6, 30, 0, 0, time.UTC) // 07:30 in Berlin, the day before the clocks go forward
	for _, c := range []struct {
		name string
		pace Pace
		at   time.Time
		zone string
		want time.Time
	}{
		{"an hour from the first news", Hourly, at, "Europe/Berlin", at.Add(time.Hour)},
		{"a crowd", Immediate, at, "", at.Add(time.Hour)},
		{"this morning", Daily, at, "Europe/Berlin", time.Date(2026, 3, 28, 7, 0, 0, 0, time.UTC)},
		{"tomorrow, across the change of clocks", Daily, at.Add(time.Hour), "Europe/Berlin", time.Date(2026, 3, 29, 6, 0, 0, 0, time.UTC)},
		{"a zone that this machine does not know", Daily, at, "Moon/Base", time.Date(2026, 3, 28, 8, 0, 0, 0, time.UTC)},
	} {
		if got := nextDigest(c.pace, c.at, c.zone); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got.UTC(), c.want)
		}
	}
}

func TestBroadSubscriptionsHearOfRealAndLoudOnesOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		inc  incident.Held
		want bool
	}{
		{incident.Held{Mode: incident.Standard}, true},
		{incident.Held{Mode: incident.Standard, Quiet: true}, false},
		{incident.Held{Mode: incident.Test}, false},
		{incident.Held{Mode: incident.Retrospective}, false},
		{incident.Held{Mode: incident.Tutorial}, false},
	} {
		if got := broad(c.inc); got != c.want {
			t.Errorf("%s, quiet %v: %v", c.inc.Mode, c.inc.Quiet, got)
		}
	}
}
